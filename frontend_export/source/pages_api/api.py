"""Asks a Wagtail API v2, as anybody may: no token, no cookie, nothing of another host."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple

import orjson
import requests
import urllib3
from requests.adapters import HTTPAdapter

from frontend_export.errors import DriftError, FileUnavailableError, SourceError
from frontend_export.source.cms import (
    IMAGE_SIGNATURES,
    MAX_RECORDS,
    READ_BYTES,
    RETRY,
    SIGNATURE_BYTES,
    Session,
    cause_of,
)
from frontend_export.source.feed import LARGEST_NUMBER
from frontend_export.source.pages_api.address import joined, origin_of
from frontend_export.source.pages_api.metadata import without_words

ITEMS_AT_ONCE = 100  # a list of more may take longer than an answer may
WAGTAILS_OWN_LIMIT = 20
MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_ANSWER_VALUES = 1_000_000  # each takes up to a hundred times what it takes as JSON
MAX_REFUSAL_BYTES = 4 * 1024
ANSWER_DEADLINE_SECONDS = 60.0
FILE_DEADLINE_SECONDS = 900.0
MAX_HOPS = 3
MAX_NESTING = 100  # blocks in blocks; readers of JSON give up soon after
LIMIT_SAID = re.compile(r"limit cannot be higher than (\d+)")

Item = dict[str, Any]


class TornError(DriftError):
    """One walk through a list met two states of it."""


class Head(NamedTuple):
    """What a server says of a file before it is fetched. ``status`` 0: nothing was said."""

    status: int
    mime: str
    size: int
    version: str


class Api:
    """One API at one address. Threads may share it.

    ``url`` ends with a slash; files come from its origin and from ``media``, and from nowhere else.
    """

    def __init__(self, url: str, *, media: tuple[str, ...] = (), timeout_seconds: float) -> None:
        self.url = url.rstrip("/") + "/"
        self._timeout_seconds = timeout_seconds
        self._origins = {origin_of(one) for one in (self.url, *media)}
        self._limit = ITEMS_AT_ONCE
        self._format: Mapping[str, str] = {"rich_text_format": "db_html"}
        self._session = Session()
        environment = self._session.merge_environment_settings(self.url, {}, None, None, None)
        self._session.proxies = environment["proxies"]
        self._session.verify = environment["verify"]
        self._session.trust_env = False  # a .netrc would log in, and show what is not public
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = "plainleaf-frontend-export"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=RETRY))

    @property
    def not_ours(self) -> str:
        """Why a file is not fetched, to follow its address."""
        return (
            f"is neither at the API '{self.url}' nor at a host under 'media' in the mapping, and "
            "files come from nowhere else. Name its host there if it is yours."
        )

    def may_fetch(self, url: str) -> bool:
        """Whether a file may come from there."""
        return origin_of(url) in self._origins

    def walk(self, endpoint: str, **query: str) -> list[Item] | None:
        """Every item of a list, in its order; ``None`` where the API has no such list.

        Raises ``TornError`` when the list changed under the walk: one that shrinks hides an item
        that was never seen, one that grows shows some twice.
        """
        items: list[Item] = []
        seen: set[int] = set()
        total: int | None = None
        while total is None or len(items) < total:
            page = self._list(endpoint, {**query, "offset": str(len(items))})
            if page is None:
                return None
            said, more = page
            total = said if total is None else total
            if total > MAX_RECORDS:
                raise SourceError(
                    f"'{self.url}{endpoint}/' says that it has {total:,} items, and "
                    f"{MAX_RECORDS:,} are the most that an export takes. See why it says so."
                )
            if said != total or (not more and len(items) < total):
                raise TornError(f"'{self.url}{endpoint}/' changed while it was read.")
            items += more
            seen.update(item["id"] for item in more)
            if len(seen) != len(items):
                break  # or a list that says the same for ever would fill the memory
        if len(seen) != total or len(items) != total:
            raise TornError(f"'{self.url}{endpoint}/' changed while it was read.")
        return items

    def glance(self, endpoint: str, **query: str) -> str:
        """A short sign of the first items of a list: another one when they change."""
        page = self._list(endpoint, query, at_most=WAGTAILS_OWN_LIMIT)
        return blake2b(orjson.dumps(page), digest_size=8).hexdigest()

    def item(self, endpoint: str, number: int) -> Item | None:
        """One item in full; ``None`` where there is none under that number."""
        url = f"{self.url}{endpoint}/{number}/"
        try:
            answer = self._json(url, self._format, missing=True)
        except _RefusedError as refused:
            raise SourceError(f"'{url}' refused the question: {refused.said}") from refused
        return None if answer is None else _item(answer, url)

    def head(self, url: str) -> Head:
        """About a file; a server that cannot tell is no fault yet: fetching it will show one."""
        try:
            with self._followed("HEAD", url, self._timeout_seconds) as (response, _):
                headers = response.headers
                size = headers.get("Content-Length", "")
                return Head(
                    status=response.status_code,
                    mime=headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                    size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else 0,
                    version=headers.get("Last-Modified") or headers.get("ETag") or "",
                )
        except SourceError:
            return Head(0, "", 0, "")

    def file(self, url: str, *, max_bytes: int, mime: str = "") -> Iterator[bytes]:
        """The bytes of a file; an image is checked against its ``mime``, and says nothing about
        whoever took it.

        Raises ``FileUnavailableError`` for this file alone, ``SourceError`` if its host is gone.
        """
        with self._followed("GET", url, FILE_DEADLINE_SECONDS) as (response, deadline):
            if response.status_code != requests.codes.ok:
                raise FileUnavailableError(
                    f"'{url}' answered {response.status_code} {response.reason or ''}. "
                    "Upload the file again, or take it out."
                )
            chunks = _chunks(response, url, deadline, max_bytes, FileUnavailableError)
            head = b""
            for chunk in chunks:
                head += chunk
                if len(head) >= SIGNATURE_BYTES:
                    break
            if not head:
                raise FileUnavailableError(f"'{url}' is empty. Upload the file again.")
            if not mime:
                yield head
                yield from chunks
                return
            offset, signature = IMAGE_SIGNATURES[mime]
            if head[offset : offset + len(signature)] != signature:
                raise FileUnavailableError(
                    f"'{url}' is not the {mime} that its name says. Upload the image again."
                )
            try:
                yield without_words(b"".join((head, *chunks)), mime)
            except FileUnavailableError as error:
                raise FileUnavailableError(f"'{url}' cannot be shown. {error}") from error

    def _list(
        self, endpoint: str, query: Mapping[str, str], *, at_most: int = ITEMS_AT_ONCE
    ) -> tuple[int, list[Item]] | None:
        """``(total_count, items)`` from one offset on, asked again as the API likes it asked."""
        url = f"{self.url}{endpoint}/"
        is_optional = endpoint != "pages"
        while True:
            try:
                asked = {**query, "limit": str(min(self._limit, at_most)), **self._format}
                answer = self._json(url, asked, missing=is_optional)
            except _RefusedError as refused:
                if not self._adapts_to(refused.said):
                    raise SourceError(f"'{url}' refused the question: {refused.said}") from refused
                continue
            if answer is None:
                return None
            meta, items = answer.get("meta"), answer.get("items")
            total = meta.get("total_count") if isinstance(meta, dict) else None
            if not isinstance(total, int) or not isinstance(items, list):
                raise SourceError(
                    f"'{url}' has no 'meta.total_count' and 'items', which every list of Wagtail's "
                    "API v2 has. Set PLAINLEAF_API_URL to that API, such as https://…/api/v2/."
                )
            return total, [_item(item, url) for item in items]

    def _adapts_to(self, said: str) -> bool:
        """Whether there is another way to ask: fewer items, or without a choice of rich text."""
        if "rich_text_format" in said and self._format:
            self._format = {}  # a Wagtail before 8.0, which knows stored HTML only
            return True
        if match := LIMIT_SAID.search(said):
            limit = int(match[1])
            is_news = 0 < limit < self._limit
            self._limit = limit if is_news else self._limit
            return is_news
        if "limit" in said and self._limit > WAGTAILS_OWN_LIMIT:
            self._limit = WAGTAILS_OWN_LIMIT
            return True
        return False

    def _json(self, url: str, query: Mapping[str, str], *, missing: bool) -> Item | None:
        deadline = time.monotonic() + ANSWER_DEADLINE_SECONDS
        with self._response("GET", url, query) as response:
            status = response.status_code
            if status == requests.codes.not_found and missing:
                return None
            if status == requests.codes.bad_request:
                raise _RefusedError(_refusal_in(response))
            if status != requests.codes.ok:
                raise SourceError(_refusal_of(response, url, site=query.get("site", "")))
            body = b"".join(_chunks(response, url, deadline, MAX_ANSWER_BYTES, SourceError))
        # At most: a comma in a text counts too.
        if sum(map(body.count, (b",", b"[", b"{"))) > MAX_ANSWER_VALUES:
            raise SourceError(
                f"'{url}' holds more than {MAX_ANSWER_VALUES:,} values. Make its pages smaller."
            )
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise SourceError(
                f"'{url}' did not answer with JSON ({error}). Set PLAINLEAF_API_URL to the API "
                "itself, with no login page in front of it."
            ) from error
        if not isinstance(answer, dict):
            raise SourceError(f"'{url}' did not answer with a JSON object.")
        return answer

    @contextmanager
    def _followed(
        self, method: str, url: str, deadline_seconds: float
    ) -> Iterator[tuple[requests.Response, float]]:
        """A file's answer. A redirect leads on only to where files may come from anyway."""
        deadline = time.monotonic() + deadline_seconds
        address = url
        for _hop in range(MAX_HOPS + 1):
            if not self.may_fetch(address):
                raise FileUnavailableError(f"'{address}' {self.not_ours}")
            with self._response(method, address, {}) as response:
                location = response.headers.get("Location", "")
                if not 300 <= response.status_code < 400 or not location:
                    yield response, deadline
                    return
                address = joined(address, location)
        raise FileUnavailableError(f"'{url}' is redirected without end. Upload the file again.")

    @contextmanager
    def _response(
        self, method: str, url: str, query: Mapping[str, str]
    ) -> Iterator[requests.Response]:
        try:
            with self._session.request(
                method,
                url,
                params=query,
                stream=True,
                allow_redirects=False,
                timeout=self._timeout_seconds,
            ) as response:
                yield response
        except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise SourceError(
                f"'{url}' did not answer within {self._timeout_seconds:g} seconds. "
                "See whether the CMS is busy, or raise PLAINLEAF_TIMEOUT_SECONDS."
            ) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceError(
                f"Could not read '{url}': {cause_of(error)}. "
                "Start the CMS, or set PLAINLEAF_API_URL to where its API is."
            ) from error


class _RefusedError(Exception):
    """The API did not like a question, and said why."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def _chunks(
    response: requests.Response,
    url: str,
    deadline: float,
    max_bytes: int,
    too_large: type[SourceError],
) -> Iterator[bytes]:
    """A body as it arrives, unpacked, bounded in bytes and time."""
    size = 0
    while True:
        try:
            chunk = response.raw.read1(READ_BYTES, decode_content=True)
        except (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError) as error:
            raise SourceError(
                f"'{url}' was cut before its end: {cause_of(error)}. "
                "Export again; if it happens again, see the log of the CMS."
            ) from error
        if not chunk:
            return
        size += len(chunk)
        if size > max_bytes:
            raise too_large(f"'{url}' is larger than {max_bytes:,} bytes. Make it smaller.")
        if time.monotonic() > deadline:
            raise SourceError(f"'{url}' takes too long to arrive. See why the CMS is so slow.")
        yield chunk


def _item(item: Any, url: str) -> Item:
    """One item that at least says what it is."""
    number = item.get("id") if isinstance(item, dict) else None
    if not isinstance(number, int) or number is True or not 1 <= number <= LARGEST_NUMBER:
        raise SourceError(f"'{url}' lists something without an 'id' that is a whole number.")
    if not isinstance(item.get("meta"), dict):
        raise SourceError(f"'{url}': item {number} has no 'meta'.")
    if _is_deeper(item, MAX_NESTING):
        raise SourceError(
            f"'{url}': item {number} is nested deeper than {MAX_NESTING} levels, which no editor "
            "could have written. Take that out of it."
        )
    return item  # type: ignore[no-any-return]


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects lie in each other more than ``levels`` deep."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True


def _refusal_in(response: requests.Response) -> str:
    """What an API says of a question it does not like."""
    try:
        said = orjson.loads(response.raw.read(MAX_REFUSAL_BYTES, decode_content=True))["message"]
    except (ValueError, KeyError, TypeError):
        return "400 without a reason"
    return str(said)


def _refusal_of(response: requests.Response, url: str, *, site: str) -> str:
    status = response.status_code
    answered = f"'{url}' answered {status} {response.reason or ''}".rstrip()
    if status in {401, 403}:
        return (
            f"{answered}. Only what the API gives to anybody is exported: open it to anybody, "
            "or to the address of the exporter."
        )
    if 300 <= status < 400:
        return (
            f"{answered} to '{response.headers.get('Location', '')}', and redirects are not "
            "followed. Set PLAINLEAF_API_URL to the final address of the API."
        )
    if status == requests.codes.not_found and site:  # as Wagtail says that it has no such site
        return (
            f"{answered} when asked for the site '{site}'. Name a site of the CMS by its host name "
            "in PLAINLEAF_API_SITE or the mapping, and see that PLAINLEAF_API_URL is its API v2."
        )
    if status == requests.codes.not_found:
        return f"{answered}. Set PLAINLEAF_API_URL to Wagtail's API v2, such as https://…/api/v2/."
    return f"{answered}. See the log of the CMS, then export again."
