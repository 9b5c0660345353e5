"""What the search index holds of words that are everywhere, cut to a size that a reader can fetch.

Pagefind keeps every place of a word on every page, and has no option to keep fewer. Of a word on
each of 10,000 pages that makes a quarter of a megabyte, and the first places serve a search as
well: they rank the page, mark the excerpt, and find the phrase where it is used first. So a chunk
that is too large keeps the first few places of each page. No word and no page leaves it.

A chunk is packed CBOR after a signature: ``[[[word, [[page, places, ...], ...], ...], ...]]``. A
place counts from the one before it; a negative number among them says how much those that follow
weigh. That is Pagefind's own form, which may change with its version: another one is an error.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import cbor2

SIGNATURE = b"pagefind_dcd"
MOST_PLACES = (4, 2, 1)  # of a word on a page, one after another until the chunk is small


class ChunkError(ValueError):
    """It is not such a chunk."""


def too_large(index: Path, most_bytes: int) -> list[Path]:
    return sorted(path for path in (index / "index").iterdir() if path.stat().st_size > most_bytes)


def trim(chunk: Path, most_bytes: int) -> None:
    """Rewrite it in place, in ``most_bytes`` if one place on a page is few enough.

    Raises ``ChunkError``.
    """
    words = _read(chunk)
    for most in MOST_PLACES:
        for _, pages, *_ in words:
            for page in pages:
                page[1] = first_places(page[1], most)
        packed = gzip.compress(SIGNATURE + cbor2.dumps([words]), mtime=0)
        if len(packed) <= most_bytes:
            break
    chunk.write_bytes(packed)


def first_places(places: list[int], most: int) -> list[int]:
    left = most
    for at, place in enumerate(places):
        if place >= 0:
            if not left:
                return places[:at]
            left -= 1
    return places


def _read(chunk: Path) -> list[Any]:
    raw = gzip.decompress(chunk.read_bytes())
    if not raw.startswith(SIGNATURE):
        raise ChunkError(f"{chunk.name} begins with {raw[: len(SIGNATURE)]!r}")
    try:
        (words,) = cbor2.loads(raw[len(SIGNATURE) :])
        for word, pages, *_ in words:
            for page, places, *_ in pages:
                if not (isinstance(word, str) and isinstance(page, int)):
                    raise ChunkError(f"{chunk.name} has {word!r:.40} on {page!r:.40}")
                if not all(isinstance(place, int) for place in places):
                    raise ChunkError(f"{chunk.name} has {word!r:.40} at {places!r:.40}")
    except (cbor2.CBORDecodeError, TypeError, ValueError) as error:
        raise ChunkError(f"{chunk.name} is of another form: {error}") from error
    return list(words)


def main(index: str, most_bytes: str) -> None:
    """``python -m frontend_export.search_chunks INDEX MOST_BYTES``"""
    for chunk in too_large(Path(index), int(most_bytes)):
        trim(chunk, int(most_bytes))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (ChunkError, OSError) as error:
        sys.exit(str(error))
