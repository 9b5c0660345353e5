"""How heavy a page is before its images, as it comes through the wire."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes, compressed with gzip by the server. ``scripts`` are not needed, but counted."""

    html: int
    styles: int
    scripts: int
    cookies: int

    @property
    def total(self) -> int:
        return self.html + self.styles + self.scripts


@dataclass(frozen=True, slots=True)
class _Answer:
    body: bytes
    sets_cookie: bool


def weigh(url: str, *, authority: Path) -> Weight:
    page = _get(url, authority)
    files = _Files(url)
    files.feed(gzip.decompress(page.body).decode())
    styles = [_get(name, authority) for name in files.styles]
    scripts = [_get(name, authority) for name in files.scripts]
    return Weight(
        html=len(page.body),
        styles=sum(len(one.body) for one in styles),
        scripts=sum(len(one.body) for one in scripts),
        cookies=sum(one.sets_cookie for one in (page, *styles, *scripts)),
    )


def _get(url: str, authority: Path) -> _Answer:
    """As it was sent, packed with gzip."""
    with requests.get(
        url,
        headers={"Accept-Encoding": "gzip"},
        timeout=30,
        verify=str(authority),
        stream=True,
    ) as answer:
        answer.raise_for_status()
        return _Answer(answer.raw.read(decode_content=False), "Set-Cookie" in answer.headers)


class _Files(HTMLParser):
    """The style sheets and scripts that a page names."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.styles: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "link" and said.get("rel") == "stylesheet":
            self.styles.append(urljoin(self._url, said["href"] or ""))
        if tag == "script" and said.get("src"):
            self.scripts.append(urljoin(self._url, said["src"] or ""))


def is_elsewhere(url: str, host: str) -> bool:
    """Whether a request leaves the site."""
    return urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc != host
