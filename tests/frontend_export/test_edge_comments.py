from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from frontend_export.config import Settings
from frontend_export.edge.app import create_app
from frontend_export.edge.forward import only_forwarder
from frontend_export.edge.published import PublishedSite
from frontend_export.edge.receipt import PATTERN, receipt_of
from frontend_export.edge.server import listen
from frontend_export.edge.submission import keyed_id, read_fields
from frontend_export.errors import OutputError, SettingsError
from frontend_export.headers import SECURITY_HEADERS
from tests.frontend_export.edge_site import (
    CLOSED,
    KETAMINE,
    Edge,
    comment_cms,
    page,
    publish,
    serving,
    settings_for,
)
from tests.frontend_export.site_in_view import Outline

# Two adults who kiss, with the colours of their skins: ten code points.
HARDEST = "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿"
FORM = {
    **{"page": KETAMINE, "locale": "en", "name": "Sam", "text": "Thank you.", "email": ""},
    "leave_this_empty": "",
}
StartEdge = Callable[..., Edge]


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[StartEdge]:
    """Starts an edge before a published site: ``edge(comment_network_per_minute=2)``."""
    publish(tmp_path)
    with ExitStack() as running:

        def start(
            *, serve_site: bool = False, clock: Callable[[], float] = time.time, **settings: Any
        ) -> Edge:
            app = create_app(settings_for(tmp_path, **settings), serve_site=serve_site, clock=clock)
            return running.enter_context(serving(app))

        yield start


@pytest.fixture(scope="module")
def strict_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """One edge for every post that must leave nothing behind; afterwards nothing is there."""
    folder = tmp_path_factory.mktemp("strict")
    publish(folder)
    with serving(create_app(settings_for(folder), serve_site=False)) as running:
        yield running
    assert spooled(folder) == []


def spooled(folder: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(folder / "spool" / "comments.sqlite3") as connection:
        rows = connection.execute("SELECT body FROM comment ORDER BY number").fetchall()
    connection.close()
    return [json.loads(body) for (body,) in rows]


def eventually(check: Callable[[], bool], *, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "It did not come about in time."
        time.sleep(0.02)


def text_of(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", html))


def test_form_leads_to_the_thank_you_page_and_is_on_disk(edge: StartEdge, tmp_path: Path) -> None:
    answer = edge().post("/comments", data=FORM)
    (row,) = spooled(tmp_path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/comments/thanks/{receipt_of(row['id'])}"
    assert answer.headers["cache-control"] == "no-store"
    assert (row["page"], row["locale"], row["name"]) == (KETAMINE, "en", "Sam")
    assert (row["text"], row["email"], row["signals"]) == ("Thank you.", "", [])


@pytest.mark.parametrize(
    "path", ["/ketamine", "/ketamine/", "/ketamine/index.html", "/ketamine/?utm=1", "/an/old/path/"]
)
def test_page_is_known_by_its_key_wherever_its_form_was(
    edge: StartEdge, tmp_path: Path, path: str
) -> None:
    client = edge()
    referer = {"Referer": f"{client.address}{path}#comments"}
    assert client.post(f"/comments?from={path}", data=FORM, headers=referer).status_code == 303
    assert [row["page"] for row in spooled(tmp_path)] == [KETAMINE]


@pytest.mark.parametrize(
    ("sent", "asks_for_mail"),
    [
        ({}, False),
        ({"data": {"notify": "yes"}}, True),
        ({"data": {"notify": ""}}, False),
        ({"data": {"notify": "no"}}, False),
        ({"json": {"notify": True}}, True),
        ({"json": {"notify": "yes"}}, True),
        ({"json": {"notify": False}}, False),
    ],
)
def test_mail_is_for_who_ticked_the_box(
    edge: StartEdge, tmp_path: Path, sent: dict[str, Any], asks_for_mail: bool
) -> None:
    [(how, fields)] = sent.items() or [("data", {})]
    answer = edge().post("/comments", **{how: FORM | {"email": "sam@example.org"} | fields})
    assert answer.status_code in (202, 303)
    assert [row["notify"] for row in spooled(tmp_path)] == [asks_for_mail]


def test_box_that_was_ticked_after_the_comment_was_sent_is_heard(
    edge: StartEdge, tmp_path: Path
) -> None:
    running, form = edge(), FORM | {"email": "sam@example.org"}
    for _ in range(2):
        running.post("/comments", data=form)
        running.post("/comments", data=form | {"notify": "yes"})
    assert [row["notify"] for row in spooled(tmp_path)] == [False, True]


def test_where_no_mail_is_sent_no_box_offers_any(edge: StartEdge, tmp_path: Path) -> None:
    running = edge(reader_mail=False)
    form_again = running.post("/comments", data=FORM | {"text": "", "notify": "yes"})
    outline = Outline(form_again.content)
    assert outline.all("input", id="comment-email")
    assert not outline.all("input", id="comment-notify")
    running.post("/comments", data=FORM | {"notify": "yes"})  # a form from before
    assert [row["notify"] for row in spooled(tmp_path)] == [False]


def test_box_without_an_address_comes_back_ticked_and_says_what_is_missing(
    strict_edge: Edge,
) -> None:
    answer = strict_edge.post("/comments", data=FORM | {"notify": "yes"})
    assert answer.status_code == 422
    sentence = "Enter the e-mail address that we should write to, or untick the box below."
    outline = Outline(answer.content)
    assert outline.text.count(sentence) == 2  # in the summary, and at the field
    assert outline.all("a", href="#comment-email")
    [box] = outline.all("input", id="comment-notify")
    assert "checked" in box


THANKS = f"/comments/thanks/{PATTERN}"


def test_thank_you_page_is_on_this_site(edge: StartEdge) -> None:
    data = FORM | {"next": "//evil.example", "redirect": "https://evil.example"}
    answer = edge().post("/comments?next=//evil.example", data=data)
    assert re.fullmatch(THANKS, answer.headers["location"])


def test_thank_you_page_is_below_the_path_of_the_site(edge: StartEdge) -> None:
    client = edge(site_url="http://testserver/health")
    location = client.post("/health/comments", data=FORM).headers["location"]
    assert re.fullmatch(f"/health{THANKS}", location)
    assert client.get(location).status_code == 200


@pytest.mark.parametrize("serve_site", [True, False])
def test_thank_you_page_shows_the_receipt_and_where_help_is(
    edge: StartEdge, serve_site: bool
) -> None:
    client = edge(serve_site=serve_site)
    location = client.post("/comments", data=FORM).headers["location"]
    answer = client.get(location)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert location.rpartition("/")[2] in answer.text
    assert 'content="noindex"' in answer.text
    assert "call <a" in answer.text


def test_page_sent_again_has_the_same_receipt(edge: StartEdge) -> None:
    client = edge()
    first, again = (client.post("/comments", data=FORM) for _ in range(2))
    assert first.headers["location"] == again.headers["location"]


@pytest.mark.parametrize(
    "code", ["K7QF", "K7QF-2M9X-RT4U", "k7qf-2m9x-rt4c", "%0d%0aX:%20y", "/evil.example", "%3Cb%3E"]
)
@pytest.mark.parametrize("serve_site", [True, False])
def test_what_is_no_receipt_is_not_found(edge: StartEdge, code: str, serve_site: bool) -> None:
    answer = edge(serve_site=serve_site).get(f"/comments/thanks/{code}")
    assert answer.status_code == 404
    assert "<b>" not in answer.text


def test_before_the_first_release_a_receipt_leads_to_the_page_of_all(tmp_path: Path) -> None:
    with serving(create_app(settings_for(tmp_path), serve_site=False)) as edge:
        answer = edge.get("/comments/thanks/K7QF-2M9X-RT4C")
    assert (answer.status_code, answer.headers["location"]) == (303, "/comments/thanks/")


def test_bug_is_owned_up_to_and_sends_the_headers_of_every_answer(
    edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def current(site: PublishedSite) -> None:
        raise RuntimeError("A bug.")

    running = edge()
    monkeypatch.setattr(PublishedSite, "current", current)
    answer = running.get("/readyz")
    assert answer.status_code == 500
    assert "what you typed is still in the form" in answer.text
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_multipart_form_is_taken(edge: StartEdge, tmp_path: Path) -> None:
    parts = {name: (None, value) for name, value in FORM.items()}
    assert edge().post("/comments", files=parts).status_code == 303
    assert spooled(tmp_path)[0]["text"] == "Thank you."


def test_json_is_taken_and_answered_as_json(edge: StartEdge, tmp_path: Path) -> None:
    answer = edge().post("/comments", json=FORM)
    assert answer.status_code == 202
    id = spooled(tmp_path)[0]["id"]
    assert answer.json() == {"id": id, "receipt": receipt_of(id)}


def test_form_of_a_script_that_accepts_json_is_answered_as_json(edge: StartEdge) -> None:
    answer = edge().post("/comments", data=FORM, headers={"Accept": "application/json"})
    assert answer.status_code == 202


def test_markup_is_kept_as_the_text_it_is(edge: StartEdge, tmp_path: Path) -> None:
    text = "BP < 120 & > 80, <b>x</b>\n\nA 👩‍👩‍👧 family, e\u0301, שלום"
    edge().post("/comments", data=FORM | {"text": text.replace("\n", "\r\n")})
    assert spooled(tmp_path)[0]["text"] == text


def test_unknown_fields_are_ignored(edge: StartEdge, tmp_path: Path) -> None:
    edge().post("/comments", data=FORM | {"state": "approved", "id": "1", "received_at": "x"})
    (row,) = spooled(tmp_path)
    assert "state" not in row
    assert row["id"] != "1"


def test_filled_honeypot_is_taken_and_marked(edge: StartEdge, tmp_path: Path) -> None:
    answer = edge().post("/comments", data=FORM | {"leave_this_empty": "http://spam.example"})
    assert answer.status_code == 303
    assert spooled(tmp_path)[0]["signals"] == ["honeypot"]


def test_comment_without_the_hidden_field_of_the_form_is_taken_and_marked(
    edge: StartEdge, tmp_path: Path
) -> None:
    sent = {name: value for name, value in FORM.items() if name != "leave_this_empty"}
    assert edge().post("/comments", json=sent).status_code == 202
    assert spooled(tmp_path)[0]["signals"] == ["honeypot_missing"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter your name. A nickname will do."),
        ("name", " \u200b ", "Enter your name. A nickname will do."),
        ("name", "x" * 81, "Your name must be 80 characters or fewer. It has 81."),
        ("text", "", "Enter your comment."),
        ("text", "x", "Your comment must be 2 characters or more."),
        (
            "text",
            "x" * 3001,
            "Your comment must be 3,000 characters or fewer. It has 3,001.",
        ),
        (
            "text",
            "before\0after",
            "Your comment has characters that cannot be shown, marked \ufffd. Remove them.",
        ),
        ("name", "S\0m", "Your name has a character that cannot be shown. Remove it."),
        (
            "email",
            "nobody",
            "Enter an e-mail address like name@example.org, or leave this empty.",
        ),
        (
            "email",
            "a@b.example\nBcc: c@d.example",
            "Enter an e-mail address like name@example.org, or leave this empty.",
        ),
    ],
)
def test_wrong_field_comes_back_with_a_sentence_and_every_value(
    strict_edge: Edge, field: str, value: str, sentence: str
) -> None:
    sent = FORM | {"name": "Sam <Smith>", "text": "My own & only words."} | {field: value}
    answer = strict_edge.post("/comments", data=sent)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert sentence in text_of(answer.text)
    for kept in sent.values():
        assert kept.replace("\0", "\ufffd") in unescape(answer.text)
    assert "<Smith>" not in answer.text


def test_wrong_fields_are_told_by_name_in_json(strict_edge: Edge) -> None:
    answer = strict_edge.post("/comments", json=FORM | {"name": "", "text": ""})
    assert answer.status_code == 422
    assert answer.json() == {
        "message": "Enter your name. A nickname will do. Enter your comment.",
        "errors": {
            "name": "Enter your name. A nickname will do.",
            "text": "Enter your comment.",
        },
    }


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps(FORM | {"text": "half \ud83d a pair"}).encode()),
        (
            "application/x-www-form-urlencoded",
            f"page={KETAMINE}&locale=en&name=Sam&text=half+%ED%A0%BD+a+pair".encode(),
        ),
        (
            "application/x-www-form-urlencoded",
            f"page={KETAMINE}&locale=en&name=Sam&text=half ".encode() + b"\xed\xa0\xbd a pair",
        ),
        (
            "multipart/form-data; boundary=x",
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % part
                for part in [
                    (b"page", KETAMINE.encode()),
                    (b"name", b"Sam"),
                    (b"text", b"half \xed\xa0\xbd a pair"),
                ]
            )
            + b"--x--\r\n",
        ),
    ],
    ids=["json", "escaped", "raw", "multipart"],
)
def test_lone_surrogate_is_refused_with_a_sentence(
    strict_edge: Edge, content_type: str, body: bytes
) -> None:
    answer = strict_edge.post("/comments", data=body, headers={"Content-Type": content_type})
    assert answer.status_code == 422
    assert "characters that cannot be shown" in answer.text


@pytest.mark.parametrize("character", ["x", "e\u0301", "🇬🇧", "👩\u200d⚕\ufe0f", HARDEST])
def test_comment_as_long_as_allowed_is_taken(
    edge: StartEdge, tmp_path: Path, character: str
) -> None:
    sent = {"text": character * 3000, "name": character * (80 if character != HARDEST else 32)}
    assert edge().post("/comments", data=FORM | sent).status_code == 303
    (row,) = spooled(tmp_path)
    assert (row["text"], row["name"]) == (sent["text"], sent["name"])


def test_limits_of_length_are_settings_and_zero_is_what_the_cms_has_room_for(
    edge: StartEdge,
) -> None:
    longest = FORM | {"text": "x" * 36_000, "name": "n" * 320}
    client = edge(comment_text_characters=0, comment_name_characters=0, comment_body_bytes=0)
    assert client.post("/comments", data=longest).status_code == 303
    answer = client.post("/comments", json=FORM | {"text": "x" * 36_001, "name": "n" * 321})
    assert answer.json()["errors"] == {
        "name": "Your name must be 320 characters or fewer. It has 321.",
        "text": "Your comment must be 36,000 characters or fewer. It has 36,001.",
    }
    client = edge(comment_text_characters=20_000, comment_name_characters=200)
    accents = FORM | {"text": "e\u0301" * 18_001, "name": "e\u0301" * 161}
    assert client.post("/comments", json=accents).json()["errors"] == {
        "name": "Your name has more accents and joined signs than we can keep. Use fewer of them.",
        "text": "Your comment has more accents and joined signs than we can keep. "
        "Use fewer of them.",
    }
    short = edge(comment_text_characters=5, comment_name_characters=2, comment_body_bytes=500)
    answer = short.post("/comments", json=FORM | {"text": "123456"})
    assert answer.json()["errors"] == {
        "name": "Your name must be 2 characters or fewer. It has 3.",
        "text": "Your comment must be 5 characters or fewer. It has 6.",
    }
    answer = short.post("/comments", json=FORM | {"text": "x" * 500})
    assert answer.json()["message"] == ("It is too large to take. It can have up to 5 characters.")


def test_slow_body_is_refused(edge: StartEdge) -> None:
    def slow() -> Iterator[bytes]:
        yield b"text="
        time.sleep(0.5)
        yield b"x"

    answer = edge(comment_body_seconds=0.1).post("/comments", data=slow())
    assert answer.status_code == 408


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301" * 100_000,
        "a" + "\u0301\u0323" * 5_900,
        "🇬🇧" * 6_000,
        "👩" + "\u200d👩" * 5_900,
    ],
    ids=["marks", "marks in disorder", "flags", "joined"],
)
def test_hard_text_is_answered_at_once(strict_edge: Edge, text: str) -> None:
    body = json.dumps(FORM | {"text": text, "name": ""}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    seconds = []
    while not seconds or (min(seconds) >= 0.2 and len(seconds) < 40):  # others use the machine
        started = time.monotonic()
        answer = strict_edge.post("/comments", data=body, headers=headers)
        seconds.append(time.monotonic() - started)
        assert answer.status_code == 422
    assert min(seconds) < 0.2


def test_posts_that_come_together_look_once_for_another_release(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(tmp_path)
    site = PublishedSite(output_dir=tmp_path / "public", state_dir=tmp_path / "state")
    served, now, looks = site.current(), [100.0], []
    look = site._named_now
    monkeypatch.setattr(site, "_named_now", lambda: looks.append(now[0]) or look())
    monkeypatch.setattr("frontend_export.edge.published.time.monotonic", lambda: now[0])
    assert [site.known(), site.known(), site.known()] == [served] * 3
    assert looks == [100.0]
    publish(tmp_path, "two")
    now[0] += 0.003
    assert site.known() is None
    assert site.current() is site.known()
    assert site.current() is not served


def test_two_signs_of_one_character_are_too_short_and_the_sentence_counts_what_is_seen(
    strict_edge: Edge,
) -> None:
    for text, problem in [
        ("👩\u200d👩\u200d👧", "Your comment must be 2 characters or more."),
        ("e\u0301" * 3001, "Your comment must be 3,000 characters or fewer. It has 3,001."),
        (
            "ab" + "\u0301" * 12_000,
            "Your comment has a letter with more than 30 accents. Remove some of them.",
        ),
        (
            ("👩" + "\u200d👩" * 20) * 1000,
            "Your comment has more accents and joined signs than we can keep. Use fewer of them.",
        ),
    ]:
        answer = strict_edge.post("/comments", json=FORM | {"text": text})
        assert answer.json()["errors"] == {"text": problem}


def test_comment_of_a_megabyte_is_refused_and_its_text_comes_back(strict_edge: Edge) -> None:
    answer = strict_edge.post(
        "/comments", data=FORM | {"text": "My <own> & words. " + "x" * 1_000_000}
    )
    assert answer.status_code == 413
    assert "It is too large to take." in text_of(answer.text)
    assert "My &lt;own&gt; &amp; words. " + "x" * 1_000_000 in answer.text


def test_others_are_answered_while_a_large_body_is_parsed(
    strict_edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[int] = []

    def parsed(*body: Any) -> dict[str, str]:
        answers.append(strict_edge.get("/healthz").status_code)
        return read_fields(*body)

    monkeypatch.setattr("frontend_export.edge.submission.read_fields", parsed)
    answer = strict_edge.post("/comments", data=FORM | {"text": "x" * 1_000_000})
    assert (answer.status_code, answers) == (413, [200])


def test_comment_of_more_than_is_read_is_refused_too(strict_edge: Edge) -> None:
    answer = strict_edge.post("/comments", data=FORM | {"text": "x" * 3_000_000})
    assert answer.status_code == 413
    assert "It is too large to take." in text_of(answer.text)


def test_large_body_that_is_no_form_is_too_large_first(strict_edge: Edge) -> None:
    answer = strict_edge.post("/comments", data=b"{" * 600_000, headers={"Content-Type": "text/x"})
    assert answer.status_code == 413


def test_body_without_a_length_is_read_only_so_far(strict_edge: Edge) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 1
            yield b"x" * 1024

    answer = strict_edge.post(
        "/comments",
        data=endless(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("content_type", "body", "status", "sentence"),
    [
        ("text/plain", b'{"a": 1}', 415, "It must be sent as a form or as JSON."),
        ("", b"", 415, "It must be sent as a form or as JSON."),
        ("application/json", b"{", 400, "not sent as the JSON it claims to be"),
        ("application/json", b"[" * 30_000, 400, "not sent as the JSON it claims to be"),
        ("application/json", b"[]", 400, "Send one JSON object"),
        ("application/json", b'{"text": 7}', 400, "The field 'text' must be a text."),
        ("multipart/form-data", b"x", 400, "The form arrived broken."),
        ("multipart/form-data; boundary=x", b"nonsense", 400, "The form arrived broken."),
        (
            "application/json",
            b'{"text": "a", "text": "b"}',
            400,
            "The field 'text' was sent twice.",
        ),
        ("application/json", b'{"text": {"a": "b"}}', 400, "The field 'text' must be a text."),
        (
            "application/x-www-form-urlencoded",
            b"text=one&text=two",
            400,
            "The field 'text' was sent twice.",
        ),
        ("application/x-www-form-urlencoded", b"a&" * 200, 400, "The form has too many fields."),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 101 + b"--x--\r\n",
            *(400, "The form has too many fields."),
        ),
    ],
)
def test_body_that_is_no_comment_is_refused_by_name(
    strict_edge: Edge, content_type: str, body: bytes, status: int, sentence: str
) -> None:
    answer = strict_edge.post("/comments", data=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert sentence in unescape(answer.text)


def test_file_is_refused(strict_edge: Edge) -> None:
    answer = strict_edge.post("/comments", data=FORM, files={"photo": ("x.png", b"\x89PNG")})
    assert answer.status_code == 415
    assert "Files cannot be sent here." in text_of(answer.text)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": [*FORM.items(), ("name", "Alex")]}, 400),
        ({"data": [*FORM.items(), *((f"x{at}", "") for at in range(100))]}, 400),
        ({"data": FORM, "files": {"photo": ("x.png", b"\x89PNG")}}, 415),
        (
            {
                "files": [
                    *((name, (None, value)) for name, value in FORM.items()),
                    ("name", (None, "B")),
                ]
            },
            400,
        ),
        (
            {
                "data": b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
                + FORM["text"].encode()
                + b"\r\n--x\r\nnon sense\r\n\r\n",
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
            400,
        ),
    ],
)
def test_text_of_a_form_that_is_broken_comes_back(
    strict_edge: Edge, sent: dict[str, Any], status: int
) -> None:
    answer = strict_edge.post("/comments", **sent)
    assert answer.status_code == status
    assert FORM["text"] in text_of(answer.text)


def test_both_texts_of_a_form_come_back(strict_edge: Edge) -> None:
    answer = strict_edge.post("/comments", data=[*FORM.items(), ("text", "My other words.")])
    assert answer.status_code == 400
    assert "Thank you.\n\nMy other words." in text_of(answer.text)


def test_get_is_told_how_comments_are_sent(edge: StartEdge) -> None:
    answer = edge(serve_site=True).get("/comments")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "Comments are sent from the form on a page." in answer.text


@pytest.mark.parametrize("key", ["", "null", "undefined", "6a3c5a62-51f5-4a40-9f0e-0d1c7f9b1aff"])
def test_unknown_page_is_not_found_and_the_text_comes_back(strict_edge: Edge, key: str) -> None:
    answer = strict_edge.post("/comments", data=FORM | {"page": key, "text": "My <own> words."})
    assert answer.status_code == 404
    assert "The page you wrote about is not on this site." in text_of(answer.text)
    assert "My &lt;own&gt; words." in answer.text


@pytest.mark.parametrize(
    ("method", "sent", "status"),
    [
        ("POST", {"data": FORM | {"page": "x"}}, 404),
        ("POST", {"data": FORM, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ("POST", {"data": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", {"data": b"x" * 600_000}, 413),
        ("GET", {}, 405),
    ],
)
def test_page_of_the_site_says_why_nothing_was_sent(
    strict_edge: Edge, method: str, sent: dict[str, Any], status: int
) -> None:
    answer = requests.request(method, f"{strict_edge.address}/comments", timeout=10, **sent)
    assert answer.status_code == status
    assert '<h1 class="page-header__title">Your comment was not sent</h1>' in answer.text
    assert "<title>Your comment was not sent" in answer.text
    assert "call <a" in answer.text


def test_before_the_first_release_a_plain_page_says_why(tmp_path: Path) -> None:
    with serving(create_app(settings_for(tmp_path), serve_site=False)) as edge:
        answer = edge.post("/comments", data=FORM | {"text": "My <own> words."})
    assert answer.status_code == 503
    assert "We cannot take it just now." in text_of(answer.text)
    assert "My &lt;own&gt; words." in answer.text


def test_unknown_page_is_told_in_json(strict_edge: Edge) -> None:
    answer = strict_edge.post("/comments", json=FORM | {"page": "x"})
    assert answer.status_code == 404
    assert answer.json()["message"].startswith("The page you wrote about is not on this site.")


def test_page_of_another_locale_is_not_found(strict_edge: Edge) -> None:
    assert strict_edge.post("/comments", data=FORM | {"locale": "fr"}).status_code == 404


def test_closed_page_takes_no_comment_and_the_text_comes_back(strict_edge: Edge) -> None:
    answer = strict_edge.post("/comments", data=FORM | {"page": CLOSED, "text": "My own words."})
    assert answer.status_code == 403
    assert "Comments on “An old page” are closed." in text_of(answer.text)
    assert "My own words." in answer.text


def test_comments_close_at_the_start_of_their_day_by_the_clock_of_the_edge(
    edge: StartEdge, tmp_path: Path
) -> None:
    closing = page(5, "/ketamine/", "What is ketamine?", KETAMINE)
    closing["fields"]["comments_close_on"] = "2026-11-26"
    publish(tmp_path, "two", pages=[page(1, "/", "Home"), closing])
    now = [datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC).timestamp()]
    client = edge(clock=lambda: now[0])
    assert client.post("/comments", data=FORM).status_code == 303
    now[0] += 1
    answer = client.post("/comments", data=FORM | {"text": "My own words."})
    assert answer.status_code == 403
    assert "Comments on “What is ketamine?” closed on 26 November 2026." in text_of(answer.text)
    assert "My own words." in answer.text


@pytest.mark.parametrize("mode", ["read_only", "hidden", "of another edition"])
def test_page_that_is_not_open_takes_no_comment(edge: StartEdge, tmp_path: Path, mode: str) -> None:
    shut = page(5, "/ketamine/", "What is ketamine?", KETAMINE)
    shut["fields"]["comments_mode"] = mode
    publish(tmp_path, "two", pages=[page(1, "/", "Home"), shut])
    answer = edge().post("/comments", json=FORM)
    assert answer.status_code == 403
    assert answer.json() == {"message": "Comments on “What is ketamine?” are closed."}


def test_withdrawn_page_takes_no_comment(edge: StartEdge, tmp_path: Path) -> None:
    withdrawn = page(5, "/ketamine/", "What is ketamine?", KETAMINE)
    withdrawn["fields"]["withdrawn_on"] = "2026-11-01"
    publish(tmp_path, "two", pages=[page(1, "/", "Home"), withdrawn])
    assert edge().post("/comments", json=FORM).status_code == 403


def test_switched_release_decides_which_pages_take_comments(
    edge: StartEdge, tmp_path: Path
) -> None:
    client = edge()
    assert client.post("/comments", data=FORM).status_code == 303
    publish(tmp_path, "two", pages=[page(1, "/", "Home")])
    assert client.post("/comments", data=FORM | {"text": "Again."}).status_code == 404


def test_damaged_record_of_a_release_leaves_the_last_one_in_use(
    edge: StartEdge, tmp_path: Path
) -> None:
    client = edge()
    assert client.post("/comments", data=FORM).status_code == 303
    publish(tmp_path, "two")
    (tmp_path / "state" / "releases" / "two.edge.ndjson").write_text('{"kind": "begin"', "utf-8")
    assert client.post("/comments", data=FORM | {"text": "Again."}).status_code == 303


def test_before_the_first_release_comments_wait_for_one(tmp_path: Path) -> None:
    with serving(create_app(settings_for(tmp_path), serve_site=True)) as client:
        answer = client.post("/comments", data=FORM)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert "Thank you." in answer.text
        assert client.get("/").status_code == 503
        assert client.get("/readyz").json()["problems"] == ["No release of the site can be read."]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://other.testserver"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "none", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Referer": "http://testserver/ketamine/"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Referer": "http://testserver/ketamine/"}, 403),
        ({"Origin": "http://testserver", "Referer": "https://evil.example/"}, 303),
        ({"Origin": "http://testserver/"}, 403),
        ({"Origin": "HTTP://TESTSERVER"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Origin": "http://testserver"}, 303),
        ({"Referer": "http://testserver/ketamine/"}, 303),
        ({"Referer": "https://evil.example/http://testserver/"}, 403),
        ({"Referer": "http://[broken"}, 403),
        ({}, 303),
    ],
)
def test_form_of_another_site_is_refused(
    edge: StartEdge, headers: dict[str, str], status: int
) -> None:
    client = edge()
    client.headers = {}
    answer = client.post("/comments", data=FORM, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert "This can only be sent from the form on this site." in answer.text
        assert "Thank you." in answer.text  # the text is given back


def test_script_that_names_no_origin_is_taken_and_marked(edge: StartEdge, tmp_path: Path) -> None:
    client = edge()
    client.headers = {}
    client.post("/comments", data=FORM)
    assert spooled(tmp_path)[0]["signals"] == ["no_origin"]


def test_double_click_is_one_comment_and_both_are_thanked(edge: StartEdge, tmp_path: Path) -> None:
    client = edge()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: client.post("/comments", data=FORM), range(10)))
    assert [answer.status_code for answer in answers] == [303] * 10
    assert len(spooled(tmp_path)) == 1


@pytest.mark.parametrize(("later", "comments"), [(1, 1), (599, 1), (1201, 2)])
def test_same_words_are_one_comment_for_ten_minutes_or_more(
    edge: StartEdge, tmp_path: Path, later: float, comments: int
) -> None:
    now = [1_795_000_199.0]  # one second before a step of ten minutes
    client = edge(clock=lambda: now[0])
    first = client.post("/comments", json=FORM)
    now[0] += later
    again = client.post("/comments", json=FORM)
    assert (first.json() == again.json()) == (comments == 1)
    assert len(spooled(tmp_path)) == comments


def test_two_edges_on_one_spool_take_a_comment_once(edge: StartEdge, tmp_path: Path) -> None:
    clients = [edge(), edge()]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda at: clients[at % 2].post("/comments", json=FORM), range(8)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(spooled(tmp_path)) == 1


def test_same_words_from_another_network_are_another_comment(
    edge: StartEdge, tmp_path: Path
) -> None:
    client = edge(trusted_proxies="127.0.0.1")
    client.post("/comments", data=FORM, headers={"X-Forwarded-For": "198.51.100.7"})
    client.post("/comments", data=FORM, headers={"X-Forwarded-For": "203.0.113.7"})
    assert len(spooled(tmp_path)) == 2


def test_idempotency_key_names_one_comment(edge: StartEdge, tmp_path: Path) -> None:
    client, headers = edge(), {"Idempotency-Key": "draft-1"}
    first = client.post("/comments", json=FORM, headers=headers)
    again = client.post("/comments", json=FORM, headers=headers)
    other = client.post("/comments", json=FORM | {"text": "Other words."}, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert other.status_code == 422
    assert "This Idempotency-Key came before with something else." in other.json()["message"]
    assert len(spooled(tmp_path)) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_bad_idempotency_key_is_refused(strict_edge: Edge, key: str) -> None:
    answer = strict_edge.post("/comments", json=FORM, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert "1 to 255 printable characters" in answer.json()["message"]


def test_too_many_from_one_network_wait_with_their_text_kept(edge: StartEdge) -> None:
    client = edge(comment_network_per_minute=2)
    for text in ("One.", "Two."):
        assert client.post("/comments", data=FORM | {"text": text}).status_code == 303
    assert client.post("/comments", data=FORM | {"text": "Two."}).status_code == 303
    answer = client.post("/comments", data=FORM | {"text": "Three, my own words."})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert "Several came from your network." in text_of(answer.text)
    assert "Three, my own words." in answer.text


def test_all_networks_together_have_a_limit_too(edge: StartEdge) -> None:
    client = edge(
        comment_site_per_minute=2, comment_network_per_minute=1, trusted_proxies="127.0.0.1"
    )
    answers = [
        client.post(
            "/comments",
            data=FORM | {"text": f"Comment {at}, my own words."},
            headers={"X-Forwarded-For": f"203.0.{network}.1"},
        )
        for at, network in enumerate([1, 1, 1, 2, 3])
    ]
    assert [answer.status_code for answer in answers] == [303, 429, 429, 303, 429]
    assert "Very many are coming in just now." in text_of(answers[-1].text)
    assert "Comment 4, my own words." in answers[-1].text


def test_every_limit_can_be_off(edge: StartEdge, tmp_path: Path) -> None:
    limits = [
        name
        for name, setting in Settings.model_fields.items()
        if name.startswith(("comment_", "spool_")) and setting.annotation in (int, float)
    ]
    assert {"comment_site_per_minute", "comment_body_seconds", "spool_bytes"} <= set(limits)
    client = edge(**dict.fromkeys(limits, 0))
    for at in range(20):
        answer = client.post("/comments", data=FORM | {"text": f"{at} " + "long words " * 300})
        assert answer.status_code == 303
    assert len(spooled(tmp_path)) == 20
    assert client.get("/readyz").status_code == 200


def test_forged_forwarding_headers_do_not_change_the_network(edge: StartEdge) -> None:
    client = edge(comment_network_per_minute=1)
    statuses = [
        client.post(
            "/comments",
            data=FORM | {"text": f"Comment {at}."},
            headers={"X-Forwarded-For": f"203.0.{at}.1", "X-Real-IP": f"203.0.{at}.1"},
        ).status_code
        for at in range(5)
    ]
    assert statuses == [303, 429, 429, 429, 429]


def test_readers_behind_a_trusted_proxy_have_limits_of_their_own(edge: StartEdge) -> None:
    client = edge(comment_network_per_minute=1, trusted_proxies="127.0.0.0/8,::1")
    statuses = [
        client.post(
            "/comments",
            data=FORM | {"text": f"Comment {at}."},
            headers={"X-Forwarded-For": f"192.0.2.1, {address}"},
        ).status_code
        for at, address in enumerate(["203.0.113.1", "203.0.114.1", "203.0.114.9"])
    ]
    assert statuses == [303, 303, 429]


@pytest.mark.parametrize("bound", [{"spool_comments": 1}, {"spool_bytes": 400}])
def test_full_spool_accepts_nothing_and_says_when_to_come_back(
    edge: StartEdge, tmp_path: Path, bound: dict[str, int]
) -> None:
    client = edge(**bound)
    assert client.post("/comments", data=FORM).status_code == 303
    answer = client.post("/comments", data=FORM | {"text": "My own words."})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "We cannot take it just now." in text_of(answer.text)
    assert "My own words." in answer.text
    assert len(spooled(tmp_path)) == 1


def test_comment_waits_while_the_cms_is_down_and_arrives_once(
    edge: StartEdge, tmp_path: Path
) -> None:
    with comment_cms() as cms:
        url, port = cms.url, int(cms.url.rpartition(":")[2])
    client = edge(cms_url=url)
    assert client.post("/comments", data=FORM).status_code == 303
    assert client.get("/readyz").json()["spool"]["waiting"] == 1
    with comment_cms(port) as cms:
        eventually(lambda: spooled(tmp_path) == [])
        client.post("/comments", data=FORM)
        (row,) = cms.rows.values()
        assert (row["page"], row["text"]) == (KETAMINE, "Thank you.")
        assert len(cms.requests) == 1


def test_comment_survives_the_end_of_the_edge(edge: StartEdge, tmp_path: Path) -> None:
    with serving(create_app(settings_for(tmp_path), serve_site=False)) as first:
        first.post("/comments", data=FORM)
    with comment_cms() as cms:
        edge(cms_url=cms.url)
        eventually(lambda: len(cms.rows) == 1)


def test_lost_answer_of_the_cms_leads_to_the_same_id_again(edge: StartEdge, tmp_path: Path) -> None:
    with comment_cms() as cms:
        cms.loses_answers = 1
        edge(cms_url=cms.url).post("/comments", data=FORM)
        eventually(lambda: spooled(tmp_path) == [])
        assert len(cms.requests) == 2
        assert len(cms.rows) == 1
        assert cms.requests[0][1] == cms.requests[1][1]
        assert cms.requests[0][0]["plainleaf-id"] != cms.requests[1][0]["plainleaf-id"]


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"message": "Oops."}),
        (502, None),
        (404, None),
        (401, {"code": "unsigned", "message": "Unsigned."}),
        (429, {"code": "busy", "message": "Later."}),
        (302, {"results": [{"id": "another", "status": 201}]}),
        (200, None),
        (200, {"results": "all"}),
        (200, {"results": []}),
        (200, {"results": [{"id": "another", "status": 201}, None]}),
        (201, {"results": []}),
        (204, {}),
        (413, None),
        (400, {"message": "Bad request."}),
    ],
)
def test_failing_cms_gets_the_comment_later(
    edge: StartEdge, tmp_path: Path, answer: tuple[int, dict[str, Any] | None]
) -> None:
    with comment_cms() as cms:
        cms.answers = [answer]
        edge(cms_url=cms.url).post("/comments", data=FORM)
        eventually(lambda: spooled(tmp_path) == [])
        assert len(cms.rows) == 1


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"status": 503},
        {"status": 404, "code": "unknown", "message": "Later."},
        {"status": 400},
        {"status": "201"},
        {"status": [201]},
        {"id": ["no", "id"], "status": 201},
    ],
)
def test_comment_that_the_cms_neither_has_nor_refuses_goes_again(
    edge: StartEdge, tmp_path: Path, result: dict[str, Any]
) -> None:
    with comment_cms() as cms:
        cms.results = [result]
        edge(cms_url=cms.url).post("/comments", data=FORM)
        eventually(lambda: spooled(tmp_path) == [])
        assert len(cms.rows) == 1


def test_comment_is_sent_to_no_address_but_that_of_the_cms(edge: StartEdge, tmp_path: Path) -> None:
    with comment_cms() as other, comment_cms() as cms:
        cms.moved_to = f"{other.url}/api/comments/v1/"
        edge(cms_url=cms.url).post("/comments", data=FORM)
        eventually(lambda: len(cms.requests) > 1)
        assert other.requests == []
        assert len(spooled(tmp_path)) == 1


def test_proxy_of_the_environment_does_not_stand_between(
    edge: StartEdge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with comment_cms() as cms:
        running = edge(cms_url=cms.url)
        with requests.Session() as reader:
            reader.trust_env = False
            reader.post(f"{running.address}/comments", data=FORM, allow_redirects=False)
        eventually(lambda: len(cms.rows) == 1)


def test_one_process_of_several_forwards_and_another_when_it_ends(tmp_path: Path) -> None:
    lock = tmp_path / "comments.forwarder"
    with only_forwarder(lock) as first, only_forwarder(lock) as second:
        assert (first, second) == (True, False)
    with only_forwarder(lock) as third:
        assert third


def test_comment_the_cms_refuses_is_parked_and_the_next_one_goes_on(
    edge: StartEdge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with comment_cms() as cms:
        cms.results = [{"status": 422, "code": "conflict", "message": "It came before."}]
        client = edge(cms_url=cms.url)
        client.post("/comments", data=FORM | {"text": "Poison."})
        client.post("/comments", data=FORM | {"text": "Fine."})
        eventually(lambda: len(cms.rows) == 1)
        eventually(lambda: client.get("/readyz").json()["spool"]["waiting"] == 0)
        assert client.get("/readyz").json()["spool"]["parked"] == 1
    assert [row["text"] for row in spooled(tmp_path)] == ["Poison."]
    assert "is parked in" in caplog.text
    assert "the CMS answered 422, 'conflict': It came before." in caplog.text


def test_damaged_comment_is_parked_and_named_and_the_next_one_goes_on(
    edge: StartEdge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(create_app(settings_for(tmp_path), serve_site=False)) as first:
        first.post("/comments", data=FORM | {"text": "Whole words."})
        first.post("/comments", data=FORM | {"text": "Fine."})
    with sqlite3.connect(tmp_path / "spool" / "comments.sqlite3") as connection:
        connection.execute(
            "UPDATE comment SET body = CAST(replace(body, 'Whole', 'Other') AS BLOB)"
            " WHERE number = 1"
        )
    connection.close()
    damaged = spooled(tmp_path)[0]["id"]
    with comment_cms() as cms:
        edge(cms_url=cms.url)
        eventually(lambda: len(cms.rows) == 1)
        assert [row["text"] for row in cms.rows.values()] == ["Fine."]
        eventually(lambda: f"Comment {damaged} is parked in" in caplog.text)
    assert "it is damaged" in caplog.text


def test_comments_of_a_page_arrive_in_order_through_failures(
    edge: StartEdge, tmp_path: Path
) -> None:
    with comment_cms() as cms:
        cms.answers = [(500, None), (500, None)]
        client = edge(cms_url=cms.url)
        for at in range(5):
            client.post("/comments", data=FORM | {"text": f"Comment {at}."})
        eventually(lambda: spooled(tmp_path) == [])
        assert [row["text"] for row in cms.rows.values()] == [f"Comment {at}." for at in range(5)]


def waiting_comments(folder: Path, texts: Sequence[str], *, pages: int = 1) -> None:
    """Comments that nobody has tried to send yet, on each page in turn."""
    known = [page(1, "/", "Home"), *(page(10 + at, f"/{at}/", "A page") for at in range(pages))]
    publish(folder, "with-pages", pages=known)
    (folder / "spool").mkdir()
    with (
        only_forwarder(folder / "spool" / "comments.forwarder"),
        serving(create_app(settings_for(folder), serve_site=False)) as edge,
    ):
        for at, text in enumerate(texts):
            key = known[1 + at % pages]["translation_key"]
            answer = edge.post("/comments", data=FORM | {"page": key, "text": text})
            assert answer.status_code == 303


def test_comments_that_wait_go_in_batches_in_their_order(edge: StartEdge, tmp_path: Path) -> None:
    texts = [f"Comment {at}." for at in range(120)]
    waiting_comments(tmp_path, texts, pages=3)
    with comment_cms() as cms:
        edge(cms_url=cms.url)
        eventually(lambda: spooled(tmp_path) == [])
    assert [len(body.splitlines()) for _, body in cms.requests] == [100, 20]
    assert all(headers["content-type"] == "application/x-ndjson" for headers, _ in cms.requests)
    assert [row["text"] for row in cms.rows.values()] == texts


def test_what_follows_a_comment_that_waits_stays_behind_it(edge: StartEdge, tmp_path: Path) -> None:
    waiting_comments(tmp_path, ["a1", "b1", "a2", "b2"], pages=2)
    with comment_cms() as cms:
        cms.results = [{"status": 503}, {"status": 201}, {"status": 503}, {"status": 201}]
        edge(cms_url=cms.url)
        eventually(lambda: len(cms.rows) == 2)
        assert [row["text"] for row in cms.rows.values()] == ["a1", "a2"]
        assert len(cms.requests) == 2


@pytest.mark.parametrize(
    "answer", [(413, None), (400, {"code": "malformed", "message": "Line 2 is no JSON."})]
)
def test_batch_that_is_refused_goes_one_by_one(
    edge: StartEdge, tmp_path: Path, answer: tuple[int, dict[str, Any] | None]
) -> None:
    waiting_comments(tmp_path, ["a1", "Poison.", "a2", "b2"], pages=2)
    with comment_cms() as cms:
        cms.answers = [answer, None, (413, {"code": "too_large", "message": "Too large."})]
        client = edge(cms_url=cms.url)
        eventually(lambda: len(cms.rows) == 3)
        eventually(lambda: client.get("/readyz").json()["spool"]["waiting"] == 0)
    assert [row["text"] for row in spooled(tmp_path)] == ["Poison."]
    assert [len(body.splitlines()) for _, body in cms.requests] == [4, 1, 1, 1, 1]


def test_single_comment_that_a_proxy_refuses_holds_its_own_page_only(
    edge: StartEdge, tmp_path: Path
) -> None:
    waiting_comments(tmp_path, ["a1", "b1", "a2", "b2"], pages=2)
    with comment_cms() as cms:
        cms.answers = [(413, None), None, (413, None)]
        edge(cms_url=cms.url)
        eventually(lambda: len(cms.rows) == 4)
    assert [row["text"] for row in cms.rows.values()] == ["a1", "a2", "b1", "b2"]


def test_comments_of_one_network_have_one_hash_for_a_week(edge: StartEdge, tmp_path: Path) -> None:
    now = [1_795_000_199.0]
    client = edge(trusted_proxies="127.0.0.1", clock=lambda: now[0])
    for later, address in [(0, "198.51.100.7"), (0, "198.51.100.9"), (0, "203.0.113.7"), (7, "")]:
        now[0] += later * 24 * 60 * 60
        headers = {"X-Forwarded-For": address or "198.51.100.7"}
        client.post("/comments", data=FORM | {"text": f"From {address}."}, headers=headers)
    first, neighbour, other, next_week = (row["network"] for row in spooled(tmp_path))
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert first == neighbour
    assert len({first, other, next_week}) == 3


def test_no_hash_is_made_where_none_is_kept(edge: StartEdge, tmp_path: Path) -> None:
    edge(comment_network_days=0).post("/comments", data=FORM)
    assert spooled(tmp_path)[0]["network"] == ""


def test_logs_hold_no_words_no_address_and_no_network(
    edge: StartEdge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="frontend_export")
    client = edge(trusted_proxies="127.0.0.1")
    client.headers["X-Forwarded-For"] = "198.51.100.7"
    secret = {"name": "Zebra", "text": "Xylophone words", "email": "quokka@example.org"}
    client.post("/comments", data=FORM | secret)
    client.post("/comments", data=FORM | secret | {"email": "quokka@"})
    assert caplog.text.count(f"from network '{spooled(tmp_path)[0]['network']}'") == 2
    for word in ("Zebra", "Xylophone", "quokka", "198.51.100"):
        assert word not in caplog.text


def test_health_asks_nothing_and_readiness_counts_what_waits(edge: StartEdge) -> None:
    client = edge()
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["spool"] == {
        "waiting": 0,
        "parked": 0,
        "bytes": 0,
        "oldest_seconds": None,
    }


def test_operators_are_told_once_when_the_spool_is_half_full(
    edge: StartEdge, caplog: pytest.LogCaptureFixture
) -> None:
    client = edge(spool_comments=10)
    for at in range(7):
        said = client.get("/readyz").json()["warnings"]
        assert [one for one in said if "filling up" in one] == (
            [f"The comment spool is filling up: {at}0% of its bound."] if at >= 5 else []
        )
        client.post("/comments", data=FORM | {"text": f"Comment {at}."})
    assert caplog.text.count("is filling up: 50% of its bound. Is the CMS reachable?") == 1
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("trusted", "header", "is_told"),
    [
        ("", "203.0.113.9", True),
        ("10.0.0.0/8", "203.0.113.9", True),
        ("127.0.0.1", "203.0.113.9", False),
        ("", "", False),
    ],
)
def test_operators_are_told_of_a_proxy_that_is_not_trusted(
    edge: StartEdge, caplog: pytest.LogCaptureFixture, trusted: str, header: str, is_told: bool
) -> None:
    client = edge(trusted_proxies=trusted)
    for at in range(3):
        headers = {"X-Forwarded-For": header} if header else {}
        client.post("/comments", data=FORM | {"text": f"Comment {at}."}, headers=headers)
    said = [one for one in client.get("/readyz").json()["warnings"] if "X-Forwarded-For" in one]
    assert len(said) == is_told
    assert caplog.text.count("is not in PLAINLEAF_TRUSTED_PROXIES") == is_told
    assert "203.0.113.9" not in caplog.text


def test_ids_tell_networks_apart_and_name_none(edge: StartEdge, tmp_path: Path) -> None:
    """Where no hash is kept too; and across the turn of a week, when the salt changes."""
    week = 7 * 24 * 60 * 60
    now = [week * 3000 - 5.0]
    client = edge(trusted_proxies="127.0.0.1", comment_network_days=0, clock=lambda: now[0])

    def post(address: str) -> str:
        answer = client.post("/comments", json=FORM, headers={"X-Forwarded-For": address})
        id: str = answer.json()["id"]
        return id

    first, other = post("198.51.100.7"), post("203.0.113.7")
    assert first != other
    now[0] += 10
    assert (post("198.51.100.7"), post("203.0.113.7")) == (first, other)
    assert len(spooled(tmp_path)) == 2
    secret = sqlite3.connect(tmp_path / "spool" / "comments.sqlite3")
    (value,) = secret.execute("SELECT value FROM secret").fetchone()
    secret.close()
    words = [KETAMINE, "en", "Sam", "Thank you.", ""]
    buckets = [int(now[0] // 600) - back for back in range(3)]
    guesses = {keyed_id(value, [*words, "198.51.100.0/24", at]) for at in buckets}
    assert first not in guesses


def test_edge_is_not_ready_when_its_spool_is_nearly_full(edge: StartEdge) -> None:
    client = edge(spool_comments=10)
    for at in range(9):
        assert client.get("/readyz").status_code == 200
        assert client.post("/comments", data=FORM | {"text": f"Comment {at}."}).status_code == 303
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["problems"] == ["The comment spool is nearly full: 90% of its bound."]
    assert client.post("/comments", data=FORM).status_code == 303


@pytest.mark.parametrize("keys", ["", "short"])
def test_edge_without_a_long_key_does_not_start(tmp_path: Path, keys: str) -> None:
    with pytest.raises(SettingsError, match="PLAINLEAF_COMMENT_KEYS must hold"):
        create_app(settings_for(tmp_path, comment_keys=keys), serve_site=False)


def test_wrong_proxy_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PLAINLEAF_TRUSTED_PROXIES: 'nowhere' is no network"):
        create_app(settings_for(tmp_path, trusted_proxies="nowhere"), serve_site=False)


def test_damaged_spool_stops_the_start_and_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "comments.sqlite3"
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(OutputError, match="move it aside and keep it"):
        create_app(settings_for(tmp_path), serve_site=False)
    assert path.read_bytes() == b"not a database at all" * 100


def test_port_in_use_is_named_with_the_remedy() -> None:
    with (
        listen("127.0.0.1", 0) as taken,
        pytest.raises(
            OutputError,
            match=r"Port \d+ of '127\.0\.0\.1' cannot be used: Address already in use\. Stop",
        ),
    ):
        listen("127.0.0.1", taken.getsockname()[1])
