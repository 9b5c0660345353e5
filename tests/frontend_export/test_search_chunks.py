"""Chunks of a search index: what is left of a word that is everywhere."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from typing import Any

import cbor2
import pytest

from frontend_export.search_chunks import SIGNATURE, ChunkError, main, too_large, trim


def write(chunk: Path, words: Any, signature: bytes = SIGNATURE) -> Path:
    chunk.parent.mkdir(parents=True, exist_ok=True)
    chunk.write_bytes(gzip.compress(signature + cbor2.dumps(words)))
    return chunk


def read(chunk: Path) -> Any:
    return cbor2.loads(gzip.decompress(chunk.read_bytes()).removeprefix(SIGNATURE))


def everywhere(places: int, kept: int | None = None, pages: int = 500) -> list[Any]:
    """A word on each page: once in its title, then in its text, never the same way twice."""
    dice = random.Random(1)
    in_text = [[dice.randrange(200) for _ in range(places)] for _ in range(pages)]
    return [
        "pain",
        [[1, [-169, 0, -25, *those[:kept]], [-1, 0]] for those in in_text],
        [["Pain", [[2, [-25, 4]]]]],
    ]


def test_every_word_and_page_stays_with_its_first_places(tmp_path: Path) -> None:
    rare = ["zopiclone", [[7, [-25, 3, 9]]], []]
    chunk = write(tmp_path / "chunk", [[everywhere(places=90), rare]])
    most = chunk.stat().st_size // 10
    trim(chunk, most)
    assert chunk.stat().st_size <= most
    assert read(chunk) == [[everywhere(places=90, kept=3), rare]]


def test_one_place_of_each_page_stays_however_large_that_is(tmp_path: Path) -> None:
    chunk = write(tmp_path / "chunk", [[everywhere(places=3)]])
    trim(chunk, 1)
    (((_, pages, _),),) = read(chunk)
    assert pages == [[1, [-169, 0, -25], [-1, 0]]] * 500


def test_only_what_is_too_large_is_cut(tmp_path: Path) -> None:
    small = write(tmp_path / "index/small", [[["once", [[7, [-25, *range(20)]]], []]]])
    large = write(tmp_path / "index/large", [[everywhere(places=90)]])
    before = small.read_bytes()
    assert too_large(tmp_path, small.stat().st_size) == [large]
    main(str(tmp_path), str(small.stat().st_size))
    assert small.read_bytes() == before
    assert len(read(large)[0][0][1][0][1]) < 10


@pytest.mark.parametrize(
    "words",
    [
        {"pain": []},
        [],
        [[["pain"]]],
        [[["pain", 7]]],
        [[["pain", [[1]], []]]],
        [[["pain", [["1", [3]]], []]]],
        [[["pain", [[1, ["3"]]], []]]],
        [[[1, [[1, [3]]], []]]],
    ],
)
def test_other_form_is_an_error_and_leaves_the_chunk(tmp_path: Path, words: Any) -> None:
    chunk = write(tmp_path / "en_1.pf_index", words)
    before = chunk.read_bytes()
    with pytest.raises(ChunkError, match=r"^en_1\.pf_index "):
        trim(chunk, 1)
    assert chunk.read_bytes() == before


def test_other_signature_is_an_error(tmp_path: Path) -> None:
    chunk = write(tmp_path / "en_1.pf_index", [[]], signature=b"pagefind_new")
    with pytest.raises(ChunkError, match=r"en_1\.pf_index begins with b'pagefind_new'"):
        trim(chunk, 1)
