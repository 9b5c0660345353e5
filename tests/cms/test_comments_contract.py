"""What the edge really sends, taken by the real intake."""

import time

import pytest
from django.test import Client

from cms.comments import report
from cms.comments.models import ReaderComment, State
from frontend_export.config import MOST_NAME_CHARACTERS, MOST_TEXT_CHARACTERS
from frontend_export.edge import report_fields
from frontend_export.edge.forward import batch_body, signature_headers
from frontend_export.edge.spool import Waiting
from frontend_export.edge.submission import HONEYPOT_FIELD, Longest, check
from tests.cms.comment_site import INTAKE, KEY
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db

KISS = "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿"  # one character, ten code points
LONGEST = {"name": "n" * 80, "text": KISS * 3000, "email": f"{'e' * 64}@{'d' * 60}.example"}
MOST = {"name": "👩" * MOST_NAME_CHARACTERS, "text": "👩" * MOST_TEXT_CHARACTERS}
HARD = {"name": "O'Brien <b>", "text": "BP < 120 & > 80, <b>x</b>\n\nשלום \u202e e\u0301"}

NO_LIMIT = Longest(text=0, name=0)  # of the settings
NOTIFY = {"email": "sam@example.org", "notify": "yes"}


@pytest.mark.parametrize(
    "words", [LONGEST, MOST, HARD, {"text": "ok"}, {HONEYPOT_FIELD: "x"}, NOTIFY]
)
def test_comment_of_the_edge_is_stored_as_it_was_typed(words):
    page = article(topic())
    where = {"page": str(page.translation_key), "locale": page.locale.language_code}
    comment = check(
        {"name": "Sam", "text": "Thank you.", **words, **where}, ["no_origin"], longest=NO_LIMIT
    )
    now = time.time()
    id, _ = comment.ids(secret=b"s" * 32, network_at=lambda instant: "a hash", now=now)
    line = comment.body(id, received_at=now, network="9c4be0f1a2d37788")
    body = batch_body([Waiting(1, id, comment.page, line, checksum="", attempts=0)])
    answer = Client().post(
        INTAKE,
        data=body,
        content_type="application/x-ndjson",
        headers=signature_headers("a-batch", body, key=KEY, now=now),
    )
    assert answer.json() == {"results": [{"id": id, "status": 201}]}
    stored = ReaderComment.objects.get()
    assert (stored.name, stored.text, stored.email) == (comment.name, comment.text, comment.email)
    assert hasattr(stored, "mail_subscription") == ("notify" in words)
    assert stored.network == "9c4be0f1a2d37788"
    assert stored.signals == list(comment.signals)
    assert stored.state == (State.SPAM if HONEYPOT_FIELD in words else State.HELD)
    assert abs(stored.received_at.timestamp() - now) < 0.001


def test_reasons_of_a_report_have_the_same_codes_on_both_sides():
    assert list(report_fields.COMMENT_REASONS) == list(report.COMMENT_REASONS)
    assert list(report_fields.PAGE_REASONS) == list(report.PAGE_REASONS)


@pytest.mark.parametrize("text", ["", "👩" * 1000, MOST["text"], HARD["text"]])
@pytest.mark.parametrize("comment", ["", "12"])
def test_report_of_the_edge_is_stored_as_it_was_typed(text, comment):
    page = article(topic())
    where = {"page": str(page.translation_key), "locale": page.locale.language_code}
    fields = {**where, "comment": comment, "reason": "other", "text": text, HONEYPOT_FIELD: ""}
    sent = report_fields.check(fields, ["no_origin"], longest_text=0)
    now = time.time()
    id, _ = sent.ids(secret=b"s" * 32, network_at=lambda instant: "a hash", now=now)
    line = sent.body(id, received_at=now, network="9c4be0f1a2d37788")
    body = batch_body([Waiting(1, id, sent.page, line, checksum="", attempts=0)])
    answer = Client().post(
        INTAKE,
        data=body,
        content_type="application/x-ndjson",
        headers=signature_headers("a-batch", body, key=KEY, now=now),
    )
    assert answer.json() == {"results": [{"id": id, "status": 201}]}
    stored = report.Report.objects.get()
    assert (stored.text, stored.named, stored.reason) == (sent.text, comment, "other")
    assert (stored.network, stored.signals) == ("9c4be0f1a2d37788", ["no_origin"])
    assert stored.page == page.page_ptr
