"""Records become the lines of one feed, between a ``begin`` and an ``end``."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import orjson

from cms.core.site import site_named
from cms.export_feed.cursor import Head, cursor_of, read_head
from cms.export_feed.due import publish_due
from cms.export_feed.journal import number_changes
from cms.export_feed.records import Record, read_records, reading_of
from cms.export_feed.snapshot import snapshot
from cms.export_feed.touched import GONE, read_touched, touched_since

logger = logging.getLogger(__name__)

Lines = Iterator[tuple[str, bytes]]
"""Of each record its kind, and its line."""

FEED_VERSION = 1
# Large enough that the server's cost of one write is small beside it, small enough to hold.
CHUNK_BYTES = 64 * 1024
# What a manifest says of a record beside its kind, id and fingerprint.
NAMED_BY = {"page": "path", "snippet": "type"}


def feed_chunks(now: datetime, *, since: str = "", site: str = "") -> Iterator[bytes]:
    """The feed of a site as NDJSON, some lines at a time, read from one state of the CMS.

    All of it, or what has changed since the cursor ``since`` where the journal can tell. Raises
    ``NoSuchSiteError`` before the first chunk. What fails later is logged and raised on: the
    reader then sees a stream without ``end``.
    """
    publish_due(now)
    number_changes()
    with snapshot() as using:
        reading = reading_of(site_named(site, using=using), now, using=using)
        head = read_head(now, reading.comment_settings.commenting, site=site, using=using)
        touched = touched_since(cursor_of(since), head.cursor, now, using=using)
        if touched is None:
            lines = sealed_lines(read_records(reading))
        else:
            lines = sealed_lines(read_touched(touched, reading))
        yield from _framed(lines, head, now, is_full=touched is None)


def manifest_chunks(now: datetime, *, site: str = "") -> Iterator[bytes]:
    """As the full feed, with nothing of a record but what names it, and its fingerprint."""
    publish_due(now)
    number_changes()
    with snapshot() as using:
        reading = reading_of(site_named(site, using=using), now, using=using)
        lines = manifest_lines(read_records(reading))
        head = read_head(now, reading.comment_settings.commenting, site=site, using=using)
        yield from _framed(lines, head, now, is_full=True)


def _framed(lines: Lines, head: Head, now: datetime, *, is_full: bool) -> Iterator[bytes]:
    counts: Counter[str] = Counter()
    cursor = str(head.cursor)
    begin = {
        "kind": "begin",
        "version": FEED_VERSION,
        "now": now,
        "cursor": cursor,
        "full": is_full,
        "next_change_at": head.next_change_at,
    }
    chunk = bytearray(line(begin))
    try:
        for kind, text in lines:
            chunk += text
            counts[kind] += 1
            if len(chunk) >= CHUNK_BYTES:
                yield bytes(chunk)
                chunk.clear()
    except Exception:
        logger.exception("The export feed broke off after %d records.", counts.total())
        raise
    chunk += line({"kind": "end", "cursor": cursor, "counts": dict(counts)})
    yield bytes(chunk)


def sealed_lines(records: Iterable[tuple[Record, str]]) -> Lines:
    for record, beside in records:
        kind = record["kind"]
        yield kind, line(record) if kind == GONE else sealed_line(record, beside)


def manifest_lines(records: Iterable[tuple[Record, str]]) -> Lines:
    """``{"kind": "page", "id": 5, "fingerprint": "…", "path": "/x/"}``."""
    for record, beside in records:
        kind = record["kind"]
        named = {"kind": kind, "id": record["id"], "fingerprint": fingerprint_of(record, beside)}
        if more := NAMED_BY.get(kind):
            named[more] = record[more]
        yield kind, line(named)


def sealed_line(record: Record, beside: str = "") -> bytes:
    """A record as one line, closed by the fingerprint of its bytes and of what is ``beside``."""
    body = orjson.dumps(record, option=orjson.OPT_UTC_Z)
    return b'%b,"fingerprint":"%b"}\n' % (body[:-1], _digest(body, beside).encode())


def fingerprint_of(record: Record, beside: str) -> str:
    return _digest(orjson.dumps(record, option=orjson.OPT_UTC_Z), beside)


def _digest(body: bytes, beside: str) -> str:
    return hashlib.sha256(body + beside.encode()).hexdigest()[:16]


def line(record: Record) -> bytes:
    """A record that is not sealed: the first and the last one."""
    return orjson.dumps(record, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
