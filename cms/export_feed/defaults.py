"""What a stored block lacks, because it was saved before its type got another sub-block.

Wagtail gives such a value its default whenever it reads the block. The feed does the same, so
that a template may ask for every sub-block, whenever the page was last saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import orjson
from wagtail.blocks import Block, ListBlock, StreamBlock, StructBlock
from wagtail.fields import StreamField

Filler = Callable[[Any], bool]
"""Puts into a stored value what it lacks, at whatever depth; true when anything was missing."""


def with_defaults(field: StreamField, stored: str) -> str:
    """The stored JSON of a stream with a value for every sub-block; as it is where none lacks.

    What is stored in another form than its block has today is left alone.
    """
    items = orjson.loads(stored)
    return orjson.dumps(items).decode() if _filler_of(field)(items) else stored


@cache
def _filler_of(field: StreamField) -> Filler:
    return _items_filler(field.stream_block.child_blocks)


def _fillers(blocks: Mapping[str, Block]) -> dict[str, Filler]:
    """Of the blocks that hold others; a text or a choice lacks nothing."""
    fillers: dict[str, Filler] = {}
    for name, block in blocks.items():
        match block:
            case StructBlock():
                fillers[name] = _struct_filler(block)
            case StreamBlock():
                fillers[name] = _items_filler(block.child_blocks)
            case ListBlock():
                fillers[name] = _items_filler({"item": block.child_block})
    return fillers


def _items_filler(blocks: Mapping[str, Block]) -> Filler:
    """For ``[{"type": …, "value": …}]``, as a stream and a list are stored."""
    fillers = _fillers(blocks)

    def fill(items: Any) -> bool:
        if not isinstance(items, list):
            return False
        was_missing = False
        for item in items:
            if isinstance(item, dict) and (filler := fillers.get(item.get("type", ""))):
                was_missing |= filler(item.get("value"))
        return was_missing

    return fill


def _struct_filler(block: StructBlock) -> Filler:
    blocks, fillers = block.child_blocks, _fillers(block.child_blocks)

    def fill(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        missing = [name for name in blocks if name not in value]
        for name in missing:
            value[name] = blocks[name].get_prep_value(blocks[name].get_default())
        was_missing = bool(missing)
        for name, filler in fillers.items():
            was_missing |= filler(value[name])
        return was_missing

    return fill
