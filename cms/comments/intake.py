"""What readers sent, signed by the edge, takes effect once, however often it is sent.

The contract, byte by byte, is in ``docs/comments-contract.md``. A line is a comment, or of a kind
in ``TAKERS``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from cms.comments import readers_mail
from cms.comments.arrivals import Arrivals, Submission
from cms.comments.asked_once import asked_once
from cms.comments.lines import (
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
from cms.comments.original import LONGEST_NAME
from cms.comments.report_intake import take_report

CLOCK_SKEW = timedelta(minutes=5)
SHORTEST_KEY_BYTES = 32
SIGNATURE_VERSION = "v1"
TRIES = 3
LARGEST_BATCH = 100
LARGEST_BATCH_BYTES = 1024 * 1024
LARGEST_LINE_BYTES = 256 * 1024
LONGEST_TEXT = 36_000  # code points: twelve for each character of the edge's limit


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
    for has_another in reversed(range(TRIES)):
        try:
            with transaction.atomic(), asked_once():
                return _taken(lines)
        except IntegrityError:  # it was sent again while it was being stored: now it is known
            if not has_another:
                raise
    raise AssertionError("the last try returns or raises")


def take(line: bytes) -> Result:
    """One line as a batch of its own."""
    (result,) = take_all([line])
    return result


def _taken(lines: Sequence[bytes]) -> list[Result]:
    """Let each line take effect, in order, and say what became of it."""
    said = [_said(line) for line in lines]
    arrivals = Arrivals([one.what for one in said if isinstance(one.what, Submission)])
    results = []
    for id, what in said:
        try:
            if isinstance(what, IntakeError):
                raise what
            if isinstance(what, Submission):
                is_new = arrivals.take(what)
            else:
                arrivals.store()  # it may be about one of them
                is_new = what()
        except IntakeError as error:
            results.append(Result(id, error.status, error.code, str(error)))
        else:
            results.append(Result(id, 201 if is_new else 200))
    arrivals.store()
    return results


class Said(NamedTuple):
    """What a line says: a comment, something else to do, or nothing that can be taken."""

    id: str
    what: Submission | Callable[[], bool] | IntakeError


def _said(line: bytes) -> Said:
    id = ""
    try:
        record = object_in(line)
        id = record["id"] if isinstance(record.get("id"), str) else ""
        if len(line) > LARGEST_LINE_BYTES:
            raise TooLarge(f"A line has at most {LARGEST_LINE_BYTES:,} bytes.")
        kind = record.get("kind", COMMENT)
        if kind == COMMENT:
            return Said(id, parse(record))
        taker = TAKERS.get(kind) if isinstance(kind, str) else None
        if taker is None:
            raise Malformed(
                "'kind' is none that this CMS knows. It knows "
                f"{', '.join(map(repr, (COMMENT, *TAKERS)))}; "
                "an edge that is newer than the CMS sends others. Update the CMS, then resend."
            )
    except IntakeError as error:
        return Said(id, error)
    return Said(id, partial(taker, record))


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
# What is done with a line of another kind. It raises ``IntakeError``, or says whether it is new.
TAKERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "report": take_report,
    "mail_confirm": taken_by_link(readers_mail.confirm),
    "mail_unsubscribe": taken_by_link(readers_mail.unsubscribe),
}
