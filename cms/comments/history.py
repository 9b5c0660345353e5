"""What happened to a comment: by whom, by which way, and what is undone together."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.utils import timezone

from cms.comments.written_once import WrittenOnce


class Action(StrEnum):
    """What happened to a comment, in the history of it."""

    RECEIVED = "received"
    MOVED = "moved"
    UNDONE = "undone"
    REPLIED = "replied"
    REPLY_CHANGED = "reply_changed"
    REPLY_REMOVED = "reply_removed"
    REPORTED = "reported"
    REPORTS_SETTLED = "reports_settled"
    REPORTS_OPENED = "reports_opened"
    REDACTED = "redacted"
    RESTORED = "restored"
    FORGOTTEN = "original_forgotten"
    ASKED_AGAIN = "asked_again"
    KEPT = "kept"


UNDOABLE = (Action.MOVED, Action.REDACTED, Action.KEPT)


class Channel(StrEnum):
    """By which way it happened."""

    EDGE = "edge"
    ADMIN = "admin"
    MAIL = "mail"
    COMMAND = "command"
    SCHEDULE = "schedule"
    PUBLISHING = "publishing"


class Event(WrittenOnce):
    """One entry of the history of a comment. It is written once, and holds none of its words."""

    comment = models.ForeignKey(
        "comments.ReaderComment", on_delete=models.PROTECT, related_name="events"
    )
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who did it; nobody where a program did.",
    )
    action = models.CharField(max_length=20)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, blank=True, help_text="The code of a reason.")
    channel = models.CharField(max_length=10)
    version_after = models.PositiveIntegerField()
    batch = models.UUIDField(db_index=True, help_text="What is undone together.")

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.to_state}"
