"""The export status of one page, as the script in the editor and in listings asks for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from wagtail.models import Page
from wagtail.permissions import policy_registry

from cms.export_feed.page_status import page_status


@require_safe
def page_export(request: HttpRequest, page_id: int) -> HttpResponse:
    """A fragment of HTML; 404 for a page that the user does not find in the admin either."""
    pages = policy_registry.get_by_type(Page).explorable_instances(request.user)
    page = get_object_or_404(pages, pk=page_id)
    now = timezone.now()
    return render(
        request,
        "export_feed/page_status.html",
        {
            "page": page.specific,
            "status": page_status(page, now),
            "now": now,
            "is_short": "short" in request.GET,
        },
    )
