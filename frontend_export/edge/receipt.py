"""A code that a reader can note down and read out, made from the id of a comment alone."""

from __future__ import annotations

import base64
import hashlib

PATTERN = "-".join(["[0-9A-HJKMNP-TV-Z]{4}"] * 3)
CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def receipt_of(id: str) -> str:
    """``"6f1c"`` has ``"AYX7-FANC-M3X7"``: Crockford's base32, in which no two letters look alike.

    The CMS makes the same; see docs/comments-contract.md.
    """
    digest = hashlib.sha256(f"plainleaf receipt{id}".encode()).digest()
    code = base64.b32encode(digest[:8]).decode().translate(CROCKFORD)
    return f"{code[:4]}-{code[4:8]}-{code[8:12]}"
