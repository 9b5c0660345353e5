"""What a reader sees as one character, which is often several code points. Pure."""

from __future__ import annotations

import regex

GRAPHEME = regex.compile(r"\X")
# Put aside first: where many flags stand together, ``\X`` would count each from the first.
FLAG = regex.compile(r"\p{RI}\p{RI}")
WHOLE = regex.compile(r"\p{RI}{2}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*+|\X")


def characters_in(text: str) -> int:
    """How many a reader sees, in time that grows with ``text``, whatever it holds."""
    return len(text) if text.isascii() else len(GRAPHEME.findall(FLAG.sub("x", text)))


def edges_of(text: str) -> list[int]:
    """Where one character ends and the next begins, 0 and the end included."""
    if text.isascii() and "\r" not in text:
        return list(range(len(text) + 1))
    return [0, *(match.end() for match in WHOLE.finditer(text))]
