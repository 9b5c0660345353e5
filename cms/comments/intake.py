"""What readers sent, signed by the edge, takes effect once, however often it is sent.

The contract, byte by byte, is in ``docs/comments-contract.md``; what a line can be is in ``KINDS``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.models import Page

from cms.comments import checking, readers_mail
from cms.comments.asked_once import asked_once, once
from cms.comments.commented_page import revision_at
from cms.comments.judging import judge, note_reasons, text_hash
from cms.comments.lines import (
    Conflict,
    IntakeError,
    Malformed,
    TooLarge,
    Unsigned,
    instant_of,
    object_in,
    signals_of,
    text_of,
    truth_of,
    uuid_of,
)
from cms.comments.models import (
    Action,
    Channel,
    Event,
    ReaderComment,
    payload_digest,
)
from cms.comments.original import LONGEST_NAME
from cms.comments.report_intake import take_report
from cms.comments.rules import Rule

CLOCK_SKEW = timedelta(minutes=5)
SHORTEST_KEY_BYTES = 32
SIGNATURE_VERSION = "v1"
LARGEST_BATCH = 100
LARGEST_BATCH_BYTES = 1024 * 1024
LARGEST_LINE_BYTES = 256 * 1024
LONGEST_TEXT = 36_000  # code points: twelve for each character of the edge's limit


@dataclass(frozen=True, slots=True)
class Submission:
    """A comment as the edge forwards it, with every value checked."""

    id: str
    page: UUID
    locale: str
    name: str
    text: str
    email: str
    received_at: datetime
    signals: tuple[str, ...]
    network: str
    wants_mail: bool


class Result(NamedTuple):
    """What the edge is told of one line."""

    id: str
    status: int
    code: str = ""
    message: str = ""


def verify(
    *, keys: Sequence[str], id: str, timestamp: str, signatures: str, body: bytes, now: datetime
) -> None:
    """Raise ``Unsigned`` unless one of ``signatures`` is ours, over these bytes, and recent.

    ``signatures`` is the header: ``"v1,<base64>"``, several separated by spaces. Compared in
    constant time with every key, so that two are valid while one replaces the other.
    """
    try:
        age = abs(int(now.timestamp()) - int(timestamp))
    except ValueError:
        raise Unsigned("Plainleaf-Timestamp must be whole seconds since 1970.") from None
    if age > CLOCK_SKEW.total_seconds():
        raise Unsigned(
            "Plainleaf-Timestamp is more than five minutes away from the clock of the CMS. "
            "Set both clocks."
        )
    message = f"{id}.{timestamp}.".encode() + body
    expected = [hmac.digest(key.encode(), message, hashlib.sha256) for key in keys]
    for signature in signatures.split():
        version, _, encoded = signature.partition(",")
        if version != SIGNATURE_VERSION:
            continue
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            continue
        if any(hmac.compare_digest(given, known) for known in expected):
            return
    raise Unsigned(
        "Plainleaf-Signature was not made with a key this CMS knows. "
        "PLAINLEAF_COMMENT_KEYS must share a key with the edge."
    )


def lines_in(body: bytes) -> list[bytes]:
    """The lines of a batch, as they came. Raises ``TooLarge``."""
    if len(body) > LARGEST_BATCH_BYTES:
        raise TooLarge(f"A batch has at most {LARGEST_BATCH_BYTES:,} bytes.")
    lines = body.splitlines()
    if not 1 <= len(lines) <= LARGEST_BATCH:
        raise TooLarge(f"A batch has 1 to {LARGEST_BATCH} lines, not {len(lines)}.")
    return lines


def take_all(lines: Sequence[bytes]) -> list[Result]:
    """All that the edge is told of is stored, or none of it."""
    with transaction.atomic(), asked_once():
        return [take(line) for line in lines]


def take(line: bytes) -> Result:
    """Let one line of a batch take effect, and say what became of it."""
    id = ""
    try:
        record = object_in(line)
        id = record["id"] if isinstance(record.get("id"), str) else ""
        if len(line) > LARGEST_LINE_BYTES:
            raise TooLarge(f"A line has at most {LARGEST_LINE_BYTES:,} bytes.")
        kind = record.get("kind", COMMENT)
        taker = KINDS.get(kind) if isinstance(kind, str) else None
        if taker is None:
            raise Malformed(
                f"'kind' is none that this CMS knows. It knows {', '.join(map(repr, KINDS))}; "
                "an edge that is newer than the CMS sends others. Update the CMS, then resend."
            )
        is_new = taker(record)
    except IntakeError as error:
        return Result(id, error.status, error.code, str(error))
    return Result(id, 201 if is_new else 200)


def take_comment(record: dict[str, Any]) -> bool:
    _, is_new = store(parse(record))
    return is_new


def parse(record: dict[str, Any]) -> Submission:
    """One comment of the contract, checked. Raises ``Malformed``.

    What is too long here was not taken by any edge: it counts characters, of which one can be
    several code points.
    """
    email = text_of(record, "email", least=0, most=254)
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Malformed("'email' is not an e-mail address.") from error
    return Submission(
        id=text_of(record, "id", most=64),
        page=uuid_of(record, "page"),
        locale=text_of(record, "locale", most=20),
        name=text_of(record, "name", most=LONGEST_NAME),
        text=text_of(record, "text", least=2, most=LONGEST_TEXT),
        email=email,
        received_at=instant_of(record, "received_at"),
        signals=signals_of(record),
        network=text_of(record, "network", least=0, most=16),
        wants_mail=truth_of(record, "notify"),
    )


def store(submission: Submission) -> tuple[ReaderComment, bool]:
    """The one row of this comment, and whether it is new. Raises ``Conflict``.

    Whatever became of its page since, the comment is kept: the reader was promised a person.
    """
    digest = payload_digest(
        page=str(submission.page),
        locale=submission.locale,
        name=submission.name,
        text=submission.text,
        email=submission.email,
    )
    with transaction.atomic(savepoint=False):
        known = ReaderComment.objects.filter(idempotency_key=submission.id).first()
        comment, is_new = (known, False) if known else _stored(submission, digest)
    # Without one, what was sent is forgotten in part, or erased: then its id alone names it.
    if comment.payload_digest and not hmac.compare_digest(comment.payload_digest, digest):
        raise Conflict(f"The id '{submission.id}' came before with another comment.")
    return comment, is_new


def _stored(submission: Submission, digest: str) -> tuple[ReaderComment, bool]:
    page = _page(submission.page, submission.locale)
    verdict = judge(submission, page)
    try:
        with transaction.atomic():
            comment = ReaderComment.objects.create(
                idempotency_key=submission.id,
                page=page,
                translation_key=submission.page,
                locale=submission.locale,
                payload_digest=digest,
                name=submission.name,
                text=submission.text,
                email=submission.email,
                network=submission.network,
                text_hash=text_hash(submission.text),
                signals=list(submission.signals),
                state=verdict.state,
                revision=revision_at(page, submission.received_at) if page else None,
                has_link=any(match.rule == Rule.LINKS for match in verdict.matches),
                received_at=submission.received_at,
                posted_at=submission.received_at,
            )
    except IntegrityError:  # it was sent again while it was being stored
        return ReaderComment.objects.get(idempotency_key=submission.id), False
    note_reasons(comment, verdict.matches)
    checking.ask_for(comment)
    if submission.wants_mail:
        readers_mail.subscribe(comment, timezone.now())
    Event.objects.create(
        comment=comment,
        action=Action.RECEIVED,
        to_state=comment.state,
        channel=Channel.EDGE,
        version_after=comment.version,
        batch=uuid4(),
    )
    return comment, True


@once
def _page(key: UUID, locale: str) -> Page | None:
    return Page.objects.filter(translation_key=key, locale__language_code=locale).first()


def taken_by_link(act: Callable[[str, datetime], None]) -> Callable[[dict[str, Any]], bool]:
    """Take a line that says which link of a mail a reader followed, and when.

    ``act`` gets the token and the instant. A token that expired, or was used before, is for ``act``
    to note: the edge is told that it arrived, and sends it no more.
    """

    def take_link(record: dict[str, Any]) -> bool:
        text_of(record, "id", most=64)
        act(text_of(record, "token", least=20, most=400), instant_of(record, "received_at"))
        return False

    return take_link


COMMENT = "comment"
# What is done with a line of each kind. It raises ``IntakeError``, or says whether the line is new.
KINDS: dict[str, Callable[[dict[str, Any]], bool]] = {
    COMMENT: take_comment,
    "report": take_report,
    "mail_confirm": taken_by_link(readers_mail.confirm),
    "mail_unsubscribe": taken_by_link(readers_mail.unsubscribe),
}
