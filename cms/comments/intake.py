"""Signed comments from the edge become one row each, however often they are sent.

The contract, byte by byte, is in ``docs/comments-contract.md``.

IntakeError      the root: ``status`` and ``code`` for the edge, a sentence for its log
├── Unsigned     401  not signed with a key of ours, or not now
├── TooLarge     413  more than one batch may hold
├── Malformed    400  not the JSON of the contract
└── Conflict     422  the same id came before with another comment
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from wagtail.models import Page

from cms.comments.judging import judge, revision_at, text_hash
from cms.comments.models import (
    Action,
    Channel,
    Event,
    ReaderComment,
    Reason,
    State,
    payload_digest,
)
from cms.comments.rules import Rule

CLOCK_SKEW = timedelta(minutes=5)
SHORTEST_KEY_BYTES = 32
SIGNATURE_VERSION = "v1"
LARGEST_BATCH = 100
LARGEST_BATCH_BYTES = 1024 * 1024
LARGEST_COMMENT_BYTES = 256 * 1024
LONGEST_NAME = 320  # code points
LONGEST_TEXT = 12_000


class IntakeError(Exception):
    status = 400
    code = "refused"


class Unsigned(IntakeError):  # noqa: N818 - reads as the reason it is
    status = 401
    code = "unsigned"


class Malformed(IntakeError):  # noqa: N818
    status = 400
    code = "malformed"


class TooLarge(IntakeError):  # noqa: N818
    status = 413
    code = "too_large"


class Conflict(IntakeError):  # noqa: N818
    status = 422
    code = "conflict"


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


class Result(NamedTuple):
    """What the edge is told of one comment."""

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


def comments_in(body: bytes) -> list[bytes]:
    """The comments of a batch, as they came. Raises ``TooLarge``, ``Malformed``."""
    if len(body) > LARGEST_BATCH_BYTES:
        raise TooLarge(f"A batch has at most {LARGEST_BATCH_BYTES:,} bytes.")
    lines = body.splitlines()
    if not 1 <= len(lines) <= LARGEST_BATCH:
        raise TooLarge(f"A batch has 1 to {LARGEST_BATCH} comments, not {len(lines)}.")
    return lines


def take(line: bytes) -> Result:
    """Store one comment of a batch, and say what became of it."""
    id = ""
    try:
        record = _object_in(line)
        id = record["id"] if isinstance(record.get("id"), str) else ""
        if len(line) > LARGEST_COMMENT_BYTES:
            raise TooLarge(f"A comment has at most {LARGEST_COMMENT_BYTES:,} bytes.")
        comment, is_new = store(parse(record))
    except IntakeError as error:
        return Result(id, error.status, error.code, str(error))
    return Result(comment.idempotency_key, 201 if is_new else 200)


def parse(record: dict[str, Any]) -> Submission:
    """One comment of the contract, checked. Raises ``Malformed``.

    What is too long here was not taken by any edge: it counts characters, of which one can be
    several code points.
    """
    email = _text(record, "email", least=0, most=254)
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Malformed("'email' is not an e-mail address.") from error
    return Submission(
        id=_text(record, "id", most=64),
        page=_uuid(record, "page"),
        locale=_text(record, "locale", most=20),
        name=_text(record, "name", most=LONGEST_NAME),
        text=_text(record, "text", least=2, most=LONGEST_TEXT),
        email=email,
        received_at=_instant(record, "received_at"),
        signals=_signals(record),
        network=_text(record, "network", least=0, most=16),
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
    with transaction.atomic():
        known = ReaderComment.objects.filter(idempotency_key=submission.id).first()
        comment, is_new = (known, False) if known else _stored(submission, digest)
    if comment.state != State.ERASED and not hmac.compare_digest(comment.payload_digest, digest):
        raise Conflict(f"The id '{submission.id}' came before with another comment.")
    return comment, is_new


def _stored(submission: Submission, digest: str) -> tuple[ReaderComment, bool]:
    page = Page.objects.filter(
        translation_key=submission.page, locale__language_code=submission.locale
    ).first()
    verdict = judge(submission, page)
    comment, is_new = ReaderComment.objects.get_or_create(
        idempotency_key=submission.id,
        defaults={
            "page": page,
            "translation_key": submission.page,
            "locale": submission.locale,
            "payload_digest": digest,
            "name": submission.name,
            "text": submission.text,
            "email": submission.email,
            "network": submission.network,
            "text_hash": text_hash(submission.text),
            "signals": list(submission.signals),
            "state": verdict.state,
            "revision": revision_at(page, submission.received_at) if page else None,
            "has_link": any(match.rule == Rule.LINKS for match in verdict.matches),
            "received_at": submission.received_at,
            "posted_at": submission.received_at,
        },
    )
    if is_new:
        Reason.objects.bulk_create(
            Reason(
                comment=comment,
                rule=match.rule,
                field=match.field,
                start=match.start,
                end=match.end,
                note=match.note,
            )
            for match in verdict.matches
        )
        Event.objects.create(
            comment=comment,
            action=Action.RECEIVED,
            to_state=comment.state,
            channel=Channel.EDGE,
            version_after=comment.version,
            batch=uuid4(),
        )
    return comment, is_new


def _object_in(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Malformed("The comment is not JSON.") from error
    if not isinstance(record, dict):
        raise Malformed("The comment must be a JSON object.")
    return record


def _text(record: dict[str, Any], field: str, *, least: int = 1, most: int) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise Malformed(f"'{field}' must be a text of {least} to {most} characters.")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Malformed(f"'{field}' holds a character that is not text.")
    return value


def _uuid(record: dict[str, Any], field: str) -> UUID:
    try:
        return UUID(_text(record, field, most=36))
    except ValueError as error:
        raise Malformed(f"'{field}' must be a UUID.") from error


def _instant(record: dict[str, Any], field: str) -> datetime:
    try:
        instant = datetime.fromisoformat(_text(record, field, most=40))
    except ValueError as error:
        raise Malformed(f"'{field}' must be an instant such as 2026-03-01T09:00:00Z.") from error
    if instant.tzinfo is None:
        raise Malformed(f"'{field}' must name its zone, as 2026-03-01T09:00:00Z does.")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise Malformed(f"'{field}' lies outside of the years 1 to 9999.") from error


def _signals(record: dict[str, Any]) -> tuple[str, ...]:
    signals = record.get("signals")
    if (
        not isinstance(signals, list)
        or len(signals) > 20
        or not all(isinstance(signal, str) and len(signal) <= 40 for signal in signals)
    ):
        raise Malformed("'signals' must be a list of at most 20 short texts.")
    return tuple(signals)
