"""What was done with the data of readers as a whole: handed out, destroyed, forgotten."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from cms.comments.written_once import WrittenOnce


class DataAction(StrEnum):
    EXPORTED = "exported"
    HANDED_OUT = "handed_out"
    ERASED = "erased"
    FORGOT = "forgot"

    @property
    def label(self) -> str:
        return DATA_ACTION_LABELS[self]


DATA_ACTION_LABELS = {
    DataAction.EXPORTED: "Exported",
    DataAction.HANDED_OUT: "Handed out all about a person",
    DataAction.ERASED: "Erased all of a person",
    DataAction.FORGOT: "Forgot what had become old",
}


class DataEvent(WrittenOnce):
    """One entry of that log. It is written once, and names no reader.

    What happened to one comment is an ``Event`` of that comment.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who did it; nobody where a command did.",
    )
    action = models.CharField(
        max_length=12, choices=[(action.value, action.label) for action in DataAction]
    )
    number = models.PositiveIntegerField(help_text="Of how many comments.")
    about = models.JSONField(default=dict, help_text="The format, the filters, what was forgotten.")

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.number}"

    def about_in_words(self) -> str:
        """``"format: csv, tab: approved"``."""
        return ", ".join(f"{name}: {value}" for name, value in self.about.items())


def note(action: DataAction, number: int, *, by: Any = None, **about: Any) -> DataEvent:
    return DataEvent.objects.create(action=action, actor=by, number=number, about=about)


def counted(number: int) -> str:
    return "1 comment" if number == 1 else f"{number:,} comments"
