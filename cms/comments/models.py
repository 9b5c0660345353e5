"""What readers wrote, and the state a person gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models, transaction
from django.utils import timezone


class ModerationError(Exception):
    """A comment could not change its state; the message is for the moderator."""


class State(StrEnum):
    """One state each; only ``approved`` is ever public."""

    HELD = "held"
    URGENT = "urgent"
    SPAM = "spam"
    APPROVED = "approved"
    REJECTED = "rejected"
    HIDDEN = "hidden"
    ERASED = "erased"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    State.HELD: "To review",
    State.URGENT: "Urgent",
    State.SPAM: "Suspected spam",
    State.APPROVED: "Approved",
    State.REJECTED: "Rejected",
    State.HIDDEN: "Hidden",
    State.ERASED: "Erased",
}
STATE_CHOICES = [(state.value, label) for state, label in STATE_LABELS.items()]

WAITING = (State.URGENT, State.HELD)

REACHABLE_FROM: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.URGENT, State.SPAM, State.APPROVED, State.REJECTED, State.HIDDEN}),
    State.URGENT: frozenset({State.HELD, State.SPAM}),
    State.SPAM: frozenset({State.HELD, State.URGENT, State.APPROVED, State.REJECTED, State.HIDDEN}),
    State.APPROVED: frozenset({State.HELD, State.URGENT, State.SPAM, State.REJECTED, State.HIDDEN}),
    State.REJECTED: frozenset({State.HELD, State.URGENT, State.SPAM}),
    State.HIDDEN: frozenset({State.APPROVED}),
    State.ERASED: frozenset(
        {
            State.HELD,
            State.URGENT,
            State.SPAM,
            State.APPROVED,
            State.REJECTED,
            State.HIDDEN,
        }
    ),
}


class ReaderCommentQuerySet(models.QuerySet):
    def publishable(self) -> ReaderCommentQuerySet:
        """Approved comments of live pages, oldest first: all that may ever leave the CMS.

        Use ``id``, ``page_id``, ``name``, ``text`` and ``posted_at``, and no other field.
        """
        return self.filter(state=State.APPROVED, page__live=True).order_by("posted_at", "id")

    def waiting(self) -> ReaderCommentQuerySet:
        """What a moderator has yet to look at."""
        return self.filter(state__in=WAITING)

    def lock(self, numbers: Iterable[int]) -> ReaderCommentQuerySet:
        """These comments, held until the transaction ends; always in one order, so that two
        moderators with the same comments wait for each other instead of locking up."""
        return self.filter(pk__in=numbers).order_by("pk").select_for_update()


class ReaderComment(models.Model):
    """A comment of a reader, as it was typed. Nobody edits it; a moderator moves it.

    To make one elsewhere (fixtures, imports) give ``idempotency_key`` (unique, any text up to 64
    characters that will be the same next time), ``page``, ``translation_key`` and ``locale`` of
    that page, ``name``, ``text``, ``state``, ``received_at`` and ``posted_at``; the rest has
    defaults. ``payload_digest`` is filled in by ``save()``.

    The page's key is stored beside the page: when a page is deleted its comments stay, belong to
    no page and can never surface on another one that reuses the deleted page's number.
    """

    page = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reader_comments",
        help_text="The page the reader wrote about; none once that page is deleted.",
    )
    translation_key = models.UUIDField(help_text="Names the page, whatever its path is.")
    locale = models.CharField(max_length=20, help_text="The language code of that page.")
    idempotency_key = models.CharField(
        max_length=64, unique=True, help_text="Given by the edge: one key, one comment."
    )
    payload_digest = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of what the reader sent."
    )
    name = models.CharField(max_length=80, help_text="Published with the comment.")
    text = models.TextField(help_text="Plain text, exactly as it was typed.")
    email = models.EmailField(
        "e-mail", blank=True, help_text="Private. Never published and never exported."
    )
    signals = models.JSONField(
        default=list, blank=True, help_text="What the edge noticed, such as 'honeypot'."
    )
    state = models.CharField(
        max_length=10, choices=STATE_CHOICES, default=State.HELD.value, help_text="Where it stands."
    )
    received_at = models.DateTimeField(
        help_text="When the edge accepted it, which may be long before the CMS heard of it."
    )
    posted_at = models.DateTimeField(help_text="The time that is published with it.")
    moderated_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a person last decided."
    )
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who decided.",
    )
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts decisions, so that two never overlap unseen."
    )

    objects = ReaderCommentQuerySet.as_manager()

    class Meta:
        verbose_name = "reader comment"
        verbose_name_plural = "reader comments"
        default_permissions = ("view",)
        permissions = [("moderate_readercomment", "Can moderate reader comments")]
        indexes = [
            models.Index(fields=["state", "received_at"], name="comment_state_received"),
            models.Index(fields=["page", "state", "posted_at"], name="comment_page_state_posted"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.excerpt}" if self.state != State.ERASED else "Erased comment"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.payload_digest:
            self.payload_digest = payload_digest(
                page=str(self.translation_key),
                locale=self.locale,
                name=self.name,
                text=self.text,
                email=self.email,
            )
        super().save(*args, **kwargs)

    @property
    @admin.display(description="Comment")
    def excerpt(self) -> str:
        """The first words, for a list: at most 120 characters on one line."""
        line = " ".join(self.text.split())
        return line if len(line) <= 120 else line[:119].rstrip() + "…"

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING

    def can_become(self, state: State) -> bool:
        return self.state in REACHABLE_FROM[state]

    def move_to(self, state: State, *, by: Any, seen_version: int | None = None) -> None:
        """Give this comment a new state, in one transaction, and save it.

        ``seen_version`` is the version the moderator looked at. Raises ``ModerationError`` when
        somebody else decided since, or when the state cannot be reached from the present one.
        """
        with transaction.atomic():
            stored = type(self).objects.select_for_update().get(pk=self.pk)
            if seen_version is not None and stored.version != seen_version:
                raise ModerationError(
                    f"The comment by '{stored.name}' was changed by somebody else since you "
                    f"opened it: it is now '{stored.get_state_display()}'. Look again."
                )
            if not stored.can_become(state):
                raise ModerationError(
                    f"The comment by '{stored.name}' is '{stored.get_state_display()}' "
                    f"and cannot become '{state.label}'."
                )
            if state == State.ERASED:
                stored.name, stored.text, stored.email, stored.signals = "", "", "", []
            stored.state = state
            stored.moderated_by = by
            stored.moderated_at = timezone.now()
            stored.version += 1
            stored.save()
        self.refresh_from_db()


def payload_digest(*, page: str, locale: str, name: str, text: str, email: str) -> str:
    """SHA-256, in hex, of what the reader sent; the same comment sent again has the same one."""
    return hashlib.sha256(
        json.dumps([page, locale, name, text, email], ensure_ascii=True).encode()
    ).hexdigest()
