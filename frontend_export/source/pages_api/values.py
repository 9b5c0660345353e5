"""Values as an API gives them become values as the export feed has them: references by name.

API v2 writes one and the same chooser as an object in a field, as a bare number in a block, and as
whatever a site's own ``get_api_representation`` makes of it. The feed has one form: a key named
``image``, ``document`` or ``page``, or ending in ``_`` and one of them, holds the id. So ``7``
under ``photo`` becomes ``{"image": 7}``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from typing import Any, Literal

from frontend_export.shapes import is_html
from frontend_export.source.pages_api import mapping as mappings
from frontend_export.source.pages_api.address import path_of
from frontend_export.source.pages_api.html import stored_html
from frontend_export.source.pages_api.links import GONE, Links
from frontend_export.source.pages_api.media import ADDRESS_KEYS, Media, is_picture

Kind = Literal["image", "document", "page"]
Path = tuple[str, ...]

ENDPOINTS: Mapping[str, Kind] = {"images": "image", "documents": "document", "pages": "page"}
WORDS: Mapping[Kind, Set[str]] = {
    "image": {
        *("image", "img", "photo", "photograph", "picture", "illustration", "avatar", "logo"),
        *("icon", "banner", "portrait", "thumbnail", "poster", "cover", "gallery", "figure"),
        *("hero", "background", "screenshot", "slide"),
    },
    "document": {
        *("document", "doc", "file", "download", "attachment", "pdf", "leaflet", "form"),
    },
    "page": {
        *("page", "link", "related", "article", "post", "target", "destination", "internal"),
    },
}
COUNTS = frozenset({"id", "pk", "width", "height", "sort_order", "order", "level", "count", "size"})
# What the record of a page says in its own words, or the exporter acts upon.
NOT_CONTENT = frozenset(
    {
        *("id", "meta", "title", "live", "expired", "expire_at", "go_live_at", "translation_key"),
        *("last_published_at", "latest_revision_created_at", "has_unpublished_changes"),
    }
)


class Values:
    """Reads the values of one site."""

    def __init__(
        self,
        mapping: mappings.Mapping,
        links: Links,
        media: Media,
        pages: Mapping[int, Mapping[str, Any]],
    ) -> None:
        self._mapping = mapping
        self._links = links
        self._media = media
        self._known: Mapping[Kind, Set[int]] = {
            "image": media.images.keys(),
            "document": media.documents.keys(),
            "page": {*pages, *links.elsewhere},
        }
        self._numbers: defaultdict[Path, list[int]] = defaultdict(list)
        for page in pages.values():
            for path, number in _numbers_in(_content(page), (type_of(page),)):
                self._numbers[path].append(number)
        self._meanings = {path: self._meaning(path) for path in self._numbers}
        self._lost: Counter[Path] = Counter()

    def fields(self, page: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a page, in the API's order, without what its record says elsewhere."""
        return self._struct(_content(page), (type_of(page),))

    def sentences(self) -> Iterator[str]:
        """What a person should know: each field once, however many pages have it."""
        for path, meaning in sorted(self._meanings.items()):
            name = ".".join(path)
            if self._mapping.meaning_of(path) or meaning == path[-1].rpartition("_")[2]:
                continue
            taken = f"The numbers in '{name}' ({len(self._numbers[path])} of them) were taken for"
            if meaning == "number":
                yield (
                    f"{taken} plain numbers, and are shown as such. If they are, say so in the "
                    f'mapping: "{name}" = "number"; "hidden" leaves them out.'
                )
            else:
                yield (
                    f"{taken} {meaning}s. If they are, say so in the mapping: "
                    f'"{name}" = "{meaning}".'
                )
        for path, count in sorted(self._lost.items()):
            yield (
                f"'{'.'.join(path)}' was left out {count} times: it named a file or an address of "
                "the CMS that is not there for anybody."
            )

    def _value(self, value: Any, path: Path) -> Any:
        if self._mapping.meaning_of(path) == "hidden":
            return None
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return self._number(value, path)
        if isinstance(value, list):
            return [
                self._block(one, path) if is_block(one) else self._value(one, path) for one in value
            ]
        if isinstance(value, dict):
            return self._object(value, path)
        return value

    def _struct(self, value: Mapping[str, Any], path: Path) -> dict[str, Any]:
        return {
            str(key): _named(str(key), self._value(inner, (*path, str(key))))
            for key, inner in value.items()
        }

    def _block(self, block: Mapping[str, Any], path: Path) -> dict[str, Any]:
        value = self._value(block["value"], (*path, block["type"]))
        return {"type": block["type"], "value": value, "id": str(block.get("id") or "")}

    def _object(self, value: dict[str, Any], path: Path) -> Any:
        if value.keys() == {"error"}:
            self._lost[path] += 1  # an ImageRenditionField whose original is not there
            return None
        if reference := self._reference(value):
            return reference
        if _is_rendition(value):
            number = self._media.rendition(value)
            rest = {
                key: one
                for key, one in value.items()
                if key not in {*ADDRESS_KEYS, "width", "height", "id", "alt"}
            }
            shown = {"image": number, "alt_text": str(value.get("alt") or "")} if number else {}
            return {**shown, **self._struct(rest, path)}
        if isinstance(value.get("meta"), dict):  # a related object
            value = {key: one for key, one in value.items() if key not in {"id", "meta"}}
        if kinds := _kinds_of_columns(value):
            read = [
                {**row, "values": [self._value(cell, (*path, kind)) for kind, cell in cells]}
                for row, cells in _typed_rows(value["rows"], kinds)
            ]
            rest = {key: one for key, one in value.items() if key not in {"columns", "rows"}}
            return {**self._struct(rest, path), "columns": value["columns"], "rows": read}
        return self._struct(value, path)

    def _reference(self, value: dict[str, Any]) -> Any:
        """An image, document or page that a field of its own names, with an address at the API."""
        number, meta = value.get("id"), value.get("meta")
        if not isinstance(meta, dict) or not isinstance(number, int):
            return None
        parts = path_of(str(meta.get("detail_url") or "")).strip("/").split("/")
        kind = ENDPOINTS.get(parts[-2]) if len(parts) > 1 and parts[-1] == str(number) else None
        return self._named_page(kind, number) if kind else None

    def _named_page(self, kind: Kind, number: int) -> Any:
        """A page of another site of the CMS is an address; everything else is named by its id."""
        elsewhere = self._links.elsewhere.get(number) if kind == "page" else None
        return elsewhere or {kind: number}

    def _text(self, value: str, path: Path) -> Any:
        if is_html(value):
            return stored_html(value, self._links, self._media.rendition)
        if not value or any(char.isspace() for char in value):
            return value
        is_absolute = value.startswith(("http://", "https://"))
        if not is_absolute and not value.startswith("/"):
            return value
        if number := self._media.picture_at(value):
            return {"image": number}
        meant = self._links.meaning_of(value)
        is_file = is_picture(value) or (meant is not None and meant.kind == "document")
        if meant is None or not (is_absolute or is_file or path[-1] in {*ADDRESS_KEYS, "href"}):
            return value  # another's address, or a text such as "/about/"
        if meant == GONE:
            self._lost[path] += 1
            return ""
        return {meant.kind: meant.id}

    def _number(self, value: int, path: Path) -> Any:
        meaning = self._meanings.get(path, "number")
        return value if meaning == "number" else self._named_page(meaning, value)

    def _meaning(self, path: Path) -> Kind | Literal["number"]:
        """What the numbers in one field are, by the words of its name, the last one first.

        Something must be known under one of them; but a field that is just an "image" is
        believed even then: all it ever named may have become private.
        """
        said = self._mapping.meaning_of(path)
        if said is not None:
            return "number" if said == "hidden" else said
        name = path[-1]
        if name in COUNTS:
            return "number"
        for word in reversed([word.removesuffix("s") for word in _words(name)]):
            for kind, words in WORDS.items():
                known = self._known[kind]
                if word in words and (word == kind or not known.isdisjoint(self._numbers[path])):
                    return kind
        return "number"


def type_of(page: Mapping[str, Any]) -> str:
    """``"blog.BlogPage"``; a page whose code is gone is just a page."""
    return str(page["meta"].get("type") or "wagtailcore.Page")


def _content(page: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in page.items() if key not in NOT_CONTENT}


def _numbers_in(value: Any, path: Path) -> Iterator[tuple[Path, int]]:
    """The bare numbers, each with the names that lead to it; a list adds none."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield path, value
    elif isinstance(value, list):
        for one in value:
            if is_block(one):
                yield from _numbers_in(one["value"], (*path, one["type"]))
            else:
                yield from _numbers_in(one, path)
    elif isinstance(value, dict) and not _is_rendition(value):
        if kinds := _kinds_of_columns(value):
            for _row, cells in _typed_rows(value["rows"], kinds):
                for kind, cell in cells:
                    yield from _numbers_in(cell, (*path, kind))
            return
        for key, one in value.items():
            if key not in {*COUNTS, "meta"}:
                yield from _numbers_in(one, (*path, str(key)))


def _kinds_of_columns(value: Mapping[str, Any]) -> list[str]:
    """The block types of a ``TypedTableBlock``'s columns; empty where a value is no such table."""
    columns, rows = value.get("columns"), value.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        return []
    kinds = [one.get("type") if isinstance(one, dict) else None for one in columns]
    is_table = all(isinstance(kind, str) for kind in kinds) and all(
        isinstance(row, dict) and isinstance(row.get("values"), list) for row in rows
    )
    return [str(kind) for kind in kinds] if is_table else []


def _typed_rows(
    rows: list[dict[str, Any]], kinds: list[str]
) -> Iterator[tuple[dict[str, Any], list[tuple[str, Any]]]]:
    """Each row with its cells, a cell behind the type of its column."""
    for row in rows:
        yield row, list(zip(kinds, row["values"], strict=False))


def is_block(value: Any) -> bool:
    """Whether it is one block of a StreamField: ``{"type": "quote", "value": …, "id": …}``."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("type"), str)
        and "value" in value
        and value.keys() <= {"type", "value", "id"}
    )


def is_stream(value: Any) -> bool:
    """Whether a field holds the blocks of a StreamField."""
    return isinstance(value, list) and bool(value) and all(is_block(one) for one in value)


def _named(key: str, value: Any) -> Any:
    """References under a key that names their kind need no object of their own, and a number under
    such a key must not be taken for one."""
    kind = key.rpartition("_")[2]
    if kind not in {*ENDPOINTS.values(), "helpline"}:
        return value
    if isinstance(value, dict) and value.keys() == {kind}:
        return value[kind]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _is_rendition(value: Mapping[str, Any]) -> bool:
    return any(isinstance(value.get(key), str) for key in ADDRESS_KEYS) and all(
        isinstance(value.get(key), int) for key in ("width", "height")
    )


def _words(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-\s]+", " ", name).lower().split()
