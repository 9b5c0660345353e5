"""The files an exporter asks for become one tar stream: a request for each would cost more.

``{"renditions": [31, 32], "documents": [2]}`` becomes the members ``renditions/31``,
``renditions/32`` and ``documents/2``, in this order. Of a file that cannot be had there is
``renditions/31.error``, whose text is what the endpoint of the single file would say.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import SEEK_END
from typing import IO

import orjson

from cms.export_feed import stored_files
from cms.export_feed.stored_files import MissingFileError

MOST_FILES = 500
LARGEST_ID = 2**63 - 1
CHUNK_BYTES = 64 * 1024


class BundleError(Exception):
    """What was asked for is not a list of files; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    renditions: list[int]
    documents: list[int]


def asked_for(body: bytes) -> Asked:
    """Raises ``BundleError``."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BundleError(f"The request is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise BundleError("The request is not a JSON object.")
    asked = Asked(_ids(content, "renditions"), _ids(content, "documents"))
    count = len(asked.renditions) + len(asked.documents)
    if count > MOST_FILES:
        raise BundleError(
            f"{count} files are too many for one request. Ask for {MOST_FILES} at most."
        )
    return asked


def tar_chunks(asked: Asked) -> Iterator[bytes]:
    """An uncompressed tar. Two queries, then only files: none is held in memory whole."""
    chunk = bytearray()
    for part in _members(asked):
        chunk += part
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk) + bytes(2 * tarfile.BLOCKSIZE)


def _members(asked: Asked) -> Iterator[bytes]:
    for folder, files, ids in (
        ("renditions", stored_files.renditions(asked.renditions), asked.renditions),
        ("documents", stored_files.documents(asked.documents), asked.documents),
    ):
        for object_id in ids:
            name = f"{folder}/{object_id}"
            try:
                file = files.one(object_id).open()
            except MissingFileError as error:
                text = str(error).encode()
                yield from _member(f"{name}.error", len(text), [text])
            else:
                with file:
                    yield from _member(
                        name, _size(file), iter(partial(file.read, CHUNK_BYTES), b"")
                    )


def _member(name: str, size: int, parts: Iterable[bytes]) -> Iterator[bytes]:
    """Raises ``OSError`` where a file changes while it is read: the reader sees a cut stream."""
    header = tarfile.TarInfo(name)
    header.size = size
    yield header.tobuf()
    left = size
    for part in parts:
        left -= len(part)
        yield part
    if left:
        raise OSError(f"The file of '{name}' was replaced while it was read.")
    yield bytes(-size % tarfile.BLOCKSIZE)


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, SEEK_END)
    file.seek(0)
    return size


def _ids(content: dict[str, object], name: str) -> list[int]:
    ids = content.get(name, [])
    if not isinstance(ids, list) or not all(
        type(one) is int and 0 < one <= LARGEST_ID for one in ids
    ):
        raise BundleError(f"'{name}' is not a list of ids.")
    return ids
