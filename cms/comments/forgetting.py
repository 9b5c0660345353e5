"""What has been kept for long enough is forgotten; how long that is, is a setting.

A comment that waits for a person is never forgotten by age. A few comments at a time, each few in
one transaction: whoever ends the process loses nothing that was done before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from cms.comments.comment_settings import CommentSettings
from cms.comments.data_log import DataAction, note
from cms.comments.models import Channel, ReaderComment, Report, State
from cms.comments.report import forget_words

AT_ONCE = 500
SET_ASIDE = (State.APPROVED, State.REJECTED, State.HIDDEN, State.SPAM)


@dataclass(frozen=True, slots=True)
class Period:
    """``days`` is the field of the settings; 0 there is never."""

    what: str
    days: str
    due: Callable[[datetime], QuerySet]
    forget: Callable[[QuerySet], object]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """``what`` of so many that were older than so many days."""

    what: str
    number: int
    days: int


def forget(now: datetime) -> Iterator[Forgotten]:
    """Forget what is due, one kind after the other; of each kind how much that was."""
    for period, days in in_force():
        due, number = period.due(now - timedelta(days=days)), 0
        while few := _forget_a_few(due, period):
            number += few
        if number:
            note(DataAction.FORGOT, number, what=period.what, days=days)
        yield Forgotten(period.what, number, days)


def due(now: datetime) -> Iterator[Forgotten]:
    """What ``forget`` would forget. Changes nothing."""
    for period, days in in_force():
        number = period.due(now - timedelta(days=days)).count()
        yield Forgotten(period.what, number, days)


def in_force() -> Iterator[tuple[Period, int]]:
    settings = CommentSettings.in_force()
    for period in PERIODS:
        if days := getattr(settings, period.days):
            yield period, days


def _forget_a_few(due: QuerySet, period: Period) -> int:
    with transaction.atomic():
        # Locked, and asked again whether they are due: a moderator may be deciding on one.
        few = list(due.order_by("pk").select_for_update()[:AT_ONCE])
        period.forget(due.model.objects.filter(pk__in=[one.pk for one in few]))
    return len(few)


def _decided_before(moment: datetime, *states: State) -> QuerySet[ReaderComment]:
    """By the last decision; by its arrival where no person decided, as on suspected spam."""
    since = Coalesce(F("moderated_at"), F("received_at"))
    return (
        ReaderComment.objects.filter(state__in=states).alias(since=since).filter(since__lt=moment)
    )


def _erasable(moment: datetime, state: State) -> QuerySet[ReaderComment]:
    """But what is reported still: erasing it would wipe reports that nobody has settled."""
    reported = Report.objects.open().filter(comment=OuterRef("pk"))
    return _decided_before(moment, state).filter(~Exists(reported))


def _erase(comments: QuerySet[ReaderComment]) -> None:
    batch = uuid4()
    for comment in comments:
        comment.move_to(
            State.ERASED, by=None, reason="Kept long enough", channel=Channel.SCHEDULE, batch=batch
        )


def forget_addresses(comments: QuerySet[ReaderComment]) -> None:
    comments.update(email="", payload_digest="")  # from which an address could be guessed


def _forget_originals(comments: QuerySet[ReaderComment]) -> None:
    for comment in comments:
        comment.forget_original()


PERIODS = (
    Period(
        "rejected comments",
        "rejected_days",
        lambda moment: _erasable(moment, State.REJECTED),
        _erase,
    ),
    Period(
        "hidden comments", "hidden_days", lambda moment: _erasable(moment, State.HIDDEN), _erase
    ),
    Period("suspected spam", "spam_days", lambda moment: _erasable(moment, State.SPAM), _erase),
    Period(
        "e-mail addresses",
        "email_days",
        lambda moment: _decided_before(moment, *SET_ASIDE).exclude(email=""),
        forget_addresses,
    ),
    Period(
        "words that were removed",
        "original_days",
        lambda moment: ReaderComment.objects.with_old_originals(moment),
        _forget_originals,
    ),
    Period(
        "networks",
        "network_days",
        lambda moment: ReaderComment.objects.filter(received_at__lt=moment).exclude(network=""),
        lambda comments: comments.update(network=""),
    ),
    Period(
        "words of settled reports",
        "report_days",
        lambda moment: Report.objects.filter(settled_at__lt=moment).exclude(payload_digest=""),
        forget_words,
    ),
    Period(
        "networks of reports",
        "network_days",
        lambda moment: Report.objects.filter(received_at__lt=moment).exclude(network=""),
        lambda reports: reports.update(network=""),
    ),
)
