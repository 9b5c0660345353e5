"""Judge pages and keep the verdicts: of the page that is saved at once, of others when due.

A signal tells that something a page depends on has changed; the comparison finds what no signal
told: every page is judged again once a day, and whenever the rules, the limits or what a site
says of itself are not those of its verdict.
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import Signal
from django.utils import timezone
from wagtail.models import Page

from cms.safety.findings import as_json
from cms.safety.grounds import Grounds, day_of, grounds_now
from cms.safety.judged import JudgedPage, all_judged, answers, judged_page_types
from cms.safety.judging import Verdict
from cms.safety.leaving import tell_of_pages_that_left
from cms.safety.models import PageVerdict

fitness_changed = Signal()
"""A page came to be fit for the site, or is not any more; ``page_id`` and ``is_fit``. Sent in the
transaction that stores it."""

PAGES_AT_ONCE = 100
# How often a page is looked at again that is saved again and again while it is judged.
TRIES = 5


def keep(page: JudgedPage, verdict: Verdict, grounds: Grounds, now: datetime) -> None:
    """Store the verdict on a page, in the transaction that saves it."""
    before = PageVerdict.objects.filter(pk=page.pk).first()
    values = _values(page, before, verdict, answers([page.pk])[page.pk], grounds, now)
    PageVerdict.objects.update_or_create(page_id=page.pk, defaults=values)
    _tell_of_change(page.pk, before, verdict)
    if before is not None and before.is_fit and not verdict.is_fit:
        told = partial(tell_of_pages_that_left.enqueue, [page.pk])
        transaction.on_commit(told, robust=True)


def forget(page_id: int) -> None:
    """Of a page that is not live: whatever makes it live again must have it judged again."""
    PageVerdict.objects.filter(pk=page_id).delete()


def judge_due(now: datetime, *, seconds: float | None = None) -> int:
    """Judge whatever is due, for no longer than ``seconds``; return how many pages."""
    started, count = time.monotonic(), 0
    ids = list(due(grounds_now(), now).values_list("pk", flat=True))
    for chunk in _chunks(ids):
        judge_pages(chunk)
        count += len(chunk)
        if seconds is not None and time.monotonic() - started > seconds:
            break
    return count


def due(grounds: Grounds, now: datetime) -> QuerySet[Page]:
    """Live pages of ours whose verdict is missing, of other grounds, or of another day."""
    current = PageVerdict.objects.filter(
        page=OuterRef("pk"), rules_version=grounds.version, next_judgement_on__gt=day_of(now)
    )
    return all_live().filter(~Exists(current))


def all_live() -> QuerySet[Page]:
    """Live pages of ours."""
    types = ContentType.objects.get_for_models(*judged_page_types()).values()
    return Page.objects.filter(live=True, content_type__in=types).order_by("pk")


def judge_pages(ids: Iterable[int]) -> None:
    """Judge these as they are live now, and tell of those that leave the site by it."""
    left: list[int] = []
    for chunk in _chunks(sorted(set(ids))):
        waiting = chunk
        for _ in range(TRIES):
            waiting = _judge_once(waiting, left)
            if not waiting:
                break
    if left:
        tell_of_pages_that_left.enqueue(left)


def _judge_once(ids: Sequence[int], left: list[int]) -> list[int]:
    """Return those that somebody else judged meanwhile: by an older state of something, perhaps.

    Verdicts are read before what they are about, and replaced only where they are still the same:
    so that none of an older version of a page ever stands in place of one of a newer.
    """
    before = PageVerdict.objects.in_bulk(ids)
    grounds, now = grounds_now(), timezone.now()
    live = Page.objects.filter(pk__in=ids, live=True).order_by().specific()
    pages = [page for page in live if isinstance(page, JudgedPage)]
    answered = answers(page.pk for page in pages)
    overtaken = []
    for page, verdict in all_judged(pages, grounds, day_of(now)):
        was = before.get(page.pk)
        values = _values(page, was, verdict, answered[page.pk], grounds, now)
        if not _replace(page.pk, was, verdict, values):
            overtaken.append(page.pk)
        elif was and was.is_fit and not verdict.is_fit:
            left.append(page.pk)
    return overtaken


def _replace(
    page_id: int, before: PageVerdict | None, verdict: Verdict, values: dict[str, Any]
) -> bool:
    """False when the verdict is not the one that it was, or the page is gone."""
    try:
        with transaction.atomic():
            if before is None:
                _, is_replaced = PageVerdict.objects.get_or_create(page_id=page_id, defaults=values)
            else:
                same = PageVerdict.objects.filter(pk=page_id, judged_at=before.judged_at)
                is_replaced = bool(same.update(**values))
            if is_replaced:
                _tell_of_change(page_id, before, verdict)
    except IntegrityError:
        return False
    return is_replaced


def _values(
    page: JudgedPage,
    before: PageVerdict | None,
    verdict: Verdict,
    answered: Container[str],
    grounds: Grounds,
    now: datetime,
) -> dict[str, Any]:
    unfit_since = None if verdict.is_fit else (before and before.unfit_since) or now
    open_warnings = {one.key for one in verdict.warnings if one.key not in answered}
    named = dict.fromkeys(one.rule for one in verdict.findings)
    return {
        "is_fit": verdict.is_fit,
        "fit_until": verdict.fit_until,
        "next_judgement_on": day_of(now) + timedelta(days=1),
        "unfit_since": unfit_since,
        "findings": [as_json(finding) for finding in verdict.findings],
        "warnings_open": len(open_warnings),
        "rules_named": f" {' '.join(named)} " if named else "",
        "review_due": getattr(page, "next_review_due", None),
        "rules_version": grounds.version,
        "judged_at": now,
    }


def _tell_of_change(page_id: int, before: PageVerdict | None, verdict: Verdict) -> None:
    if verdict.is_fit != (before is not None and before.is_fit):
        fitness_changed.send(PageVerdict, page_id=page_id, is_fit=verdict.is_fit)


def _chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), PAGES_AT_ONCE):
        yield list(ids[start : start + PAGES_AT_ONCE])
