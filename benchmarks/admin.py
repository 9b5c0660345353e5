"""An editor's browser in the admin: logs in, opens the form of a page, publishes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import requests
from bs4 import BeautifulSoup, Tag

from benchmarks.measure import CommandError

NAME, PASSWORD = "editor", "benchmark-password"  # of a database that lives as long as a benchmark
SHOWN_ERRORS = 5


class Admin:
    def __init__(self, cms_url: str) -> None:
        self._url = f"{cms_url}/admin"
        self._session = requests.Session()

    def log_in(self) -> None:
        fields = self._form(f"{self._url}/login/")
        fields |= {"username": NAME, "password": PASSWORD}
        self._post(f"{self._url}/login/", fields)

    def publish(self, page: int, fields: Mapping[str, str]) -> None:
        """Open the form of a page, type ``fields``, press Publish; back when it is answered."""
        url = f"{self._url}/pages/{page}/edit/"
        self._post(url, {**self._form(url), **fields, "action-publish": "action-publish"})

    def _post(self, url: str, fields: Mapping[str, str]) -> None:
        """An answer that is no redirect is the form again, with what is wrong with it."""
        answer = self._session.post(url, data=fields, allow_redirects=False)
        if not answer.is_redirect:
            soup = BeautifulSoup(answer.content, "html.parser")
            errors = [text.get_text(" ", strip=True) for text in soup.select("[class*=error]")]
            raise CommandError(
                f"The admin refused what was posted to '{url}' ({answer.status_code}): "
                f"{' / '.join(filter(None, errors[:SHOWN_ERRORS]))}"
            )

    def _form(self, url: str) -> dict[str, str]:
        """What the browser would post if nothing was typed, without the buttons."""
        answer = self._session.get(url)
        answer.raise_for_status()
        soup = BeautifulSoup(answer.content, "html.parser")
        form = next(form for form in soup.select("form[method=post i]") if _is_main(form))
        return dict(_fields(form))


def _is_main(form: Tag) -> bool:
    """The form of the page or of the login: others only hold a button."""
    return form.select_one("[name=title], [name=username]") is not None


def _fields(form: Tag) -> Iterator[tuple[str, str]]:
    for control in form.select("input[name], textarea[name], select[name]"):
        name = str(control["name"])
        kind = control.get("type")
        if control.name == "textarea":
            yield name, control.get_text().removeprefix("\n")
        elif control.name == "select":
            if chosen := control.select_one("option[selected]"):
                yield name, str(chosen.get("value", ""))
        elif kind in {"checkbox", "radio"}:
            if control.has_attr("checked"):
                yield name, str(control.get("value", "on"))
        elif kind not in {"submit", "button", "file"}:
            yield name, str(control.get("value", ""))
