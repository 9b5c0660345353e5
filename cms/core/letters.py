"""The words of one mail, and what keeps words of others from becoming parts of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_TITLE = 120
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent, to one address."""

    to: str
    subject: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def one_line(text: str) -> str:
    """A title, as it can stand in a header or a line of a mail: nothing in it ends the line."""
    plain = "".join(
        character
        for character in " ".join(text.split())
        if unicodedata.category(character) != "Cc" and character not in BIDI_CONTROLS
    )
    return plain if len(plain) <= LONGEST_TITLE else f"{plain[: LONGEST_TITLE - 1].rstrip()}…"
