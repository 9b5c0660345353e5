"""The endpoints of the export feed: see docs/export-feed.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import wraps
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import StreamingHttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from wagtail.images import get_image_model

from cms.core.public import public_documents, public_images
from cms.export_feed.journal import current_cursor
from cms.export_feed.renditions import mime_of
from cms.export_feed.stream import NoDefaultSiteError, feed_chunks, next_change_at

View = Callable[..., HttpResponseBase]


def for_the_exporter(view: View) -> View:
    """GET with the feed's bearer token only, whoever is logged in; nothing is kept on the way."""

    @csrf_exempt  # no cookie opens it, and a POST is to be told of the method, not of a form
    @require_GET
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs) if _has_token(request) else _unauthorized()
        response["Cache-Control"] = "no-store"
        return response

    return guarded


@for_the_exporter
def feed(request: HttpRequest) -> HttpResponseBase:
    chunks = feed_chunks(timezone.now())
    try:
        first = next(chunks)
    except NoDefaultSiteError as error:
        return _message(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    return StreamingHttpResponse(_resumed(first, chunks), content_type="application/x-ndjson")


@for_the_exporter
def cursor(request: HttpRequest) -> HttpResponseBase:
    return _json(
        HTTPStatus.OK,
        {"cursor": current_cursor(), "next_change_at": next_change_at(timezone.now())},
    )


@for_the_exporter
def rendition(request: HttpRequest, rendition_id: int) -> HttpResponseBase:
    found = (
        get_image_model()
        .get_rendition_model()
        .objects.filter(pk=rendition_id, image__in=public_images().order_by())
        .select_related("image")
        .first()
    )
    mime = found and mime_of(found.filter_spec, found.image.file_hash)
    if not mime:
        return _message(HTTPStatus.NOT_FOUND, f"The feed names no rendition {rendition_id}.")
    return _file(found.file, mime, f"image {found.image_id}, '{found.image.title}'")


@for_the_exporter
def document(request: HttpRequest, document_id: int) -> HttpResponseBase:
    found = public_documents().filter(pk=document_id).first()
    if found is None:
        return _message(HTTPStatus.NOT_FOUND, f"The feed names no document {document_id}.")
    return _file(found.file, found.content_type, f"document {found.pk}, '{found.title}'")


def _resumed(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The stream from its start again. The view took its first chunk, so that a feed which cannot
    even begin is answered with an error instead of an empty success."""
    with closing(chunks):  # type: ignore[type-var]
        yield first
        yield from chunks


def _file(file: FieldFile, content_type: str, owner: str) -> HttpResponseBase:
    try:
        return FileResponse(file.storage.open(file.name), content_type=content_type)
    except FileNotFoundError:
        return _message(
            HTTPStatus.NOT_FOUND,
            f"The file '{file.name}' of {owner}, is missing on the CMS. Upload it again.",
        )


def _has_token(request: HttpRequest) -> bool:
    """An empty setting matches nothing: a feed without a token is a closed one."""
    expected = settings.PLAINLEAF_FEED_TOKEN
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return bool(expected) and scheme == "Bearer" and constant_time_compare(token, expected)


def _unauthorized() -> HttpResponse:
    response = _message(HTTPStatus.UNAUTHORIZED, "A valid feed token is required.")
    response["WWW-Authenticate"] = "Bearer"
    return response


def _message(status: HTTPStatus, message: str) -> HttpResponse:
    return _json(status, {"message": message})


def _json(status: HTTPStatus, content: dict[str, Any]) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(content, option=orjson.OPT_UTC_Z),
        status=status,
        content_type="application/json",
    )
