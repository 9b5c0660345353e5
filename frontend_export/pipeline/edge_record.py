"""What the edge must know while the CMS is away: the site, its pages in short, its helplines.

In the format of the feed, so that the edge reads it with the same code; a part for each folder,
whose lines end in newlines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from frontend_export.release import Files
from frontend_export.source.feed import FEED_VERSION, Begin
from frontend_export.state.content import StoredContent


def top_record(content: StoredContent, begin: Begin, files: Files) -> Iterator[bytes]:
    """``begin``, ``site``, ``page``… of the top level, ``snippet``…, ``end``."""
    pages, snippets = _pages(content, files), list(content.raw("snippet"))
    counts = {"page": len(pages), "site": 1, "snippet": len(snippets)}
    lines = (_begin(begin), *content.raw("site"), *pages, *snippets, _end(counts, begin.cursor))
    for line in lines:
        yield line + b"\n"


def unit_record(content: StoredContent, files: Files) -> Iterator[bytes]:
    """``page``…, ``end``. The same pages give the same bytes: no cursor is in it."""
    pages = _pages(content, files)
    for line in (*pages, _end({"page": len(pages)})):
        yield line + b"\n"


def _pages(content: StoredContent, files: Files) -> list[bytes]:
    ids = {file.page_id for file in files.values() if file.page_id and file.kind == "page"}
    return list(content.briefs(sorted(ids)))


def _begin(begin: Begin) -> bytes:
    return _line(
        {
            "kind": "begin",
            "version": FEED_VERSION,
            "now": begin.now,
            "cursor": begin.cursor,
            "full": True,
            "next_change_at": begin.next_change_at,
        }
    )


def _end(counts: dict[str, int], cursor: str = "") -> bytes:
    return _line({"kind": "end", "cursor": cursor, "counts": counts})


def _line(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)
