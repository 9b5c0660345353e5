"""The SQLite file of the state: its shape, and how it is opened or made anew.

A new one is filled without a wait for the disk, and counts only once it is ``finished``: what is
left of one that was being filled when a process or a machine died is thrown away.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from frontend_export.disk import sync_file
from frontend_export.errors import OutputError

SCHEMA_VERSION = 6
PAGE_INDEXES = {
    "page_by_parent": "page (parent, position, id)",
    "page_by_path": "page (path)",
    "page_by_date": "page (type, last_published_at, id)",
    "page_by_translation": "page (translation_key, locale)",
    "page_refused": "page (path, id) WHERE refusal IS NOT NULL",
}
# ``raw`` is the last column: what stands before it is read without it. Of a page, ``brief`` is
# what the edge knows, ``refusal`` why it stays out, and ``stands`` whether pages may lie below.
# ``edition`` is that of a comment, and 0 of all else.
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE page (
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, type TEXT NOT NULL, path TEXT NOT NULL,
    title TEXT NOT NULL, locale TEXT NOT NULL, translation_key TEXT NOT NULL, parent INTEGER,
    summary TEXT NOT NULL, first_published_at TEXT, last_published_at TEXT, slug TEXT NOT NULL,
    position TEXT NOT NULL, is_sample INTEGER NOT NULL, address_digest TEXT NOT NULL,
    link_digest TEXT NOT NULL, list_digest TEXT NOT NULL,
    shown TEXT NOT NULL, linked TEXT NOT NULL, dates TEXT NOT NULL, letters TEXT NOT NULL,
    names_digest TEXT NOT NULL, is_withdrawn INTEGER NOT NULL,
    stands INTEGER NOT NULL DEFAULT 1, refusal TEXT, brief BLOB NOT NULL, raw BLOB NOT NULL
);
CREATE TABLE record (
    kind TEXT NOT NULL, scope TEXT NOT NULL, id INTEGER NOT NULL, fingerprint TEXT NOT NULL,
    page INTEGER, position TEXT NOT NULL, edition INTEGER NOT NULL, shown TEXT NOT NULL,
    linked TEXT NOT NULL, raw BLOB NOT NULL, PRIMARY KEY (kind, scope, id)
);
CREATE INDEX record_by_page ON record (kind, page, position, id) WHERE page IS NOT NULL;
CREATE TABLE reference (key TEXT NOT NULL, page INTEGER NOT NULL, PRIMARY KEY (key, page))
    WITHOUT ROWID;
CREATE TABLE day (day TEXT NOT NULL, page INTEGER NOT NULL, PRIMARY KEY (day, page)) WITHOUT ROWID;
CREATE TABLE name (
    letter TEXT NOT NULL, sort TEXT NOT NULL, name TEXT NOT NULL, page INTEGER NOT NULL,
    PRIMARY KEY (letter, sort, name, page)
) WITHOUT ROWID;
CREATE INDEX name_by_page ON name (page);
CREATE TABLE file (path TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (path, key)) WITHOUT ROWID;
CREATE INDEX file_by_key ON file (key);
CREATE TABLE artifact (same TEXT PRIMARY KEY, path TEXT NOT NULL, owner TEXT NOT NULL)
    WITHOUT ROWID;
CREATE INDEX artifact_by_owner ON artifact (owner);
CREATE TABLE dirty (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE gone (key TEXT PRIMARY KEY) WITHOUT ROWID;
"""


def opened(path: Path) -> sqlite3.Connection:
    """The database, made anew where there is none, an older one or none that can be read."""
    try:
        database = connected(path)
        if is_finished(database) and _shape_of(database) == _shape_made_here():
            return database
        database.close()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL}:
            raise unusable(path, error) from error
    try:
        discard(path)
        database = connected(path)
        for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -16000"):
            database.execute(f"PRAGMA {pragma}")
        make_tables(database)
    except (OSError, sqlite3.DatabaseError) as error:
        raise unusable(path, error) from error
    return database


def connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, cached_statements=256)
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA secure_delete = ON")  # what a reader's comment said is gone from disk
    return database


def make_tables(database: sqlite3.Connection) -> None:
    database.executescript(SCHEMA)
    index_pages(database)


def index_pages(database: sqlite3.Connection) -> None:
    for name, columns in PAGE_INDEXES.items():
        database.execute(f"CREATE INDEX {name} ON {columns}")


def drop_page_indexes(database: sqlite3.Connection) -> None:
    """Many pages come: to index them together afterwards takes a sixth less than one by one."""
    for name in PAGE_INDEXES:
        database.execute(f"DROP INDEX {name}")


def is_finished(database: sqlite3.Connection) -> bool:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return bool(version == SCHEMA_VERSION)


def finish(database: sqlite3.Connection, path: Path) -> None:
    """All that is in it is on the disk now, and every later change is whole or not there."""
    sync_file(path)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"user_version = {SCHEMA_VERSION}",
    ):
        database.execute(f"PRAGMA {pragma}")


def discard(path: Path) -> None:
    """Throw the database away."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def unusable(path: Path, error: Exception) -> OutputError:
    return OutputError(
        f"Could not write '{path}': {error}. Free some space, give the exporter's user the right "
        "to write there, or set PLAINLEAF_STATE_DIR to another folder."
    )


def _shape_of(database: sqlite3.Connection) -> list[tuple[object, ...]]:
    return database.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()


@cache
def _shape_made_here() -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(":memory:")) as example:
        make_tables(example)
        return _shape_of(example)
