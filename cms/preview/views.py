"""What the edge asks for: the draft that a token opens."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from cms.preview.models import Preview
from cms.preview.user_bar import user_bar


def draft(request: HttpRequest, *, answer: Callable[..., bytes]) -> HttpResponse:
    """The draft as ``answer(page, now=, user_bar=)`` puts it; 404 alike for any other token.

    How a page becomes records is the feed's affair, which this app does not know: ``cms.api``
    brings the two together.
    """
    try:
        shown = Preview.objects.shown_by(request.GET.get("token", ""))
    except Preview.DoesNotExist:
        return JsonResponse({"message": "This token opens no preview."}, status=404)
    body = answer(
        shown.page,
        now=timezone.now(),
        user_bar=user_bar(shown.page, user=shown.user, in_panel=shown.in_panel),
    )
    return HttpResponse(body, content_type="application/x-ndjson")
