"""Wagtail's nested errors of a stream become a flat list of what is wrong, each with its place."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from wagtail.blocks import StreamBlockValidationError, StructBlockValidationError
from wagtail.blocks.list_block import ListBlockValidationError

Trail = tuple[str | int, ...]
NESTED = (StreamBlockValidationError, ListBlockValidationError, StructBlockValidationError)


def faults_in(error: ValidationError, trail: Trail = ()) -> Iterator[tuple[Trail, str]]:
    """``(2, "image", "alt_text"), "Please add …"``: the parts of a stream count from 0."""
    if not isinstance(error, NESTED):
        yield trail, " ".join(error.messages)
        return
    for key, inner in error.block_errors.items():
        yield from faults_in(inner, (*trail, key))
    for inner in error.non_block_errors.as_data():
        yield trail, " ".join(inner.messages)
