"""Where a page lies in the site, and which paths are refused because they lead out of it."""

from __future__ import annotations

import re
from unicodedata import category, normalize

MAX_SEGMENT_BYTES = 255  # of every file system we know
MAX_PATH_BYTES = 2048  # leaves room for the output directory below the usual 4,096
# What almost every path consists of: nothing in it can be refused, and it is its own key.
PLAIN = re.compile(r"/(?:[a-z0-9][a-z0-9_-]{0,199}/)*")
ENCODED = re.compile(r"%[0-9a-fA-F]{2}")


def path_for(url_path: str) -> str:
    """``/about/`` becomes ``about/index.html``; the root ``/`` becomes ``index.html``."""
    return f"{normalize('NFC', url_path)}index.html".lstrip("/")


def same_file(path: str) -> str:
    """A key that two paths share when some file system would take them for one file."""
    if path.isascii():
        return path.lower()
    return normalize("NFC", normalize("NFC", path).casefold())


def refusal_of(url_path: str) -> str | None:
    """Why a URL path cannot become a file, or ``None``: ``has the segment '..'``."""
    if PLAIN.fullmatch(url_path) and len(url_path) < MAX_PATH_BYTES - len("index.html"):
        return None
    if not url_path.startswith("/") or not url_path.endswith("/"):
        return "does not start and end with '/'"
    segments = url_path.split("/")[1:-1]
    if segments and segments[0].startswith("_"):
        return "starts with '_', which hosts keep for files such as '_redirects'"
    if refusal := next(filter(None, map(_refusal_of_segment, segments)), None):
        return refusal
    if len(path_for(url_path).encode()) > MAX_PATH_BYTES:
        return f"is longer than {MAX_PATH_BYTES:,} bytes"
    return None


def _refusal_of_segment(segment: str) -> str | None:
    if not segment:
        return "has an empty segment"
    if segment in {".", ".."}:
        return f"has the segment '{segment}'"
    if "\\" in segment:
        return "has a backslash"
    if ENCODED.search(segment):
        return "is percent-encoded"
    if any(category(char) in {"Cc", "Cs"} for char in segment):
        return "has a control character"
    if len(normalize("NFC", segment).encode()) > MAX_SEGMENT_BYTES:
        return f"has a segment longer than {MAX_SEGMENT_BYTES} bytes"
    return None
