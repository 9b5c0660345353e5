"""One line of the export feed becomes a typed value. The shapes are docs/export-feed.md's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar, cast
from unicodedata import normalize

import orjson

from frontend_export.content import (
    IMAGE_EXTENSIONS,
    Alert,
    Block,
    ContentIndex,
    Document,
    Image,
    Kind,
    MenuItem,
    Page,
    ReaderComment,
    Redirect,
    Rendition,
    ReportingLine,
    Site,
    Snippet,
    StaffReply,
    Translation,
    Value,
)
from frontend_export.errors import SourceError

FEED_VERSION = 1
MAX_NAME_BYTES = 255
LONGEST_SUFFIX = 16
LARGEST_NUMBER = 2**63 - 1  # that a database holds
INSTANT = "an instant such as 2026-12-01T09:00:00Z"

T = TypeVar("T")


class Begin(NamedTuple):
    """The first line: which state of the CMS this is, by its own clock."""

    version: int
    now: datetime
    cursor: str
    full: bool
    next_change_at: datetime | None


class Record(NamedTuple):
    """One thing the CMS publishes. ``position`` orders pages in their tree, as text."""

    kind: Kind
    id: int
    fingerprint: str
    value: Value
    position: str = ""

    @property
    def type(self) -> str:
        """Of a snippet, since these are numbered per type."""
        return self.value.type if isinstance(self.value, Snippet) else ""


class Gone(NamedTuple):
    """Something that the CMS no longer publishes; ``type`` of a snippet."""

    kind: Kind
    id: int
    type: str = ""


class End(NamedTuple):
    """The last line: how many records of each kind came before it."""

    cursor: str
    counts: Mapping[str, int]


class Fingerprint(NamedTuple):
    """One line of the manifest: which version of a record is published; ``type`` of a snippet."""

    kind: Kind
    id: int
    fingerprint: str
    type: str = ""


class Line(NamedTuple):
    """One line of the feed or the manifest: as it came, and what it says."""

    raw: bytes
    value: Begin | Record | Fingerprint | Gone | End


class ExportRequest(NamedTuple):
    """What somebody asked for in the admin: ``export``, ``rollback`` or ``resume``."""

    id: int
    verb: str
    release: str = ""


class Position(NamedTuple):
    """Where the CMS is in its history, when time alone will change the site next, and what was
    asked of the exporter, the oldest first."""

    cursor: str
    next_change_at: datetime | None
    requests: tuple[ExportRequest, ...] = ()


def parse_record(line: bytes) -> Begin | Record | Gone | End:
    """One line of the feed as a value.

    Raises ``SourceError`` naming record and field: ``page 5: 'title' must be text, not 7.``
    """
    data = _object_in(line)
    record = _Shape(data, "a record")
    kind = record.text("kind")
    if kind == "begin":
        return _begin(_Shape(data, "begin"))
    if kind == "end":
        return _end(_Shape(data, "end"))
    if kind == "gone":
        return _gone(record)
    if kind not in _VALUES:
        raise SourceError(f"{kind!r} is no kind of record. Update the exporter to match the CMS.")
    number = record.number("id")
    record.name = f"{kind} {number}"
    return Record(
        kind=cast("Kind", kind),
        id=number,
        fingerprint=record.text("fingerprint"),
        value=_VALUES[kind](record),
        position=record.text("position") if kind == "page" else "",
    )


def _object_in(line: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SourceError(f"A line is not JSON ({error}): {_excerpt(line)}.") from error
    if not isinstance(data, dict):
        raise SourceError(f"A line is not a record: {_excerpt(line)}.")
    return data


def parse_instant(value: str | None) -> datetime | None:
    """``"2026-12-01T09:00:00Z"``. Raises ``ValueError`` for any other form or no time zone."""
    if value is None:
        return None
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    if instant.tzinfo is UTC:
        return instant
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value!r} is before the first year, or after the last one") from error


def content_from_records(records: Iterable[Record]) -> ContentIndex:
    """A whole site in memory. Raises ``SourceError`` where the site itself is missing."""
    ordered = sorted(records, key=lambda record: (record.position, record.id))

    def all_of(kind: type[T]) -> list[T]:
        return [record.value for record in ordered if isinstance(record.value, kind)]

    sites = all_of(Site)
    if len(sites) != 1:
        raise SourceError(f"There must be one 'site' record, not {len(sites)}.")
    return ContentIndex(
        sites[0],
        pages=[page.link for page in all_of(Page)],
        images=all_of(Image),
        documents=all_of(Document),
        snippets=all_of(Snippet),
        comments=all_of(ReaderComment),
        translations=[
            (page.translation_key, Translation(page.locale, page.id, page.path))
            for page in all_of(Page)
            if page.translation_key
        ],
    )


class _Shape:
    """Reads the fields of one JSON object, and says which one is wrong.

    A hundred thousand pages pass here field by field, so each is asked its type and no more:
    JSON knows no subclasses, and no whole number is true or false.
    """

    __slots__ = ("data", "name")

    def __init__(self, data: dict[str, Any], name: str) -> None:
        self.data = data
        self.name = name

    def text(self, key: str) -> str:
        value = self.data.get(key)
        if type(value) is not str:
            raise self.error(key, "text")
        return value

    def flag(self, key: str) -> bool:
        value = self.data.get(key)
        if type(value) is not bool:
            raise self.error(key, "true or false")
        return value

    def number(self, key: str) -> int:
        value = self.data.get(key)
        if type(value) is not int or not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            raise self.error(key, "a whole number")
        return value

    def number_or_none(self, key: str) -> int | None:
        value = self.data.get(key)
        if value is None and key in self.data:
            return None
        if type(value) is not int or not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            raise self.error(key, "a whole number or null")
        return value

    def instant(self, key: str) -> datetime:
        value = self.instant_or_none(key)
        if value is None:
            raise self.error(key, INSTANT)
        return value

    def instant_or_none(self, key: str) -> datetime | None:
        value = self.data.get(key)
        if value is None and key in self.data:
            return None
        if type(value) is not str:
            raise self.error(key, INSTANT)
        try:
            return parse_instant(value)
        except ValueError as error:
            raise self.error(key, INSTANT) from error

    def object(self, key: str) -> dict[str, Any]:
        value = self.data.get(key)
        if type(value) is not dict:
            raise self.error(key, "an object")
        return value

    def shape_or_none(self, key: str) -> _Shape | None:
        value = self.data.get(key)
        if value is None and key in self.data:
            return None
        if type(value) is not dict:
            raise self.error(key, "an object or null")
        return _Shape(value, f"{self.name}: {key}")

    def shapes(self, key: str) -> list[_Shape]:
        items = self.data.get(key)
        if type(items) is not list:
            raise self.error(key, "a list")
        for item in items:
            if type(item) is not dict:
                raise self.error(key, "a list of objects")
        return [_Shape(item, f"{self.name}: {key}[{at}]") for at, item in enumerate(items)]

    def error(self, key: str, expected: str) -> SourceError:
        found = _excerpt(orjson.dumps(self.data[key])) if key in self.data else "absent"
        return SourceError(f"{self.name}: '{key}' must be {expected}, not {found}.")


def _begin(record: _Shape) -> Begin:
    version = record.number("version")
    if version != FEED_VERSION:
        raise SourceError(
            f"The CMS speaks version {version} of the feed, this exporter {FEED_VERSION}. "
            "Bring both to one release."
        )
    return Begin(
        version=version,
        now=record.instant("now"),
        cursor=record.text("cursor"),
        full=record.flag("full"),
        next_change_at=record.instant_or_none("next_change_at"),
    )


def _end(record: _Shape) -> End:
    counts = record.object("counts")
    if not all(isinstance(count, int) for count in counts.values()):
        raise record.error("counts", "whole numbers by kind")
    return End(cursor=record.text("cursor"), counts=counts)


def parse_manifest_line(line: bytes) -> Begin | Fingerprint | End:
    """One line of the manifest as a value. Raises ``SourceError``."""
    data = _object_in(line)
    record = _Shape(data, "a line")
    kind = record.text("kind")
    if kind == "begin":
        return _begin(_Shape(data, "begin"))
    if kind == "end":
        return _end(_Shape(data, "end"))
    if kind not in _VALUES:
        raise SourceError(f"{kind!r} is no kind of record. Update the exporter to match the CMS.")
    return Fingerprint(
        kind=cast("Kind", kind),
        id=record.number("id"),
        fingerprint=record.text("fingerprint"),
        type=record.text("type") if kind == "snippet" else "",
    )


def _gone(record: _Shape) -> Gone:
    kind = record.text("of")
    if kind not in _VALUES:
        raise record.error("of", "a kind of record")
    type_name = record.text("type") if kind == "snippet" else ""
    return Gone(cast("Kind", kind), record.number("id"), type_name)


def _site(record: _Shape) -> Site:
    return Site(
        id=record.number("id"),
        name=record.text("name"),
        language=record.text("language"),
        root_page_id=record.number("root_page"),
        strapline=record.text("strapline"),
        main_menu=_menu(record, "main_menu"),
        footer_menu=_menu(record, "footer_menu"),
        footer_text=record.text("footer_text"),
        comment_policy_page_id=record.number_or_none("comment_policy_page"),
        privacy_page_id=record.number_or_none("privacy_page"),
        lists_page_size=_page_size(record, "lists_page_size"),
        comments_page_size=_page_size(record, "comments_page_size"),
        has_feed="has_feed" not in record.data or record.flag("has_feed"),
        advice_statement=_advice(record),
        side_effect_reporting=_reporting(record),
        alert=_alert(record),
    )


def _advice(record: _Shape) -> str:
    return record.text("advice_statement") if "advice_statement" in record.data else ""


def _reporting(record: _Shape) -> tuple[ReportingLine, ...]:
    if "side_effect_reporting" not in record.data:
        return ()
    return tuple(
        ReportingLine(country=line.text("country"), label=line.text("label"), url=line.text("url"))
        for line in record.shapes("side_effect_reporting")
    )


def _alert(record: _Shape) -> Alert | None:
    alert = record.shape_or_none("alert") if "alert" in record.data else None
    if alert is None:
        return None
    return Alert(alert.text("text"), alert.text("level"), alert.instant_or_none("until"))


def _page_size(record: _Shape, key: str) -> int:
    size = record.number(key)
    if size < 1:
        raise record.error(key, "at least 1")
    return size


def _menu(record: _Shape, key: str) -> tuple[MenuItem, ...]:
    return tuple(
        MenuItem(
            label=item.text("label"), page_id=item.number_or_none("page"), url=item.text("url")
        )
        for item in record.shapes(key)
    )


def _page(record: _Shape) -> Page:
    fields = record.object("fields")
    body, fault = _body(_Shape(fields, record.name)) if "body" in fields else ((), "")
    fields.pop("body", None)
    if "summary" in fields and type(fields["summary"]) is not str:
        raise _Shape(fields, record.name).error("summary", "text")
    return Page(
        id=record.number("id"),
        type=record.text("type"),
        path=_composed(record.text("path")),
        title=record.text("title"),
        parent_id=record.number_or_none("parent"),
        slug=_composed(record.text("slug")),
        locale=record.text("locale"),
        translation_key=record.text("translation_key"),
        seo_title=record.text("seo_title"),
        search_description=record.text("search_description"),
        first_published_at=record.instant_or_none("first_published_at"),
        last_published_at=record.instant_or_none("last_published_at"),
        fields=fields,
        body=body,
        fault=fault,
    )


def _composed(text: str) -> str:
    """One letter, one spelling: é is a character, not an e and an accent."""
    return text if text.isascii() else normalize("NFC", text)


def _body(fields: _Shape) -> tuple[tuple[Block, ...], str]:
    """The blocks, and what is wrong with them: that is a fault of one page, not of the feed."""
    stored = fields.data["body"]
    try:
        if type(stored) is not list:
            raise fields.error("body", "a list")
        blocks: list[Block] = []
        for block in stored:
            if type(block) is not dict:
                raise fields.error("body", "a list of objects")
            kind = block.get("type")
            if type(kind) is not str:
                name = f"{fields.name}: body[{len(blocks)}]"
                raise _Shape(block, name).error("type", "text")
            blocks.append(Block(kind, block.get("value"), str(block.get("id") or "")))
    except SourceError as error:
        return (), f"{error} Open the page in the CMS and write its body anew."
    return tuple(blocks), ""


def _image(record: _Shape) -> Image:
    return Image(
        id=record.number("id"),
        title=record.text("title"),
        width=record.number("width"),
        height=record.number("height"),
        renditions=tuple(
            sorted(map(_rendition, record.shapes("renditions")), key=lambda one: one.width)
        ),
    )


def _rendition(record: _Shape) -> Rendition:
    if record.text("mime") not in IMAGE_EXTENSIONS:
        raise record.error("mime", f"one of {', '.join(IMAGE_EXTENSIONS)}")
    return Rendition(
        width=record.number("width"),
        height=record.number("height"),
        mime=record.text("mime"),
        url=record.text("url"),
        fingerprint=_file_name(record, "fingerprint"),
        preset=record.text("preset") if "preset" in record.data else "",
    )


def _document(record: _Shape) -> Document:
    return Document(
        id=record.number("id"),
        title=record.text("title"),
        filename=plain_file_name(record.text("filename")),
        url=record.text("url"),
        size=record.number("size"),
        fingerprint=_file_name(record, "fingerprint"),
    )


def _file_name(record: _Shape, key: str) -> str:
    """It becomes one segment of a path, whatever the CMS says."""
    name = record.text(key)
    if not name or name != plain_file_name(name):
        raise record.error(key, "a plain file name")
    return name


def plain_file_name(name: str) -> str:
    """``".hidden/a.pdf"`` becomes ``"hidden_a.pdf"``: what an editor uploaded still goes out."""
    plain = "".join("_" if char in "/\\" or not char.isprintable() else char for char in name)
    stem, dot, suffix = plain.lstrip(".").rpartition(".")
    if len(suffix) > LONGEST_SUFFIX:
        stem, dot, suffix = stem + dot + suffix, "", ""
    tail = dot + suffix
    head = stem.encode()[: MAX_NAME_BYTES - len(tail.encode())].decode(errors="ignore")
    return head + tail or "document"


def _snippet(record: _Shape) -> Snippet:
    return Snippet(id=record.number("id"), type=record.text("type"), fields=record.object("fields"))


def _redirect(record: _Shape) -> Redirect:
    return Redirect(
        id=record.number("id"),
        path=record.text("path"),
        target_page_id=record.number_or_none("target_page"),
        target_url=record.text("target_url"),
        permanent=record.flag("permanent"),
    )


def _comment(record: _Shape) -> ReaderComment:
    reply = record.shape_or_none("reply")
    return ReaderComment(
        id=record.number("id"),
        page_id=record.number("page"),
        name=record.text("name"),
        text=record.text("text"),
        posted_at=record.instant("posted_at"),
        reply=None if reply is None else _reply(reply),
        edition=record.number("edition"),
    )


def _reply(record: _Shape) -> StaffReply:
    return StaffReply(
        name=record.text("name"),
        text=record.text("text"),
        posted_at=record.instant("posted_at"),
    )


_VALUES: dict[str, Callable[[_Shape], Value]] = {
    "site": _site,
    "page": _page,
    "image": _image,
    "document": _document,
    "snippet": _snippet,
    "redirect": _redirect,
    "comment": _comment,
}


def _excerpt(line: bytes, length: int = 80) -> str:
    text = line[:length].decode(errors="replace")
    return f"'{text}…'" if len(line) > length else f"'{text}'"
