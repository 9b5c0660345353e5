"""How long things are kept, and what is left of them afterwards."""

from __future__ import annotations

import datetime as dt
import io
import uuid

import pytest
from django.core.management import call_command
from django.utils import timezone

from cms.articles.models import ArticlePage
from cms.comments import forgetting
from cms.comments.comment_settings import CommentSettings
from cms.comments.data_log import DataEvent
from cms.comments.models import ReaderComment, Reason, Report, State
from cms.core.management.commands.run_schedule import JOBS
from cms.export_feed.models import Change
from tests.cms.comment_site import comment, submission, told
from tests.cms.feed_site import article, topic
from tests.cms.test_comments_person import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine() -> ArticlePage:
    return article(topic())


def aged(page: ArticlePage, state: State, days: float, /, **values) -> ReaderComment:
    """A comment that came, and was decided on, so many days ago."""
    then = timezone.now() - dt.timedelta(days=days)
    decided = {} if state in (State.HELD, State.URGENT) else {"moderated_at": then}
    return comment(page, state, received_at=then, posted_at=then, **{**decided, **values})


def forget(*options: str) -> str:
    out = io.StringIO()
    call_command("forget_comments", *options, stdout=out)
    return out.getvalue()


def now_of(one: ReaderComment) -> ReaderComment:
    return ReaderComment.objects.get(pk=one.pk)


@pytest.mark.parametrize(
    ("state", "days", "state_after"),
    [
        (State.REJECTED, 91, State.ERASED),
        (State.REJECTED, 89, State.REJECTED),
        (State.SPAM, 31, State.ERASED),
        (State.SPAM, 29, State.SPAM),
        (State.HELD, 4000, State.HELD),
        (State.URGENT, 4000, State.URGENT),
        (State.APPROVED, 4000, State.APPROVED),
        (State.HIDDEN, 4000, State.HIDDEN),
    ],
)
def test_only_what_was_set_aside_is_erased_by_age(ketamine, state, days, state_after):
    one = aged(ketamine, state, days, text="Voice one")
    Reason.objects.create(comment=one, rule="links", note="canary")
    forget()
    after = now_of(one)
    assert after.state == state_after
    assert (after.text == "") is (state_after == State.ERASED)
    assert one.reasons.exists() is (state_after != State.ERASED)


def test_age_of_spam_counts_from_its_arrival_where_no_person_decided(ketamine):
    one = aged(ketamine, State.SPAM, 31, moderated_at=None)
    forget()
    assert now_of(one).state == State.ERASED


def test_age_of_a_decision_counts_from_the_decision(ketamine):
    one = aged(ketamine, State.REJECTED, 400, moderated_at=timezone.now())
    forget()
    assert now_of(one).state == State.REJECTED


def test_erasure_by_age_is_an_event_and_an_entry_of_the_log(ketamine):
    one = aged(ketamine, State.REJECTED, 91)
    forget()
    event = one.events.get()
    assert (event.action, event.to_state, event.channel) == ("moved", "erased", "schedule")
    assert (event.actor, event.reason) == (None, "Kept long enough")
    entry = DataEvent.objects.get()
    assert (entry.action, entry.number, entry.actor) == ("forgot", 1, None)
    assert entry.about == {"what": "rejected comments", "days": 90}


@pytest.mark.parametrize(
    ("state", "days", "is_kept"),
    [
        (State.APPROVED, 31, False),
        (State.HIDDEN, 31, False),
        (State.REJECTED, 31, False),
        (State.APPROVED, 29, True),
        (State.HELD, 4000, True),
        (State.URGENT, 4000, True),
    ],
)
def test_address_is_forgotten_after_the_decision(ketamine, state, days, is_kept):
    one = aged(ketamine, state, days, email="sam@example.org", text="Voice one")
    forget()
    after = now_of(one)
    assert (after.email == "sam@example.org") is is_kept
    assert (after.payload_digest != "") is is_kept  # an address could be guessed from it
    assert after.text == "Voice one"


def test_forgotten_address_does_not_come_back_when_the_comment_is_decided_on(ketamine):
    one = aged(ketamine, State.APPROVED, 31, email="sam@example.org")
    forget()
    now_of(one).move_to(State.HIDDEN, by=None)
    assert (now_of(one).email, now_of(one).payload_digest) == ("", "")


def test_comment_that_is_sent_again_after_its_address_was_forgotten_is_known(ketamine):
    sent = submission(ketamine, email="sam@example.org")
    assert told(sent)["status"] == 201
    ReaderComment.objects.update(
        state=State.APPROVED, moderated_at=timezone.now() - dt.timedelta(31)
    )
    forget()
    assert told(sent)["status"] == 200
    assert ReaderComment.objects.get().email == ""


@pytest.mark.parametrize(("days", "is_kept"), [(15, False), (13, True)])
@pytest.mark.parametrize("state", [State.HELD, State.URGENT, State.APPROVED, State.HIDDEN])
def test_network_is_forgotten_whatever_became_of_the_comment(ketamine, state, days, is_kept):
    one = aged(ketamine, state, days, network="ab" * 8)
    forget()
    assert (now_of(one).network != "") is is_kept
    assert now_of(one).version == one.version  # no moderator's decision is in the way


def test_periods_are_settings_and_nought_is_never(ketamine):
    never = dict.fromkeys(("spam", "email", "network", "original", "report"), 0)
    CommentSettings.objects.create(
        rejected_days=7, **{f"{what}_days": days for what, days in never.items()}
    )
    rejected = aged(ketamine, State.REJECTED, 8)
    spam = aged(ketamine, State.SPAM, 4000, email="sam@example.org", network="ab" * 8)
    assert forget() == "Forgot rejected comments of over 7 days: 1.\n"
    assert now_of(rejected).state == State.ERASED
    kept = now_of(spam)
    assert (kept.state, kept.email, kept.network) == (State.SPAM, "sam@example.org", "ab" * 8)


def test_hidden_comment_is_erased_by_age_where_the_site_says_so(ketamine):
    CommentSettings.objects.create(hidden_days=60)
    young, old = aged(ketamine, State.HIDDEN, 59), aged(ketamine, State.HIDDEN, 61)
    forget()
    assert (now_of(young).state, now_of(old).state) == (State.HIDDEN, State.ERASED)


def test_dry_run_says_what_it_would_forget_and_changes_nothing(ketamine):
    one = aged(ketamine, State.SPAM, 31, network="ab" * 8)
    assert forget("--dry-run").splitlines() == [
        "Would forget rejected comments of over 90 days: 0.",
        "Would forget suspected spam of over 30 days: 1.",
        "Would forget e-mail addresses of over 30 days: 0.",
        "Would forget words that were removed of over 30 days: 0.",
        "Would forget networks of over 14 days: 1.",
        "Would forget words of settled reports of over 90 days: 0.",
        "Would forget networks of reports of over 14 days: 0.",
    ]
    assert now_of(one).state == State.SPAM
    assert not DataEvent.objects.exists()


@pytest.mark.parametrize(
    ("settled", "received", "keeps_words", "keeps_network"),
    [(91, 91, False, False), (89, 89, True, False), (None, 4000, True, False), (1, 13, True, True)],
)
def test_settled_report_is_forgotten_and_an_open_one_is_not(
    ketamine, settled, received, keeps_words, keeps_network
):
    now = timezone.now()
    one = report(
        comment(ketamine, State.APPROVED),
        "It names me",
        network="ab" * 8,
        received_at=now - dt.timedelta(days=received),
        settled_at=None if settled is None else now - dt.timedelta(days=settled),
    )
    forget()
    one.refresh_from_db()
    assert (one.text == "It names me", one.network != "") == (keeps_words, keeps_network)
    assert (one.payload_digest != "") is keeps_words
    assert one.reason == "abusive"


def test_more_than_one_batch_is_forgotten_and_logged_together(ketamine, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    for _ in range(5):
        aged(ketamine, State.SPAM, 31)
    forget()
    assert set(ReaderComment.objects.values_list("state", flat=True)) == {State.ERASED}
    assert DataEvent.objects.get().number == 5


def test_batch_that_fails_takes_nothing_of_the_ones_before_with_it(ketamine, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_ONCE", 1)
    first, second = aged(ketamine, State.SPAM, 31), aged(ketamine, State.SPAM, 31)
    whole = ReaderComment.move_to

    def fails_for_the_second(self, *args, **kwargs):
        if self.pk == second.pk:
            raise RuntimeError("The power went out.")
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(ReaderComment, "move_to", fails_for_the_second)
    with pytest.raises(RuntimeError):
        forget()
    assert (now_of(first).state, now_of(second).state) == (State.ERASED, State.SPAM)


def test_exporter_hears_nothing_of_what_readers_never_saw(ketamine):
    aged(ketamine, State.REJECTED, 91)
    aged(ketamine, State.APPROVED, 91, email="sam@example.org", network="ab" * 8)
    Change.objects.all().delete()
    forget()
    assert not Change.objects.exists()


def test_second_run_finds_nothing_left(ketamine):
    aged(ketamine, State.SPAM, 31, email="sam@example.org", network="ab" * 8)
    forget()
    assert all(line.endswith(": 0.") for line in forget().splitlines())


def test_schedule_runs_it():
    assert "forget_comments" in [job.command for job in JOBS]


@pytest.mark.parametrize(("state", "days"), [(State.REJECTED, 91), (State.SPAM, 31)])
def test_comment_is_not_erased_while_a_report_of_it_is_open(ketamine, state, days):
    one = aged(ketamine, state, days)
    report(one, "They said where I live.")
    forget()
    assert (now_of(one).state, Report.objects.get().text) == (state, "They said where I live.")
    Report.objects.all().settle(by=None, how="settled", batch=uuid.uuid4())
    forget()
    assert now_of(one).state == State.ERASED
