"""The door the edge knocks at: one POST, signed."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cms.comments import intake

logger = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 64 * 1024


@csrf_exempt
@never_cache
@require_POST
def receive(request: HttpRequest) -> JsonResponse:
    """Store one comment. 201 when it is new, 200 when it was here; the same answer otherwise."""
    keys = [
        key
        for key in settings.PLAINLEAF_COMMENT_KEYS
        if len(key.encode()) >= intake.SHORTEST_KEY_BYTES
    ]
    if not keys:
        raise Http404("No comment key of at least 32 bytes is set, so no comment is taken.")
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > LARGEST_BODY_BYTES:
        return _refusal(413, "too_large", "The body is larger than 64 KiB.")
    try:
        id = request.headers.get("Plainleaf-Id", "")
        intake.verify(
            keys=keys,
            id=id,
            timestamp=request.headers.get("Plainleaf-Timestamp", ""),
            signatures=request.headers.get("Plainleaf-Signature", ""),
            body=request.body,
            now=timezone.now(),
        )
        comment, is_new = intake.store(intake.parse(request.body, id=id))
    except intake.IntakeError as error:
        logger.warning("Refused a comment from the edge: %s", error)
        return _refusal(error.status, error.code, str(error))
    return JsonResponse({"id": comment.idempotency_key}, status=201 if is_new else 200)


def _refusal(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)
