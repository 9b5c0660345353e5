"""What the edge really sends, taken by the real intake."""

import time

import pytest
from django.test import Client

from cms.comments.models import ReaderComment, State
from frontend_export.edge.forward import batch_body, signature_headers
from frontend_export.edge.spool import Waiting
from frontend_export.edge.submission import HONEYPOT_FIELD, check
from tests.cms.comment_site import INTAKE, KEY
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db

LONGEST = {"name": "n" * 80, "text": "👩" * 3000, "email": f"{'e' * 64}@{'d' * 60}.example"}
HARD = {"name": "O'Brien <b>", "text": "BP < 120 & > 80, <b>x</b>\n\nשלום \u202e e\u0301"}


@pytest.mark.parametrize("words", [LONGEST, HARD, {"text": "ok"}, {HONEYPOT_FIELD: "x"}])
def test_comment_of_the_edge_is_stored_as_it_was_typed(words):
    page = article(topic(), comments_open=True)
    where = {"page": str(page.translation_key), "locale": page.locale.language_code}
    comment = check({"name": "Sam", "text": "Thank you.", **words, **where}, ["no_origin"])
    now = time.time()
    id, _ = comment.ids(secret=b"s" * 32, network="203.0.113.0/24", now=now)
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
    assert stored.network == "9c4be0f1a2d37788"
    assert stored.signals == list(comment.signals)
    assert stored.state == (State.SPAM if HONEYPOT_FIELD in words else State.HELD)
    assert abs(stored.received_at.timestamp() - now) < 0.001
