"""Records become the lines of one feed, between a ``begin`` and an ``end``."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import orjson
from django.db.models import Min
from wagtail.models import Page, Revision, Site

from cms.articles.models import ArticlePage
from cms.export_feed.journal import current_cursor
from cms.export_feed.records import Record, read_records, reading_of
from cms.export_feed.snapshot import snapshot

logger = logging.getLogger(__name__)

FEED_VERSION = 1
# Large enough that the server's cost of one write is small beside it, small enough to hold.
CHUNK_BYTES = 64 * 1024


class NoDefaultSiteError(Exception):
    """There is nothing to export; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "No site is marked as the default one. Choose it in the admin under Settings > Sites."
        )


def feed_chunks(now: datetime) -> Iterator[bytes]:
    """The whole feed as NDJSON, some lines at a time, read from one state of the CMS.

    Raises ``NoDefaultSiteError`` before the first chunk. What fails later is logged and raised on:
    the reader then sees a stream without ``end``.
    """
    counts: Counter[str] = Counter()
    with snapshot() as using:
        reading = reading_of(default_site(using), now, using=using)
        cursor = current_cursor(using=using)
        begin = {
            "kind": "begin",
            "version": FEED_VERSION,
            "now": now,
            "cursor": cursor,
            "full": True,
            "next_change_at": next_change_at(now, using=using),
        }
        chunk = bytearray(line(begin))
        try:
            for record, beside in read_records(reading):
                chunk += sealed_line(record, beside)
                counts[record["kind"]] += 1
                if len(chunk) >= CHUNK_BYTES:
                    yield bytes(chunk)
                    chunk.clear()
        except Exception:
            logger.exception("The export feed broke off after %d records.", counts.total())
            raise
    chunk += line({"kind": "end", "cursor": cursor, "counts": dict(counts)})
    yield bytes(chunk)


def next_change_at(now: datetime, *, using: str | None = None) -> datetime | None:
    """When time alone will next change the site: a page goes live, expires or is due for review.

    That is the earliest ``go_live_at`` or ``expire_at`` ahead of a live page, or of a revision
    that was approved to go live later, or the end of the day, in UTC, on which the review of a
    live article is due: from then on its page says that it is overdue.
    """
    live = Page.objects.using(using).filter(live=True).order_by()
    approved = Revision.objects.using(using).order_by()
    instants = (
        live.filter(expire_at__gt=now)
        .values_list("expire_at")
        .union(
            live.filter(go_live_at__gt=now).values_list("go_live_at"),
            approved.filter(approved_go_live_at__gt=now).values_list("approved_go_live_at"),
        )
    )
    today = now.astimezone(UTC).date()
    reviewed = ArticlePage.objects.using(using).filter(live=True, next_review_due__gte=today)
    next_due = reviewed.aggregate(day=Min("next_review_due"))["day"]
    overdue = [datetime.combine(next_due + timedelta(days=1), time.min, UTC)] if next_due else []
    return min((*(instant for (instant,) in instants), *overdue), default=None)


def sealed_line(record: Record, beside: str = "") -> bytes:
    """A record as one line, closed by the fingerprint of its bytes and of what is ``beside``."""
    body = orjson.dumps(record, option=orjson.OPT_UTC_Z)
    fingerprint = hashlib.sha256(body + beside.encode()).hexdigest()[:16]
    return b'%b,"fingerprint":"%b"}\n' % (body[:-1], fingerprint.encode())


def line(record: Record) -> bytes:
    """A record that is not sealed: the first and the last one."""
    return orjson.dumps(record, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def default_site(using: str) -> Site:
    """The site that is exported, with its root page. Raises ``NoDefaultSiteError``."""
    site = (
        Site.objects.using(using)
        .select_related("root_page", "sitesettings")
        .filter(is_default_site=True)
        .first()
    )
    if site is None:
        raise NoDefaultSiteError
    return site
