"""What a search index has of each page, as Pagefind keeps it."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson

from frontend_export.search_index import SIGNATURE


def texts_below(index: Path) -> dict[str, str]:
    """The words of each page by its path; none where there is no index."""
    found = {}
    for path in index.glob("fragment/*.pf_fragment"):
        record = orjson.loads(gzip.decompress(path.read_bytes()).removeprefix(SIGNATURE))
        found[record["url"]] = record["content"]
    return found
