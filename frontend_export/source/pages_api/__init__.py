"""Any Wagtail site that has the stock API v2, as the same records that our own CMS sends.

What the API gives to anybody is what is exported; how its answers are read is in this package's
modules: ``survey`` (all of one state), ``tree`` (where pages lie), ``values`` and ``html`` (what a
number or an address stands for), ``media`` (files). What a person may add is ``mapping``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import orjson

from frontend_export.content import Finding, Ref
from frontend_export.errors import SourceError
from frontend_export.plan.entries import references_in
from frontend_export.shapes import BELOW_BODY, is_html
from frontend_export.source import MAX_BYTES, Wanted
from frontend_export.source.feed import (
    FEED_VERSION,
    Line,
    Position,
    Record,
    parse_instant,
    parse_record,
)
from frontend_export.source.pages_api.address import Origin, origin_of
from frontend_export.source.pages_api.api import Api, Item
from frontend_export.source.pages_api.links import Links
from frontend_export.source.pages_api.mapping import Mapping as SiteMapping
from frontend_export.source.pages_api.media import Media
from frontend_export.source.pages_api.survey import Survey, survey
from frontend_export.source.pages_api.tree import Place, Tree, tree_of
from frontend_export.source.pages_api.values import Values, is_stream, type_of

LISTS_PAGE_SIZE = 20
COMMENTS_PAGE_SIZE = 50
TAG = re.compile(r"</?[a-zA-Z][^<>]*+>")
SITE_ID = 1
NOTHING = SiteMapping()


def _now() -> datetime:
    return datetime.now(UTC)


class PagesApi:
    """A site that has never heard of us. Threads may share it.

    ``findings`` are about the last feed that was read to its end.
    """

    def __init__(
        self,
        url: str,
        *,
        mapping: SiteMapping = NOTHING,
        timeout_seconds: float,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._api = Api(url, media=mapping.media, timeout_seconds=timeout_seconds)
        self._mapping = mapping
        self._clock = clock
        self.findings: tuple[Finding, ...] = ()
        self._turns: tuple[datetime, ...] = ()

    def feed(self, cursor: str | None = None) -> Iterator[Line]:
        """The whole site, whatever the ``cursor``: this API cannot tell what changed since."""
        cursor = self.position().cursor  # of before: what changes meanwhile is seen again
        seen = survey(self._api, site=self._mapping.site)
        self._turns = tuple(turn for page in seen.pages.values() for turn in _turns(page))
        site = _Site(self._api, self._mapping, seen, now=self._clock())
        records = list(site.records())
        begin = {
            "kind": "begin",
            "version": FEED_VERSION,
            "now": site.now,
            "cursor": cursor,
            "full": True,
            "next_change_at": self._next_change_after(site.now),
        }
        counts = Counter(record["kind"] for record in records)
        end = {"kind": "end", "cursor": cursor, "counts": counts}
        for record in (begin, *records, end):
            raw = _bytes_of(record)
            yield Line(raw, parse_record(raw))
        self.findings = tuple(site.findings)

    def position(self) -> Position:
        """What a look at the newest pages shows: a wake-up, not the truth."""
        of_site = {"site": self._mapping.site} if self._mapping.site else {}
        sign = self._api.glance("pages", order="-id", **of_site)
        return Position(sign, self._next_change_after(self._clock()))

    def manifest(self) -> Iterator[tuple[str, str, int, str]]:
        """Kind, type, id and fingerprint of everything; here that costs as much as the feed."""
        for _raw, line in self.feed():
            if isinstance(line, Record):
                yield line.kind, line.type, line.id, line.fingerprint

    def report(self, run: Mapping[str, Any]) -> None:
        """Nobody there wants to know."""

    def files(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, Iterator[bytes]]]:
        """Each file with its bytes. Reading raises ``FileUnavailableError``."""
        for one in wanted:
            yield one, self.file(one.url, max_bytes=MAX_BYTES[one.kind], mime=one.mime)

    def file(self, url: str, *, max_bytes: int, mime: str = "") -> Iterator[bytes]:
        """The bytes of a file that the feed names. Raises ``FileUnavailableError``."""
        return self._api.file(url, max_bytes=max_bytes, mime=mime)

    def _next_change_after(self, now: datetime) -> datetime | None:
        """When time alone will add or remove a page of those that were read last."""
        return min((turn for turn in self._turns if turn > now), default=None)


class _Site:
    """One state of the site on its way to records."""

    def __init__(self, api: Api, mapping: SiteMapping, seen: Survey, *, now: datetime) -> None:
        self.now = now
        self.findings: list[Finding] = []
        self._mapping = mapping
        self._pages = {
            number: page for number, page in seen.pages.items() if self._is_due(page, now)
        }
        order = [number for number in seen.order if number in self._pages]
        if not order:
            raise SourceError(
                f"'{api.url}pages/' lists no page. Publish the site's root page, or name the site "
                "with --site."
            )
        self._tree: Tree = tree_of(
            self._pages,
            order,
            lambda number: _parent(api, number),
            host=mapping.site.partition(":")[0] or urlsplit(api.url).hostname or "",
        )
        links = Links(
            self._tree,
            api_url=api.url,
            own=self._tree.origins | _origins_of_api(api, seen),
            images=seen.images,
            documents=seen.documents,
            elsewhere={
                number: url
                for number, url in _other_sites(api, mapping).items()
                if number not in seen.pages  # a site of another language lists both
            },
        )
        self._media = Media(api, links, seen.images, seen.documents)
        self._values = Values(mapping, links, self._media, self._pages)

    def records(self) -> Iterator[dict[str, Any]]:
        """The records of the feed between ``begin`` and ``end``."""
        pages = [
            self._page(number, self._tree.places[number])
            for number in sorted(self._pages)
            if number in self._tree.places
        ]
        keys = {key for page in pages for key in references_in(page["fields"]).all}
        files = list(self._media.records(keys))
        for record in (self._site(pages), *pages, *files):
            yield record | {"fingerprint": record.get("fingerprint") or _fingerprint(record)}
        self._report()

    def _site(self, pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        root = self._pages[self._tree.root_id]
        shown = [
            (place.position, number)
            for number, place in self._tree.places.items()
            if place.parent_id == self._tree.root_id
            and self._pages[number]["meta"].get("show_in_menus")
        ]
        return {
            "kind": "site",
            "id": SITE_ID,
            "name": self._mapping.name or str(root.get("title") or ""),
            "language": self._mapping.language or str(root["meta"].get("locale") or "en"),
            "root_page": self._tree.root_id,
            "strapline": "",
            "main_menu": [
                {"label": "", "page": number, "url": ""} for _position, number in sorted(shown)
            ],
            "footer_menu": [],
            "footer_text": "",
            "comment_policy_page": None,
            "privacy_page": None,
            "lists_page_size": LISTS_PAGE_SIZE,
            "comments_page_size": COMMENTS_PAGE_SIZE,
            "has_feed": any(
                page["last_published_at"] or page["first_published_at"]
                for page in pages
                if page["id"] != self._tree.root_id
            ),
        }

    def _page(self, number: int, place: Place) -> dict[str, Any]:
        item = self._pages[number]
        meta = item["meta"]
        return {
            "kind": "page",
            "id": number,
            "type": type_of(item),
            "path": place.path,
            "parent": place.parent_id,
            "position": place.position,
            "slug": place.slug,
            "title": str(item.get("title") or ""),
            "seo_title": str(meta.get("seo_title") or ""),
            "search_description": str(meta.get("search_description") or ""),
            "locale": str(meta.get("locale") or self._mapping.language or "en"),
            "translation_key": str(item.get("translation_key") or ""),
            "first_published_at": _instant(meta.get("first_published_at")),
            "last_published_at": _instant(_said(item, "last_published_at")),
            "fields": _in_order(self._values.fields(item)),
        }

    def _is_due(self, page: Item, now: datetime) -> bool:
        """By our own clock: a CMS that has not swept yet still shows what has expired."""
        expires, begins = _at(page, "expire_at"), _at(page, "go_live_at")
        return not (
            (expires and expires <= now)
            or (begins and begins > now)
            or _said(page, "live") is False
            or _said(page, "expired") is True
        )

    def _report(self) -> None:
        for number in sorted(self._pages.keys() - self._tree.places.keys()):
            title = str(self._pages[number].get("title") or "")
            message = (
                f"Page {number} '{title}' is left out: a page above it is not public. "
                "Publish that page, or move this one."
            )
            self.findings.append(Finding("warning", Ref("page", number), "", message))
        said = [*self._media.findings, *self._values.sentences()]
        self.findings += [Finding("warning", None, "", sentence) for sentence in said]


def _in_order(fields: dict[str, Any]) -> dict[str, Any]:
    """A page's own StreamField becomes its ``body``; the others stay where they are.

    A ``body`` that is no StreamField is a body of one block.
    """
    name = (
        "body" if fields.get("body") else next(filter(lambda n: is_stream(fields[n]), fields), "")
    )
    body = fields.get(name) or []
    if not is_stream(body):
        body = [{"type": "rich_text" if isinstance(body, str) else name, "value": body, "id": ""}]
    names = list(fields)
    ordered = {key: value for key, value in fields.items() if key not in {name, "body"}}
    if "summary" in ordered:
        ordered["summary"] = _plain(ordered["summary"])  # lists show it, as text
    # With us the one keeps a page from going out, the other leaves nothing of it but a notice.
    for own, theirs in (("sample_content", "sample"), ("withdrawn_on", "withdrawn_on_")):
        ordered = {theirs if key == own else key: value for key, value in ordered.items()}
    below = names[names.index(name) + 1 :] if name else []
    return {**ordered, "body": body if name else [], BELOW_BODY: below}


def _plain(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return unescape(TAG.sub("", value)).strip() if is_html(value) else value


def _parent(api: Api, number: int) -> int | None:
    """The parent of a page as its own answer has it: ``None`` unless that is public."""
    item = api.item("pages", number)
    parent = item["meta"].get("parent") if item else None
    found = parent.get("id") if isinstance(parent, dict) else None
    return found if isinstance(found, int) else None


def _other_sites(api: Api, mapping: SiteMapping) -> dict[int, str]:
    """The public addresses of pages of the sites that the mapping names."""
    lists = (api.walk("pages", order="id", fields="*", site=site) for site in mapping.other_sites)
    return {
        page["id"]: page["meta"]["html_url"]
        for pages in lists
        for page in pages or ()
        if origin_of(str(page["meta"].get("html_url")))
    }


def _origins_of_api(api: Api, seen: Survey) -> frozenset[Origin]:
    """Where the API itself says it is, which may be another name than the one we call it by."""
    items = (*seen.pages.values(), *seen.images.values(), *seen.documents.values())
    urls = {str(item["meta"].get("detail_url")) for item in items}
    return frozenset(origin for url in (api.url, *urls) if (origin := origin_of(url)))


def _said(item: Item, key: str) -> Any:
    return item[key] if key in item else item["meta"].get(key)


def _at(item: Item, key: str) -> datetime | None:
    value = _instant(_said(item, key))
    return parse_instant(value)


def _turns(item: Item) -> Iterator[datetime]:
    """When time alone will add or remove a page, where the API shows it."""
    yield from filter(None, (_at(item, key) for key in ("go_live_at", "expire_at")))


def _instant(value: Any) -> str | None:
    """A time as the feed writes it. One without a zone is of a site that keeps UTC or none."""
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        instant = instant.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):  # or before the first year, after the last
        return None
    return instant.isoformat().replace("+00:00", "Z")


def _fingerprint(record: Mapping[str, Any]) -> str:
    return blake2b(_bytes_of(record), digest_size=8).hexdigest()


def _bytes_of(record: Mapping[str, Any]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_UTC_Z)
