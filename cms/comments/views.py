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
from cms.comments.lines import IntakeError, TooLarge

logger = logging.getLogger(__name__)


@csrf_exempt
@never_cache
@require_POST
def receive(request: HttpRequest) -> JsonResponse:
    """Take a batch of what readers sent, and say what became of each line: see the contract."""
    keys = [
        key
        for key in settings.PLAINLEAF_COMMENT_KEYS
        if len(key.encode()) >= intake.SHORTEST_KEY_BYTES
    ]
    if not keys:
        raise Http404("No comment key of at least 32 bytes is set, so no comment is taken.")
    try:
        length = request.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > intake.LARGEST_BATCH_BYTES:
            raise TooLarge(f"A batch has at most {intake.LARGEST_BATCH_BYTES:,} bytes.")
        intake.verify(
            keys=keys,
            id=request.headers.get("Plainleaf-Id", ""),
            timestamp=request.headers.get("Plainleaf-Timestamp", ""),
            signatures=request.headers.get("Plainleaf-Signature", ""),
            body=request.body,
            now=timezone.now(),
        )
        lines = intake.lines_in(request.body)
    except IntakeError as error:
        logger.warning("Refused a batch from the edge: %s", error)
        return JsonResponse({"code": error.code, "message": str(error)}, status=error.status)
    results = intake.take_all(lines)
    for result in results:
        if result.code:
            logger.warning("Refused line '%s' from the edge: %s", result.id, result.message)
    return JsonResponse({"results": [_as_told(result) for result in results]})


def _as_told(result: intake.Result) -> dict[str, object]:
    return {name: value for name, value in result._asdict().items() if value != ""}
