"""The endpoints of the export feed: see docs/export-feed.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http import HTTPStatus

from django.db import DEFAULT_DB_ALIAS
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.http.response import StreamingHttpResponse
from django.utils import timezone

from cms.comments.models import CommentSettings
from cms.core.site import NoSuchSiteError, site_other_than_the_default
from cms.export_feed import stored_files
from cms.export_feed.bundle import BundleError, asked_for, tar_chunks
from cms.export_feed.contact import note_contact
from cms.export_feed.cursor import read_head
from cms.export_feed.due import publish_due
from cms.export_feed.exporter_only import for_the_exporter, json_answer, message
from cms.export_feed.journal import number_changes
from cms.export_feed.requests import open_requests
from cms.export_feed.stored_files import MissingFileError, StoredFile
from cms.export_feed.stream import feed_chunks, manifest_chunks

NDJSON = "application/x-ndjson"


@for_the_exporter
def feed(request: HttpRequest) -> HttpResponseBase:
    query = request.GET
    return _streamed(
        feed_chunks(timezone.now(), since=query.get("cursor", ""), site=query.get("site", ""))
    )


@for_the_exporter
def manifest(request: HttpRequest) -> HttpResponseBase:
    return _streamed(manifest_chunks(timezone.now(), site=request.GET.get("site", "")))


@for_the_exporter
def cursor(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    site = request.GET.get("site", "")
    try:
        site_id = site_other_than_the_default(site)
    except NoSuchSiteError as error:
        return message(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    note_contact(now, site_id)
    publish_due(now)
    number_changes()
    commenting = CommentSettings.in_force().commenting
    head = read_head(now, commenting, site=site, using=DEFAULT_DB_ALIAS)
    return json_answer(
        {
            "cursor": str(head.cursor),
            "next_change_at": head.next_change_at,
            "requests": open_requests() if site_id is None else [],
        }
    )


@for_the_exporter
def rendition(request: HttpRequest, rendition_id: int) -> HttpResponseBase:
    return _file(stored_files.rendition, rendition_id)


@for_the_exporter
def document(request: HttpRequest, document_id: int) -> HttpResponseBase:
    return _file(stored_files.document, document_id)


@partial(for_the_exporter, method="POST")
def files(request: HttpRequest) -> HttpResponseBase:
    try:
        asked = asked_for(request.body)
    except BundleError as error:
        return message(HTTPStatus.BAD_REQUEST, str(error))
    return StreamingHttpResponse(tar_chunks(asked), content_type="application/x-tar")


def _streamed(chunks: Iterator[bytes]) -> HttpResponseBase:
    """The view takes the first chunk itself, so that a feed which cannot even begin is answered
    with an error instead of an empty success."""
    try:
        first = next(chunks)
    except NoSuchSiteError as error:
        return message(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    return StreamingHttpResponse(_resumed(first, chunks), content_type=NDJSON)


def _resumed(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    with closing(chunks):  # type: ignore[type-var]
        yield first
        yield from chunks


def _file(find: Callable[[int], StoredFile], object_id: int) -> HttpResponseBase:
    try:
        found = find(object_id)
        return FileResponse(found.open(), content_type=found.content_type)
    except MissingFileError as error:
        return message(HTTPStatus.NOT_FOUND, str(error))
