"""A draft as the export would write it, plus marked blocks.

The CMS answers a token with one page and stubs of what it shows, in the feed's shape; the
renderer that writes the site writes this page too. Nothing is stored: what is framed in the
editor's panel is made anew for each request, and its token opens it for a quarter of an hour;
that of a link which an editor shared, until its last day.
"""

from __future__ import annotations

import logging
import re
import threading
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape
from http import HTTPStatus
from mimetypes import guess_type
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from frontend_export.config import Settings
from frontend_export.content import (
    Content,
    ContentIndex,
    Document,
    Image,
    Listing,
    Page,
    pages_of,
)
from frontend_export.errors import (
    ContentError,
    DraftUnavailableError,
    SourceError,
)
from frontend_export.plan.entries import references_in
from frontend_export.plan.site import UNLISTED_TYPES
from frontend_export.render.renderer import Renderer
from frontend_export.source.cms import Cms
from frontend_export.source.feed import (
    Begin,
    Line,
    Record,
    content_from_records,
    parse_instant,
)

logger = logging.getLogger(__name__)

FILE_FOLDERS = ("assets", "documents", "images")
FILES_KNOWN = 5_000
FILE_KNOWN_SECONDS = 15 * 60
MAX_FILE_BYTES = 50 * 1024 * 1024

STYLE = (
    ".plainleaf-preview{position:fixed;inset-block-end:0;inset-inline:0;margin:0;padding:.25rem;"
    "background:#1d1d1d;color:#fff;font:600 1rem/1.4 system-ui,sans-serif;text-align:center;"
    "pointer-events:none}"
    "@media print{.plainleaf-preview{position:static}}"
)
BLOCK_START = b"<!-- plainleaf-preview -->"
BLOCK_END = b"<!-- /plainleaf-preview -->"
POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>')


class NamedFile(NamedTuple):
    """A file that a draft shows: where the site has it, where the CMS has it, what it is."""

    path: str
    url: str
    mime: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One page that is not published, in a site of what it shows."""

    page: Page
    content: ContentIndex
    files: tuple[NamedFile, ...]
    now: datetime
    user_bar: str
    shared_until: datetime | None


class Previews:
    """Shows drafts, and the files they show that no release has yet."""

    def __init__(
        self, settings: Settings, renderer: Renderer, *, clock: Callable[[], float]
    ) -> None:
        """``clock`` gives the seconds since 1970."""
        self._renderer = renderer
        self._cms = Cms.of(settings)
        self._base_path = unquote(urlsplit(settings.site_url).path)
        self._headers = headers(settings.admin_url)
        self._headers_of_shared = headers("")
        self._known_files: OrderedDict[str, tuple[NamedFile, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._clock = clock

    def show(self, request: Request) -> Response:
        """``GET /preview?token=``: the draft, or one same page for every token that opens none."""
        try:
            draft = read_draft(self._cms.draft(request.query_params.get("token", "")))
            self._remember(draft.files)
            body = preview_page(draft, self._renderer)
        except DraftUnavailableError:
            return self._sentence(
                HTTPStatus.NOT_FOUND,
                "There is no such preview",
                "It may have ended: a preview lasts fifteen minutes, and a link that you were sent "
                "ends too. Open it again in the editor, or ask for a new link.",
            )
        except SourceError as error:
            logger.error("A preview could not be shown: %s", error)
            return self._sentence(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The preview is away for a moment",
                "The editing system does not answer. Nothing you typed is lost: try again soon.",
            )
        except ContentError as error:
            logger.error("A draft could not be rendered: %s", error)
            return self._sentence(
                HTTPStatus.UNPROCESSABLE_ENTITY, "This draft cannot be shown", str(error)
            )
        is_shared = draft.shared_until is not None
        return HTMLResponse(body, headers=self._headers_of_shared if is_shared else self._headers)

    def file(self, path: str) -> Response | None:
        """A file below the site's root that the release being served lacks.

        ``"assets/site.1f0c….css"`` of the present theme, or an image or document that a draft
        of the last quarter of an hour showed. ``None`` for anything else.
        """
        if (asset := self._renderer.assets().get(path)) is not None:
            return Response(asset, media_type=guess_type(path)[0])
        with self._lock:
            known, until = self._known_files.get(path, (None, 0.0))
        if known is None or until < self._clock():
            return None
        try:
            body = b"".join(self._cms.file(known.url, max_bytes=MAX_FILE_BYTES, mime=known.mime))
        except SourceError as error:
            logger.error("A preview goes without a file: %s", error)
            return None
        return Response(
            body,
            media_type=known.mime or "application/octet-stream",
            headers={"Cache-Control": f"private, max-age={FILE_KNOWN_SECONDS}"},
        )

    def show_file(self, request: Request) -> Response:
        """The same, for a web server that has the release itself and asks for what it lacks."""
        path = request.url.path.removeprefix(self._base_path).removeprefix("/")
        return self.file(path) or Response(
            status_code=HTTPStatus.NOT_FOUND, headers={"Cache-Control": "no-store"}
        )

    def _remember(self, files: Iterable[NamedFile]) -> None:
        until = self._clock() + FILE_KNOWN_SECONDS
        with self._lock:
            for file in files:
                self._known_files[file.path] = (file, until)
                self._known_files.move_to_end(file.path)
            while len(self._known_files) > FILES_KNOWN:
                self._known_files.popitem(last=False)

    def _sentence(self, status: HTTPStatus, title: str, sentence: str) -> Response:
        html = (
            '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
            f"<title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(sentence)}</p>"
        )
        return HTMLResponse(html, status, headers=self._headers)


def read_draft(lines: Sequence[Line]) -> Draft:
    """The CMS's answer as a page and its surroundings. Raises ``SourceError`` where it is wrong."""
    first, *rest = lines
    records = [line.value for line in rest if isinstance(line.value, Record)]
    also = orjson.loads(first.raw)
    drafts = [
        record.value
        for record in records
        if isinstance(record.value, Page) and record.id == also.get("draft")
    ]
    if not (isinstance(first.value, Begin) and drafts):
        raise SourceError(
            "The answer to a preview names no draft. Bring CMS and edge to one release."
        )
    try:
        shared_until = parse_instant(also.get("shared_until"))
    except (ValueError, TypeError) as error:
        raise SourceError(
            "The answer to a preview names no last day. Bring CMS and edge to one release."
        ) from error
    return Draft(
        page=drafts[0],
        content=content_from_records(records),
        files=tuple(files_of(records)),
        now=first.value.now,
        user_bar=str(also.get("user_bar", "")),
        shared_until=shared_until,
    )


def files_of(records: Iterable[Record]) -> Iterator[NamedFile]:
    """Every image, in all its sizes, and every document among the records."""
    for record in records:
        match record.value:
            case Image(renditions=renditions):
                for one in renditions:
                    yield NamedFile(one.file_path, one.url, one.mime)
            case Document() as document:
                yield NamedFile(document.file_path, document.url, "")


def preview_page(draft: Draft, renderer: Renderer) -> bytes:
    """What the export writes for this content at this instant, and marked blocks."""
    rendered = renderer.page(
        draft.page,
        draft.content,
        now=draft.now,
        listing=first_listing(draft.page, draft.content),
        refers_to=references_in({**draft.page.fields, "body": draft.page.body}).all,
    )
    page = POLICY.sub(_out_of_force, rendered.body, count=1)
    before, body_end, after = page.rpartition(b"</body>")
    return before + marked(_banner_and_user_bar(draft)) + body_end + after


def first_listing(page: Page, content: Content) -> Listing:
    """The children a page lists; a topic, as in the plan, no more than go on one page."""
    children = tuple(content.children(page.id))
    if page.type in UNLISTED_TYPES:
        return Listing(number=1, count=1, pages=children)
    size = content.site.lists_page_size
    return Listing(number=1, count=pages_of(len(children), size), pages=children[:size])


def marked(added: bytes) -> bytes:
    """The only bytes of a preview that the export does not write stand in such blocks."""
    return BLOCK_START + added + BLOCK_END


def _out_of_force(policy: re.Match[bytes]) -> bytes:
    """Browsers obey a policy of a page where it is a child of ``<head>``: inside ``<template>`` it
    is none, and the preview's own, which lets the user bar in, stands alone."""
    return marked(b"<template>") + policy[0] + marked(b"</template>")


def _banner_and_user_bar(draft: Draft) -> bytes:
    text = "Preview: not published"
    if until := draft.shared_until:
        text = f"Draft, shared with you: not published. This link ends on {until:%-d %B %Y}."
    banner = f'<style>{STYLE}</style><p class="plainleaf-preview">{text}</p>'
    return f"\n{banner}\n{draft.user_bar}\n".encode()


def headers(admin_url: str) -> dict[str, str]:
    """What a preview is sent with: kept by nobody, framed by the admin alone, sending nothing.

    Scripts and styles may come from the admin besides, for the user bar. A form cannot be sent:
    nobody comments on a draft, and the form's own script leaves it alone.
    """
    admin = admin_url or "'none'"
    also_admin = f" {admin_url}" if admin_url else ""
    style_hash = b64encode(sha256(STYLE.encode()).digest()).decode()
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(
            [
                "default-src 'none'",
                f"script-src 'self'{also_admin}",
                f"style-src 'self' 'sha256-{style_hash}'{also_admin}",
                f"img-src 'self' data:{also_admin}",
                f"font-src 'self'{also_admin}",
                "manifest-src 'self'",
                "form-action 'none'",
                "base-uri 'none'",
                f"frame-ancestors {admin}",
            ]
        ),
        # The user bar's files come from the admin, which says of none that others may have it.
        "Cross-Origin-Embedder-Policy": "unsafe-none",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }
