"""Addresses: whose they are, and the path that they name."""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote, urljoin, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Scheme, host and port. Two addresses of one origin are answered by one server."""

    scheme: str
    host: str
    port: int


def origin_of(url: str) -> Origin | None:
    """The origin of an absolute web address; ``None`` for any other, or a doubtful one.

    Doubtful is what two readers of an address may understand differently: ``http://a@b/``,
    a backslash, a space.
    """
    if "\\" in url or any(char.isspace() or not char.isprintable() for char in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return Origin(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme])


def path_of(url: str) -> str:
    """``https://example.org/caf%C3%A9/?page=2`` names ``/café/``.

    An address that cannot be read, ``http://[x``, names ``//``, where nothing is.
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        return "//"
    return normalize("NFC", unquote(path)) or "/"


def joined(base: str, url: str) -> str:
    """The whole address of one that is read at ``base``; one that cannot be read stays as it is."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url
