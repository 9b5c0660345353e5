"""The pages of the default site that the exporter refused: readers have not what was published."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.urls import reverse
from wagtail.models import Page

from cms.export_feed.page_status import PageState, page_statuses
from cms.export_feed.runs import ExportFinding, ExportRun
from cms.export_feed.site_status import DEFAULT_SITE

MOST_LISTED = 50


class RefusedPage(NamedTuple):
    title: str
    edit_url: str
    reason: str


def refused_pages(now: datetime) -> list[RefusedPage]:
    """At most ``MOST_LISTED``, by title."""
    refusals = ExportFinding.objects.filter(
        run=ExportRun.objects.of(DEFAULT_SITE).exports().first(), kind="page", severity="refused"
    )
    ids = set(refusals.values_list("object_id", flat=True))
    if not ids:
        return []
    pages = list(Page.objects.filter(pk__in=ids).order_by("title", "pk")[:MOST_LISTED])
    statuses = page_statuses(pages, now)
    return [
        RefusedPage(
            title=page.get_admin_display_title(),
            edit_url=reverse("wagtailadmin_pages:edit", args=[page.pk]),
            reason=statuses[page.pk].reason,
        )
        for page in pages
        if statuses[page.pk].state == PageState.FAILED
    ]
