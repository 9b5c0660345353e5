"""``POST /comments``: a reader's comment is on disk, or the reader is told why not.

The answer never depends on the CMS. Logs name ids, hashes of networks and reasons, never words.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from frontend_export.content import Content, Page
from frontend_export.edge import refusal, submission, visitor
from frontend_export.edge.limits import RateLimit
from frontend_export.edge.metrics import Metrics
from frontend_export.edge.networks import NetworkHash
from frontend_export.edge.published import Published, PublishedSite
from frontend_export.edge.receipt import receipt_of
from frontend_export.edge.spool import Spool, SpoolError
from frontend_export.edge.submission import Comment, Longest
from frontend_export.errors import OutputError
from frontend_export.render import Renderer

logger = logging.getLogger(__name__)

LARGEST_DROPPED_BYTES = 2 * 1024 * 1024
RETRY_AFTER_SECONDS = 60
LONGEST_KEY = 255


class Refused(Exception):  # noqa: N818 - reads as what happened
    """No comment was taken; ``sentence`` is for the reader, ``errors`` for single fields."""

    def __init__(
        self,
        status: int,
        sentence: str,
        *,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.errors = errors or {}
        self.headers = headers or {}


@dataclass(slots=True)
class Post:
    """One request, as far as it was read; what is known fills in on the way."""

    headers: Mapping[str, str]
    network: str
    network_hash: str
    body: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)
    page: Page | None = None

    @property
    def wants_json(self) -> bool:
        return (
            "application/json" in self.headers.get("accept", "").lower()
            or submission.media_type_of(self.headers.get("content-type", "")) == "application/json"
        )


@dataclass(frozen=True, slots=True)
class Comments:
    """Takes comments for one site. ``base_path`` is the path of the site's address, or empty.

    ``most_bytes`` and ``most_seconds`` bound the body of a request; 0 is no bound.
    """

    spool: Spool
    site: PublishedSite
    renderer: Renderer
    network_limit: RateLimit
    site_limit: RateLimit
    metrics: Metrics
    network_hash: NetworkHash
    longest: Longest
    most_bytes: int
    most_seconds: float
    site_origin: str
    base_path: str
    trusted_proxies: tuple[visitor.IPNetwork, ...]
    on_accepted: Callable[[], None]
    clock: Callable[[], float]

    async def post(self, request: Request) -> Response:
        started = time.perf_counter()
        answer = await self._answer(request)
        self.metrics.observe("plainleaf_comment_answer_seconds", time.perf_counter() - started)
        return answer

    async def _answer(self, request: Request) -> Response:
        post = self._begun(request)
        try:
            self._refuse_strangers(post)
            post.body = await self._bounded_body(request)
            id = await self._take(post)
        except Refused as refused:
            return await run_in_threadpool(self._refusal, post, refused)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        code = receipt_of(id)
        if post.wants_json:
            record = {"id": id, "receipt": code}
            return JSONResponse(record, status_code=202, headers=refusal.NO_STORE)
        return self._thanks_page(code)

    def thanks(self, request: Request) -> Response:
        """The page that thanks for a comment and shows its receipt, whoever asks for it."""
        content = self._content()
        if content is None:
            return self._thanks_page("")
        rendered = self.renderer.comment_thanks(content, receipt=request.path_params["receipt"])
        return refusal.html_response(200, rendered.body)

    async def refuse_method(self, request: Request) -> Response:
        refused = Refused(
            405,
            "Nothing is shown at this address. Comments are sent from the form on a page.",
            headers={"Allow": "POST"},
        )
        return await run_in_threadpool(self._refusal, self._begun(request), refused)

    def _thanks_page(self, code: str) -> Response:
        return RedirectResponse(
            f"{self.base_path}/comments/thanks/{code}", status_code=303, headers=refusal.NO_STORE
        )

    def _begun(self, request: Request) -> Post:
        peer = request.client.host if request.client else ""
        hops = request.headers.getlist("x-forwarded-for")
        address = visitor.client_address(peer, hops, self.trusted_proxies)
        network = visitor.network_of(address)
        return Post(
            headers=request.headers,
            network=network,
            network_hash=self.network_hash.of(network, self.clock()),
        )

    async def _take(self, post: Post) -> str:
        """The id of the comment, which is on disk when this returns. Raises ``Refused``."""
        try:
            post.fields = submission.read_fields(post.headers.get("content-type", ""), post.body)
        except submission.BodyError as error:
            raise Refused(error.status, str(error)) from error
        post.page = self._open_page(post, await self._published())
        signals = ("no_origin",) if visitor.names_no_origin(post.headers) else ()
        checked = submission.check(post.fields, signals, longest=self.longest)
        if isinstance(checked, dict):
            raise Refused(422, " ".join(checked.values()), errors=checked)
        comment, now = checked, self.clock()
        id, *earlier_ids = self._ids(post, comment, now)
        try:
            became, id = await asyncio.wrap_future(
                self.spool.accept(
                    id,
                    or_ids=earlier_ids,
                    page=f"{comment.page}/{comment.locale}",
                    digest=comment.digest,
                    body=comment.body(id, received_at=now, network=post.network_hash),
                    received_at=now,
                    admit=lambda: self._refuse_floods(post, now),
                )
            )
        except SpoolError as error:
            raise _unable(error) from error
        if became == "other":
            raise Refused(
                422, "This Idempotency-Key came before with another comment. Use a new one."
            )
        if became == "new":
            logger.info("Comment %s accepted from network '%s'", id, post.network_hash)
            self.metrics.count("plainleaf_comments_accepted_total")
            self.on_accepted()
        return id

    async def _published(self) -> Published:
        """What is read already needs no thread of its own."""
        if known := self.site.known():
            return known
        try:
            return await run_in_threadpool(self.site.current)
        except OutputError as error:
            raise _unable(error) from error

    async def _bounded_body(self, request: Request) -> bytes:
        """The body, or ``Refused`` where it is too large or too slow.

        A little more than is taken is read and dropped, so that an honest client, which sends all
        of it before it listens, hears why.
        """
        most = self.most_bytes or math.inf
        dropped = max(most, LARGEST_DROPPED_BYTES)
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > dropped:
            self._refuse_size()
        body, size = bytearray(), 0
        try:
            async with asyncio.timeout(self.most_seconds or None):
                async for chunk in request.stream():
                    size += len(chunk)
                    if size <= most:
                        body += chunk
                    elif size > dropped:
                        self._refuse_size()
        except TimeoutError as error:
            raise Refused(
                408, "The comment took too long to arrive. Please send it again."
            ) from error
        if size > most:
            self._refuse_size()
        return bytes(body)

    def _refuse_size(self) -> NoReturn:
        limit = f" It can have up to {self.longest.text:,} characters." if self.longest.text else ""
        raise Refused(413, f"The comment is too large to take.{limit}")

    def _open_page(self, post: Post, published: Published) -> Page:
        page = published.page(post.fields.get("page", ""), post.fields.get("locale", ""))
        if page is None:
            raise Refused(
                404,
                "The page you commented on is not on this site. It may have been taken down.",
            )
        if not page.are_comments_open:
            raise Refused(403, f"Comments on “{page.title}” are closed.")
        post.fields |= {"page": page.translation_key, "locale": page.locale}
        return page

    def _ids(self, post: Post, comment: Comment, now: float) -> tuple[str, ...]:
        if (key := post.headers.get("idempotency-key")) is None:
            return comment.ids(secret=self.spool.secret, network=post.network, now=now)
        if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise Refused(400, f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.")
        return (submission.keyed_id(self.spool.secret, ["idempotency-key", key]),)

    def _refuse_strangers(self, post: Post) -> None:
        if visitor.is_from_elsewhere(post.headers, self.site_origin):
            raise Refused(403, "Comments can only be sent from the form on this site.")

    def _refuse_floods(self, post: Post, now: float) -> None:
        """The network first, so that one which floods does not use up what all share."""
        if seconds := self.network_limit.wait_seconds(post.network, now):
            reason = "Several comments came from your network."
        elif seconds := self.site_limit.wait_seconds("", now):
            reason = "Very many comments are coming in just now."
        else:
            return
        sentence = f"{reason} Please send yours in {seconds} seconds."
        raise Refused(
            429, sentence, errors={"form": sentence}, headers={"Retry-After": str(seconds)}
        )

    def _refusal(self, post: Post, refused: Refused) -> Response:
        logger.info("Comment refused with %d from network '%s'", refused.status, post.network_hash)
        self.metrics.count("plainleaf_comments_refused_total", labels=f'status="{refused.status}"')
        headers = {"Vary": "Accept", **refused.headers}
        if post.wants_json:
            return refusal.json_refusal(
                refused.status, refused.sentence, errors=refused.errors, headers=headers
            )
        kept = {name: submission.showable(value) for name, value in post.fields.items()}
        content = self._content()
        if content is None:
            return refusal.plain_page(
                refused.status,
                refused.sentence,
                base_path=self.base_path,
                stylesheet=self.renderer.stylesheet()[0],
                text=kept.get("text", ""),
                headers=headers,
            )
        if post.page:
            rendered = self.renderer.comment_refused(
                post.page.link,
                content,
                values=kept,
                errors=refused.errors or {"form": refused.sentence},
            )
        else:
            rendered = self.renderer.comment_not_sent(
                content, sentence=refused.sentence, text=kept.get("text", "")
            )
        return refusal.html_response(refused.status, rendered.body, headers)

    def _content(self) -> Content | None:
        """What the site's own pages are made of; nothing before the first release."""
        try:
            return self.site.current().content
        except OutputError:
            return None  # whoever needed more than a page to say so has told the log


def _unable(error: Exception) -> Refused:
    """What a reader is told when the fault is ours; the log names it."""
    logger.error("%s", error)
    return Refused(
        503,
        "We cannot take comments just now. Please try again in a few minutes.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
