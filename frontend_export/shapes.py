"""What a value of unknown meaning looks like. Pure: a value and its name in, a ``Shape`` out.

For sites whose page types and blocks nobody wrote a template for. Each shape has a template,
``shapes/<kind>.html``; what a shape holds is in its ``value``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from frontend_export import richtext

HTML = re.compile(
    r"</(?:p|h[1-6]|ul|ol|li|a|b|i|u|s|em|strong|div|span|blockquote|code|pre|sub|sup|small|mark|del"
    r"|table|figure|iframe)\s*+>|<(?:br|hr|embed|img)\b[^<>]*+>",
    re.IGNORECASE,
)
DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T\d{2}:\d{2}\S*)?")
EMPTY: tuple[Any, ...] = (None, "", [], {}, ())
# Names the fields that stand below the body; the others stand above it.
BELOW_BODY = "_below_body"
REFERENCES = ("image", "document", "page")

HEADINGS = ("heading", "title", "headline", "header", "subheading", "subtitle", "question", "term")
QUOTES = ("quote", "quotation", "blockquote", "pullquote", "pull_quote", "testimonial")
ALTERNATIVES = ("alt_text", "alt", "image_alt", "alternative_text", "alternative")
CAPTIONS = ("caption", "image_caption", "credit", "attribution")
LABELS = (*HEADINGS, "label", "text", "name", "link_text", "button_text", "link_title")
# Names that only say that here is content: they would tell a reader nothing.
SILENT = frozenset(
    {
        *HEADINGS,
        *QUOTES,
        *CAPTIONS,
        *("text", "body", "content", "paragraph", "rich_text", "richtext", "description", "intro"),
        *("introduction", "summary", "lead", "value", "item", "items", "name", "html", "raw_html"),
        *(
            "image",
            "images",
            "photo",
            "photos",
            "gallery",
            "picture",
            "figure",
            "document",
            "table",
        ),
        *("documents", "file", "files", "page", "pages", "link", "links", "url", "embed", "video"),
        *("list", "cards", "columns", "rows", "button", "block", "blocks", "stream", "answer"),
    }
)
# What machines keep beside content.
UNREADABLE = frozenset({"id", "pk", "uuid", "meta", "translation_key", "decorative", *ALTERNATIVES})


class Shape(NamedTuple):
    """``kind`` names the template; ``value`` is what that template shows, ``label`` its name in
    words, empty where it says nothing."""

    kind: str
    value: Any
    label: str = ""


class Figure(NamedTuple):
    """An image with what was written for it; ``alt`` is None where nothing was said."""

    image: int
    alt: str | None
    caption: str


class Target(NamedTuple):
    """Where a link leads: a page or document by id, or an address; ``text`` may be empty."""

    kind: str
    target: Any
    text: str


class Table(NamedTuple):
    """Rows of cells; ``head`` is the first row, where it names the columns."""

    caption: str
    head: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    first_column_is_head: bool


class Part(NamedTuple):
    """One value of a structure, and its name."""

    name: str
    value: Any

    @property
    def is_heading(self) -> bool:
        return shape_of(self.value, self.name).kind == "heading"


def shape_of(value: Any, name: str = "") -> Shape:
    """The shape of one stored value; ``"nothing"`` where there is nothing to read."""
    label = label_of(name)
    value = as_reference(name, value)
    if value in EMPTY:
        return Shape("nothing", None)
    if isinstance(value, bool):
        return Shape("boolean", value, label_of(name, always=True))
    if isinstance(value, int | float):
        return Shape("number", value, label_of(name, always=True))
    if isinstance(value, str):
        return _text(value, name, label)
    if isinstance(value, list | tuple):
        return _list(value, name, label)
    if isinstance(value, Mapping):
        return _structure(value, name, label)
    return Shape("unknown", value, label)


def fields_around_body(fields: Mapping[str, Any]) -> tuple[list[Part], list[Part]]:
    """What can be read in a page's fields, above its body and below it.

    A picture that two fields have, say in two sizes, is shown once.
    """
    below = fields.get(BELOW_BODY) or ()
    around: tuple[list[Part], list[Part]] = ([], [])
    images: set[int] = set()
    for part in parts_of(fields):
        image = part.value.get("image") if _kind_of(part.value) == "image" else None
        if part.name != BELOW_BODY and image not in images:
            around[part.name in below].append(part)
        if image is not None:
            images.add(image)
    return around


def is_html(value: str) -> bool:
    """Whether a text is meant as HTML: a tag that could be closed, not any "<"."""
    return "<" in value and HTML.search(value) is not None


def label_of(name: str, *, always: bool = False) -> str:
    """``"side_effects"`` becomes ``"Side effects"``; a name that tells nothing becomes ``""``."""
    if not name or (name.lower() in SILENT and not always):
        return ""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-\s]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def _text(value: str, name: str, label: str) -> Shape:
    last = name.lower()
    if is_html(value):
        return Shape("rich_text", value, label)
    if _is_date(value):
        return Shape("date", value, label)
    if " " not in value and richtext.web_address(value):
        return Shape("link", Target("address", value, ""), label)
    if last in HEADINGS and len(value) < 200:
        return Shape("heading", value)
    if last in QUOTES:
        return Shape("quote", value)
    return Shape("text", value, label)


def _is_date(value: str) -> bool:
    """Whether the calendar has it: ``"2026-02-30"`` is only a text."""
    if not DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _list(values: Sequence[Any], name: str, label: str) -> Shape:
    values = [value for value in values if value not in EMPTY]
    if not values:
        return Shape("nothing", None)
    if all(_is_block(value) for value in values):
        return Shape("stream", values, label)
    if all(isinstance(value, list | tuple) for value in values):
        if all(not isinstance(cell, list | dict) for row in values for cell in row):
            return Shape("table", Table("", (), values, first_column_is_head=False), label)
        return Shape("unknown", values, label)
    if all(isinstance(value, Mapping) and "image" in value for value in values):
        return Shape("gallery", values, label)
    return Shape("list", values, label)


def _structure(value: Mapping[str, Any], name: str, label: str) -> Shape:
    if table := _table_of(value):
        return Shape("table", table, label)
    parts = list(parts_of(value))
    if not parts:
        return Shape("nothing", None)
    if figure := _figure_of(value, parts):
        return Shape("figure", figure, label)
    if link := _link_of(parts):
        return Shape("link", link, label)
    return Shape("structure", parts, label)


def parts_of(value: Mapping[str, Any]) -> Iterator[Part]:
    """What can be read in a structure, in its order: the value of each key that has one."""
    for key, inner in value.items():
        if str(key).lower() not in UNREADABLE and inner not in EMPTY and inner is not False:
            yield Part(str(key), as_reference(str(key), inner))


def as_reference(key: str, value: Any) -> Any:
    """``"lead_image", 7`` is a reference by its name, and becomes ``{"image": 7}``."""
    if isinstance(value, int) and not isinstance(value, bool):
        kind = key.rpartition("_")[2]
        if kind in REFERENCES:
            return {kind: value}
    return value


def _is_block(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("type"), str) and "value" in value


def _figure_of(value: Mapping[str, Any], parts: Sequence[Part]) -> Figure | None:
    """A structure of one image and nothing but words about it."""
    images = [part for part in parts if _kind_of(part.value) == "image"]
    others = [part for part in parts if part not in images and part.name not in CAPTIONS]
    if len(images) != 1 or others:
        return None
    alt = "" if value.get("decorative") else _first_text(value, ALTERNATIVES) or None
    return Figure(images[0].value["image"], alt, _first_text(value, CAPTIONS))


def _link_of(parts: Sequence[Part]) -> Target | None:
    """A structure of one place to go and at most one text to call it by."""
    targets = [part for part in parts if _kind_of(part.value) in {"page", "document", "address"}]
    texts = [part for part in parts if part not in targets]
    if len(targets) != 1 or len(texts) > 1:
        return None
    text = ""
    if texts:
        if texts[0].name not in LABELS or not isinstance(texts[0].value, str):
            return None
        if is_html(text := texts[0].value):
            return None
    kind = _kind_of(targets[0].value)
    target = targets[0].value
    return Target(kind, target if kind == "address" else target[kind], text)


def _kind_of(value: Any) -> str:
    """``"page"`` of ``{"page": 5}``, ``"address"`` of a web address, else nothing."""
    if isinstance(value, Mapping):
        kinds = [kind for kind in REFERENCES if isinstance(value.get(kind), int)]
        is_bare = len(kinds) == 1 and all(
            key == kinds[0] or key in UNREADABLE or inner in EMPTY for key, inner in value.items()
        )
        return kinds[0] if is_bare else ""
    if isinstance(value, str) and " " not in value and richtext.web_address(value):
        return "address"
    return ""


def _table_of(value: Mapping[str, Any]) -> Table | None:
    """Wagtail's two kinds of table."""
    rows, columns = value.get("rows"), value.get("columns")
    if isinstance(rows, list) and isinstance(columns, list):
        if not all(isinstance(one, Mapping) for one in (*rows, *columns)):
            return None
        if not all(isinstance(row.get("values") or [], list) for row in rows):
            return None
        return Table(
            caption=str(value.get("caption") or ""),
            head=[column.get("heading") or "" for column in columns],
            rows=[list(row.get("values") or ()) for row in rows],
            first_column_is_head=False,
        )
    data = value.get("data")
    if not isinstance(data, list) or not data or not all(isinstance(row, list) for row in data):
        return None
    has_head = bool(value.get("first_row_is_table_header"))
    return Table(
        caption=str(value.get("table_caption") or ""),
        head=data[0] if has_head else (),
        rows=data[1:] if has_head else data,
        first_column_is_head=bool(value.get("first_col_is_header")),
    )


def _first_text(value: Mapping[str, Any], keys: Sequence[str]) -> str:
    return next((text for key in keys if isinstance(text := value.get(key), str) and text), "")
