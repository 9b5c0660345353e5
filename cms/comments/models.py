"""What readers wrote, and the state a person gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import admin
from django.db import models, transaction
from django.utils import timezone

from cms.comments.receipts import receipt_of


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


class Action(StrEnum):
    """What happened to a comment, in the history of it."""

    RECEIVED = "received"
    MOVED = "moved"
    UNDONE = "undone"


class Channel(StrEnum):
    """By which way it happened."""

    EDGE = "edge"
    ADMIN = "admin"


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
    defaults. ``payload_digest`` and ``receipt`` are filled in by ``save()``.

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
        max_length=64,
        blank=True,
        editable=False,
        help_text="SHA-256 of what the reader sent; none once it is erased.",
    )
    receipt = models.CharField(
        max_length=12,
        blank=True,
        db_index=True,
        editable=False,
        help_text="The code that the reader was shown.",
    )
    network = models.CharField(
        max_length=16,
        blank=True,
        db_index=True,
        editable=False,
        help_text="A keyed hash of the network it came from, which changes every week.",
    )
    # Longer than the 80 characters that a reader may type: one of them can be many code points.
    name = models.CharField(max_length=320, help_text="Published with the comment.")
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
    text_hash = models.CharField(
        max_length=16,
        blank=True,
        db_index=True,
        editable=False,
        help_text="By which the same words are found again; none once it is erased.",
    )
    revision = models.PositiveIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="The revision of the page that was live when the reader wrote.",
    )
    has_link = models.BooleanField(
        default=False, editable=False, help_text="Whether an address on the web is in it."
    )
    seen_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a person first took it on."
    )
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
        permissions = [
            ("moderate_readercomment", "Can moderate reader comments"),
            ("erase_readercomment", "Can erase reader comments"),
            ("export_readercomment", "Can export reader comments"),
            ("configure_readercomment", "Can change the settings of reader comments"),
        ]
        indexes = [
            models.Index(fields=["state", "received_at"], name="comment_state_received"),
            models.Index(fields=["page", "state", "posted_at"], name="comment_page_state_posted"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.excerpt}" if self.state != State.ERASED else "Erased comment"

    stored_state: str = ""  # what the database holds, as far as this instance knows

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Self:
        loaded = super().from_db(db, field_names, values)
        loaded.stored_state = loaded.__dict__.get("state", "")
        return loaded

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.payload_digest and self.state != State.ERASED:
            self.payload_digest = payload_digest(
                page=str(self.translation_key),
                locale=self.locale,
                name=self.name,
                text=self.text,
                email=self.email,
            )
        if not self.receipt:
            self.receipt = receipt_of(self.idempotency_key)
        super().save(*args, **kwargs)
        self.stored_state = self.state

    @property
    def concerns_readers(self) -> bool:
        """Whether readers see it, or saw it before what is about to be stored."""
        return State.APPROVED in (self.state, self.stored_state)

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

    def move_to(
        self,
        state: State,
        *,
        by: Any,
        seen_version: int | None = None,
        reason: str = "",
        channel: Channel = Channel.ADMIN,
        batch: UUID | None = None,
    ) -> Event:
        """Give this comment a new state, in one transaction, and note who did so and why.

        ``seen_version`` is the version the moderator looked at; what has the same ``batch`` is
        undone together. Raises ``ModerationError`` when somebody else decided since, or when the
        state cannot be reached from the present one.
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
                stored.forget_words()
            event = stored.change_state(
                state, action=Action.MOVED, by=by, reason=reason, channel=channel, batch=batch
            )
        self.refresh_from_db()
        return event

    def forget_words(self) -> None:
        """Nothing is left of what the reader wrote, nor anything it could be guessed from."""
        self.name = self.text = self.email = self.network = ""
        self.payload_digest = self.text_hash = ""
        self.signals = []
        self.has_link = False
        self.reasons.all().delete()

    def change_state(
        self,
        state: State,
        *,
        action: Action,
        by: Any,
        channel: Channel,
        reason: str = "",
        batch: UUID | None = None,
    ) -> Event:
        """Save it with ``state``, and the event. For whoever holds its row, in a transaction."""
        before, self.state = self.state, state
        self.moderated_by, self.moderated_at = by, timezone.now()
        self.seen_at = self.seen_at or self.moderated_at
        self.version += 1
        self.save()
        return Event.objects.create(
            comment=self,
            actor=by,
            action=action,
            from_state=before,
            to_state=state,
            reason=reason,
            channel=channel,
            version_after=self.version,
            batch=batch or uuid4(),
        )

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.stored_state = self.state


def undo(batch: UUID, *, by: Any, channel: Channel = Channel.ADMIN) -> list[ReaderComment]:
    """Take back every decision of one batch, or none of them; the comments as they are now.

    Raises ``ModerationError`` where a comment was changed again since, or erased, and where there
    is no such batch.
    """
    with transaction.atomic():
        events = list(Event.objects.filter(batch=batch, action=Action.MOVED))
        locked = ReaderComment.objects.lock(event.comment_id for event in events)
        comments = {comment.pk: comment for comment in locked}
        if not comments:
            raise ModerationError("There is nothing to undo: this decision is not known.")
        for event in events:
            comment = comments[event.comment_id]
            if event.to_state == State.ERASED:
                raise ModerationError("An erased comment is gone and cannot come back.")
            if comment.version != event.version_after:
                raise ModerationError(
                    f"The comment by '{comment.name}' was changed again since: it is now "
                    f"'{comment.get_state_display()}'. Nothing was undone."
                )
        new_batch = uuid4()
        for event in events:
            comments[event.comment_id].change_state(
                State(event.from_state),
                action=Action.UNDONE,
                by=by,
                channel=channel,
                batch=new_batch,
            )
    return list(comments.values())


class Reason(models.Model):
    """Why a comment waits: the rule, and the words that it matched.

    ``start`` and ``end`` count code points of the comment's ``field``.
    """

    comment = models.ForeignKey(ReaderComment, on_delete=models.CASCADE, related_name="reasons")
    rule = models.CharField(max_length=30, help_text="The code of the rule.")
    field = models.CharField(max_length=10, blank=True, help_text="Where: 'name' or 'text'.")
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True, help_text="More, in words.")

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        indexes = [models.Index(fields=["rule", "comment"], name="comment_reason_rule")]

    def __str__(self) -> str:
        return self.rule


class Event(models.Model):
    """One entry of the history of a comment. It is written once, and holds none of its words."""

    comment = models.ForeignKey(ReaderComment, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who did it; nobody where a program did.",
    )
    action = models.CharField(max_length=10)
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An event is written once: write another.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("An event stays.")


def payload_digest(*, page: str, locale: str, name: str, text: str, email: str) -> str:
    """SHA-256, in hex, of what the reader sent; the same comment sent again has the same one."""
    return hashlib.sha256(
        json.dumps([page, locale, name, text, email], ensure_ascii=True).encode()
    ).hexdigest()
