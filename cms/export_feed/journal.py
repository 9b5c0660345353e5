"""Write changes down inside the transaction that makes them, and say how far the journal is.

A lost entry would leave the site out of date, so an entry is committed with its change or not at
all, and a reader that has seen number 41 has seen every change up to it.
"""

from __future__ import annotations

from typing import Literal

from django.db import transaction
from django.db.models import F

from cms.export_feed.models import Change, JournalCounter

ChangeKind = Literal[
    "site", "page", "image", "document", "snippet", "redirect", "comment", "collection"
]
COUNTER_ID = 1


def record_change(kind: ChangeKind, object_id: int) -> int:
    """Add one change to the journal and return its number.

    Belongs into the transaction that makes the change; opens one where there is none.
    """
    with transaction.atomic():
        number = _next_number()
        Change.objects.create(number=number, kind=kind, object_id=object_id)
    return number


def current_cursor(*, using: str | None = None) -> str:
    """The number of the latest change, as the exporter hands it back; ``"0"`` for none."""
    number = (
        JournalCounter.objects.using(using)
        .filter(pk=COUNTER_ID)
        .values_list("last_number", flat=True)
        .first()
    )
    return str(number or 0)


def _next_number() -> int:
    """Count one more. The row stays locked until the transaction around ends."""
    counter = JournalCounter.objects.filter(pk=COUNTER_ID)
    if not counter.update(last_number=F("last_number") + 1):
        JournalCounter.objects.get_or_create(pk=COUNTER_ID)
        counter.update(last_number=F("last_number") + 1)
    return counter.values_list("last_number", flat=True).get()
