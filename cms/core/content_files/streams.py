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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.core.content_files import richtext
from cms.core.content_files.problems import Where, listed

NAMESPACE = uuid.UUID("7f4a3b1e-2c64-4d0c-9b55-0f7a6f3d5c11")


@dataclass(frozen=True, slots=True)
class Names:
    """What the files may refer to, and its id: pages by path, images by file, helplines by name."""

    pages: Mapping[str, int]
    images: Mapping[str, int]
    helplines: Mapping[str, int]


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


def _stored_leaf(block: blocks.Block, value: object, names: Names) -> Any:
    """Choosers are named by people; everything else must be what its block's form accepts."""
    if isinstance(block, blocks.PageChooserBlock):
        return richtext.page_id_for(value, names.pages)
    if isinstance(block, ImageChooserBlock):
        return _chosen(value, names.images, "image", "images.yaml")
    if isinstance(block, SnippetChooserBlock):
        return _chosen(value, names.helplines, "helpline", "helplines.yaml")
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
        if not isinstance(value, dt.date):
            raise ValueError(f"'{value}' is not a date. Write it as 2026-03-31.")
        return value.isoformat()
    if not isinstance(value, str):
        raise ValueError(f"'{value}' is not text. Put it in quotes.")
    if isinstance(block, blocks.RichTextBlock):
        value = richtext.to_stored(value, features=block.features or (), page_ids=names.pages)
    cleaned = block.clean(block.to_python(value))
    return block.get_prep_value(cleaned)


def _chosen(value: object, ids: Mapping[str, int], noun: str, file: str) -> int:
    if not isinstance(value, str) or value not in ids:
        raise ValueError(
            f"There is no {noun} '{value}'. Add it to {file}, or choose one of {listed(ids)}."
        )
    return ids[value]


def _id(key: str) -> str:
    return str(uuid.uuid5(NAMESPACE, key))
