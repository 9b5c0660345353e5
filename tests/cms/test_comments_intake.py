import json
import threading
import time

import pytest
from django.db import connection
from django.test import Client

from cms.comments.models import ReaderComment, State
from tests.cms.comment_site import INTAKE, KEY, send, sign, submission
from tests.cms.feed_site import article, topic

NEW_KEY = "another-comment-key-0123456789abcdef0123456789"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine():
    return article(topic(), comments_open=True)


def test_new_comment_is_held_as_it_was_typed(ketamine):
    text = "BP < 120 & > 80, <b>x</b>\n\n👩‍👩‍👧 e\u0301"
    answer = send(record := submission(ketamine, text=text, email="sam@example.org"))
    assert (answer.status_code, answer.json()) == (201, {"id": record["id"]})
    stored = ReaderComment.objects.get()
    assert (stored.state, stored.page_id, stored.name) == (State.HELD, ketamine.pk, "Sam")
    assert (stored.text, stored.email) == (text, "sam@example.org")
    assert (
        stored.received_at.isoformat()
        == "2026-11-25T14:00:00+00:00"
        == (stored.posted_at.isoformat())
    )


def test_honeypot_makes_it_suspected_spam(ketamine):
    send(submission(ketamine, signals=["honeypot"]))
    assert ReaderComment.objects.get().state == State.SPAM


def test_same_comment_again_is_one_row_and_the_same_answer(ketamine):
    record = submission(ketamine)
    first, again = send(record), send(record)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert ReaderComment.objects.count() == 1


def test_same_comment_again_does_not_undo_a_decision(ketamine):
    record = submission(ketamine)
    send(record)
    ReaderComment.objects.get().move_to(State.REJECTED, by=None)
    send(record)
    assert ReaderComment.objects.get().state == State.REJECTED


def test_same_id_with_another_comment_is_refused(ketamine):
    record = submission(ketamine)
    send(record)
    answer = send(record | {"text": "Other words."})
    assert (answer.status_code, answer.json()["code"]) == (422, "conflict")
    assert "came before with another comment" in answer.json()["message"]
    assert ReaderComment.objects.get().text == "Thank you."


@pytest.mark.django_db(transaction=True)
def test_same_comment_at_the_same_time_is_one_row(ketamine):
    record, statuses = submission(ketamine), []

    def deliver():
        statuses.append(send(record).status_code)
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 200, 200, 201]
    assert ReaderComment.objects.count() == 1


def test_page_that_was_unpublished_since_keeps_its_comment_held(ketamine):
    ketamine.unpublish()
    assert send(submission(ketamine)).status_code == 201
    assert ReaderComment.objects.get().state == State.HELD


def test_unknown_page_is_refused_with_the_reason(ketamine):
    answer = send(submission(ketamine, page="00000000-0000-4000-8000-000000000000"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_page")
    assert "No page has the key" in answer.json()["message"]
    assert not ReaderComment.objects.exists()


def test_page_of_another_locale_is_unknown(ketamine):
    assert send(submission(ketamine, locale="fr")).json()["code"] == "unknown_page"


def forged(record, body):
    now = str(int(time.time()))
    return [
        {"signature": ""},
        {"signature": "v1,"},
        {"signature": "v1,????"},
        {"signature": "v2," + sign(record["id"], now, body).removeprefix("v1,")},
        {"signature": sign(record["id"], now, body + b" "), "timestamp": now},
        {"signature": sign("other", now, body), "timestamp": now},
        {"signature": sign(record["id"], now, body, key="x" * 40), "timestamp": now},
        {"timestamp": str(int(time.time()) - 301)},
        {"timestamp": str(int(time.time()) + 301)},
        {"timestamp": "soon"},
        {"timestamp": ""},
        {"timestamp": "9" * 400},
    ]


@pytest.mark.parametrize("at", range(12))
def test_forged_signature_is_refused_with_a_sentence(ketamine, at):
    record = submission(ketamine)
    body = b'{"id": "' + record["id"].encode() + b'"}'
    answer = send(record, body=body, **forged(record, body)[at])
    assert (answer.status_code, answer.json()["code"]) == (401, "unsigned")
    assert answer.json()["message"].endswith(".")
    assert not ReaderComment.objects.exists()


def test_two_keys_are_valid_while_they_rotate(ketamine, settings):
    settings.PLAINLEAF_COMMENT_KEYS = [NEW_KEY, KEY]
    assert send(submission(ketamine), key=KEY).status_code == 201
    assert send(submission(ketamine), key=NEW_KEY).status_code == 201
    settings.PLAINLEAF_COMMENT_KEYS = [NEW_KEY]
    assert send(submission(ketamine), key=KEY).status_code == 401


def test_one_good_signature_of_several_is_enough(ketamine):
    record, now = submission(ketamine), str(int(time.time()))
    body = json.dumps(record).encode()
    signatures = f"{sign(record['id'], now, body, key=NEW_KEY)} {sign(record['id'], now, body)}"
    assert send(record, timestamp=now, signature=signatures).status_code == 201


@pytest.mark.parametrize("keys", [[], ["short"]])
def test_without_a_long_key_there_is_no_intake(ketamine, settings, keys):
    settings.PLAINLEAF_COMMENT_KEYS = keys
    assert send(submission(ketamine), key="short").status_code == 404


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": "x"}, "'text' must be a text of 2 to 3000 characters."),
        ({"text": "x" * 3001}, "'text' must be a text of 2 to 3000 characters."),
        ({"text": 7}, "'text' must be a text of 2 to 3000 characters."),
        ({"text": "a\0b"}, "'text' holds a character that is not text."),
        ({"text": "a\ud83db"}, "'text' holds a character that is not text."),
        ({"name": ""}, "'name' must be a text of 1 to 80 characters."),
        ({"email": "nobody"}, "'email' is not an e-mail address."),
        ({"page": "null"}, "'page' must be a UUID."),
        ({"received_at": "yesterday"}, "'received_at' must be an instant"),
        ({"received_at": "2026-11-25T14:00:00"}, "'received_at' must name its zone"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "'received_at' lies outside"),
        ({"signals": "honeypot"}, "'signals' must be a list"),
    ],
)
def test_malformed_comment_is_refused_naming_the_field(ketamine, change, sentence):
    answer = send(submission(ketamine, **change))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.json()["message"].startswith(sentence)
    assert not ReaderComment.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 20_000])
def test_body_that_is_no_object_is_refused(ketamine, body):
    answer = send(submission(ketamine), body=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_id_in_the_body_must_be_the_signed_one(ketamine):
    answer = send(submission(ketamine), id="another")
    assert answer.json()["message"] == "'id' in the body differs from the signed Plainleaf-Id."


def test_extra_fields_decide_nothing(ketamine):
    send(submission(ketamine, state="approved", version=9, moderated_by=1))
    assert ReaderComment.objects.get().state == State.HELD


def test_large_body_is_refused_before_it_is_read(ketamine):
    answer = send(submission(ketamine), body=b"x" * 65_537)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_intake_takes_post_only_and_is_never_stored():
    answer = Client().get(INTAKE)
    assert answer.status_code == 405
    assert "no-store" in answer.headers["Cache-Control"]
