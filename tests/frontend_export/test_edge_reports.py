"""What a reader meets who reports a comment, or a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from frontend_export.edge.app import create_app
from frontend_export.edge.receipt import PATTERN, receipt_of
from frontend_export.edge.report_fields import COMMENT_REASONS, PAGE_REASONS
from frontend_export.page_token import page_token
from tests.frontend_export.edge_site import (
    CLOSED,
    KETAMINE,
    Edge,
    comment_cms,
    publish,
    serving,
    settings_for,
)
from tests.frontend_export.test_edge_comments import eventually, spooled, text_of

REPORT = "/comments/report"
PAGE = {"page": KETAMINE, "locale": "en"}
EMPTY = {"leave_this_empty": ""}
OF_PAGE = PAGE | EMPTY | {"reason": "wrong", "text": "The dose is wrong."}
OF_COMMENT = PAGE | EMPTY | {"comment": "12", "reason": "abusive", "text": ""}
KEY = "a-page-key-for-tests-only-0123456789abcdef"
StartEdge = Callable[..., Edge]


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[StartEdge]:
    publish(tmp_path)
    with ExitStack() as running:

        def start(**settings: Any) -> Edge:
            app = create_app(settings_for(tmp_path, **settings), serve_site=False)
            return running.enter_context(serving(app))

        yield start


def test_form_asks_what_is_wrong_with_a_page(edge: StartEdge, tmp_path: Path) -> None:
    answer = edge().get(REPORT, params=PAGE)
    assert answer.status_code == 200
    assert "Report a problem with What is ketamine?" in " ".join(text_of(answer.text).split())
    assert re.findall(r'type="radio" value="(\w+)"', answer.text) == list(PAGE_REASONS)
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    assert spooled(tmp_path) == []


def test_form_asks_what_is_wrong_with_a_comment_and_leads_back_to_it(edge: StartEdge) -> None:
    answer = edge().get(REPORT, params=PAGE | {"comment": "12"})
    assert 'href="/ketamine/#comment-12"' in answer.text
    assert 'name="comment" value="12"' in answer.text
    assert re.findall(r'type="radio" value="(\w+)"', answer.text) == list(COMMENT_REASONS)


@pytest.mark.parametrize("sent", [OF_PAGE, OF_COMMENT])
def test_report_is_on_disk_and_its_receipt_is_shown(
    edge: StartEdge, tmp_path: Path, sent: dict[str, str]
) -> None:
    client = edge()
    answer = client.post(REPORT, data=sent)
    [row] = spooled(tmp_path)
    code = receipt_of(row["id"])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{REPORT}/thanks/{code}")
    kept = {name: value for name, value in sent.items() if name not in EMPTY}
    assert {**row, "comment": "", **kept} == row
    assert set(row) == {
        *("kind", "id", "page", "locale", "comment", "reason", "text"),
        *("received_at", "signals", "network"),
    }
    thanks = client.get(answer.headers["location"])
    assert code in thanks.text
    assert "What happens next" in thanks.text
    assert re.search(PATTERN, thanks.text)
    assert thanks.headers["x-robots-tag"] == "noindex"


def test_report_reaches_the_cms_once(tmp_path: Path) -> None:
    publish(tmp_path)
    with comment_cms() as cms:
        app = create_app(settings_for(tmp_path, cms_url=cms.url), serve_site=False)
        with serving(app) as edge, serving(app.state.metrics) as port:
            for _ in range(2):
                assert edge.post(REPORT, data=OF_PAGE).status_code == 303
            eventually(lambda: len(cms.rows) == 1 and spooled(tmp_path) == [])
            text = port.get("/metrics").text
    [line] = cms.rows.values()
    assert (line["kind"], line["text"]) == ("report", "The dose is wrong.")
    assert 'plainleaf_comments_accepted_total{kind="report"} 1\n' in text


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"reason": ""}, "reason", "Choose what is wrong."),
        ({"reason": "abusive"}, "reason", "Choose what is wrong."),
        (
            {"text": "x" * 1001},
            "text",
            "Your text must be 1,000 characters or fewer. It has 1,001.",
        ),
        ({"text": "a\x07b"}, "text", "characters that cannot be shown"),
    ],
)
def test_wrong_field_comes_back_with_a_sentence_and_all_that_was_typed(
    edge: StartEdge, tmp_path: Path, change: dict[str, str], field: str, sentence: str
) -> None:
    answer = edge().post(REPORT, data=OF_PAGE | change)
    assert answer.status_code == 422
    assert sentence in text_of(answer.text)
    assert f'href="#report-{field}' in answer.text
    assert "There is a problem" in answer.text
    kept = (OF_PAGE | change)["text"].replace("\x07", "\ufffd")
    assert f">\n{kept}</textarea>" in answer.text
    checked = re.findall(r'value="(\w+)" required checked', answer.text)
    assert checked == (["wrong"] if "reason" not in change else [])
    assert spooled(tmp_path) == []


def test_longest_text_is_a_setting_and_counts_what_is_seen(edge: StartEdge, tmp_path: Path) -> None:
    family = "👨‍👩‍👧‍👦"
    client = edge(report_text_characters=3)
    assert client.post(REPORT, data=OF_PAGE | {"text": family + "ab"}).status_code == 303
    assert client.post(REPORT, data=OF_PAGE | {"text": "four"}).status_code == 422
    unlimited = edge(report_text_characters=0)
    assert unlimited.post(REPORT, data=OF_PAGE | {"text": "x" * 36_000}).status_code == 303
    assert unlimited.post(REPORT, data=OF_PAGE | {"text": "x" * 36_001}).status_code == 422
    assert "Up to" not in unlimited.get(REPORT, params=PAGE).text


def test_page_that_takes_no_comments_takes_reports(edge: StartEdge, tmp_path: Path) -> None:
    assert edge().post(REPORT, data=OF_PAGE | {"page": CLOSED}).status_code == 303


@pytest.mark.parametrize("how", ["get", "post"])
@pytest.mark.parametrize(
    "change",
    [
        {"page": ""},
        {"page": "6a3c5a62-51f5-4a40-9f0e-000000000000"},
        {"comment": "<script>"},
        {"comment": "1" * 37},
        {"comment": "../12"},
    ],
)
def test_what_is_not_on_this_site_cannot_be_reported(
    edge: StartEdge, tmp_path: Path, how: str, change: dict[str, str]
) -> None:
    client = edge()
    sent = OF_COMMENT | {"text": "My own words."} | change
    answer = client.post(REPORT, data=sent) if how == "post" else client.get(REPORT, params=sent)
    assert answer.status_code == 404
    assert ("My own words." in answer.text) == (how == "post")
    assert "<script" not in answer.text
    assert spooled(tmp_path) == []


def test_page_that_left_the_site_is_reported_by_its_token(edge: StartEdge, tmp_path: Path) -> None:
    gone = {"page": "6a3c5a62-51f5-4a40-9f0e-00000000dead", "locale": "en"}
    token = page_token(KEY, gone["page"], "en")
    client = edge(page_keys=KEY)
    form = client.get(REPORT, params=gone | {"token": token})
    assert (form.status_code, f'name="token" value="{token}"' in form.text) == (200, True)
    sent = gone | {"token": token, "reason": "broken"}
    assert client.post(REPORT, data=sent).status_code == 303
    assert client.post(REPORT, data=sent | {"token": "wrong"}).status_code == 404
    assert [row["page"] for row in spooled(tmp_path)] == [gone["page"]]


def test_filled_honeypot_is_taken_and_marked(edge: StartEdge, tmp_path: Path) -> None:
    edge().post(REPORT, data=OF_PAGE | {"leave_this_empty": "x"})
    assert spooled(tmp_path)[0]["signals"] == ["honeypot"]


def test_form_of_another_site_is_refused(edge: StartEdge, tmp_path: Path) -> None:
    client = edge()
    client.headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post(REPORT, data=OF_PAGE)
    assert answer.status_code == 403
    assert "This can only be sent from the form on this site." in text_of(answer.text)
    assert spooled(tmp_path) == []


def test_reports_have_a_pace_of_their_own(edge: StartEdge) -> None:
    client = edge(comment_network_per_minute=2)
    comment = PAGE | {"name": "Sam", "email": ""}
    for at in range(2):
        assert client.post("/comments", data=comment | {"text": f"No {at}."}).status_code == 303
    answers = [client.post(REPORT, data=OF_PAGE | {"text": f"Report {at}."}) for at in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert "Several came from your network." in text_of(answers[2].text)
    assert "Report 2." in answers[2].text


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", "reason=wrong", 415),
        ("application/x-www-form-urlencoded", "x" * 600_000, 413),
    ],
)
def test_body_that_is_no_report_is_refused(
    edge: StartEdge, tmp_path: Path, content_type: str, body: str, status: int
) -> None:
    answer = edge().post(REPORT, data=body, headers={"Content-Type": content_type})
    assert (answer.status_code, "Your report was not sent" in answer.text) == (status, True)
    assert spooled(tmp_path) == []


def test_before_the_first_release_nothing_is_promised(tmp_path: Path) -> None:
    with serving(create_app(settings_for(tmp_path), serve_site=False)) as edge:
        assert edge.get(REPORT, params=PAGE).status_code == 503
        answer = edge.post(REPORT, data=OF_PAGE)
        assert (answer.status_code, "The dose is wrong." in answer.text) == (503, True)
