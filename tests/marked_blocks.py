"""What an edge added to a page, taken out again."""

from __future__ import annotations

import re

from frontend_export.edge.preview import BLOCK_END, BLOCK_START

MARKED = re.compile(re.escape(BLOCK_START) + b".*?" + re.escape(BLOCK_END), re.DOTALL)


def without_marked_blocks(preview: bytes) -> bytes:
    """The page as it would go out. A policy taken out of force has a block on either side."""
    rest, count = MARKED.subn(b"", preview)
    assert count == 3
    return rest
