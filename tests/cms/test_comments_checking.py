"""Checkers outside of the CMS: asked after a comment is stored, and again while they are away."""

import time
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cms.comments.checking import check, checkers
from cms.comments.mail.sending import send_round
from cms.comments.models import Event, ReaderComment, State
from cms.comments.rules import Match, Rule, Verdict
from cms.core.groups import MODERATORS
from tests.cms.comment_site import send, submission
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db
HERE = "tests.cms.test_comments_checking"


class Service:
    """Takes the word "bargain" for spam, and "bridge" for danger; away when it is told to be."""

    name = "A service"
    is_away = False
    asked: list[str] = []

    def check(self, judged):
        Service.asked.append(judged.text)
        if Service.is_away:
            raise ConnectionError("no route to the service")
        for word, state, rule in [
            ("bargain", "spam", Rule.BLOCKLIST),
            ("bridge", "urgent", Rule.CRISIS),
        ]:
            if (start := judged.text.find(word)) >= 0:
                return Verdict(state, (Match(rule, "text", start, start + len(word)),))
        return Verdict("held", ())


class Slow:
    name = "A slow one"

    def check(self, judged):
        time.sleep(5)
        return Verdict("held", ())


@pytest.fixture
def ketamine():
    return article(topic())


@pytest.fixture(autouse=True)
def service(settings):
    Service.is_away, Service.asked = False, []
    settings.PLAINLEAF_COMMENT_CHECKERS = [f"{HERE}.Service"]
    settings.PLAINLEAF_COMMENT_CHECK_SECONDS = 1
    return Service


@pytest.fixture
def come(ketamine, django_capture_on_commit_callbacks):
    """A comment that came an hour ago, and what followed its transaction."""

    def come(text, **changes):
        with django_capture_on_commit_callbacks(execute=True):
            at = (timezone.now() - timedelta(hours=1)).isoformat()
            send(submission(ketamine, text=text, received_at=at, **changes))
        return ReaderComment.objects.get(text=text)

    return come


def rules(comment):
    return [reason.rule for reason in comment.reasons.all()]


def ask_again(comment):
    call_command("ask_checkers", verbosity=0)
    comment.refresh_from_db()
    return comment


@pytest.mark.parametrize(
    ("text", "state", "found"),
    [
        ("Thank you.", State.HELD, []),
        ("Such a bargain.", State.SPAM, [Rule.BLOCKLIST]),
        ("I stand on a bridge.", State.URGENT, [Rule.CRISIS]),
    ],
)
def test_what_a_checker_says_is_noted_and_makes_a_comment_graver(come, text, state, found):
    comment = come(text)
    assert (comment.state, rules(comment)) == (state, found)
    for reason in comment.reasons.all():
        assert text[reason.start : reason.end] in ("bargain", "bridge")


def test_comment_is_stored_before_anybody_is_asked(ketamine, service):
    """In the transaction nothing is asked: only its open check is noted."""
    with transaction.atomic():
        send(submission(ketamine, text="Thank you."))
        assert service.asked == []
        stored = ReaderComment.objects.get()
        assert rules(stored) == [Rule.CHECK_UNAVAILABLE]
        assert stored.reasons.get().note == "A service"


def test_checker_that_is_away_leaves_the_comment_held_and_is_asked_again(come, service, caplog):
    service.is_away = True
    comment = come("Such a bargain.")
    assert (comment.state, rules(comment)) == (State.HELD, [Rule.CHECK_UNAVAILABLE])
    assert (ask_again(comment).state, rules(comment)) == (State.HELD, [Rule.CHECK_UNAVAILABLE])
    service.is_away = False
    assert (ask_again(comment).state, rules(comment)) == (State.SPAM, [Rule.BLOCKLIST])
    event = Event.objects.filter(comment=comment).last()
    assert (event.actor, event.channel, event.reason) == (
        None,
        "schedule",
        "A check outside of the CMS",
    )
    assert "bargain" not in caplog.text
    ask_again(comment)
    assert len(service.asked) == 3


def test_slow_checker_is_not_waited_for(come, settings):
    settings.PLAINLEAF_COMMENT_CHECKERS = [f"{HERE}.Slow", f"{HERE}.Service"]
    comment = come("Such a bargain.")
    assert comment.state == State.SPAM
    assert [(one.rule, one.note) for one in comment.reasons.all()] == [
        (Rule.CHECK_UNAVAILABLE, "A slow one"),
        (Rule.BLOCKLIST, ""),
    ]


def test_checker_that_answered_is_not_asked_again_for_another(come, service, settings):
    settings.PLAINLEAF_COMMENT_CHECKERS = [f"{HERE}.Service", f"{HERE}.Slow"]
    comment = come("Thank you.")
    ask_again(comment)
    assert service.asked == ["Thank you."]


def test_crisis_stays_urgent_whatever_a_checker_says(come):
    comment = come("I want to die, such a bargain.")
    assert comment.state == State.URGENT
    assert {Rule.CRISIS, Rule.BLOCKLIST} <= set(rules(comment))


def test_decision_of_a_person_stands(come, service):
    service.is_away = True
    comment = come("Such a bargain.")
    comment.move_to(State.APPROVED, by=None)
    service.is_away = False
    assert ask_again(comment).state == State.APPROVED
    assert len(service.asked) == 1


def test_suspected_spam_is_sent_to_nobody(come, service):
    comment = come("Thank you.", signals=["honeypot"])
    assert (comment.state, rules(comment), service.asked) == (State.SPAM, [Rule.HONEYPOT], [])


def test_checker_that_is_configured_no_more_is_not_waited_for(come, service, settings):
    service.is_away = True
    comment = come("Thank you.")
    settings.PLAINLEAF_COMMENT_CHECKERS = []
    assert rules(ask_again(comment)) == []


def test_without_checkers_nothing_is_asked_and_nothing_waits(come, service, settings):
    settings.PLAINLEAF_COMMENT_CHECKERS = []
    assert (rules(come("Such a bargain.")), service.asked) == ([], [])


def test_checker_that_cannot_be_made_stops_the_start_and_is_named(settings):
    settings.PLAINLEAF_COMMENT_CHECKERS = ["nowhere.Checker"]
    with pytest.raises(ImproperlyConfigured, match=r"CHECKERS names 'nowhere\.Checker'"):
        apps.get_app_config("comments").ready()


def test_each_checker_is_made_once():
    assert checkers() is checkers()


def test_comment_that_a_checker_makes_urgent_waits_for_a_person(come, service, client, settings):
    """Whoever looked at it before took it for an ordinary one."""
    settings.PLAINLEAF_ESCALATION_EMAILS = ["on-call@example.org"]
    service.is_away = True
    comment = come("I stand on a bridge.")
    ReaderComment.objects.note_seen(comment.pk)
    service.is_away = False
    assert ask_again(comment).state == State.URGENT
    send_round(timezone.now() + timedelta(minutes=31))
    assert [one.subject for one in mail.outbox] == [
        "[Plainleaf] Nobody looked: 1 urgent reader comment"
    ]


class Meddling(Service):
    """Something else happens to the comment while it answers."""

    meanwhile: list = []

    def check(self, judged):
        verdict = super().check(judged)
        while Meddling.meanwhile:
            Meddling.meanwhile.pop()()
        return verdict


def in_the_same_thread(checkers, submission, verdict, **_):
    return Verdict("spam", tuple(m for one in checkers for m in one.check(submission).matches))


@pytest.fixture
def meddling(come, service, settings, monkeypatch):
    """A comment that is asked about again, and what then happens meanwhile."""
    service.is_away = True
    comment = come("Such a bargain.")
    service.is_away = False
    settings.PLAINLEAF_COMMENT_CHECKERS = [f"{HERE}.Meddling"]
    # The thread of a checker has a connection of its own, which sees nothing of a test.
    monkeypatch.setattr("cms.comments.checking.checked", in_the_same_thread)

    def again(meanwhile):
        Meddling.meanwhile = [meanwhile]
        return ask_again(comment)

    yield again
    Meddling.meanwhile = []


def test_nothing_is_noted_on_a_comment_that_was_erased_meanwhile(meddling):
    def erase():
        ReaderComment.objects.get().move_to(State.ERASED, by=None)

    comment = meddling(erase)
    assert (comment.state, rules(comment)) == (State.ERASED, [])


def test_comment_asked_about_twice_at_once_has_each_reason_once(meddling):
    comment = meddling(lambda: check(ReaderComment.objects.get()))
    assert (comment.state, rules(comment)) == (State.SPAM, [Rule.BLOCKLIST])


class Odd:
    """Its answers are not fit to be kept."""

    name = "An odd one"
    match = Match(Rule.BLOCKLIST, "", 0, 0, "")

    def check(self, judged):
        return Verdict("spam", (Odd.match,))


@pytest.mark.parametrize(
    "match",
    [
        Match(Rule.BLOCKLIST, "", 0, 0, "x" * 201),
        Match(Rule.BLOCKLIST, "", 0, 0, "a\0b"),
        Match(Rule.REPORTED, "", 0, 0, ""),
        Match(Rule.CHECK_UNAVAILABLE, "", 0, 0, "Another"),
    ],
)
def test_answer_that_cannot_be_kept_is_none(come, settings, match, monkeypatch):
    settings.PLAINLEAF_COMMENT_CHECKERS = [f"{HERE}.Odd"]
    monkeypatch.setattr(Odd, "match", match)
    comment = come("Thank you.")
    assert comment.state == State.HELD
    assert [(one.rule, one.note) for one in comment.reasons.all()] == [
        (Rule.CHECK_UNAVAILABLE, "An odd one")
    ]


@pytest.fixture
def for_a_worker(settings):
    """As in production: what is left to do is a row for the worker."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def test_urgent_mail_is_sent_before_any_checker_is_asked(come, for_a_worker):
    come("Thank you.")
    user = User.objects.create_user(username="mo", email="mo@example.org")
    user.groups.add(Group.objects.get(name=MODERATORS))
    come("I want to die.")
    waiting = [one.task_path for one in DBTaskResult.objects.ready() if "comments" in one.task_path]
    assert waiting[0] == "cms.comments.mail.sending.send_urgent_now"
    assert "cms.comments.checking.ask" in waiting


def test_worker_is_left_alone_while_a_checker_does_not_answer(come, for_a_worker, service):
    comments = [come(f"Thank you, {number}.") for number in range(3)]
    asked = DBTaskResult.objects.filter(task_path="cms.comments.checking.ask")
    assert [one.args_kwargs["args"] for one in asked] == [[comments[0].pk]]
    call_command("ask_checkers", verbosity=0)
    assert len(service.asked) == 3
