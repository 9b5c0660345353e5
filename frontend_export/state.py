"""What the exporter remembers: the records of the CMS, where it stood, the lock, the pin.

The records wait in SQLite as raw bytes, so that a site of any size needs little memory. All of
it can be rebuilt from the CMS: a damaged file is thrown away. The pin of a rollback cannot, so
it is a file of its own.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from frontend_export.content import (
    Document,
    Image,
    Page,
    PageLink,
    ReaderComment,
    Site,
    Snippet,
    Value,
    ancestors_of,
)
from frontend_export.disk import explained, sync_folder, write_durably
from frontend_export.errors import LockedError, OutputError

SCHEMA_VERSION = 1
SCHEMA = f"""
CREATE TABLE record (
    kind TEXT NOT NULL, scope TEXT NOT NULL, id INTEGER NOT NULL, fingerprint TEXT NOT NULL,
    type TEXT NOT NULL, path TEXT NOT NULL, title TEXT NOT NULL, parent INTEGER,
    summary TEXT NOT NULL, last_published_at TEXT, position TEXT NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (kind, scope, id)
);
CREATE INDEX record_by_parent ON record (kind, parent, position, id);
PRAGMA user_version = {SCHEMA_VERSION};
"""
PAGE_LINK = """
SELECT id, type, path, title, parent, summary, last_published_at FROM record
WHERE kind = 'page' AND scope = '' AND id = ?
"""
CHILD_LINKS = """
SELECT id, type, path, title, parent, summary, last_published_at FROM record
WHERE kind = 'page' AND parent = ? ORDER BY position, id
"""
CACHED_LINKS = 4096
MAX_ID = 2**63 - 1  # of SQLite
PIN = "pinned"

Decode = Callable[[bytes], Value]
T = TypeVar("T", bound=Value)


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold ``folder`` alone, or raise ``LockedError`` at once. It ends with the process."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise OutputError(
            f"Could not open '{folder}': {error.strerror}. Make it a folder that the exporter's "
            "user can read."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(
                f"Another export is running on '{folder}'. Wait for it or stop it."
            ) from error
        yield
    finally:
        os.close(handle)


def pinned(state_dir: Path) -> str | None:
    """The release that a rollback holds the site at."""
    try:
        return (state_dir / PIN).read_text().strip() or None
    except FileNotFoundError:
        return None


def pin(state_dir: Path, release: str | None) -> None:
    """Hold the site at ``release``; ``None`` lets it move on."""
    with explained(state_dir / PIN):
        if release is None:
            (state_dir / PIN).unlink(missing_ok=True)
            sync_folder(state_dir)
        else:
            write_durably(state_dir / PIN, [f"{release}\n".encode()])


class State:
    """The records of the CMS on disk, as of the last feed that was read to its end."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[State]:
        """Raises ``OutputError`` when the disk refuses, now or later in the block."""
        database = _opened(path)
        try:
            yield cls(database)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
                raise  # a mistake in a query is ours
            raise _unusable(path, error) from error
        finally:
            database.close()

    @contextmanager
    def incoming(self, *, afresh: bool = False) -> Iterator[Incoming]:
        """Take in a whole feed. Leaving by an exception leaves everything as it was.

        ``afresh`` believes nothing of what is there: a disk may have changed it.
        """
        self._database.execute("BEGIN IMMEDIATE")
        try:
            if afresh:
                self._database.execute("DELETE FROM record")
            incoming = Incoming(self._database)
            yield incoming
            incoming.drop_unseen()
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def content(self, decode: Decode, *, without: frozenset[int]) -> StoredContent:
        """The site as it is exported: ``without`` the pages that stay out."""
        return StoredContent(self._database, decode, without)

    def raw(self, kind: str) -> Iterator[tuple[int, str, bytes]]:
        """The id, the type and the line of each record of a kind, in the order of their ids."""
        yield from self._database.execute(
            "SELECT id, type, raw FROM record WHERE kind = ? ORDER BY scope, id", (kind,)
        )


class Incoming:
    """One feed on its way in. Records that have not changed are not written again."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._unseen = {
            (kind, scope, number): fingerprint
            for kind, scope, number, fingerprint in database.execute(
                "SELECT kind, scope, id, fingerprint FROM record"
            )
        }

    def add(self, kind: str, value: Value, *, fingerprint: str, position: str, raw: bytes) -> None:
        scope = value.type if isinstance(value, Snippet) else ""
        if self._unseen.pop((kind, scope, value.id), None) == fingerprint:
            return
        link = value.link if isinstance(value, Page) else PageLink(value.id, scope, "", "", None)
        parent = value.page_id if isinstance(value, ReaderComment) else link.parent_id
        instant = value.posted_at if isinstance(value, ReaderComment) else link.last_published_at
        if isinstance(value, ReaderComment):
            position = value.posted_at.astimezone(UTC).isoformat(timespec="microseconds")
        self._database.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kind,
                scope,
                value.id,
                fingerprint,
                link.type,
                link.path,
                link.title,
                parent,
                link.summary,
                instant.isoformat() if instant else None,
                position,
                raw,
            ),
        )

    def drop_unseen(self) -> None:
        self._database.executemany(
            "DELETE FROM record WHERE kind = ? AND scope = ? AND id = ?", self._unseen
        )


class StoredContent:
    """``Content`` answered from disk; only links of pages are held in memory, and few of them."""

    def __init__(
        self, database: sqlite3.Connection, decode: Decode, without: frozenset[int]
    ) -> None:
        self._database = database
        self._decode = decode
        self._without = without
        self.page_link = lru_cache(CACHED_LINKS)(self._page_link)
        self.image = lru_cache(CACHED_LINKS)(self._image)
        self.snippet = lru_cache(CACHED_LINKS)(self._snippet)

    @cached_property
    def site(self) -> Site:
        return next(self._all_of(Site, "SELECT raw FROM record WHERE kind = 'site'"))

    def page(self, page_id: int) -> Page | None:
        """The page in full, its body included."""
        if page_id in self._without:
            return None
        return self._find(Page, "page", page_id)

    def document(self, document_id: int) -> Document | None:
        return self._find(Document, "document", document_id)

    def snippets(self, type_name: str) -> Sequence[Snippet]:
        query = "SELECT raw FROM record WHERE kind = 'snippet' AND scope = ? ORDER BY id"
        return tuple(self._all_of(Snippet, query, type_name))

    def ancestors(self, page_id: int) -> Sequence[PageLink]:
        return ancestors_of(self, page_id)

    def children(self, page_id: int) -> Sequence[PageLink]:
        rows = self._database.execute(CHILD_LINKS, (page_id,))
        return tuple(_link(row) for row in rows if row[0] not in self._without)

    def comments(self, page_id: int) -> Sequence[ReaderComment]:
        return tuple(
            self._all_of(
                ReaderComment,
                "SELECT raw FROM record WHERE kind = 'comment' AND parent = ? "
                "ORDER BY position, id",
                page_id,
            )
        )

    def _page_link(self, page_id: int) -> PageLink | None:
        if page_id in self._without or page_id > MAX_ID:
            return None
        row = self._database.execute(PAGE_LINK, (page_id,)).fetchone()
        return _link(row) if row else None

    def _image(self, image_id: int) -> Image | None:
        return self._find(Image, "image", image_id)

    def _snippet(self, type_name: str, snippet_id: int) -> Snippet | None:
        return self._find(Snippet, "snippet", snippet_id, scope=type_name)

    def _find(self, kind: type[T], name: str, number: int, *, scope: str = "") -> T | None:
        if number > MAX_ID:
            return None  # a reference is whatever was stored
        query = "SELECT raw FROM record WHERE kind = ? AND scope = ? AND id = ?"
        return next(self._all_of(kind, query, name, scope, number), None)

    def _all_of(self, kind: type[T], query: str, *values: str | int) -> Iterator[T]:
        for (raw,) in self._database.execute(query, values):
            value = self._decode(raw)
            if not isinstance(value, kind):
                raise TypeError(f"{raw[:80]!r} is stored as a {kind.__name__}")
            yield value


def _link(row: tuple[Any, ...]) -> PageLink:
    number, type_name, path, title, parent, summary, instant = row
    return PageLink(
        id=number,
        type=type_name,
        path=path,
        title=title,
        parent_id=parent,
        summary=summary,
        last_published_at=datetime.fromisoformat(instant) if instant else None,
    )


def _opened(path: Path) -> sqlite3.Connection:
    """The database, made anew where there is none, an older one or a damaged one."""
    try:
        database = _connected(path)
        if _is_sound(database):
            return database
        database.close()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL}:
            raise _unusable(path, error) from error
    try:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        database = _connected(path)
        database.executescript(SCHEMA)
    except (OSError, sqlite3.DatabaseError) as error:
        raise _unusable(path, error) from error
    return database


def _is_sound(database: sqlite3.Connection) -> bool:
    """Whether it is of the version and the shape that would be made now, and undamaged."""
    with closing(sqlite3.connect(":memory:")) as example:
        example.executescript(SCHEMA)
        checks = ("PRAGMA user_version", "SELECT sql FROM sqlite_master ORDER BY name")
        as_made_here = all(
            database.execute(check).fetchall() == example.execute(check).fetchall()
            for check in checks
        )
    return as_made_here and database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    return database


def _unusable(path: Path, error: Exception) -> OutputError:
    return OutputError(
        f"Could not write '{path}': {error}. Free some space, give the exporter's user the right "
        "to write there, or set PLAINLEAF_STATE_DIR to another folder."
    )
