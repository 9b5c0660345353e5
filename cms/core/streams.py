"""Streams that several editors may save at the same moment, and that lose no part by it."""

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from wagtail import blocks

_checking = threading.RLock()
# Where a stream keeps the parts that it was stored with and has no block for.
_UNKNOWN = "_unknown_parts"


def unknown_parts(stream: Any) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """``[(3, {"type": "hologram", …})]``: the number and stored form of each part of a type that
    the stream does not know. What was just typed has none: the form does not show them."""
    return getattr(stream, _UNKNOWN, ())


class SharedStreamBlock(blocks.StreamBlock):
    """A stream whose values are checked one at a time in a process; for any page that has drafts.

    While Wagtail checks a draft it tells the blocks themselves to let missing values pass, and
    every thread has the same ones: a page published at that moment would go live unchecked, and
    of two drafts one would fail. Blocks of a class are shared by its streams, so one lock is for
    all of them. A check takes milliseconds.

    Wagtail drops a part of a type that it does not know, as one of another release or written by
    SQL, without a word. Here it is kept aside: the safety rules tell of it, and a save by code
    writes it back where it stood.
    """

    def clean(self, value: Any) -> Any:
        with _checking:
            return super().clean(value)

    def clean_deferred(self, value: Any) -> Any:
        with _checking:
            return super().clean_deferred(value)

    def to_python(self, value: Any) -> Any:
        stored = _parsed(value)
        stream = super().to_python(stored)
        if isinstance(stored, list) and len(stream) != len(stored):
            unknown = [
                (number, part)
                for number, part in enumerate(stored, start=1)
                if isinstance(part, dict) and part["type"] not in self.child_blocks
            ]
            setattr(stream, _UNKNOWN, unknown)
        return stream

    def get_prep_value(self, value: Any) -> Any:
        stored = super().get_prep_value(value)
        for number, part in unknown_parts(value):
            stored.insert(number - 1, part)
        return stored


def _parsed(value: Any) -> Any:
    """A stream as revisions have it, read; any other text is left to Wagtail."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
