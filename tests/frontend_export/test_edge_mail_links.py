"""What the links of a mail lead to: a page with a button, and what the button does."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frontend_export.edge.app import create_app
from tests.frontend_export.edge_site import Edge, comment_cms, publish, serving, settings_for
from tests.frontend_export.test_edge_comments import eventually, spooled, text_of

TOKEN = "aB3:-_=.0123456789-only-in-the-mail"
CONFIRM, STOP = f"/comments/mail/confirm/{TOKEN}", f"/comments/mail/unsubscribe/{TOKEN}"
CLOSED = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex", "cache-control": "no-store"}


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    publish(tmp_path)
    with serving(create_app(settings_for(tmp_path), serve_site=True)) as running:
        yield running


def acts(folder: Path) -> list[Any]:
    return [(row["kind"], row["token"]) for row in spooled(folder)]


@pytest.mark.parametrize("path", [CONFIRM, STOP])
def test_link_shows_one_button_and_does_nothing(edge: Edge, tmp_path: Path, path: str) -> None:
    for ask in (edge.get, lambda path: edge.get(path, headers={"Sec-Purpose": "prefetch"})):
        answer = ask(path)
        assert answer.status_code == 200
        assert answer.text.count("<button") == answer.text.count('<form method="post">') == 1
        assert CLOSED.items() <= {k.lower(): v for k, v in answer.headers.items()}.items()
        assert TOKEN not in answer.text
    assert spooled(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "kind", "done", "sentence"),
    [
        (CONFIRM, "mail_confirm", "/comments/mail/confirmed", "we write to you when"),
        (
            *(STOP, "mail_unsubscribe", "/comments/mail/unsubscribed"),
            "If your link is still good, we write to you no more about your comment.",
        ),
    ],
)
def test_button_is_kept_for_the_cms_and_says_what_happens_next(
    edge: Edge, tmp_path: Path, path: str, kind: str, done: str, sentence: str
) -> None:
    for _ in range(2):
        answer = edge.post(path, data={})
        assert (answer.status_code, answer.headers["location"]) == (303, done)
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert acts(tmp_path) == [(kind, TOKEN)]
    page = edge.get(done)
    assert sentence in text_of(page.text)
    assert page.headers["x-robots-tag"] == "noindex"


def test_act_arrives_once_while_comments_of_a_page_wait(tmp_path: Path) -> None:
    publish(tmp_path)
    with comment_cms() as cms:
        app = create_app(settings_for(tmp_path, cms_url=cms.url), serve_site=False)
        with serving(app) as edge:
            edge.post(CONFIRM, data={})
            edge.post(CONFIRM, data={})
            eventually(lambda: len(cms.rows) == 1 and spooled(tmp_path) == [])
            edge.post(CONFIRM, data={})
    [line] = cms.rows.values()
    assert (line["kind"], line["token"]) == ("mail_confirm", TOKEN)
    assert set(line) == {"kind", "id", "token", "received_at"}
    assert TOKEN not in line["id"]


@pytest.mark.parametrize("how", ["data", "files"])
def test_mail_program_unsubscribes_by_one_click(edge: Edge, tmp_path: Path, how: str) -> None:
    edge.headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}
    value = "One-Click" if how == "data" else (None, "One-Click")
    answer = edge.post(STOP, **{how: {"List-Unsubscribe": value}})
    assert answer.status_code == 200
    assert answer.text == (
        "If this link is still good, you will get no more mail about this comment.\n"
    )
    assert acts(tmp_path) == [("mail_unsubscribe", TOKEN)]


def test_one_click_confirms_nothing_by_itself(edge: Edge) -> None:
    answer = edge.post(CONFIRM, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        f"/comments/mail/confirm/{TOKEN[:19]}",
        f"/comments/mail/confirm/{'a' * 401}",
        f"/comments/mail/confirm/{TOKEN}%0ax",
        f"/comments/mail/confirm/{TOKEN}/more",
        f"/comments/mail/confirm/<script>{TOKEN}",
        f"/comments/mail/delete/{TOKEN}",
    ],
)
def test_what_is_no_link_of_ours_is_not_found(edge: Edge, tmp_path: Path, path: str) -> None:
    assert edge.get(path).status_code == 404
    assert edge.post(path, data={}).status_code in {404, 405}
    assert spooled(tmp_path) == []


def test_links_have_a_pace_as_comments_have(tmp_path: Path) -> None:
    publish(tmp_path)
    app = create_app(settings_for(tmp_path, comment_network_per_minute=2), serve_site=False)
    with serving(app) as edge:
        answers = [edge.post(CONFIRM + str(at), data={}) for at in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert answers[2].headers["referrer-policy"] == "no-referrer"
    assert "Several came from your network." in text_of(answers[2].text)
    assert int(answers[2].headers["retry-after"]) > 0


def test_slow_body_empties_no_limit(tmp_path: Path) -> None:
    publish(tmp_path)
    now = 1_000_000.0
    looks: list[float] = []

    def clock() -> float:
        looks.append(now)
        return now

    chosen = settings_for(tmp_path, comment_network_per_minute=1)
    with serving(create_app(chosen, serve_site=False, clock=clock)) as edge:
        meanwhile: list[int] = []

        def slow() -> Iterator[bytes]:
            nonlocal now
            looks.clear()
            yield b"List-Unsubscribe="
            eventually(lambda: bool(looks))
            edge.get("/healthz")  # so that whatever was done at once is done
            now += 5
            meanwhile.append(edge.post(CONFIRM, data={}).status_code)
            yield b"One-Click"

        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert edge.post(STOP, data=slow(), headers=form).status_code == 429
        assert meanwhile == [303]
        assert edge.post(STOP, data={}).status_code == 429


def test_no_log_holds_a_token(edge: Edge, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for logger in ("frontend_export", "uvicorn", "starlette"):
        caplog.set_level(logging.DEBUG, logger=logger)
    edge.get(CONFIRM)
    edge.post(CONFIRM, data={})
    edge.post(CONFIRM, data="x", headers={"Content-Type": "image/png"})
    with sqlite3.connect(tmp_path / "spool" / "comments.sqlite3") as connection:
        assert TOKEN not in json.dumps(
            connection.execute("SELECT id, page, digest FROM comment").fetchall()
        )
    connection.close()
    ours = [record for record in caplog.records if not record.name.startswith("urllib3")]
    assert any("accepted" in record.getMessage() for record in ours)
    assert not any(TOKEN in record.getMessage() for record in ours)


def test_before_the_first_release_the_page_says_so_and_the_button_acts(tmp_path: Path) -> None:
    with serving(create_app(settings_for(tmp_path), serve_site=False)) as edge:
        assert edge.get(CONFIRM).status_code == 503
        assert edge.post(CONFIRM, data={}).status_code == 303
    assert acts(tmp_path) == [("mail_confirm", TOKEN)]
