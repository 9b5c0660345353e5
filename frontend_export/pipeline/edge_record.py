"""What the edge must know while the CMS is away: the site, its pages in short, its helplines.

In the format of the feed, so that the edge reads it with the same code; a part for each folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from frontend_export.release import TOP, Files
from frontend_export.source.feed import FEED_VERSION, Begin
from frontend_export.state.content import StoredContent


def edge_record(
    content: StoredContent, begin: Begin, folders: Mapping[str, Files]
) -> dict[str, list[bytes]]:
    """Lines by folder, each with its newline: ``page``…, ``end``. The top level starts with
    ``begin`` and ``site``, and has ``snippet``… before its end."""
    parts = {}
    for folder, files in folders.items():
        ids = {file.page_id for file in files.values() if file.page_id is not None}
        lines = list(content.briefs(sorted(ids)))
        counts = {"page": len(lines)}
        if folder == TOP:
            snippets = list(content.raw("snippet"))
            counts |= {"site": 1, "snippet": len(snippets)}
            lines = [_begin(begin), *content.raw("site"), *lines, *snippets]
        lines.append(_line({"kind": "end", "cursor": begin.cursor, "counts": counts}))
        parts[folder] = [line + b"\n" for line in lines]
    return parts


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


def _line(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)
