"""What proves that a form came from a page of ours, also after the page left the site. Pure.

The token of a page is as good in ten years as today: it names the page and nothing else, and the
key that makes it has no part in anything that rotates.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable

TOKEN_CHARACTERS = 22  # 132 bits of the signature


def page_token(key: str, translation_key: str, locale: str) -> str:
    """The start of base64url(HMAC-SHA256(key, ``page NUL translation key NUL locale``))."""
    message = f"page\0{translation_key}\0{locale}".encode("utf-8", "surrogatepass")
    # hmac.digest() would let other threads run, and wait for them longer than for the hash.
    signature = hmac.new(key.encode(), message, "sha256").digest()
    return urlsafe_b64encode(signature)[:TOKEN_CHARACTERS].decode()


def is_page_token(token: str, keys: Iterable[str], translation_key: str, locale: str) -> bool:
    """Whether one of ``keys`` made it for this page. Compared in constant time."""
    given = token.encode("utf-8", "surrogatepass")
    made = [page_token(key, translation_key, locale).encode() for key in keys]
    return any(hmac.compare_digest(given, known) for known in made)
