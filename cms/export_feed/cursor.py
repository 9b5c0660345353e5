"""A cursor: how far an exporter has read, in one text that only the CMS understands.

``c0ffee123456.41.1764090000000000.0`` says: up to batch 41 of the journal, numbered at that
microsecond; by a clock that had passed no page's ``go_live_at`` or ``expire_at`` and no end of an
alert; and on the
``ground`` of one database, one site with one root page, and one set of migrations. On
other ground nothing can be told from the difference of two cursors.

A restored backup counts on from an earlier number: that batch 41 has the instant the cursor names
is what tells the two histories apart.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import QuerySet, Subquery

from cms.core.commenting import SiteCommenting
from cms.core.site import sites_named
from cms.export_feed.clock import Clock, clock_columns
from cms.export_feed.journal import COUNTER_ID, NOTHING_YET
from cms.export_feed.models import Change, JournalCounter

SHAPE = re.compile(r"([0-9a-f]{12})\.(\d{1,18})\.(\d{1,18})\.(\d{1,18})")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """``counted_at`` and ``clock`` are ``EPOCH`` where there is nothing of the kind yet."""

    ground: str
    number: int
    counted_at: datetime
    clock: datetime

    def __str__(self) -> str:
        return ".".join(
            (
                self.ground,
                str(self.number),
                str((self.counted_at - EPOCH) // MICROSECOND),
                str((self.clock - EPOCH) // MICROSECOND),
            )
        )


@dataclass(frozen=True, slots=True)
class Head:
    """Where the journal stands at one instant, and when time alone will next change the site."""

    cursor: Cursor
    next_change_at: datetime | None


def cursor_of(text: str) -> Cursor | None:
    """``None`` for anything that is not a cursor of ours."""
    match = SHAPE.fullmatch(text)
    if match is None:
        return None
    ground, number, counted_at, clock = match.groups()
    try:
        return Cursor(
            ground,
            int(number),
            EPOCH + int(counted_at) * MICROSECOND,
            EPOCH + int(clock) * MICROSECOND,
        )
    except OverflowError:
        return None


def number_in(text: str) -> int | None:
    """The number of the last batch of changes that a cursor has seen; ``None`` if not ours."""
    cursor = cursor_of(text)
    return cursor.number if cursor else None


def read_head(now: datetime, commenting: SiteCommenting, *, site: str = "", using: str) -> Head:
    """In one query: what ``GET cursor`` answers, and what a feed begins with.

    ``site`` is the name of one, as ``site_named`` takes it.
    """
    named = sites_named(site, using=using)
    migrations = MigrationRecorder.Migration.objects.using(using).order_by("-pk")
    columns = (
        "epoch",
        "last_number",
        "counted_at",
        _first(named, "pk"),
        _first(named, "root_page"),
        _first(migrations, "pk"),
        *clock_columns(now, commenting.close_after_days, using=using),
    )
    [row] = JournalCounter.objects.using(using).filter(pk=COUNTER_ID).values_list(*columns)
    epoch, number, counted_at, site_id, root_page, migration, *columns_of_clock = row
    clock = Clock.read(columns_of_clock, commenting, now)
    ground = hashlib.sha256(f"{epoch} {site_id} {root_page} {migration}".encode()).hexdigest()[:12]
    cursor = Cursor(ground, number, counted_at or EPOCH, clock.last_change_at or EPOCH)
    return Head(cursor, clock.next_change_at)


def can_tell_since(seen: Cursor, head: Cursor, *, using: str) -> bool:
    """Whether the journal still holds every change between the two, in one history."""
    if seen.ground != head.ground or seen.number > head.number:
        return False
    if seen.number == head.number:
        return seen.counted_at == head.counted_at
    changes = Change.objects.using(using)
    if seen.number == NOTHING_YET:
        return changes.filter(number=NOTHING_YET + 1).exists()
    return changes.filter(number=seen.number, counted_at=seen.counted_at).exists()


def _first(rows: QuerySet, column: str) -> Subquery:
    return Subquery(rows.values(column)[:1])
