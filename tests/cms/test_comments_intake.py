import json
import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from cms.articles.models import ArticlePage, StandardPage
from cms.comments import arrivals, intake
from cms.comments.models import CommentSettings, Event, ReaderComment, State
from cms.comments.rules import Rule
from cms.core.commenting import Mode
from frontend_export.edge.receipt import receipt_of as edge_receipt_of
from tests.cms.comment_site import INTAKE, KEY, send, sign, submission, told
from tests.cms.feed_site import article, home, topic

NEW_KEY = "another-comment-key-0123456789abcdef0123456789"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine():
    return article(topic())


def test_new_comment_is_held_as_it_was_typed(ketamine):
    text = "BP < 120 & > 80, <b>x</b>\n\n👩‍👩‍👧 e\u0301"
    answer = told(record := submission(ketamine, text=text, email="sam@example.org"))
    assert answer == {"id": record["id"], "status": 201}
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
    first, again = told(record), told(record)
    assert (first["status"], again["status"]) == (201, 200)
    assert first["id"] == again["id"]
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
    answer = told(record | {"text": "Other words."})
    assert (answer["status"], answer["code"]) == (422, "conflict")
    assert "came before with another comment" in answer["message"]
    assert ReaderComment.objects.get().text == "Thank you."


@pytest.mark.django_db(transaction=True)
def test_same_comment_at_the_same_time_is_one_row(ketamine):
    record, statuses = submission(ketamine), []

    def deliver():
        statuses.append(told(record)["status"])
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
    assert told(submission(ketamine))["status"] == 201
    assert ReaderComment.objects.get().state == State.HELD


@pytest.mark.parametrize(
    "elsewhere", [{"page": "00000000-0000-4000-8000-000000000000"}, {"locale": "fr"}]
)
def test_comment_on_a_page_that_is_gone_is_kept_held_and_says_so(ketamine, elsewhere):
    assert told(submission(ketamine, **elsewhere))["status"] == 201
    stored = ReaderComment.objects.get()
    assert (stored.page, stored.state) == (None, State.HELD)
    assert Rule.PAGE_GONE in [one.rule for one in stored.reasons.all()]


def test_bad_comment_holds_no_other_of_its_batch(ketamine):
    good, last = submission(ketamine), submission(ketamine, text="Last.")
    answer = send(good, submission(ketamine, text=7), last)
    assert [one["status"] for one in answer.json()["results"]] == [201, 400, 201]
    assert {one.idempotency_key for one in ReaderComment.objects.all()} == {good["id"], last["id"]}


def test_comment_without_a_kind_is_a_comment_as_one_with_it_is(ketamine):
    assert told(submission(ketamine))["status"] == 201
    assert told(submission(ketamine, kind="comment"))["status"] == 201
    assert ReaderComment.objects.count() == 2


@pytest.mark.parametrize("kind", ["letter", "", 7, None, ["comment"]])
def test_unknown_kind_is_refused_by_name_and_holds_no_other(ketamine, kind):
    odd, good = submission(ketamine, kind=kind), submission(ketamine)
    refused, taken = send(odd, good).json()["results"]
    assert (refused["id"], refused["status"], refused["code"]) == (odd["id"], 400, "malformed")
    assert "'kind' is none that this CMS knows" in refused["message"]
    assert taken["status"] == 201


def test_link_of_a_mail_that_was_followed_is_told_to_its_taker_and_always_acknowledged(
    ketamine, monkeypatch
):
    followed = []
    taker = intake.taken_by_link(lambda token, at: followed.append((token, at.isoformat())))
    monkeypatch.setitem(intake.TAKERS, "mail_confirm", taker)
    line = {"kind": "mail_confirm", "id": "1", "token": "t" * 20}
    line |= {"received_at": "2026-11-25T14:00:00+00:00"}
    assert told(line) == told(line) == {"id": "1", "status": 200}
    assert followed == [("t" * 20, "2026-11-25T14:00:00+00:00")] * 2
    assert told(line | {"token": "t" * 19})["code"] == "malformed"


def test_batch_is_stored_whole_or_is_sent_again(ketamine, monkeypatch):
    """Whatever breaks in the middle of it, the edge hears of no comment that is not stored."""
    judged = arrivals.judge

    def breaks(submission, *args, **kwargs):
        if submission.text == "Breaks.":
            raise OperationalError("the database went away")
        return judged(submission, *args, **kwargs)

    monkeypatch.setattr(arrivals, "judge", breaks)
    with pytest.raises(OperationalError):
        send(submission(ketamine), submission(ketamine, text="Breaks."))
    assert not ReaderComment.objects.exists()


@pytest.mark.parametrize("count", [0, 101])
def test_batch_of_none_or_too_many_is_refused(ketamine, count):
    answer = send(*[submission(ketamine)] * count)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_erased_comment_that_is_sent_again_stays_erased(ketamine):
    """Nothing is left that its words could be compared with."""
    record = submission(ketamine)
    send(record)
    ReaderComment.objects.get().move_to(State.ERASED, by=None)
    assert told(record)["status"] == 200
    assert ReaderComment.objects.get().text == ""


@pytest.mark.parametrize(
    ("text", "signals", "state", "rule"),
    [
        ("I want to kill myself.", [], State.URGENT, Rule.CRISIS),
        ("I want to kill myself.", ["honeypot"], State.URGENT, Rule.CRISIS),
        ("Read https://example.org/", [], State.HELD, Rule.LINKS),
        ("Thank you.", ["honeypot"], State.SPAM, Rule.HONEYPOT),
    ],
)
def test_reasons_say_why_and_where(ketamine, text, signals, state, rule):
    """Somebody in danger is never taken for spam, whatever a program filled in."""
    send(submission(ketamine, text=text, signals=signals))
    stored = ReaderComment.objects.get()
    first = stored.reasons.first()
    assert (stored.state, first.rule) == (state, rule)
    assert stored.has_link is (rule == Rule.LINKS)
    if first.field:
        assert stored.text[first.start : first.end].lower().strip(".") in text.lower()
        assert first.start < first.end


def test_same_words_on_another_page_are_named(ketamine):
    """However they are spaced and spelt in capitals."""
    send(submission(ketamine, text="Buy the book, it is good"))
    send(submission(ketamine, text="BUY  the book \u200bit is good!"))
    first, second = ReaderComment.objects.order_by("pk")
    assert not first.reasons.exists()
    assert [one.rule for one in second.reasons.all()] == [Rule.DUPLICATE]


@pytest.mark.parametrize(("days", "reasons"), [(0, []), (3, []), (5, [Rule.DUPLICATE])])
def test_how_long_the_same_words_are_looked_for_is_a_setting(ketamine, days, reasons):
    CommentSettings(same_text_days=days).save()
    for day in (20, 24):
        send(submission(ketamine, received_at=f"2026-11-{day}T14:00:00+00:00"))
    assert reasons_of_the_last() == reasons


def test_many_of_one_network_within_an_hour_are_held_and_marked(ketamine):
    CommentSettings(network_per_hour=2).save()
    for at in ("13:00:00", "13:00:01", "14:00:00"):
        send(by_network(ketamine, "9c4be0f1a2d37788", at))
    assert reasons_of_the_last() == []  # the first was an hour ago
    for network in ("0000000000000000", ""):
        send(by_network(ketamine, network, "14:00:00"))
        assert reasons_of_the_last() == []
    told = send(*[by_network(ketamine, "9c4be0f1a2d37788", "14:00:00")] * 2).json()["results"]
    assert [result["status"] for result in told] == [201, 200]
    assert ReaderComment.objects.last().state == State.HELD
    assert reasons_of_the_last() == [Rule.NETWORK_RATE]


def test_flood_from_many_networks_is_held_and_found_together(ketamine, admin_client):
    CommentSettings(site_per_hour=3).save()
    flood = [by_network(ketamine, f"{at:016x}", "14:00:00", text=f"Buy {at}") for at in range(5)]
    for one in (*flood, by_network(ketamine, "", "15:00:00", text="Thank you.")):
        send(one)
    marked = admin_client.get("/admin/reader-comments/?tab=held&reason=site_rate")
    assert [row["comment"].text for row in marked.context["rows"]] == ["Buy 3", "Buy 4"]
    assert ReaderComment.objects.filter(state=State.HELD).count() == 6


def test_rate_of_nought_marks_nothing(ketamine):
    CommentSettings(network_per_hour=0, site_per_hour=0).save()
    for _ in range(3):
        send(by_network(ketamine, "9c4be0f1a2d37788", "14:00:00"))
    assert reasons_of_the_last() == []


def by_network(page, network, at, **values):
    """What nobody sent before."""
    words = {"text": f"Thank you, {uuid4().hex}.", **values}
    return submission(page, network=network, received_at=f"2026-11-24T{at}+00:00", **words)


@pytest.mark.parametrize(
    ("field", "rule", "state"),
    [
        ("blocklist_words", Rule.BLOCKLIST, State.SPAM),
        ("crisis_words", Rule.CRISIS, State.URGENT),
        ("dosing_words", Rule.DOSING, State.HELD),
        ("sourcing_words", Rule.SOURCING, State.HELD),
        ("credentials_words", Rule.CREDENTIALS, State.HELD),
    ],
)
def test_words_of_the_settings_are_found_in_the_next_comment_and_marked(
    ketamine, field, rule, state
):
    send(submission(ketamine, text="A Purple-Elephant!"))
    settings = CommentSettings.load()
    setattr(settings, field, "Yellow\r\n\r\n  purple ELEPHANT \r\n")
    settings.save()
    send(submission(ketamine, text="Now a Purple-Elephant!"))
    before, after = ReaderComment.objects.order_by("pk")
    assert (before.state, [*before.reasons.all()]) == (State.HELD, [])
    assert after.state == state
    [reason] = after.reasons.all()
    assert (reason.rule, reason.field) == (rule, "text")
    assert after.text[reason.start : reason.end] == "Purple-Elephant"


def test_page_is_judged_by_the_time_the_edge_took_the_comment(ketamine):
    """What was withdrawn while the CMS could not be reached was public to the reader."""
    at = timezone.now() + timedelta(hours=1)
    ketamine.unpublish()
    send(submission(ketamine, received_at=at.isoformat()))
    send(submission(ketamine, text="Before.", received_at="2026-11-25T14:00:00+00:00"))
    late, early = ReaderComment.objects.order_by("pk")
    assert [one.rule for one in late.reasons.all()] == [Rule.PAGE_NOT_PUBLIC]
    assert not early.reasons.exists()


def reasons_of_the_last() -> list[str]:
    return [one.rule for one in ReaderComment.objects.latest("pk").reasons.all()]


@pytest.mark.parametrize(
    ("received_at", "reasons"),
    [("2026-11-24T23:59:59+00:00", []), ("2026-11-25T00:00:00+00:00", [Rule.PAGE_CLOSED])],
)
def test_comment_is_judged_by_the_day_on_which_comments_closed(ketamine, received_at, reasons):
    """An outage may bring it days later."""
    ArticlePage.objects.update(comments_close_on="2026-11-25")
    send(submission(ketamine, received_at=received_at))
    assert reasons_of_the_last() == reasons


def test_comment_is_judged_by_what_was_published_when_it_was_sent(ketamine):
    ketamine.save_revision().publish()
    at = timezone.now()
    ketamine.comments_mode = Mode.READ_ONLY
    ketamine.save_revision().publish()
    send(submission(ketamine, received_at=at.isoformat()))
    assert reasons_of_the_last() == []
    send(submission(ketamine, text="Late.", received_at=timezone.now().isoformat()))
    assert reasons_of_the_last() == [Rule.PAGE_CLOSED]


def test_comment_is_judged_by_what_held_for_the_site_when_it_was_sent(ketamine):
    at = timezone.now()
    settings = CommentSettings.load()
    settings.mode = Mode.HIDDEN
    settings.save()
    send(submission(ketamine, received_at=at.isoformat()))
    assert reasons_of_the_last() == []
    send(submission(ketamine, text="Late.", received_at=timezone.now().isoformat()))
    assert reasons_of_the_last() == [Rule.PAGE_CLOSED]


def test_comment_in_the_spool_is_not_closed_by_an_age_that_was_set_later(ketamine):
    ArticlePage.objects.update(last_published_at=timezone.now() - timedelta(days=10))
    at = timezone.now()
    settings = CommentSettings.load()
    settings.close_after_days = 3
    settings.save()
    send(submission(ketamine, received_at=at.isoformat()))
    assert reasons_of_the_last() == []
    send(submission(ketamine, text="Late.", received_at=timezone.now().isoformat()))
    assert reasons_of_the_last() == [Rule.PAGE_CLOSED]


def test_comment_is_judged_by_the_day_on_which_the_site_closed(ketamine):
    today = timezone.now().date()
    CommentSettings(close_on=today + timedelta(days=1)).save()
    for at, reasons in (
        (timezone.now(), []),
        (timezone.now() + timedelta(days=1), [Rule.PAGE_CLOSED]),
    ):
        send(submission(ketamine, text=f"At {at}.", received_at=at.isoformat()))
        assert reasons_of_the_last() == reasons


def test_words_that_mean_nothing_here_silence_every_list_but_that_of_a_crisis(ketamine):
    CommentSettings(
        blocklist_words="casino\nketamine clinic", harmless_words="Casino Road\nI want to die"
    ).save()
    send(submission(ketamine, text="The clinic is in casino road."))
    assert reasons_of_the_last() == []
    send(submission(ketamine, text="The casino in Casino Road."))
    assert reasons_of_the_last() == [Rule.BLOCKLIST]
    send(submission(ketamine, text="I want to die."))
    assert ReaderComment.objects.latest("pk").state == State.URGENT


def test_no_comment_is_lost_on_a_page_that_takes_none(ketamine):
    about = home().add_child(instance=StandardPage(title="About", slug="about", body=[]))
    assert told(submission(about))["status"] == 201
    assert reasons_of_the_last() == [Rule.PAGE_CLOSED]


def test_revision_that_the_reader_saw_is_kept(ketamine):
    ketamine.save_revision().publish()
    seen = ketamine.get_latest_revision()
    at = timezone.now()
    ketamine.save_revision().publish()
    send(submission(ketamine, received_at=at.isoformat()))
    assert ReaderComment.objects.get().revision == seen.pk


def test_history_begins_when_a_comment_comes(ketamine):
    send(submission(ketamine))
    (event,) = Event.objects.all()
    assert (event.action, event.to_state, event.channel) == ("received", "held", "edge")


def test_reader_and_moderator_know_a_comment_by_one_code(ketamine):
    send(submission(ketamine, id="6f1c"))
    assert ReaderComment.objects.get().receipt == edge_receipt_of("6f1c").replace("-", "")


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
    answer = send(**{"id": record["id"], "body": body, **forged(record, body)[at]})
    assert (answer.status_code, answer.json()["code"]) == (401, "unsigned")
    assert answer.json()["message"].endswith(".")
    assert not ReaderComment.objects.exists()


def test_two_keys_are_valid_while_they_rotate(ketamine, settings):
    settings.PLAINLEAF_COMMENT_KEYS = [NEW_KEY, KEY]
    assert told(submission(ketamine), key=KEY)["status"] == 201
    assert told(submission(ketamine), key=NEW_KEY)["status"] == 201
    settings.PLAINLEAF_COMMENT_KEYS = [NEW_KEY]
    assert send(submission(ketamine), key=KEY).status_code == 401


def test_one_good_signature_of_several_is_enough(ketamine):
    record, now = submission(ketamine), str(int(time.time()))
    body = json.dumps(record).encode()
    signatures = f"{sign('a-batch', now, body, key=NEW_KEY)} {sign('a-batch', now, body)}"
    assert told(record, timestamp=now, signature=signatures)["status"] == 201


@pytest.mark.parametrize("keys", [[], ["short"]])
def test_without_a_long_key_there_is_no_intake(ketamine, settings, keys):
    settings.PLAINLEAF_COMMENT_KEYS = keys
    assert send(submission(ketamine), key="short").status_code == 404


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": "x"}, "'text' must be a text of 2 to 36000 characters."),
        ({"text": "x" * 36_001}, "'text' must be a text of 2 to 36000 characters."),
        ({"text": 7}, "'text' must be a text of 2 to 36000 characters."),
        ({"text": "a\0b"}, "'text' holds a character that is not text."),
        ({"text": "a\ud83db"}, "'text' holds a character that is not text."),
        ({"name": ""}, "'name' must be a text of 1 to 320 characters."),
        ({"email": "nobody"}, "'email' is not an e-mail address."),
        ({"page": "null"}, "'page' must be a UUID."),
        ({"received_at": "yesterday"}, "'received_at' must be an instant"),
        ({"received_at": "2026-11-25T14:00:00"}, "'received_at' must name its zone"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "'received_at' lies outside"),
        ({"signals": "honeypot"}, "'signals' must be a list"),
    ],
)
def test_malformed_comment_is_refused_naming_the_field(ketamine, change, sentence):
    answer = told(submission(ketamine, **change))
    assert (answer["status"], answer["code"]) == (400, "malformed")
    assert answer["message"].startswith(sentence)
    assert not ReaderComment.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 20_000])
def test_line_that_is_no_object_is_refused(body):
    answer = told(body=body)
    assert (answer["status"], answer["code"]) == (400, "malformed")


def test_extra_fields_decide_nothing(ketamine):
    send(submission(ketamine, state="approved", version=9, moderated_by=1))
    assert ReaderComment.objects.get().state == State.HELD


def test_large_body_is_refused_before_it_is_read(ketamine):
    answer = send(body=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_intake_takes_post_only_and_is_never_stored():
    answer = Client().get(INTAKE)
    assert answer.status_code == 405
    assert "no-store" in answer.headers["Cache-Control"]


def test_batch_asks_no_more_for_many_than_for_one(ketamine, django_assert_max_num_queries):
    CommentSettings(network_per_hour=3, site_per_hour=3).save()
    lines = [json.dumps(submission(ketamine, text=f"Words {at % 7}")).encode() for at in range(100)]
    with django_assert_max_num_queries(25):
        results = intake.take_all(lines)
    assert [result.status for result in results] == [201] * 100
    assert Event.objects.count() == ReaderComment.objects.count() == 100


def test_same_words_within_a_batch_are_named(ketamine):
    send(*(submission(ketamine, text="Buy the book") for _ in range(3)))
    duplicates = [
        [reason.rule for reason in one.reasons.all()]
        for one in ReaderComment.objects.order_by("pk")
    ]
    assert duplicates == [[], [Rule.DUPLICATE], [Rule.DUPLICATE]]


def test_id_that_comes_twice_in_a_batch_is_one_comment_or_a_conflict(ketamine):
    first = submission(ketamine, text="Buy the book")
    told = send(first, first | {"text": "Another text"}, first, submission(ketamine)).json()
    assert [one["status"] for one in told["results"]] == [201, 422, 200, 201]
    assert [one.text for one in ReaderComment.objects.order_by("pk")][0] == "Buy the book"
    assert ReaderComment.objects.count() == 2
    assert not ReaderComment.objects.first().reasons.exists()
