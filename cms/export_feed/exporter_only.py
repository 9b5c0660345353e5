"""Let nobody but the exporter in: the guard of every endpoint that it uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponseBase]


def for_the_exporter(view: View, *, method: str = "GET") -> View:
    """One method, and the feed's bearer token only, whoever is logged in; nothing is kept on the
    way. A view that takes another method: ``@partial(for_the_exporter, method="POST")``."""

    @csrf_exempt  # no cookie opens it, and the wrong method is told of the method, not of a form
    @require_http_methods([method])
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs) if _has_token(request) else _unauthorized()
        response["Cache-Control"] = "no-store"
        return response

    return guarded


def message(status: HTTPStatus, text: str) -> HttpResponse:
    """``{"message": …}``, as everything but success is answered."""
    return json_answer({"message": text}, status=status)


def json_answer(content: dict[str, Any], *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(content, option=orjson.OPT_UTC_Z),
        status=status,
        content_type="application/json",
    )


def _has_token(request: HttpRequest) -> bool:
    """An empty setting matches nothing: a feed without a token is a closed one."""
    expected = settings.PLAINLEAF_FEED_TOKEN
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return bool(expected) and scheme == "Bearer" and constant_time_compare(token, expected)


def _unauthorized() -> HttpResponse:
    response = message(HTTPStatus.UNAUTHORIZED, "A valid feed token is required.")
    response["WWW-Authenticate"] = "Bearer"
    return response
