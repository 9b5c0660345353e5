"""What readers wrote, and the state a person gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import admin
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cms.articles.models import ArticlePage
from cms.comments.comment_settings import CommentSettings as CommentSettings
from cms.comments.data_log import DataEvent as DataEvent
from cms.comments.history import Action as Action
from cms.comments.history import Channel as Channel
from cms.comments.history import Event as Event
from cms.comments.mail.outbox import OutgoingMail as OutgoingMail
from cms.comments.mail.subscriptions import MailSubscription as MailSubscription
from cms.comments.mail.wishes import ModeratorMailWishes as ModeratorMailWishes
from cms.comments.original import LONGEST_NAME
from cms.comments.original import Original as Original
from cms.comments.reasons import Reason as Reason
from cms.comments.receipts import receipt_of
from cms.comments.redaction import FIELDS, Span, covers, moved, redacted
from cms.comments.report import Report as Report
from cms.comments.report import forget_words
from cms.comments.staff_reply import StaffReply as StaffReply
from cms.comments.states import NOT_FOR_READERS, REACHABLE_FROM, STATE_CHOICES, WAITING
from cms.comments.states import ModerationError as ModerationError
from cms.comments.states import State as State
from cms.core.commenting import Mode
from cms.core.numbers import whole_number
from cms.core.written_links import has_link


class ReaderCommentQuerySet(models.QuerySet):
    def publishable(self) -> ReaderCommentQuerySet:
        """Approved comments of live pages, oldest first: all that may ever leave the CMS.

        And what is left of an erased one whose reply readers know: a place without any word. None
        of a page that hides comments is among them, and none at all while the whole site does.
        Use ``id``, ``page_id``, ``name``, ``text``, ``posted_at``, ``edition`` and the reply, and
        no other field.
        """
        site_hides = CommentSettings.objects.filter(mode=Mode.HIDDEN)
        page_hides = ArticlePage.objects.filter(pk=OuterRef("page"), comments_mode=Mode.HIDDEN)
        return (
            self.for_readers()
            .filter(~Exists(site_hides), ~Exists(page_hides), page__live=True)
            .order_by("posted_at", "id")
        )

    def with_old_originals(self, before: datetime) -> ReaderCommentQuerySet:
        """Of which it is still known how they were typed, since words were removed before then."""
        return self.filter(original__kept_since__lt=before)

    def for_readers(self) -> ReaderCommentQuerySet:
        """Those that readers see wherever their page shows comments."""
        is_place = Q(state=State.ERASED, reply__stands_alone=True)
        return self.filter(Q(state=State.APPROVED) | is_place)

    def waiting(self) -> ReaderCommentQuerySet:
        """What a moderator has yet to look at."""
        return self.filter(state__in=WAITING)

    def note_seen(self, number: int) -> None:
        """A moderator has it before them. No decision, so it keeps its version."""
        self.filter(pk=number, seen_at=None).update(seen_at=timezone.now())

    def shown_as(self, name: str) -> ReaderComment | None:
        """The comment that a page of the site calls ``name``, whatever became of it since."""
        return self.filter(pk=whole_number(name)).first()

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
        help_text="SHA-256 of what the reader sent; none once any of it is forgotten.",
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
        editable=False,
        help_text="A keyed hash of the network it came from, which changes every week.",
    )
    name = models.CharField(max_length=LONGEST_NAME, help_text="Published with the comment.")
    text = models.TextField(
        help_text="Plain text, exactly as it was typed but for what a moderator removed."
    )
    email = models.EmailField(
        "e-mail",
        blank=True,
        help_text="Private. Never published; exported only where that is asked for.",
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
    told_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        db_index=True,
        help_text="When mail last told people that it waits, among others.",
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

    redactions = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Field, start and end of what was removed from the name and the text, in code "
        "points of how they were typed; none once that is forgotten.",
    )
    reviewed_revision = models.PositiveIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="The revision of the page that was live when a moderator last let it stand.",
    )
    rereview_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Since when it waits for another look, as the article has changed.",
    )
    edition = models.PositiveIntegerField(
        default=1,
        editable=False,
        help_text="Counts how often words that readers may have seen were taken back.",
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
            models.Index(fields=["network", "received_at"], name="comment_network_received"),
            models.Index(fields=["received_at"], name="comment_received"),
            models.Index(
                fields=["rereview_since"],
                condition=Q(rereview_since__isnull=False),
                name="comment_rereview",
            ),
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
        if self._state.adding and not self.payload_digest and self.state != State.ERASED:
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
        return State.APPROVED in (self.state, self.stored_state) or self.is_place_of_reply

    @property
    def is_place_of_reply(self) -> bool:
        """It was erased, and its reply still stands where it was."""
        if self.state != State.ERASED:
            return False
        return StaffReply.objects.filter(comment=self, stands_alone=True).exists()

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
            stored = self.taken_up(seen_version)
            if not stored.can_become(state):
                raise ModerationError(
                    f"The comment by '{stored.name}' is '{stored.get_state_display()}' "
                    f"and cannot become '{state.label}'."
                )
            if state == State.ERASED:
                if stored.state == State.APPROVED:
                    StaffReply.objects.filter(comment=stored).update(stands_alone=True)
                stored.forget_words()
            event = stored.change_state(
                state, action=Action.MOVED, by=by, reason=reason, channel=channel, batch=batch
            )
            if state in NOT_FOR_READERS:
                # What tells of a crisis waits for who reads it, as long as it has words.
                reports = stored.reports.all()
                decided = reports if state == State.ERASED else reports.filter(is_urgent=False)
                decided.settle(by=by, how=state, batch=event.batch)
        self.refresh_from_db()
        return event

    def taken_up(self, seen_version: int | None = None) -> Self:
        """Its row as it is stored, held until the transaction ends.

        Raises ``ModerationError`` when somebody else changed it since ``seen_version``.
        """
        stored = type(self).objects.select_for_update().get(pk=self.pk)
        if seen_version is not None and stored.version != seen_version:
            whose = f"The comment by '{stored.name}'" if stored.name else "The comment"
            raise ModerationError(
                f"{whose} was changed by {stored.last_changed_by} since you opened it: "
                f"it is now '{stored.get_state_display()}'. Look again."
            )
        return stored

    @property
    def last_changed_by(self) -> str:
        """In the words of a message: whoever decided need not be the last, a program may be."""
        last = self.events.select_related("actor").last()
        return f"'{last.actor}'" if last and last.actor else "somebody else"

    def let_stand(
        self,
        *,
        by: Any,
        seen_version: int | None = None,
        reason: str = "",
        channel: Channel = Channel.ADMIN,
        batch: UUID | None = None,
    ) -> Event:
        """It is fine still, beside the article as it is now. Raises ``ModerationError``."""
        with transaction.atomic():
            stored = self.taken_up(seen_version)
            if not stored.waits_for_another_look:
                raise ModerationError("The comment does not wait for another look any more.")
            # Past the signal of a save: the site does not change, so nothing is to be exported.
            type(self).objects.filter(pk=self.pk).update(
                rereview_since=None,
                reviewed_revision=stored.live_revision,
                moderated_by=by,
                moderated_at=timezone.now(),
                version=stored.version + 1,
            )
            self.refresh_from_db()
            return self.note(
                Action.KEPT, State.APPROVED, by=by, channel=channel, reason=reason, batch=batch
            )

    @property
    def waits_for_another_look(self) -> bool:
        return self.state == State.APPROVED and self.rereview_since is not None

    @property
    def live_revision(self) -> int | None:
        """Of its page, now."""
        return self.page and self.page.live_revision_id

    def forget_words(self) -> None:
        """Nothing is left of what the reader wrote, nor anything it could be guessed from.

        The reply is no word of the reader, and stays.
        """
        self.name = self.text = self.email = self.network = ""
        self.payload_digest = self.text_hash = ""
        self.signals = []
        self.has_link = False
        self.edition += 1
        self.redactions = []
        self.reasons.all().delete()
        forget_words(self.reports.all())
        Original.objects.filter(comment=self).delete()

    @property
    def as_typed(self) -> ReaderComment | Original:
        """What has the name and the text as the reader typed them, as long as that is known."""
        return Original.objects.filter(comment=self).first() or self

    def spans(self, field: str) -> list[Span]:
        return [span for span in (Span(*one) for one in self.redactions) if span.field == field]

    def redact(self, spans: Sequence[Span]) -> None:
        """Show marks in place of ``spans``, which are whole, and of nothing else. Not saved.

        Raises ``ModerationError`` where the name becomes longer than one may be.
        """
        original = self.as_typed
        if any(not covers([Span(*one) for one in self.redactions], span) for span in spans):
            self.edition += 1
        self.redactions = [list(span) for span in spans]
        for field in FIELDS:
            setattr(self, field, redacted(getattr(original, field), self.spans(field)))
        if len(self.name) > LONGEST_NAME:
            raise ModerationError("So many marks make the name too long. Remove all of it.")
        self.has_link = has_link(self.name) or has_link(self.text)

    def forget_original(self, *, by: Any = None, channel: Channel = Channel.SCHEDULE) -> None:
        """What is published is all that is left; nothing that was removed can come back."""
        with transaction.atomic():
            stored = self.taken_up()
            for reason in stored.reasons.exclude(field=""):
                spans = stored.spans(reason.field)
                reason.start = moved(reason.start, spans)
                reason.end = moved(reason.end, spans, is_end=True)
                reason.save()
            Original.objects.filter(comment=stored).delete()
            stored.redactions = []
            stored.payload_digest = stored.text_hash = ""  # what was removed could be guessed
            stored.version += 1
            stored.save()
            stored.note(Action.FORGOTTEN, State(stored.state), by=by, channel=channel)
        self.refresh_from_db()

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
        if action == Action.MOVED and state == State.APPROVED:
            self.rereview_since, self.reviewed_revision = None, self.live_revision
        if by is not None:
            self.moderated_by, self.moderated_at = by, timezone.now()
            self.seen_at = self.seen_at or self.moderated_at
        elif state == State.URGENT != before:
            self.seen_at = None  # whoever looked before did not know
        self.version += 1
        self.save()
        return self.note(action, State(before), by=by, channel=channel, reason=reason, batch=batch)

    def note(
        self,
        action: Action,
        before: State,
        *,
        by: Any,
        channel: Channel,
        reason: str = "",
        batch: UUID | None = None,
    ) -> Event:
        """Write down what has just happened to it."""
        return Event.objects.create(
            comment=self,
            actor=by,
            action=action,
            from_state=before,
            to_state=self.state,
            reason=reason,
            channel=channel,
            version_after=self.version,
            batch=batch or uuid4(),
        )

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.stored_state = self.state


def payload_digest(*, page: str, locale: str, name: str, text: str, email: str) -> str:
    """SHA-256, in hex, of what the reader sent; the same comment sent again has the same one."""
    return hashlib.sha256(
        json.dumps([page, locale, name, text, email], ensure_ascii=True).encode()
    ).hexdigest()
