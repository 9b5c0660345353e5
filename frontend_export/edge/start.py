"""When a reader began to write: a signed instant that the form's script fetches and brings back.

It only ever adds a signal: whoever has no script brings none, and one that nobody signed is none.
"""

from __future__ import annotations

import hmac

from frontend_export.edge.submission import keyed_id

LONGEST_START = 64


def start_of(now: float, secret: bytes) -> str:
    """``"1795000000000.9c4b…"``: the milliseconds since 1970, signed."""
    milliseconds = str(int(now * 1000))
    return f"{milliseconds}.{keyed_id(secret, ['start', milliseconds])[:32]}"


def is_too_fast(start: str, secret: bytes, *, now: float, fastest_seconds: float) -> bool:
    """Whether ``start`` is of ours and less than that long ago. 0 seconds: never."""
    milliseconds = start.partition(".")[0]
    if not (milliseconds.isascii() and milliseconds.isdigit() and len(start) <= LONGEST_START):
        return False
    began = int(milliseconds) / 1000
    if not hmac.compare_digest(start.encode("utf-8", "replace"), start_of(began, secret).encode()):
        return False
    return now - began < fastest_seconds
