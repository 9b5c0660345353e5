"""A small site that has something of everything, and how it looks on a disk."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISDIR
from typing import Any, NamedTuple

from tests.frontend_export.fake_cms import (
    article,
    comment,
    document,
    helpline,
    image,
    image_block,
    page,
    redirect,
    rich_text,
    topic,
)

Record = dict[str, Any]


def small_site(*, articles: int = 6, words: str = "A sentence about a medicine.") -> list[Record]:
    """Two topics and their articles, each with a text, a link, an image and a comment."""
    home = page(1, "/", body=[rich_text('<p><a linktype="page" id="2">Medicines</a></p>')])
    topics = [topic(2, "/medicines/"), topic(3, "/care/")]
    return [
        home,
        *topics,
        *(written(10 + at, 2 + at % 2, words=words) for at in range(articles)),
        image(7),
        image(8),
        document(2),
        helpline(3),
        redirect(4, "/old", 10),
        *(comment(20 + at, 10 + at) for at in range(min(articles, 30))),
    ]


def written(number: int, parent: int, *, words: str) -> Record:
    """An article that refers to what the small site has."""
    body = [
        rich_text(f'<p>{words} <a linktype="document" id="2">The leaflet</a></p>'),
        image_block(7 + number % 2),
        rich_text(f'<p>{words * 20} <a linktype="page" id="1">Home</a></p>'),
    ]
    topic = {2: "medicines", 3: "care"}[parent]
    return article(number, f"/{topic}/a{number}/", parent=parent, body=body)


class Seen(NamedTuple):
    """One name below a folder: what it is, and a file's bytes."""

    inode: int
    changed_ns: int
    content: bytes | str


def seen_below(folder: Path) -> dict[str, Seen]:
    """Every name below a folder, to tell whether anything at all was touched."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent) / name
            state = path.lstat()
            content: bytes | str = ""
            if path.is_symlink():
                content = str(path.readlink())
            elif path.is_file():
                content = path.read_bytes()
            # a draft that was made and dropped again changes the time of the folder it was in
            changed_ns = 0 if S_ISDIR(state.st_mode) else state.st_mtime_ns
            found[str(path.relative_to(folder))] = Seen(state.st_ino, changed_ns, content)
    return found


def site_below(folder: Path) -> dict[str, bytes]:
    """The files as a web server sees them, through any link."""
    found = {}
    for parent, _folders, files in os.walk(folder, followlinks=True):
        for name in files:
            path = Path(parent) / name
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
