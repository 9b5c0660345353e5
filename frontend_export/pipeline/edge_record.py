"""What the edge must know while the CMS is away: the site, its pages in short, its helplines.

In the format of the feed, so that the edge reads it with the same code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

import orjson

from frontend_export.plan.entries import HELPLINE
from frontend_export.source.feed import FEED_VERSION, Begin
from frontend_export.state import State

FIELDS = ("summary", "comments_open")


def edge_record(state: State, begin: Begin, *, pages: Collection[int]) -> Iterator[bytes]:
    """Lines, each with its newline: ``begin``, ``site``, ``page``…, ``snippet``…, ``end``."""
    counts: Counter[str] = Counter()
    yield _line(
        {
            "kind": "begin",
            "version": FEED_VERSION,
            "now": begin.now,
            "cursor": begin.cursor,
            "full": True,
            "next_change_at": begin.next_change_at,
        }
    )
    for kind in ("site", "page", "snippet"):
        for number, type_name, raw in state.raw(kind):
            if kind == "page" and number not in pages:
                continue
            if kind == "snippet" and type_name != HELPLINE:
                continue
            counts[kind] += 1
            yield _line(_cut(orjson.loads(raw))) if kind == "page" else raw + b"\n"
    yield _line({"kind": "end", "cursor": begin.cursor, "counts": counts})


def _cut(page: dict[str, Any]) -> dict[str, Any]:
    fields = page["fields"]
    return page | {"fields": {name: fields[name] for name in FIELDS if name in fields}}


def _line(data: dict[str, Any]) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
