"""How the admin's templates show where pages and the site stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.template import Context, Library
from django.utils import timezone
from wagtail.models import Page

from cms.export_feed import moments
from cms.export_feed.page_status import PageStatus, page_status, page_statuses

register = Library()

# By all rows of a list together, however many of them wait.
MOST_ASKED_IN_A_SECOND = 2


@register.filter
def moment(instant: datetime) -> str:
    """``14:02`` today, with the date on any other day."""
    return moments.moment(instant, timezone.now())


@register.filter
def ago(instant: datetime) -> str:
    """``3 minutes ago``; no seconds, so that what is fetched again is mostly the same."""
    return moments.ago(instant, timezone.now())


@register.inclusion_tag("export_feed/page_status.html")
def export_status(page: Page) -> dict[str, Any]:
    """For the editor: the status of one saved page, and its reasons."""
    status = page_status(page, timezone.now())
    return {"page": page, "status": status, "is_short": False, "every": 1}


@register.inclusion_tag("export_feed/page_status.html", takes_context=True)
def export_status_in_list(context: Context, page: Page, listed: Iterable[Page]) -> dict[str, Any]:
    """For one row of a list of pages: those of all rows are asked for with the first."""
    statuses = _statuses(context, listed)
    unsettled = sum(not status.is_settled for status in statuses.values())
    return {
        "page": page,
        "status": statuses[page.pk],
        "is_short": True,
        "every": max(1, unsettled // MOST_ASKED_IN_A_SECOND),
    }


def _statuses(context: Context, listed: Iterable[Page]) -> dict[int, PageStatus]:
    request = context["request"]
    if not hasattr(request, "export_statuses"):
        request.export_statuses = page_statuses(list(listed), timezone.now())
    statuses: dict[int, PageStatus] = request.export_statuses
    return statuses
