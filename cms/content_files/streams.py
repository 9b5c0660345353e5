"""Turn the blocks people write in files into the JSON a StreamField stores.

The block definitions are the schema: a new block needs no line here. A stream is a list of
mappings with one key each, the block's type::

    - heading: {text: Benefits}
    - helpline: {helpline: Samaritans}

Where only one type can stand, as in a list of sources, the key is left out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import BaseTypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.content_files import richtext
from cms.content_files.names import Names
from cms.content_files.problems import Where, listed
from cms.content_files.reading import counted_from
from cms.core.citations import CitationsBlock

NAMESPACE = uuid.UUID("7f4a3b1e-2c64-4d0c-9b55-0f7a6f3d5c11")


def stored_stream(
    block: blocks.BaseStreamBlock, value: object, *, names: Names, where: Where, key: str
) -> list[dict[str, Any]]:
    """The stream as stored. Problems go to ``where``, and what has one is left out.

    ``key`` seeds the ids of the blocks: the n-th block of a type keeps its id while others come
    and go around it, so that a second load changes nothing.
    """
    if not isinstance(value, list):
        where.refuse("This must be a list of blocks.")
        return []
    seen: Counter[str] = Counter()
    stored = []
    for number, item in enumerate(value, start=1):
        here = where.child(number)
        typed = _typed(block, item, here)
        if typed is None:
            continue
        type_name, content, here = typed
        seen[type_name] += 1
        child_key = f"{key}/{type_name}/{seen[type_name]}"
        stored.append(
            {
                "type": type_name,
                "value": _stored(block.child_blocks[type_name], content, names, here, child_key),
                "id": _id(child_key),
            }
        )
    return stored


def _typed(
    block: blocks.BaseStreamBlock, item: object, where: Where
) -> tuple[str, object, Where] | None:
    """The type of a block, what it holds and where that stands."""
    if len(block.child_blocks) == 1:
        (only,) = block.child_blocks
        return only, item, where
    if not isinstance(item, dict) or len(item) != 1:
        where.refuse("A block is one key, its type, and below it what it holds.")
        return None
    ((type_name, content),) = item.items()
    if type_name not in block.child_blocks:
        where.refuse(
            f"'{type_name}' is not a block here. The blocks are {listed(block.child_blocks)}."
        )
        return None
    return type_name, content, where.child(type_name)


def _stored(block: blocks.Block, value: object, names: Names, where: Where, key: str) -> Any:
    if isinstance(block, blocks.BaseStructBlock):
        return _stored_struct(block, value, names, where, key)
    if isinstance(block, blocks.ListBlock):
        return _stored_list(block, value, names, where, key)
    if isinstance(block, BaseTypedTableBlock):
        return _stored_table(block, value, names, where, key)
    try:
        return _stored_leaf(block, value, names)
    except ValidationError as error:
        where.refuse(" ".join(error.messages))
    except ValueError as error:
        where.refuse(str(error))
    return None


def _stored_struct(
    block: blocks.BaseStructBlock, value: object, names: Names, where: Where, key: str
) -> dict[str, Any]:
    if not isinstance(value, dict):
        where.refuse(f"This needs keys below it: {listed(block.child_blocks)}.")
        return {}
    for name in value:
        if name not in block.child_blocks:
            where.child(name).refuse(
                f"There is no such key here. The keys are {listed(block.child_blocks)}."
            )
    return {
        name: _stored(child, value[name], names, where.child(name), f"{key}/{name}")
        if name in value
        else child.get_prep_value(child.get_default())
        for name, child in block.child_blocks.items()
    }


def _stored_list(
    block: blocks.ListBlock, value: object, names: Names, where: Where, key: str
) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        where.refuse("This must be a list.")
        return []
    return [
        {
            "type": "item",
            "value": _stored(
                block.child_block, item, names, where.child(number), f"{key}/{number}"
            ),
            "id": _id(f"{key}/{number}"),
        }
        for number, item in enumerate(value, start=1)
    ]


def _stored_table(
    block: BaseTypedTableBlock, value: object, names: Names, where: Where, key: str
) -> dict[str, Any]:
    """``{columns: [Test, How often], rows: [[…, …]]}``; all columns are of the block's first type.

    A row has as many cells as there are columns.
    """
    if not isinstance(value, dict) or set(value) != {"columns", "rows"}:
        where.refuse("This needs two keys below it: columns, rows.")
        return {}
    columns, rows = value["columns"], value["rows"]
    if not (isinstance(columns, list) and all(isinstance(name, str) for name in columns)):
        where.child("columns").refuse("This must be a list of headings. Put each in quotes.")
        return {}
    if not isinstance(rows, list):
        where.child("rows").refuse("This must be a list of rows.")
        return {}
    cell_type, cell = next(iter(block.child_blocks.items()))
    stored_rows = []
    for number, row in enumerate(rows, start=1):
        here = where.child("rows").child(number)
        if not isinstance(row, list) or len(row) != len(columns):
            count = len(row) if isinstance(row, list) else 0
            here.refuse(
                f"This row has {count} cells, and there are {len(columns)} columns. "
                "Put a cell with a comma in quotes."
            )
            continue
        values = [
            _stored(cell, value, names, here.child(place), f"{key}/{number}/{place}")
            for place, value in enumerate(row, start=1)
        ]
        stored_rows.append({"values": values})
    return {
        "columns": [{"type": cell_type, "heading": heading} for heading in columns],
        "rows": stored_rows,
        "caption": "",
    }


def _stored_leaf(block: blocks.Block, value: object, names: Names) -> Any:
    """Choosers are named by people; everything else must be what its block's form accepts."""
    if isinstance(block, blocks.PageChooserBlock):
        return names.page(value)
    if isinstance(block, ImageChooserBlock):
        return names.image(value)
    if isinstance(block, DocumentChooserBlock):
        return names.document(value)
    if isinstance(block, SnippetChooserBlock):
        return names.snippet(block.target_model._meta.label, value)
    if isinstance(block, CitationsBlock):
        return _cited(value, names)
    if isinstance(block, blocks.ChoiceBlock):
        choices = [choice for choice, _ in block.field.choices if choice]
        if value not in choices:
            raise ValueError(f"'{value}' is not one of {listed(choices)}.")
        return value
    if isinstance(block, blocks.BooleanBlock):
        if not isinstance(value, bool):
            raise ValueError(f"'{value}' is neither true nor false.")
        return value
    if isinstance(block, blocks.DateBlock):
        return day_of(value, names).isoformat()
    if not isinstance(value, str):
        raise ValueError(f"'{value}' is not text. Put it in quotes.")
    if isinstance(block, blocks.RichTextBlock):
        value = richtext.to_stored(value, features=block.features or (), names=names)
    cleaned = block.clean(block.to_python(value))
    return block.get_prep_value(cleaned)


def _cited(value: object, names: Names) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("This must be a list of keys of sources.")
    for key in value:
        if key not in names.source_keys:
            raise ValueError(
                f"There is no source '{key}'. Give a source of this page that key, or name one of "
                f"{listed(sorted(names.source_keys))}."
            )
    return value


def day_of(value: object, names: Names) -> dt.date:
    """A date, or ``-30d``: that many days before the files were read."""
    counted = counted_from(names.read_at, value)
    if isinstance(counted, dt.datetime):
        return counted.date()
    if not isinstance(counted, dt.date):
        raise ValueError(f"'{value}' is not a date. Write it as 2026-03-31.")
    return counted


def _id(key: str) -> str:
    return str(uuid.uuid5(NAMESPACE, key))
