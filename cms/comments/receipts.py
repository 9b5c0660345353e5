"""The code that a reader is shown for a comment, worked out from the comment's id alone.

The edge shows it and the CMS finds the comment by it; both work it out for themselves. It tells
nothing of the comment, and the id cannot be worked out from it.
"""

from __future__ import annotations

import base64
import hashlib

LENGTH = 12
# Crockford's base32, in which no letter looks like a digit: without I, L, O and U.
CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def receipt_of(id: str) -> str:
    """``"AYX7FANCM3X7"`` of ``"6f1c"``: see docs/comments-contract.md."""
    digest = hashlib.sha256(f"plainleaf receipt{id}".encode()).digest()
    return base64.b32encode(digest).decode()[:LENGTH].translate(CROCKFORD)


def shown(receipt: str) -> str:
    """``"K7QF-2M9X-RT4C"``: in parts, as it is read out."""
    return "-".join(receipt[at : at + 4] for at in range(0, LENGTH, 4))


def typed(text: str) -> str:
    """A code as people type it, in the form that is stored: ``"k7qf 2m9x-rt4c"``."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    return plain.translate(str.maketrans("ILO", "110"))
