"""Whether every source that a part of an article cites is a source of that article."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.stream_block import StreamBlockValidationError

from cms.core.citations import CitationsBlock

MOST_KEYS_NAMED = 12


def refusal_of_unknown(
    block: blocks.Block, value: Any, keys: Collection[str]
) -> ValidationError | None:
    """What to say of a part that cites a key which is not among these, beside the field where it
    does; ``None`` for one that does not."""
    if isinstance(block, CitationsBlock):
        unknown = [f"“{key}”" for key in value if key not in keys]
        return ValidationError(_sentence(unknown, keys)) if unknown else None
    if isinstance(block, blocks.BaseStreamBlock):
        inside = {n: (child.block, child.value) for n, child in enumerate(value)}
        errors = _inside(inside, keys)
        return StreamBlockValidationError(block_errors=errors) if errors else None
    if isinstance(block, blocks.ListBlock):
        errors = _inside({n: (block.child_block, one) for n, one in enumerate(value)}, keys)
        return ListBlockValidationError(block_errors=errors) if errors else None
    if isinstance(block, blocks.BaseStructBlock) and isinstance(value, blocks.StructValue):
        parts = {name: (child, value[name]) for name, child in block.child_blocks.items()}
        errors = _inside({n: p for n, p in parts.items() if p[1] is not None}, keys)
        return blocks.StructBlockValidationError(block_errors=errors) if errors else None
    return None


def _inside(parts: dict[Any, tuple[blocks.Block, Any]], keys: Collection[str]) -> dict[Any, Any]:
    found = {at: refusal_of_unknown(block, value, keys) for at, (block, value) in parts.items()}
    return {at: error for at, error in found.items() if error is not None}


def _sentence(unknown: list[str], keys: Collection[str]) -> str:
    named = ", ".join(sorted(keys)[:MOST_KEYS_NAMED])
    known = f"The keys are {named}" if named else "The article has no sources yet"
    return (
        f"No source of this article has the key {' or '.join(unknown)}. {known}: "
        "see the tab Review and sources."
    )
