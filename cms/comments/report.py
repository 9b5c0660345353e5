"""What readers report: an approved comment, or a page."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from cms.comments.receipts import receipt_of

# The codes stand in the contract with the edge, and are stored: never rename one.
COMMENT_REASONS = {
    "dangerous_advice": "Dangerous advice",
    "names_person": "Names a person",
    "abusive": "Abusive",
    "advertising": "Advertising",
    "other": "Something else",
}
PAGE_REASONS = {
    "wrong": "Wrong or out of date",
    "unclear": "Hard to understand",
    "broken": "A link, picture or button does not work",
    "other": "Something else",
}
REASON_LABELS = COMMENT_REASONS | PAGE_REASONS

BY_A_PERSON = "settled"


class ReportQuerySet(models.QuerySet):
    def open(self) -> ReportQuerySet:
        """What nobody has settled yet."""
        return self.filter(settled_at=None)

    def settle(self, *, by: Any, how: str, note: str = "", batch: UUID) -> int:
        """Settle what is open of these; how many that were.

        ``how`` is ``BY_A_PERSON``, or the state that the comment got. What has the same ``batch``
        is opened again together.
        """
        return self.open().update(
            settled_at=timezone.now(), settled_by=by, settled_how=how, note=note, batch=batch
        )

    def reopen(self) -> int:
        return self.update(settled_at=None, settled_by=None, settled_how="", note="", batch=None)


class Report(models.Model):
    """One report of one reader. It is never published, and changes nothing that readers see.

    A comment that is hidden, rejected, called spam or erased has its reports settled with it, and
    opened again where that is undone; an urgent one stays open, for it is about somebody in danger.
    Erasing a comment settles all, and destroys the words of its reports, for they may quote it.

    Its words are forgotten some time after it was settled, its network as that of a comment is (see
    ``cms.comments.forgetting``); the reason and the dates stay. A report names nobody; whoever sent
    it has its receipt, and asks for it by that.
    """

    page = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reader_reports",
        help_text="The page, or that of the comment; none once it is deleted.",
    )
    translation_key = models.UUIDField(help_text="Names the page, whatever its path is.")
    locale = models.CharField(max_length=20, help_text="The language code of that page.")
    comment = models.ForeignKey(
        "comments.ReaderComment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reports",
        help_text="The comment; none where the page is meant.",
    )
    named = models.CharField(
        max_length=36,
        blank=True,
        help_text="What the reader's page called the comment; empty where the page is meant.",
    )
    reason = models.CharField(
        max_length=20, choices=list(REASON_LABELS.items()), help_text="What the reader chose."
    )
    text = models.TextField(blank=True, help_text="What the reader added. Never published.")
    is_urgent = models.BooleanField(
        default=False, help_text="Words of a crisis are in its text: somebody may be in danger."
    )
    signals = models.JSONField(default=list, help_text="What the edge noticed.")
    network = models.CharField(
        max_length=16,
        blank=True,
        help_text="A keyed hash of the network it came from, which changes every week.",
    )
    received_at = models.DateTimeField(help_text="When the edge accepted it.")
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="When mail last told people that it is open, among others."
    )
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody settled it; never, while it is open."
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who settled it.",
    )
    settled_how = models.CharField(
        max_length=10, blank=True, help_text="'settled', or what the comment became."
    )
    note = models.CharField(max_length=200, blank=True, help_text="A word to other moderators.")
    batch = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="What is opened again together."
    )
    idempotency_key = models.CharField(
        max_length=64, unique=True, help_text="Given by the edge: one key, one report."
    )
    payload_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of what was sent; none once it is forgotten."
    )
    receipt = models.CharField(
        max_length=12, db_index=True, help_text="The code that the reader was shown."
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["received_at", "pk"]
        indexes = [
            models.Index(fields=["settled_at", "received_at"], name="report_settled_received")
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.text[:60]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.receipt = self.receipt or receipt_of(self.idempotency_key)
        super().save(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        return self.settled_at is None


def forget_words(reports: QuerySet[Report]) -> None:
    """Nothing is left of what was typed, nor anything it could be guessed from."""
    reports.update(text="", network="", payload_digest="")


def report_digest(*, page: str, locale: str, named: str, reason: str, text: str) -> str:
    """SHA-256, in hex, of what the reader sent."""
    return hashlib.sha256(json.dumps([page, locale, named, reason, text]).encode()).hexdigest()
