"""What stands in one line of a batch, checked value by value, or said in words to be wrong.

IntakeError      the root: ``status`` and ``code`` for the edge, a sentence for its log
├── Unsigned     401  not signed with a key of ours, or not now
├── TooLarge     413  more than one batch may hold
├── Malformed    400  not the JSON of the contract
└── Conflict     422  the same id came before with something else
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


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


def object_in(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Malformed("The line is not JSON.") from error
    if not isinstance(record, dict):
        raise Malformed("The line must be a JSON object.")
    return record


def text_of(record: dict[str, Any], field: str, *, least: int = 1, most: int) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise Malformed(f"'{field}' must be a text of {least} to {most} characters.")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Malformed(f"'{field}' holds a character that is not text.")
    return value


def uuid_of(record: dict[str, Any], field: str) -> UUID:
    try:
        return UUID(text_of(record, field, most=36))
    except ValueError as error:
        raise Malformed(f"'{field}' must be a UUID.") from error


def truth_of(record: dict[str, Any], field: str) -> bool:
    """False where it is not there: an older edge does not send it."""
    value = record.get(field, False)
    if not isinstance(value, bool):
        raise Malformed(f"'{field}' must be true or false.")
    return value


def instant_of(record: dict[str, Any], field: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text_of(record, field, most=40))
    except ValueError as error:
        raise Malformed(f"'{field}' must be an instant such as 2026-03-01T09:00:00Z.") from error
    if instant.tzinfo is None:
        raise Malformed(f"'{field}' must name its zone, as 2026-03-01T09:00:00Z does.")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise Malformed(f"'{field}' lies outside of the years 1 to 9999.") from error


def signals_of(record: dict[str, Any]) -> tuple[str, ...]:
    signals = record.get("signals")
    if (
        not isinstance(signals, list)
        or len(signals) > 20
        or not all(isinstance(signal, str) and len(signal) <= 40 for signal in signals)
    ):
        raise Malformed("'signals' must be a list of at most 20 short texts.")
    return tuple(signals)
