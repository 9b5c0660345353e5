"""What differs between the version that a clinician approved and the newest one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail.models import Page, Revision

from cms.review.log import APPROVED, KEPT, last_entry


def approved_version(page: Page) -> Revision | None:
    """None where nothing was approved, or that version was deleted since."""
    entry = last_entry(page, APPROVED, KEPT)
    return Revision.objects.filter(pk=entry.revision_id).first() if entry else None


def comparison_url(page: Page) -> str:
    """Wagtail's page with both versions beside each other; empty where there are not two."""
    approved = approved_version(page)
    newest = page.latest_revision_id
    if approved is None or newest is None or approved.pk == newest:
        return ""
    return reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, approved.pk, newest])


def differences(page: Page, request: HttpRequest) -> list[Any]:
    """Wagtail's comparisons, one for each field that differs; what the review set is no change."""
    approved = approved_version(page)
    if approved is None:
        return []
    before, after = approved.as_object(), page.get_latest_revision_as_object()
    panel = after.get_edit_handler().get_bound_panel(instance=after, request=request, form=None)
    compared = (comparison(before, after) for comparison in panel.get_comparison())
    return [one for one in compared if one.is_field and one.has_changed()]
