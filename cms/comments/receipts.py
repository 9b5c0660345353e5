"""The code that a reader is shown for a comment, worked out from the comment's id alone.

The edge shows it and the CMS finds the comment by it; both work it out for themselves. It tells
nothing of the comment, and the id cannot be worked out from it.
"""

from __future__ import annotations

import hashlib

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
LENGTH = 12
BITS_OF_A_CHARACTER = 5


def receipt_of(id: str) -> str:
    """``"K7QF2M9XRT4C"`` of a comment's id."""
    digest = hashlib.sha256(f"plainleaf receipt{id}".encode()).digest()
    number = int.from_bytes(digest) >> len(digest) * 8 - LENGTH * BITS_OF_A_CHARACTER
    return "".join(
        ALPHABET[number >> at * BITS_OF_A_CHARACTER & 31] for at in reversed(range(LENGTH))
    )


def shown(receipt: str) -> str:
    """``"K7QF-2M9X-RT4C"``: in parts, as it is read out."""
    return "-".join(receipt[at : at + 4] for at in range(0, LENGTH, 4))


def typed(text: str) -> str:
    """A code as people type it, in the form that is stored: ``"k7qf 2m9x-rt4c"``."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    return plain.translate(str.maketrans("ILO", "110"))
