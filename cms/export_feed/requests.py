"""What people ask of the exporter in the admin. It looks whenever it asks for the cursor."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models


class Verb(StrEnum):
    EXPORT = "export"
    ROLLBACK = "rollback"
    RESUME = "resume"


VERB_CHOICES = [
    (Verb.EXPORT.value, "Export now"),
    (Verb.ROLLBACK.value, "Roll back"),
    (Verb.RESUME.value, "Resume"),
]


class ExportRequest(models.Model):
    """Open until a run of the exporter names it, whether that run could do it or not."""

    verb = models.CharField(max_length=10, choices=VERB_CHOICES, help_text="What to do.")
    release = models.CharField(
        max_length=100, blank=True, help_text="The release to roll back to; for nothing else."
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who asked.",
    )
    asked_at = models.DateTimeField(auto_now_add=True, help_text="When it was asked.")
    answered_at = models.DateTimeField(
        null=True, blank=True, help_text="When the exporter said what became of it."
    )

    class Meta:
        verbose_name = "export request"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.release}".strip()


def ask(verb: Verb, *, by: Any, release: str = "") -> ExportRequest:
    """Leave a request for the exporter; pressing a button twice asks once."""
    asked = ExportRequest.objects.filter(verb=verb, release=release, answered_at=None).first()
    return asked or ExportRequest.objects.create(verb=verb, release=release, asked_by=by)


def withdraw(id: int) -> bool:
    """Take an open request back; false when it has been answered meanwhile."""
    withdrawn, _ = ExportRequest.objects.filter(pk=id, answered_at=None).delete()
    return bool(withdrawn)


def open_requests() -> list[dict[str, Any]]:
    """Those nobody has answered, the oldest first, in the words of ``GET cursor``."""
    return list(ExportRequest.objects.filter(answered_at=None).values("id", "verb", "release"))
