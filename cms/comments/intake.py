"""A signed comment from the edge becomes one row, however often it is sent.

The contract, byte by byte, is in ``docs/comments-contract.md``.

IntakeError      the root: ``status`` and ``code`` for the edge, a sentence for its log
├── Unsigned     401  not signed with a key of ours, or not now
├── Malformed    400  not the JSON of the contract
├── UnknownPage  404  no page has this key in this locale
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
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from wagtail.models import Page

from cms.comments.models import ReaderComment, State, payload_digest

CLOCK_SKEW = timedelta(minutes=5)
SHORTEST_KEY_BYTES = 32
SIGNATURE_VERSION = "v1"
SPAM_SIGNALS = frozenset({"honeypot"})


class IntakeError(Exception):
    status = 400
    code = "refused"


class Unsigned(IntakeError):  # noqa: N818 - reads as the reason it is
    status = 401
    code = "unsigned"


class Malformed(IntakeError):  # noqa: N818
    status = 400
    code = "malformed"


class UnknownPage(IntakeError):  # noqa: N818
    status = 404
    code = "unknown_page"


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


def parse(body: bytes, *, id: str) -> Submission:
    """The body of the contract; ``id`` is the one that was signed. Raises ``Malformed``."""
    try:
        record = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not JSON.") from error
    if not isinstance(record, dict):
        raise Malformed("The body must be a JSON object.")
    if _text(record, "id", most=64) != id:
        raise Malformed("'id' in the body differs from the signed Plainleaf-Id.")
    email = _text(record, "email", least=0, most=254)
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Malformed("'email' is not an e-mail address.") from error
    return Submission(
        id=id,
        page=_uuid(record, "page"),
        locale=_text(record, "locale", most=20),
        name=_text(record, "name", most=80),
        text=_text(record, "text", least=2, most=3000),
        email=email,
        received_at=_instant(record, "received_at"),
        signals=_signals(record),
    )


def store(submission: Submission) -> tuple[ReaderComment, bool]:
    """The one row of this comment, and whether it is new. Raises ``UnknownPage``, ``Conflict``.

    A page that was unpublished since keeps the comment, held: the reader was promised a person.
    """
    digest = payload_digest(
        page=str(submission.page),
        locale=submission.locale,
        name=submission.name,
        text=submission.text,
        email=submission.email,
    )
    with transaction.atomic():
        comment, is_new = ReaderComment.objects.get_or_create(
            idempotency_key=submission.id,
            defaults={
                "page": lambda: _page_of(submission),  # asked for a new comment only
                "translation_key": submission.page,
                "locale": submission.locale,
                "payload_digest": digest,
                "name": submission.name,
                "text": submission.text,
                "email": submission.email,
                "signals": list(submission.signals),
                "state": State.SPAM if SPAM_SIGNALS & {*submission.signals} else State.HELD,
                "received_at": submission.received_at,
                "posted_at": submission.received_at,
            },
        )
    if not hmac.compare_digest(comment.payload_digest, digest):
        raise Conflict(f"The id '{submission.id}' came before with another comment.")
    return comment, is_new


def _page_of(submission: Submission) -> Page:
    page = Page.objects.filter(
        translation_key=submission.page, locale__language_code=submission.locale
    ).first()
    if page is None:
        raise UnknownPage(
            f"No page has the key '{submission.page}' in the locale '{submission.locale}'. "
            "It may have been deleted since the reader opened it."
        )
    return page


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
