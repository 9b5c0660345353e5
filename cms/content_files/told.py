"""Turn what the database stores into what people write in files: the way back of ``columns``,
``streams`` and ``richtext``. Pure.

What is the default of its key is left out. Problems go to ``where``, which names the page, and
what has one is left out too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import Any

from django.db import models
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import BaseTypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.content_files.problems import Where, listed
from cms.content_files.reading import snippet_file
from cms.content_files.richtext import BLOCK_TAGS, DOCUMENT_SCHEME, PAGE_SCHEME

PLAIN_TAGS = ("b", "i", "ol", "ul", "li")
EMPTY = (None, "")


@dataclass(frozen=True, slots=True)
class Known:
    """The names of everything that is dumped, by id: the way back of ``Names``."""

    pages: Mapping[int, str]
    images: Mapping[int, str]
    documents: Mapping[int, str]
    snippets: Mapping[str, Mapping[int, str]]

    def page(self, pk: object) -> str:
        return _known(pk, self.pages, "page", "is not among the pages that are dumped")

    def image(self, pk: object) -> str:
        return _known(pk, self.images, "image", "is gone")

    def document(self, pk: object) -> str:
        return _known(pk, self.documents, "document", "is gone")

    def snippet(self, model: str, pk: object) -> str:
        return _known(pk, self.snippets[model], snippet_file(model).noun, "is gone")


def _known(pk: object, names: Mapping[int, str], noun: str, why: str) -> str:
    if isinstance(pk, int) and pk in names:
        return names[pk]
    raise ValueError(f"The {noun} {pk} {why}. Choose another one in the editor, or remove it.")


def told_columns(
    columns: Mapping[str, models.Field],
    stored: Mapping[str, Any],
    known: Known,
    where: Where,
) -> dict[str, Any]:
    """``stored`` holds the value of each column by its ``attname``, a stream as parsed JSON."""
    told: dict[str, Any] = {}
    for name, column in columns.items():
        value = stored[column.attname]
        if isinstance(column, StreamField):
            if value:
                told[name] = _told_stream(column.stream_block, value, known, where.child(name))
            continue
        if value is None or value == column.get_default():
            continue
        try:
            told[name] = _told_column(column, value, known)
        except ValueError as error:
            where.child(name).refuse(str(error))
    return told


def _told_column(column: models.Field, value: Any, known: Known) -> object:
    if isinstance(column, models.ForeignKey):
        label = column.related_model._meta.label
        return known.page(value) if label == Page._meta.label else known.snippet(label, value)
    if isinstance(column, RichTextField):
        return told_rich_text(value, known)
    return value


def _told_stream(
    block: blocks.BaseStreamBlock, stored: list[Any], known: Known, where: Where
) -> list[Any]:
    told = []
    for number, item in enumerate(stored, start=1):
        type_name, here = item.get("type"), where.child(number)
        if type_name not in block.child_blocks:
            here.refuse(
                f"'{type_name}' is not a block here. The blocks are {listed(block.child_blocks)}. "
                "Save the page in the editor, which removes it."
            )
            continue
        child = block.child_blocks[type_name]
        if len(block.child_blocks) == 1:
            told.append(_told(child, item.get("value"), known, here))
        else:
            content = _told(child, item.get("value"), known, here.child(type_name))
            told.append({type_name: content})
    return told


def _told(block: blocks.Block, value: Any, known: Known, where: Where) -> Any:
    if isinstance(block, blocks.BaseStructBlock):
        return _told_struct(block, value, known, where)
    if isinstance(block, blocks.ListBlock):
        return [
            _told(block.child_block, _list_item(item), known, where.child(number))
            for number, item in enumerate(value, start=1)
        ]
    if isinstance(block, BaseTypedTableBlock):
        return _told_table(block, value, known, where)
    try:
        return _told_leaf(block, value, known)
    except ValueError as error:
        where.refuse(str(error))
    return None


def _told_struct(
    block: blocks.BaseStructBlock, value: Any, known: Known, where: Where
) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        where.refuse(f"This holds no values: {listed(block.child_blocks)}. Save it in the editor.")
        return {}
    return {
        name: _told(child, value[name], known, where.child(name))
        for name, child in block.child_blocks.items()
        if not _is_default(child, value.get(name))
    }


def _is_default(block: blocks.Block, value: Any) -> bool:
    """Whether loading a file without this key stores the same."""
    if value is None:
        return True
    if isinstance(block, blocks.ListBlock):
        return not value and not block.get_default()
    if isinstance(block, blocks.BaseStructBlock | BaseTypedTableBlock):
        return False
    default = block.get_prep_value(block.get_default())
    return bool(value == default or (value in EMPTY and default in EMPTY))


def _list_item(item: Any) -> Any:
    """Wagtail wraps the items of a list since it gives them ids; older ones are bare."""
    is_wrapped = isinstance(item, Mapping) and item.get("type") == "item" and "value" in item
    return item["value"] if is_wrapped else item


def _told_table(
    block: BaseTypedTableBlock, value: Any, known: Known, where: Where
) -> dict[str, Any]:
    (type_name, cell), *more = block.child_blocks.items()
    value = value or {"columns": [], "rows": []}
    for number, column in enumerate(value["columns"], start=1):
        if column["type"] != type_name:
            where.child("columns").child(number).refuse(
                f"A column of '{column['type']}' cannot be written. Make it one of {type_name}."
            )
            return {}
    return {
        "columns": [column["heading"] for column in value["columns"]],
        "rows": [
            [
                _told(cell, held, known, where.child("rows").child(number).child(place))
                for place, held in enumerate(row["values"], start=1)
            ]
            for number, row in enumerate(value["rows"], start=1)
        ],
    }


def _told_leaf(block: blocks.Block, value: Any, known: Known) -> Any:
    if isinstance(block, blocks.PageChooserBlock):
        return known.page(value)
    if isinstance(block, ImageChooserBlock):
        return known.image(value)
    if isinstance(block, DocumentChooserBlock):
        return known.document(value)
    if isinstance(block, SnippetChooserBlock):
        return known.snippet(block.target_model._meta.label, value)
    if isinstance(block, blocks.DateBlock):
        return dt.date.fromisoformat(value)
    if isinstance(block, blocks.RichTextBlock):
        return told_rich_text(value, known)
    return value


def told_rich_text(html: str, known: Known) -> str:
    """``<p>See <a linktype="page" id="4">this</a></p>`` is ``See <a href="page:/a/">this</a>``.

    One line a paragraph or list. Raises ``ValueError`` for what cannot be written.
    """
    teller = _Teller(known)
    teller.feed(html)
    teller.close()
    return "\n".join(teller.lines())


class _Teller(HTMLParser):
    def __init__(self, known: Known) -> None:
        super().__init__(convert_charrefs=True)
        self.known = known
        self.depth = 0
        self.blocks: list[tuple[str, list[str]]] = []

    def lines(self) -> list[str]:
        return [_line(tag, "".join(parts)) for tag, parts in self.blocks]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._write("<br/>")
            return
        if self.depth == 0:
            if tag not in BLOCK_TAGS:
                raise ValueError(
                    f"A <{tag}> here cannot be written. Make it a paragraph or a list."
                )
            self.blocks.append((tag, []))
        elif tag == "a":
            self._write(f'<a href="{escape(self._target(dict(attrs)))}">')
        elif tag in PLAIN_TAGS:
            self._write(f"<{tag}>")
        else:
            raise ValueError(f"A <{tag}> in a text cannot be written. Remove it.")
        self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "br":
            return
        self.depth -= 1
        if self.depth:
            self._write(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.depth:
            self._write(escape(" ".join(data.split("\n")), quote=False))
        elif data.strip():
            raise ValueError(f"'{data.strip()}' stands outside a paragraph or a list.")

    def _write(self, text: str) -> None:
        if not self.blocks:
            raise ValueError("The text starts outside a paragraph or a list.")
        self.blocks[-1][1].append(text)

    def _target(self, attributes: dict[str, str | None]) -> str:
        kind, pk = attributes.get("linktype"), attributes.get("id") or ""
        if kind == "page":
            return PAGE_SCHEME + self.known.page(int(pk) if pk.isdigit() else pk)
        if kind == "document":
            return DOCUMENT_SCHEME + self.known.document(int(pk) if pk.isdigit() else pk)
        return attributes.get("href") or ""


def _line(tag: str, content: str) -> str:
    starts = tuple(f"<{name}>" for name in BLOCK_TAGS)
    is_plain = tag == "p" and content.strip() == content != "" and not content.startswith(starts)
    return content if is_plain else f"<{tag}>{content}</{tag}>"
