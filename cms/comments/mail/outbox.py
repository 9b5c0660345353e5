"""Mail that has yet to go out, written down in the transaction of its cause.

A row says who is to be told of what, and no more: the words are made when it is sent, of what is
true then. So nothing a reader wrote, and no link that lets somebody in, ever waits here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models

LATE_AFTER = timedelta(minutes=15)


class Purpose(StrEnum):
    """Why somebody gets mail, the most pressing first."""

    URGENT = "urgent"
    ESCALATION = "escalation"
    DIGEST = "digest"
    CONFIRM = "confirm"
    LIVE = "live"
    REPLY = "reply"


TO_READERS = (Purpose.CONFIRM, Purpose.LIVE, Purpose.REPLY)


class MailState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"


class OutgoingMailQuerySet(models.QuerySet):
    def waiting(self) -> OutgoingMailQuerySet:
        return self.filter(state=MailState.WAITING)

    def settled(self) -> OutgoingMailQuerySet:
        return self.filter(state__in=(MailState.SENT, MailState.PARKED))

    def in_trouble(self, now: datetime) -> OutgoingMailQuerySet:
        """What an operator should hear of: given up, or due for longer than it should be.

        A reader may have mistyped an address: that such mail is given up is nobody's fault.
        """
        return self.filter(
            (models.Q(state=MailState.PARKED) & ~models.Q(purpose__in=TO_READERS))
            | models.Q(
                state__in=(MailState.WAITING, MailState.SENDING), due_at__lt=now - LATE_AFTER
            )
        )


class OutgoingMail(models.Model):
    """One mail to one address."""

    purpose = models.CharField(max_length=12)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="The moderator it is for.",
    )
    address = models.EmailField(
        blank=True, help_text="Where it goes when it is for no user: the list for escalations."
    )
    comment = models.ForeignKey(
        "comments.ReaderComment",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="The comment whose reader it is for.",
    )
    since = models.DateTimeField(
        null=True, help_text="Of a digest: since when what came in is told."
    )
    key = models.CharField(
        max_length=200, unique=True, help_text="The same mail, asked for twice, is one row."
    )
    state = models.CharField(max_length=8, default=MailState.WAITING.value)
    made_at = models.DateTimeField(help_text="When it was put here.")
    due_at = models.DateTimeField(help_text="When it may first be sent.")
    not_before = models.DateTimeField(help_text="When it is tried, or tried again.")
    claimed_at = models.DateTimeField(null=True, help_text="When a process began to send it.")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, help_text="When it was sent, or given up.")

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "not_before"], name="outgoing_mail_due")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


def put(
    purpose: Purpose, *, key: str, now: datetime, due_at: datetime | None = None, **values: Any
) -> bool:
    """Add one mail, unless the same one is there. Belongs into the transaction of its cause."""
    times = {"made_at": now, "due_at": due_at or now, "not_before": due_at or now}
    _, is_new = OutgoingMail.objects.get_or_create(
        key=f"{purpose}:{key}", defaults={"purpose": purpose, **times, **values}
    )
    return is_new


def trouble_in_words(now: datetime) -> str:
    """A sentence for operators when mail does not go out; nothing while all is well."""
    trouble = OutgoingMail.objects.in_trouble(now)
    last = trouble.exclude(last_error="").order_by("-not_before").first()
    parked = trouble.filter(state=MailState.PARKED).count()
    late = trouble.count() - parked
    said = []
    if parked:
        said.append(
            f"Mail about reader comments was given up: {parked}. Once the mail server takes it, "
            "'manage.py send_due_mail --parked' sends it."
        )
    if late:
        said.append(
            f"Mail about reader comments is late: {late}, for more than "
            f"{LATE_AFTER // timedelta(minutes=1)} minutes. Look at the mail server and at the "
            "scheduler."
        )
    if said and last:
        said.append(f"The last error: {last.last_error}.")
    return " ".join(said)


def try_parked_again(now: datetime) -> int:
    """Give what was given up all its tries back; how many there were."""
    return OutgoingMail.objects.filter(state=MailState.PARKED).update(
        state=MailState.WAITING, not_before=now, attempts=0, settled_at=None
    )


def forget_old_mail(now: datetime) -> int:
    """Delete what was sent, or given up, longer ago than it is kept; how many there were."""
    oldest = now - timedelta(days=settings.PLAINLEAF_MAIL_DAYS_KEPT)
    deleted, _ = OutgoingMail.objects.settled().filter(settled_at__lt=oldest).delete()
    return deleted
