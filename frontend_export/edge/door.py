"""What all that a reader posts has in common: where it comes from, its size, its pace, the disk.

The answer never depends on the CMS. Logs name ids, hashes of networks and reasons, never words.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from frontend_export.content import Content, Page, Rendered
from frontend_export.edge import refusal, submission, visitor
from frontend_export.edge.alarms import Alarms
from frontend_export.edge.limits import Flood, RateLimit
from frontend_export.edge.metrics import Metrics
from frontend_export.edge.networks import NetworkHash
from frontend_export.edge.published import Published, PublishedSite
from frontend_export.edge.spool import Became, Spool, SpoolError
from frontend_export.errors import OutputError
from frontend_export.page_token import is_page_token
from frontend_export.render.renderer import Renderer, language_of
from frontend_export.words import Sentence, Words

logger = logging.getLogger(__name__)

LARGEST_READ_BYTES = 2 * 1024 * 1024
LARGE_BYTES = 64 * 1024  # more takes milliseconds to parse, for which nobody else should wait
RETRY_AFTER_SECONDS = 60
UNTRUSTED_PROXY = (
    "A request came with X-Forwarded-For from an address that is not in PLAINLEAF_TRUSTED_PROXIES. "
    "If a proxy or CDN of yours sent it, all its readers count as one network until you add the "
    "proxy's. If you have none, somebody made it up, and nothing follows from it."
)


class Refused(Exception):  # noqa: N818 - reads as what happened
    """Nothing was taken; ``sentence`` is for the reader, ``errors`` for single fields."""

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
    """One request, as far as it was read; what is known fills in on the way.

    ``is_of_ours`` once the form is known to be of a page of this site, which ``page`` is while the
    page is there.
    """

    headers: Mapping[str, str]
    network: str
    network_hash: str
    body: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)
    page: Page | None = None
    is_of_ours: bool = False

    @property
    def wants_json(self) -> bool:
        return (
            "application/json" in self.headers.get("accept", "").lower()
            or submission.media_type_of(self.headers.get("content-type", "")) == "application/json"
        )

    @property
    def kept(self) -> dict[str, str]:
        """What was typed, as it can be shown again."""
        return {name: submission.showable(value) for name, value in self.fields.items()}


@dataclass(frozen=True, slots=True)
class Door:
    """Where one kind of thing comes in, for one site.

    ``kind`` is what logs call it, ``not_sent`` what a reader is told of it. ``base_path`` is the
    path of the site's address, or empty. ``most_characters``, ``most_bytes`` and ``most_seconds``
    bound what is sent; 0 is no bound.
    """

    kind: str
    not_sent: Sentence
    spool: Spool
    site: PublishedSite
    renderer: Renderer
    page_keys: tuple[str, ...]
    limit: RateLimit
    metrics: Metrics
    network_hash: NetworkHash
    most_characters: int
    most_bytes: int
    most_seconds: float
    site_origin: str
    base_path: str
    trusted_proxies: tuple[visitor.IPNetwork, ...]
    alarms: Alarms
    on_accepted: Callable[[], None]
    clock: Callable[[], float]

    def begun(self, request: Request) -> Post:
        peer = request.client.host if request.client else ""
        hops = request.headers.getlist("x-forwarded-for")
        if hops and not visitor.is_trusted(peer, self.trusted_proxies):
            self.alarms.ring(UNTRUSTED_PROXY)
        address = visitor.client_address(peer, hops, self.trusted_proxies)
        network = visitor.network_of(address)
        return Post(
            headers=request.headers,
            network=network,
            network_hash=self.network_hash.of(network, self.clock()),
        )

    def refuse_strangers(self, post: Post) -> None:
        if visitor.is_from_elsewhere(post.headers, self.site_origin):
            raise Refused(403, Sentence("This can only be sent from the form on this site."))

    async def read(self, request: Request, post: Post, known: Collection[str]) -> None:
        """The fields of the body, of those that are ``known``.

        Raises ``Refused``; where the body is too large, with its fields kept to be shown again.
        """
        post.body = await self._body(request)
        content_type = post.headers.get("content-type", "")
        is_too_large = bool(self.most_bytes) and len(post.body) > self.most_bytes
        try:
            if len(post.body) > LARGE_BYTES:
                post.fields = await run_in_threadpool(
                    submission.read_fields, content_type, post.body, known
                )
            else:
                post.fields = submission.read_fields(content_type, post.body, known)
        except submission.BodyError as error:
            post.fields = error.fields
            if not is_too_large:
                raise Refused(error.status, error.sentence) from error
        if is_too_large:
            self._refuse_size()

    async def published(self) -> Published:
        """What is read already needs no thread of its own."""
        if known := self.site.known():
            return known
        try:
            return await run_in_threadpool(self.site.current)
        except OutputError as error:
            raise self._unable(error) from error

    def find_page(self, post: Post, published: Published) -> tuple[str, ...]:
        """Learn which page the form is for; answers what is odd about the request.

        A token of ours is as good as the page itself, which may have left the site since the
        reader opened it. Without one a page that is here is taken, with a signal: its form is
        older than tokens, or came from a script. Raises ``Refused``.
        """
        key, locale = post.fields.get("page", ""), post.fields.get("locale", "")
        token = post.fields.get("token", "")
        post.page = page = published.page(key, locale)
        if page:
            post.fields |= {"page": page.translation_key, "locale": page.locale}
            key, locale = page.translation_key, page.locale
        is_signed = is_page_token(token, self.page_keys, key, locale)
        if token and self.page_keys and not is_signed:
            post.page = None
            raise Refused(
                404,
                Sentence(
                    "This form is not one that this site has now. Open the page again, and copy "
                    "what you wrote into its form."
                ),
            )
        if not (page or is_signed):
            raise Refused(
                404,
                Sentence(
                    "The page you wrote about is not on this site. It may have been taken down."
                ),
            )
        post.is_of_ours = True
        signals = ("old_form",) if self.page_keys and not is_signed else ()
        return (*signals, "no_origin") if visitor.names_no_origin(post.headers) else signals

    def network_at(self, post: Post) -> Callable[[float], str]:
        """What tells the networks of an instant apart in ids, and names none once its week is
        over."""
        return partial(self.network_hash.within_ids, post.network)

    def content(self) -> Content | None:
        """What the site's own pages are made of; nothing before the first release."""
        try:
            return self.site.current().content
        except OutputError:
            return None  # whoever needed more than a page to say so has told the log

    async def keep(
        self,
        post: Post,
        ids: Sequence[str],
        *,
        kind: str,
        page: str,
        digest: str,
        body: bytes,
        now: float,
    ) -> str:
        """The id of what was posted, which is on disk when this returns. Raises ``Refused``.

        ``ids`` are the one that it gets, in ``body`` too, and those it may have had before.
        """
        id, *earlier_ids = ids
        network = self.network_hash.within_ids(post.network, now) or visitor.UNKNOWN_ADDRESS
        answer: asyncio.Future[Became] = asyncio.get_running_loop().create_future()
        self.spool.accept(
            id,
            or_ids=earlier_ids,
            page=page,
            digest=digest,
            body=body,
            received_at=now,
            admit=lambda connection: self.limit.admit(connection, network, now),
            answer=answer,
        )
        try:
            became, id = await answer
        except Flood as flood:
            raise _too_many(flood) from flood
        except SpoolError as error:
            raise self._unable(error) from error
        if became == "other":
            raise Refused(
                422,
                Sentence("This Idempotency-Key came before with something else. Use a new one."),
            )
        if became == "new":
            logger.info(
                "%s %s accepted from network '%s'", kind.capitalize(), id, post.network_hash
            )
            self.metrics.count("plainleaf_comments_accepted_total", labels=f'kind="{kind}"')
            self.on_accepted()
        return id

    def refusal(
        self, post: Post, refused: Refused, page: Callable[[Content], Rendered] | None = None
    ) -> Response:
        """``page`` makes the page that says so, or else the one for all that was not sent."""
        logger.info(
            "%s refused with %d from network '%s'",
            *(self.kind.capitalize(), refused.status, post.network_hash),
        )
        self.metrics.count("plainleaf_comments_refused_total", labels=f'status="{refused.status}"')
        headers = {"Vary": "Accept", **refused.headers}
        content, text = self.content(), post.kept.get("text", "")
        if post.wants_json:
            words = self._words_for(post, content)
            errors = {name: words.say(sentence) for name, sentence in refused.errors.items()}
            sentence = " ".join(errors.values()) or words.say(refused.sentence)
            return refusal.json_refusal(refused.status, sentence, errors=errors, headers=headers)
        if content is None:
            return refusal.plain_page(
                refused.status,
                refused.sentence,
                title=self.not_sent,
                base_path=self.base_path,
                stylesheet=self.renderer.stylesheet()[0],
                text=text,
                headers=headers,
            )
        rendered = (
            page(content)
            if page
            else self.renderer.not_sent(
                content,
                locale=_locale_of(post),
                title=self.not_sent,
                sentence=refused.sentence,
                text=text,
            )
        )
        return refusal.html_response(refused.status, rendered.body, headers)

    def _words_for(self, post: Post, content: Content | None) -> Words:
        """Those of the page that the form is of, or else of the site."""
        if content is None:
            return Words()
        language = language_of(_locale_of(post), content.site.language)
        return self.renderer.languages.words_for(language)

    async def _body(self, request: Request) -> bytes:
        """The body, or ``Refused`` where it is far too large or too slow.

        More than is taken is read, so that an honest client, which sends all of it before it
        listens, hears why, and gets back what was typed.
        """
        most = max(self.most_bytes or math.inf, LARGEST_READ_BYTES)
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > most:
            self._refuse_size()
        body = bytearray()
        try:
            async with asyncio.timeout(self.most_seconds or None):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > most:
                        self._refuse_size()
        except TimeoutError as error:
            raise Refused(
                408, Sentence("It took too long to arrive. Please send it again.")
            ) from error
        return bytes(body)

    def _refuse_size(self) -> NoReturn:
        if most := self.most_characters:
            raise Refused(
                413,
                Sentence(
                    "It is too large to take. It can have up to %(most)s characters.", most=most
                ),
            )
        raise Refused(413, Sentence("It is too large to take."))

    def _unable(self, error: Exception) -> Refused:
        """What a reader is told when the fault is ours; the log names it."""
        logger.error("%s", error)
        return Refused(
            503,
            Sentence("We cannot take it just now. Please try again in a few minutes."),
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )


def _too_many(flood: Flood) -> Refused:
    seconds = flood.seconds
    if flood.of_network:
        sentence = Sentence.counted(
            "Several came from your network. Please send yours in %(count)s second.",
            "Several came from your network. Please send yours in %(count)s seconds.",
            seconds,
        )
    else:
        sentence = Sentence.counted(
            "Very many are coming in just now. Please send yours in %(count)s second.",
            "Very many are coming in just now. Please send yours in %(count)s seconds.",
            seconds,
        )
    return Refused(429, sentence, errors={"form": sentence}, headers={"Retry-After": str(seconds)})


def _locale_of(post: Post) -> str:
    """That of the page which the form is known to be of."""
    return post.fields.get("locale", "") if post.is_of_ours else ""
