"""A form's token says which page it is for, whatever became of the page since."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from frontend_export.config import read_settings
from frontend_export.content import Content
from frontend_export.edge.app import create_app
from frontend_export.edge.published import PublishedSite
from frontend_export.errors import SettingsError
from frontend_export.render.renderer import Renderer
from tests.frontend_export.edge_site import (
    CLOSED,
    KETAMINE,
    SITE_URL,
    Edge,
    page,
    publish,
    serving,
    settings_for,
)
from tests.frontend_export.test_edge_comments import FORM, spooled, text_of

KEY = "a-page-key-for-tests-only-0123456789abcdef"
OLD_KEY = "an-older-page-key-for-tests-0123456789abc"
GONE = "6a3c5a62-51f5-4a40-9f0e-0d1c7f9b1aff"
DAY = 24 * 60 * 60
StartEdge = Callable[..., Edge]


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[StartEdge]:
    publish(tmp_path)
    with ExitStack() as running:

        def start(*, clock: Callable[[], float] = time.time, **settings: Any) -> Edge:
            chosen = settings_for(tmp_path, **{"page_keys": KEY, **settings})
            return running.enter_context(serving(create_app(chosen, serve_site=False, clock=clock)))

        yield start


def token_of(translation_key: str, locale: str = "en", key: str = KEY) -> str:
    """As the contract says it, without our own code."""
    message = b"page\0" + translation_key.encode() + b"\0" + locale.encode()
    signature = hmac.new(key.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(signature).decode()[:22]


def form(translation_key: str = KETAMINE, **changes: str) -> dict[str, str]:
    return FORM | {"page": translation_key, "token": token_of(translation_key)} | changes


def test_form_of_the_site_carries_the_token_of_its_page(tmp_path: Path) -> None:
    publish(tmp_path)
    site = PublishedSite(output_dir=tmp_path / "public", state_dir=tmp_path / "state").current()
    html = page_html(Renderer(site_url=SITE_URL, page_key=KEY), site.content)
    assert f'<input type="hidden" name="token" value="{token_of(KETAMINE)}">' in html
    assert 'name="token"' not in page_html(Renderer(site_url=SITE_URL), site.content)


def page_html(renderer: Renderer, content: Content) -> str:
    (ketamine,) = [one for one in content.children(1) if one.title == "What is ketamine?"]
    refused = renderer.comment_refused(
        ketamine, content, values={"page": KETAMINE, "locale": "en"}, errors={}
    )
    return refused.body.decode()


def test_another_key_renders_every_page_again() -> None:
    fingerprints = {
        Renderer(site_url=SITE_URL, page_key=key).theme_fingerprint for key in ("", KEY, OLD_KEY)
    }
    assert len(fingerprints) == 3


def test_page_with_its_token_is_taken_without_a_word(edge: StartEdge, tmp_path: Path) -> None:
    assert edge().post("/comments", data=form()).status_code == 303
    (row,) = spooled(tmp_path)
    assert (row["page"], row["signals"]) == (KETAMINE, [])
    assert "token" not in row


def test_page_that_left_the_site_takes_the_comment_of_whoever_had_it_open(
    edge: StartEdge, tmp_path: Path
) -> None:
    answer = edge().post("/comments", data=form(GONE))
    assert answer.status_code == 303
    (row,) = spooled(tmp_path)
    assert (row["page"], row["locale"], row["text"]) == (GONE, "en", "Thank you.")


def test_form_of_a_page_that_left_comes_back_with_everything_that_was_typed(
    edge: StartEdge, tmp_path: Path
) -> None:
    client = edge()
    sent = form(GONE, name="", text="My <own> words.", email="sam@example.org")
    answer = client.post("/comments", data=sent)
    assert answer.status_code == 422
    assert "Enter your name." in text_of(answer.text)
    found = dict(re.findall(r'name="(page|locale|token|email)"[^>]* value="([^"]*)"', answer.text))
    assert found == {key: sent[key] for key in ("page", "locale", "token", "email")}
    assert "My &lt;own&gt; words." in answer.text
    mended = {**sent, **found, "name": "Sam"}
    assert client.post("/comments", data=mended).status_code == 303
    assert spooled(tmp_path)[0]["text"] == "My <own> words."


@pytest.mark.parametrize(
    "token",
    [
        token_of(GONE),
        token_of(KETAMINE, "fr"),
        token_of(KETAMINE)[:-1],
        token_of(KETAMINE).swapcase(),
        token_of(KETAMINE, key=OLD_KEY),
        "x",
        "é",
        "\ud83d",
    ],
    ids=["page", "locale", "cut", "case", "key", "short", "letter", "surrogate"],
)
def test_token_of_another_page_is_refused_and_the_text_comes_back(
    edge: StartEdge, tmp_path: Path, token: str
) -> None:
    client = edge()
    sent = form(token=token, text="My <own> words.")
    answer = client.post("/comments", json=sent)
    assert answer.status_code == 404
    assert "Open the page again" in answer.json()["message"]
    sent["token"] = token.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    answer = client.post("/comments", data=sent)
    assert answer.status_code == 404
    assert "Open the page again" in text_of(answer.text)
    assert "My <own> words." in unescape(answer.text)
    assert spooled(tmp_path) == []


@pytest.mark.parametrize("key", ["", "null", "undefined", "5", "1", "11", GONE, KETAMINE[:-1]])
@pytest.mark.parametrize("token", ["", "null", token_of(KETAMINE)])
def test_page_that_nothing_vouches_for_is_not_found(
    edge: StartEdge, tmp_path: Path, key: str, token: str
) -> None:
    answer = edge().post("/comments", data=form(page=key, token=token, text="My own words."))
    assert answer.status_code == 404
    assert "My own words." in answer.text
    assert spooled(tmp_path) == []


def test_form_older_than_tokens_is_taken_and_marked(edge: StartEdge, tmp_path: Path) -> None:
    assert edge().post("/comments", data=FORM).status_code == 303
    assert spooled(tmp_path)[0]["signals"] == ["old_form"]


def test_closed_page_stays_closed_with_its_token(edge: StartEdge, tmp_path: Path) -> None:
    answer = edge().post("/comments", data=form(CLOSED, text="My own words."))
    assert answer.status_code == 403
    assert "My own words." in answer.text
    assert spooled(tmp_path) == []


def test_form_from_400_days_ago_is_as_good_as_new(edge: StartEdge, tmp_path: Path) -> None:
    sent = form()
    client = edge(clock=lambda: time.time() + 400 * DAY)
    assert client.post("/comments", data=sent).status_code == 303
    assert spooled(tmp_path)[0]["signals"] == []


def test_form_from_before_a_page_moved_leads_to_the_page(edge: StartEdge, tmp_path: Path) -> None:
    client = edge()
    sent = form()
    moved = page(5, "/medicines/esketamine/", "About esketamine", KETAMINE)
    for at, pages in enumerate(
        [[page(1, "/", "Home"), moved], None, [page(1, "/", "Home"), moved]]
    ):
        publish(tmp_path, f"release-{at}", pages=pages)
        answer = client.post("/comments", data=sent | {"text": f"Comment {at}."})
        assert answer.status_code == 303
    assert [(row["page"], row["signals"]) for row in spooled(tmp_path)] == [(KETAMINE, [])] * 3


def test_pages_whose_names_begin_alike_never_mix(edge: StartEdge, tmp_path: Path) -> None:
    keys = ["6a3c5a62-51f5-4a40-9f0e-0d1c7f9b1a0b", "6a3c5a62-51f5-4a40-9f0e-0d1c7f9b1a0c"]
    pages = [
        page(1, "/", "Home"),
        page(11, "/clockwork/", "Clockwork", keys[0]),
        page(111, "/clockwork2/", "Clockwork 2", keys[1]),
    ]
    publish(tmp_path, "two", pages=pages)
    client = edge()
    for key in keys:
        client.post("/comments", data=form(key))
        assert (
            client.post("/comments", data=form(key, token=token_of(keys[0][:-1]))).status_code
            == 404
        )
    assert [row["page"] for row in spooled(tmp_path)] == keys


def test_every_key_is_believed_and_the_first_signs(edge: StartEdge, tmp_path: Path) -> None:
    client = edge(page_keys=f"{KEY},{OLD_KEY}")
    for key in (KEY, OLD_KEY):
        token = token_of(GONE, key=key)
        answer = client.post("/comments", data=form(GONE, token=token, text=f"By {key}."))
        assert answer.status_code == 303
    again = client.post("/comments", data=form(GONE, token=token_of(GONE, key=OLD_KEY), name=""))
    assert f'name="token" value="{token_of(GONE)}"' in again.text
    assert len(spooled(tmp_path)) == 2


def test_without_a_key_only_pages_on_the_site_take_comments_and_operators_are_told(
    edge: StartEdge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = edge(page_keys="")
    assert client.post("/comments", data=form(token="x")).status_code == 303
    assert client.post("/comments", data=form(GONE)).status_code == 404
    assert spooled(tmp_path)[0]["signals"] == []
    (warning,) = client.get("/readyz").json()["warnings"]
    assert warning.startswith("PLAINLEAF_PAGE_KEYS is not set")
    assert warning in caplog.text
    assert edge().get("/readyz").json()["warnings"] == []


def test_short_key_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAINLEAF_PAGE_KEYS", f"{KEY},short")
    with pytest.raises(SettingsError, match=r"PLAINLEAF_PAGE_KEYS: each key must have at least 32"):
        read_settings(cms_url="http://cms", feed_token="t", site_url=SITE_URL)
