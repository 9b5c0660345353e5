"""How the admin's templates show where pages and the site stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from wagtail.models import Page

from cms.export_feed import moments
from cms.export_feed.page_status import PageStatus, page_status, page_statuses

register = template.Library()


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
    return {"page": page, "status": page_status(page, timezone.now()), "is_short": False}


@register.inclusion_tag("export_feed/page_status.html", takes_context=True)
def export_status_in_list(context: Context, page: Page, listed: Iterable[Page]) -> dict[str, Any]:
    """For one row of a list of pages: those of all rows are asked for with the first."""
    return {"page": page, "status": _statuses(context, listed)[page.pk], "is_short": True}


def _statuses(context: Context, listed: Iterable[Page]) -> dict[int, PageStatus]:
    request = context["request"]
    if not hasattr(request, "export_statuses"):
        request.export_statuses = page_statuses(list(listed), timezone.now())
    statuses: dict[int, PageStatus] = request.export_statuses
    return statuses
