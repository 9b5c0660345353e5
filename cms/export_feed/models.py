"""The journal of changes: what happened in the CMS, in the order in which it became visible."""

from __future__ import annotations

import uuid

from django.db import models

from cms.export_feed.alarm import ExportAlarm as ExportAlarm
from cms.export_feed.contact import ExporterContact as ExporterContact
from cms.export_feed.requests import ExportRequest as ExportRequest
from cms.export_feed.runs import ExportFinding as ExportFinding
from cms.export_feed.runs import ExportRun as ExportRun


def new_epoch() -> str:
    return uuid.uuid4().hex


class JournalCounter(models.Model):
    """One row, counting the batches in which changes were numbered.

    A publisher never touches it: see ``cms.export_feed.journal``.
    """

    epoch = models.CharField(
        max_length=32, default=new_epoch, help_text="Tells this journal from any other."
    )
    last_number = models.PositiveBigIntegerField(
        default=0, help_text="The number of the latest batch of changes."
    )
    counted_at = models.DateTimeField(
        null=True, blank=True, help_text="When the latest batch got its number."
    )

    class Meta:
        verbose_name = "journal counter"
        default_permissions = ()


class ChangeQuerySet(models.QuerySet):
    def after(self, number: int) -> ChangeQuerySet:
        """What a reader who has seen ``number`` has not: later ones, and those without a number."""
        return self.filter(models.Q(number__gt=number) | models.Q(number=None))


class Change(models.Model):
    """Something that may have changed the site: a hint where to look, never the content itself."""

    number = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        db_index=True,
        help_text="Which batch it was numbered with; empty until a reader has seen it.",
    )
    counted_at = models.DateTimeField(
        null=True, blank=True, help_text="When it got its number: the same as its whole batch."
    )
    kind = models.CharField(
        max_length=20, help_text="What changed, in the words of the export feed."
    )
    type = models.CharField(
        max_length=100, blank=True, help_text="Which type of snippet; empty for everything else."
    )
    object_id = models.BigIntegerField(help_text="Which one of its kind.")
    with_descendants = models.BooleanField(
        default=False, help_text="All that lies below it in its tree may have changed with it."
    )
    made_at = models.DateTimeField(auto_now_add=True, help_text="When it was written down.")

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "object_id"], name="change_by_object")]

    def __str__(self) -> str:
        return f"{self.number or 'new'}: {self.kind} {self.object_id}"
