"""Why pages are not on the site although somebody published them, or meant to: a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from wagtail.models import Page

from cms.safety.findings import Finding, Severity
from cms.safety.grounds import day_of
from cms.safety.judged import words_of
from cms.safety.models import PageVerdict
from cms.safety.schedule import refused_schedules

TOO_LATE = "Its review is overdue for too long. Have it reviewed."


def refusals(pages: Sequence[Page], now: datetime) -> dict[int, str]:
    """By page id, of those that the rules keep off; two queries for all of them."""
    ids = [page.pk for page in pages]
    said = {
        page_id: "It was not published on its day. " + " ".join(findings)
        for page_id, findings in refused_schedules(ids).items()
    }
    live = [page.pk for page in pages if page.live]
    for verdict in PageVerdict.objects.filter(pk__in=live):
        if not verdict.is_fit:
            said[verdict.pk] = " ".join(map(words_of, blocks_of(verdict)))
        elif verdict.fit_until and verdict.fit_until <= day_of(now):
            said[verdict.pk] = TOO_LATE
    return said


def blocks_of(verdict: PageVerdict) -> list[Finding]:
    return [finding for finding in verdict.found if finding.severity is Severity.BLOCK]
