"""Write changes down inside the transaction that makes them, and number them for readers.

A lost entry would leave the site out of date, so an entry is committed with its change or not at
all, and whoever has read up to number 41 has read every change up to it. Two rules give that:

- A publisher only adds rows, without a number. It locks nothing that another publisher needs, so
  that a bulk action which publishes for a minute neither waits for anybody nor makes anybody wait.
- A reader numbers what it can see before it reads. Rows get the next number in one transaction
  of their own, under the lock of the counter: so a row that is committed later, however early it
  was written, always gets a higher number than every number that anyone has read.

Numbering on writing, under one lock, would keep the order as well, but two publishers of the same
two pages would lock each other up: one holds the counter and waits for a page, the other the page.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Exists
from django.utils import timezone

from cms.export_feed.models import Change, JournalCounter

ChangeKind = Literal[
    "site",
    "page",
    "image",
    "document",
    "snippet",
    "redirect",
    "comment",
    "collection",
    "everything",
]
COUNTER_ID = 1
NOTHING_YET = 0


def record_change(
    kind: ChangeKind, object_id: int, *, type: str = "", with_descendants: bool = False
) -> None:
    """Add one change to the journal. Belongs into the transaction that makes the change."""
    Change.objects.create(
        kind=kind, object_id=object_id, type=type, with_descendants=with_descendants
    )


def number_changes() -> None:
    """Give the changes that have none the next number, all of them the same one.

    Writes nothing where there are none. To be called before a snapshot is read, outside of it.
    """
    is_pending = Exists(Change.objects.filter(number=None))
    pending = JournalCounter.objects.filter(pk=COUNTER_ID).values_list(is_pending, flat=True)
    if pending.first() is False:
        return
    with transaction.atomic():
        counter, _ = JournalCounter.objects.select_for_update().get_or_create(pk=COUNTER_ID)
        number, now = counter.last_number + 1, timezone.now()
        if Change.objects.filter(number=None).update(number=number, counted_at=now):
            counter.last_number, counter.counted_at = number, now
            counter.save(update_fields=["last_number", "counted_at"])


def forget_old_changes(now: datetime) -> int:
    """Delete what was numbered too long ago; return how many changes.

    The newest of those stays: an exporter that has read just that far has missed nothing yet.
    """
    oldest = now - timedelta(days=settings.PLAINLEAF_JOURNAL_DAYS_KEPT)
    old = Change.objects.filter(counted_at__lt=oldest).order_by("-number")
    last = old.values_list("number", flat=True).first()
    deleted, _ = Change.objects.filter(number__lt=last or NOTHING_YET).delete()
    return deleted
