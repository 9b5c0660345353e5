"""What waits in the outbox becomes mail, whatever the mail server does.

A mail is claimed, sent, and marked; between the second and the third a crash makes it go out a
second time, with the same Message-ID. Otherwise what the server took never goes out again. A
server that cannot be reached costs no mail its tries: they are for what it refuses.
"""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Case, IntegerField, Q, When
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_tasks import task

from cms.comments import readers_mail
from cms.comments.mail import to_moderators
from cms.comments.mail.outbox import MailState, OutgoingMail, Purpose, forget_old_mail
from cms.core.letters import Letter, one_line

logger = logging.getLogger(__name__)

CLAIM_LASTS = timedelta(minutes=10)
UNREACHABLE_PAUSE = timedelta(minutes=1)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
CLAIMED_FROM = 10  # others may be claiming the first of them
MOST_PRESSING_FIRST = Case(
    *(When(purpose=purpose, then=place) for place, purpose in enumerate(Purpose)),
    output_field=IntegerField(),
)
# The words are made of what is true now; ``None`` where nothing is to be told any more.
LETTERS: Mapping[Purpose, Callable[[OutgoingMail], Letter | None]] = {
    Purpose.URGENT: to_moderators.urgent,
    Purpose.ESCALATION: to_moderators.escalation,
    Purpose.DIGEST: to_moderators.digest,
    Purpose.CONFIRM: readers_mail.asking,
    Purpose.LIVE: readers_mail.live,
    Purpose.REPLY: readers_mail.reply,
}


def send_round(now: datetime) -> int:
    """All that the clock asks for, once a minute; how many mails were sent."""
    to_moderators.escalate(now)
    to_moderators.tell_of_new(now)
    sent = send_due(now)
    forget_old_mail(now)
    readers_mail.forget_subscriptions(now)
    return sent


@task()
def send_urgent_now() -> None:
    send_due(timezone.now(), only=[Purpose.URGENT])


def send_due(now: datetime, *, only: Collection[Purpose] = tuple(Purpose)) -> int:
    """Send what is due at ``now``, for as long as one round may take; how many were sent."""
    until = time.monotonic() + settings.PLAINLEAF_MAIL_ROUND_SECONDS
    sent = 0
    connection = Connection()
    try:
        while time.monotonic() < until and (mail := _claimed(now, only)):
            try:
                letter = LETTERS[Purpose(mail.purpose)](mail)
            except Exception as error:  # one mail that cannot be made must not hold up the others
                logger.exception("Mail %s cannot be made.", mail)
                _note_failure(mail, error, now)
                continue
            if letter is None:
                mail.delete()  # what it was about is over
                readers_mail.mail_is_over(mail, now)
                continue
            if not connection.open():
                _release(mail, now, connection.error)
                break
            sent += _sent(mail, letter, connection, now)
    finally:
        connection.close()
    return sent


class Connection:
    """To the mail server, opened again after each fault."""

    def __init__(self) -> None:
        self._backend: Any = None
        self.error = ""

    def open(self) -> bool:
        """Whether the server listens to us; ``error`` says why not."""
        if self._backend:
            return True
        backend = get_connection()
        try:
            backend.open()
        except (smtplib.SMTPException, OSError) as error:
            self.error = in_short(error)
            logger.error("The mail server cannot be used: %s. Mail waits.", self.error)
            return False
        self._backend = backend
        return True

    def send(self, message: EmailMessage) -> None:
        """Raises ``SMTPException``, ``OSError``, and ``ValueError`` for what is no address."""
        try:
            self._backend.send_messages([message])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """What was accepted was: how the server says goodbye is nobody's trouble."""
        backend, self._backend = self._backend, None
        if backend:
            try:
                backend.close()
            except (smtplib.SMTPException, OSError) as error:
                logger.info("The mail server did not say goodbye: %s.", in_short(error))


def _claimed(now: datetime, only: Collection[Purpose]) -> OutgoingMail | None:
    """The most pressing mail that is due, which is now ours alone."""
    due = OutgoingMail.objects.filter(
        Q(state=MailState.WAITING, not_before__lte=now)
        | Q(state=MailState.SENDING, claimed_at__lte=now - CLAIM_LASTS),
        purpose__in=only,
    ).order_by(MOST_PRESSING_FIRST, "not_before", "pk")
    while found := due[:CLAIMED_FROM]:
        for mail in found:
            unchanged = OutgoingMail.objects.filter(
                pk=mail.pk, state=mail.state, claimed_at=mail.claimed_at
            )
            if unchanged.update(state=MailState.SENDING, claimed_at=now):
                mail.claimed_at = now
                return mail
    return None


def _sent(mail: OutgoingMail, letter: Letter, connection: Connection, now: datetime) -> bool:
    try:
        connection.send(message_of(mail, letter))
    except (smtplib.SMTPException, OSError, ValueError) as error:  # the last of a bad address
        _note_failure(mail, error, now)
        return False
    _mark_sent(mail, now)
    return True


def message_of(mail: OutgoingMail, letter: Letter) -> EmailMessage:
    """The Message-ID is that of the row: whoever gets it twice can tell."""
    host = urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname or "localhost"
    id = salted_hmac("plainleaf mail", mail.key, algorithm="sha256").hexdigest()[:32]
    return EmailMessage(
        one_line(f"[{settings.WAGTAIL_SITE_NAME}] {letter.subject}"),
        letter.body,
        to=[letter.to],
        headers={
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<{id}@{host}>",
            **letter.headers,
        },
    )


def _mark_sent(mail: OutgoingMail, now: datetime) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=MailState.SENT,
        settled_at=now,
        claimed_at=None,
        attempts=mail.attempts + 1,
        last_error="",
    )


def _release(mail: OutgoingMail, now: datetime, error: str) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=MailState.WAITING,
        claimed_at=None,
        not_before=now + UNREACHABLE_PAUSE,
        last_error=error,
    )


def _note_failure(mail: OutgoingMail, error: Exception, now: datetime) -> None:
    attempts = mail.attempts + 1
    is_over = attempts >= settings.PLAINLEAF_MAIL_TRIES or is_for_good(error)
    if is_over:
        logger.error("Mail %s is given up after %d tries: %s.", mail, attempts, in_short(error))
    else:
        logger.warning("Mail %s was not taken: %s. It is tried again.", mail, in_short(error))
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 10))
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=MailState.PARKED if is_over else MailState.WAITING,
        settled_at=now if is_over else None,
        claimed_at=None,
        attempts=attempts,
        not_before=now + pause,
        last_error=in_short(error),
    )


def is_for_good(error: Exception) -> bool:
    """Whether the server says that there is no such address."""
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        code >= 500 for code, _ in error.recipients.values()
    )


def in_short(error: Exception) -> str:
    """For the log and the row: never an address, which the server's own words may hold."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _ in error.recipients.values()})
        return f"it refused the address with {', '.join(codes)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return type(error).__name__
