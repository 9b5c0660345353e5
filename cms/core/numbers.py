"""Read a number that came in with a request."""

from __future__ import annotations

# Every number of that many digits is one that an id's column holds.
DIGITS_OF_AN_ID = 18


def whole_number(text: str, *, digits: int = DIGITS_OF_AN_ID) -> int | None:
    """``"12"`` is 12. ``None`` for what is not written in ASCII digits, or in more than these:
    SQLite raises ``OverflowError`` for a number that its columns do not hold."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= digits
    return int(text) if is_number else None
