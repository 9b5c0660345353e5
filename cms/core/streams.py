"""Streams that several editors may save at the same moment."""

import threading
from typing import Any

from wagtail import blocks

_checking = threading.RLock()


class SharedStreamBlock(blocks.StreamBlock):
    """A stream whose values are checked one at a time in a process; for any page that has drafts.

    While Wagtail checks a draft it tells the blocks themselves to let missing values pass, and
    every thread has the same ones: a page published at that moment would go live unchecked, and
    of two drafts one would fail. Blocks of a class are shared by its streams, so one lock is for
    all of them. A check takes milliseconds.
    """

    def clean(self, value: Any) -> Any:
        with _checking:
            return super().clean(value)

    def clean_deferred(self, value: Any) -> Any:
        with _checking:
            return super().clean_deferred(value)
