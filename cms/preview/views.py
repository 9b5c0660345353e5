"""What the edge asks for: the draft that a token opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from wagtail.models import Page

from cms.core.site import NoSuchSiteError
from cms.preview.models import Preview
from cms.preview.shared import SharedDraft
from cms.preview.user_bar import user_bar


def draft(request: HttpRequest, *, answer: Callable[..., bytes]) -> HttpResponse:
    """The draft as ``answer(page, site=, now=, user_bar=, shared_until=)`` puts it.

    404 alike for any other token.

    How a page becomes records is the feed's affair, which this app does not know: ``cms.api``
    brings the two together.
    """
    now = timezone.now()
    try:
        page, beside = opened(request.GET.get("token", ""), now)
    except (Preview.DoesNotExist, SharedDraft.DoesNotExist):
        return JsonResponse({"message": "This token opens no preview."}, status=404)
    try:
        body = answer(page, site=request.GET.get("site", ""), now=now, **beside)
    except NoSuchSiteError as error:
        return JsonResponse({"message": str(error)}, status=503)
    return HttpResponse(body, content_type="application/x-ndjson")


def opened(token: str, now: datetime) -> tuple[Page, dict[str, Any]]:
    """A page, and what is said beside it: an editor gets the user bar, whoever else a last day."""
    try:
        shown = Preview.objects.shown_by(token)
    except Preview.DoesNotExist:
        shared = SharedDraft.objects.opened_by(token, now)
        return shared.as_page(), {"user_bar": "", "shared_until": shared.ends_at}
    bar = user_bar(shown.page, user=shown.user, in_panel=shown.in_panel)
    return shown.page, {"user_bar": bar, "shared_until": None}
