"""What checkers outside of the CMS say about a comment, asked once it is stored.

Never within the transaction that stores it: a comment waits for none of them. Until one answered,
its comment is held with the reason ``check_unavailable``, which is all that is kept of the
question; the worker asks at once, and the schedule again while one does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache, partial
from time import monotonic
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task

from cms.comments.judging import note_reasons
from cms.comments.models import Channel, ReaderComment, Reason, State
from cms.comments.rules import Checker, Judged, Match, Rule, Verdict, checked
from cms.comments.states import WAITING

ROUND_SECONDS = 20.0
ASKED_AT_ONCE = timedelta(minutes=1)
AFTER_ALL_ELSE = -50  # urgent mail of the same worker waits for no checker
OUTSIDE = "A check outside of the CMS"


def checkers() -> Sequence[Checker]:
    """Those that ``PLAINLEAF_COMMENT_CHECKERS`` names, by dotted paths of what makes one."""
    return _made(tuple(settings.PLAINLEAF_COMMENT_CHECKERS))


def ask_for(comment: ReaderComment) -> None:
    """Note, in the transaction that stores it, that its checks are open; they follow it."""
    if comment.state in WAITING and (open_checks := [_open(checker) for checker in checkers()]):
        note_reasons(comment, open_checks)
        if not _overdue().exclude(pk=comment.pk).exists():  # else the schedule asks, in its time
            transaction.on_commit(partial(ask.enqueue, comment.pk))


@task(priority=AFTER_ALL_ELSE)
def ask(number: int) -> None:
    """Ask the checkers about this comment, if it still waits for them."""
    if comment := _unanswered().filter(pk=number).first():
        check(comment)


def ask_again() -> int:
    """Ask about what none answered so far, for as long as one round may take; how many got answers.

    In any order, and until one does not answer: a comment that a checker cannot stand holds up no
    other for long. New ones are left to the worker.
    """
    until, answered = monotonic() + ROUND_SECONDS, 0
    for comment in _overdue().order_by("?").iterator(chunk_size=100):
        if monotonic() > until or not check(comment):
            break
        answered += 1
    return answered


def check(comment: ReaderComment) -> bool:
    """Ask every checker that has not answered yet; whether all have now.

    A comment that a person decided on meanwhile keeps its state and gets the reasons alone.
    """
    names = set(_open_reasons(comment).values_list("note", flat=True))
    asked = [checker for checker in checkers() if checker.name in names]
    verdict = checked(
        asked,
        Judged(comment.name, comment.text, comment.locale, signals=tuple(comment.signals)),
        Verdict("held", ()),
        timeout_seconds=settings.PLAINLEAF_COMMENT_CHECK_SECONDS,
    )
    silent = [match for match in verdict.matches if match.rule == Rule.CHECK_UNAVAILABLE]
    with transaction.atomic():
        stored = ReaderComment.objects.lock([comment.pk]).get()
        if stored.state == State.ERASED or not _open_reasons(stored).exists():
            return not silent  # whoever asked at the same time has noted the answers
        # A checker that is configured no more is not waited for.
        _open_reasons(stored).exclude(note__in=[match.note for match in silent]).delete()
        if not stored.redactions:  # else no mark would fit what is left of its words
            known = set(stored.reasons.values_list("rule", "field", "start", "end", "note"))
            note_reasons(
                stored,
                [
                    match
                    for match in verdict.matches
                    if match not in silent and _as_stored(match) not in known
                ],
            )
        is_graver = stored.state == State.HELD and verdict.state != "held"
        if is_graver and stored.version == comment.version:
            stored.move_to(State(verdict.state), by=None, reason=OUTSIDE, channel=Channel.SCHEDULE)
    return not silent


def _unanswered() -> models.QuerySet[ReaderComment]:
    return ReaderComment.objects.waiting().filter(
        pk__in=Reason.objects.filter(rule=Rule.CHECK_UNAVAILABLE).values("comment")
    )


def _overdue() -> models.QuerySet[ReaderComment]:
    """What the worker, asking at once, got no answer on."""
    return _unanswered().filter(received_at__lt=timezone.now() - ASKED_AT_ONCE)


def _open_reasons(comment: ReaderComment) -> models.QuerySet[Reason]:
    return Reason.objects.filter(comment=comment, rule=Rule.CHECK_UNAVAILABLE)


def _as_stored(match: Match) -> tuple[str, str, int, int, str]:
    return match.rule, match.field, match.start, match.end, match.note


def _open(checker: Checker) -> Match:
    return Match(Rule.CHECK_UNAVAILABLE, "", 0, 0, checker.name)


@lru_cache(maxsize=8)
def _made(paths: tuple[str, ...]) -> tuple[Checker, ...]:
    return tuple(_made_of(path) for path in paths)


def _made_of(path: str) -> Checker:
    try:
        return cast(Checker, import_string(path)())
    except ImportError as error:
        raise ImproperlyConfigured(
            f"PLAINLEAF_COMMENT_CHECKERS names '{path}', which cannot be imported: {error}. "
            "Write the dotted path of a class or function that makes a checker."
        ) from error
