"""One database with everything that is known of the CMS, and what an export has yet to do.

What is to do is written in the transaction that takes in a change and removed when a release with
it is served: an export that dies in between is made up for by the next one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from frontend_export.errors import OutputError
from frontend_export.plan.paths import same_file
from frontend_export.plan.site import PlannedPage
from frontend_export.state.content import Decode, StoredContent
from frontend_export.state.database import connected, discard, finish, is_finished, opened, unusable
from frontend_export.state.graph import SITE, SNIPPETS, Graph
from frontend_export.state.incoming import Incoming, fingerprints

# Of a row of ``file``: whether a page that goes out, the whole site or a snippet refers to it.
IS_NEEDED = """(
    EXISTS (SELECT 1 FROM reference AS r LEFT JOIN page ON page.id = r.page
            WHERE r.key = file.key AND (r.page <= 0 OR page.id AND page.refusal IS NULL))
    OR EXISTS (SELECT 1 FROM reference AS r LEFT JOIN page ON page.id = r.page
            WHERE r.key = '@' || file.key AND (r.page <= 0 OR page.id AND page.refusal IS NULL)))
"""
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class StateDamagedError(OutputError):
    """The file of the state cannot be read any more; it was thrown away. Export again."""


class State:
    """The records of the CMS as of ``cursor``, and the work that follows from them."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database = database
        self.path = path
        self.graph = Graph(database)
        self._is_finished = is_finished(database)

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[State]:
        """Raises ``OutputError`` when the disk refuses to open it."""
        database = opened(path)
        state = cls(database, path)
        try:
            yield state
        finally:
            with suppress(OSError, sqlite3.Error):  # what is not finished is read again
                if state.cursor is not None:
                    state.finish()
            database.close()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Raises ``OutputError`` when the disk refuses, ``StateDamagedError`` for a broken file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
                raise  # a mistake in a query is ours
            if error.sqlite_errorcode & 0xFF in DAMAGED:
                self._database.close()
                discard(self.path)
                raise StateDamagedError(f"'{self.path}' is damaged and was removed.") from error
            raise unusable(self.path, error) from error

    @property
    def cursor(self) -> str | None:
        """Up to where the CMS was read; ``None`` before the first time."""
        return self.meta("cursor")

    @property
    def release(self) -> str | None:
        """The release that was made of what is here."""
        return self.meta("release")

    def meta(self, name: str) -> str | None:
        row = self._database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def finish(self) -> None:
        """Keep a new state, whatever happens from now on."""
        if not self._is_finished:
            finish(self._database, self.path)
            self._is_finished = True

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it; a block inside another is a part of that."""
        if self._database.in_transaction:
            yield
            return
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Nothing of the block, in the end."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._database.in_transaction:  # a full disk has ended it already
            self._database.execute("ROLLBACK")

    def incoming(self, *, is_whole: bool) -> Incoming:
        """Take in a feed, inside a transaction: see ``Incoming``."""
        return Incoming(self._database, self.graph, is_whole=is_whole, is_first=self.cursor is None)

    def differs_from(self, manifest: Iterable[tuple[str, str, int, str]]) -> bool:
        """Whether the CMS has other records, or other versions of them; all of it is read."""
        known = dict(fingerprints(self._database))
        is_other = False
        for kind, scope, number, fingerprint in manifest:
            is_other |= known.pop((kind, scope, number), None) != fingerprint
        return is_other or bool(known)

    def forget(self) -> None:
        """Believe nothing of what is here: a disk may have changed it."""
        for table in (
            "page",
            "record",
            "reference",
            "day",
            "name",
            "file",
            "artifact",
            "dirty",
            "gone",
        ):
            self._database.execute(f"DELETE FROM {table}")
        self._database.execute("DELETE FROM meta")

    def remember(self, **values: str) -> None:
        self._database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def mark_days(self, before: date, now: date) -> None:
        """Time went on: pages with a date that lies between are to be made again."""
        first, last = sorted((before.isoformat(), now.isoformat()))
        self._database.execute(
            "INSERT OR IGNORE INTO dirty SELECT 'page/' || page FROM day "
            "WHERE day >= ? AND day <= ?",
            (first, last),
        )

    @property
    def is_everything_dirty(self) -> bool:
        return self.meta("everything") is not None

    def dirty(self) -> list[str]:
        """The keys of what is to be made again."""
        return [key for (key,) in self._database.execute("SELECT key FROM dirty ORDER BY key")]

    def gone(self) -> frozenset[str]:
        """The keys of what left since the last release."""
        return frozenset(key for (key,) in self._database.execute("SELECT key FROM gone"))

    def settle(
        self,
        release: str,
        *,
        owners: Iterable[str],
        artifacts: Iterable[tuple[str, str]],
        still_dirty: Iterable[str],
    ) -> None:
        """A release is made of all that was marked, but for what is ``still_dirty``.

        ``artifacts`` are path and owner of all that these ``owners`` have now.
        """
        self._database.executemany(
            "DELETE FROM artifact WHERE owner = ?", ((owner,) for owner in owners)
        )
        self.put_artifacts(artifacts)
        self._unmark()
        self._database.execute("DELETE FROM gone")
        self.graph.mark(still_dirty)
        self.remember(release=release)

    def scrub(self) -> None:
        """What has left is not even in the log of this file any more."""
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _unmark(self) -> None:
        self._database.execute("DELETE FROM dirty")
        self._database.execute("DELETE FROM meta WHERE name = 'everything'")

    def hold_out(self, page_ids: Iterable[int]) -> list[str] | None:
        """These pages could not be made. The keys that follow; ``None`` where that is everything.

        They are tried again with the next feed.
        """
        with self.transaction():
            marked, was_everything = self.dirty(), self.is_everything_dirty
            self._unmark()
            self.graph.hold_out(page_ids)
            found = None if self.is_everything_dirty else self.dirty()
            self.graph.mark(marked)
            if was_everything:
                self.graph.mark_everything()
        return found

    def pages_that_need(self, path: str) -> list[int]:
        """The pages that show or link to an image or a document, by the path of its file."""
        query = """
        SELECT DISTINCT r.page FROM file JOIN reference AS r
        ON r.key IN (file.key, '@' || file.key) WHERE file.path = ?
        """
        pages = {page for (page,) in self._database.execute(query, (path,))}
        if pages & {SITE, SNIPPETS}:
            query = "SELECT id FROM page WHERE refusal IS NULL"
            pages = {page for (page,) in self._database.execute(query)}
        return sorted(pages)

    def artifacts_of(self, owner: str) -> list[str]:
        """The paths of the files that were published for ``page/5`` or ``redirects``."""
        query = "SELECT path FROM artifact WHERE owner = ?"
        return [path for (path,) in self._database.execute(query, (owner,))]

    def put_artifacts(self, artifacts: Iterable[tuple[str, str]]) -> None:
        """Note path and owner of files that are published now."""
        rows = ((same_file(path), path, owner) for path, owner in artifacts)
        self._database.executemany("INSERT OR REPLACE INTO artifact VALUES (?, ?, ?)", rows)

    def replace_artifacts(self, artifacts: Iterable[tuple[str, str]]) -> None:
        """These are all."""
        with self.transaction():
            self._database.execute("DELETE FROM artifact")
            self.put_artifacts(artifacts)

    def holders_of(self, path: str) -> list[tuple[str, str]]:
        """Path and owner of what stands in the way of a new file: that name, or a folder's."""
        key = same_file(path)
        above = ["/".join(key.split("/")[:length]) for length in range(1, key.count("/") + 1)]
        marks = ",".join("?" * (1 + len(above)))
        query = f"SELECT path, owner FROM artifact WHERE same IN ({marks})"
        found = self._database.execute(query, (key, *above)).fetchall()
        below = "SELECT path, owner FROM artifact WHERE same > ? AND same < ? LIMIT 1"
        return found + self._database.execute(below, (f"{key}/", f"{key}0")).fetchall()

    def owner_of(self, path: str) -> str | None:
        """What the file at exactly that path was published for."""
        found = self._database.execute(
            "SELECT owner FROM artifact WHERE same = ? AND path = ?", (same_file(path), path)
        )
        row = found.fetchone()
        return row[0] if row else None

    def planned_pages(
        self, unlisted_types: Iterable[str], keys: Iterable[str] | None
    ) -> Iterator[PlannedPage]:
        """Those that go out, in the order of their paths; of these ``keys``, or all of them."""
        types = ", ".join(f"'{name}'" for name in sorted(unlisted_types))
        query = f"""
        SELECT id, type, path, CASE WHEN type NOT IN ({types}) THEN (
            SELECT count(*) FROM page AS child
            WHERE child.parent = page.id AND child.refusal IS NULL) ELSE 0 END,
            (SELECT count(*) FROM record WHERE kind = 'comment' AND record.page = page.id)
        FROM page WHERE refusal IS NULL
        """
        if keys is None:
            for row in self._database.execute(f"{query} ORDER BY path"):
                yield PlannedPage(*row)
            return
        numbers = [key.removeprefix("page/") for key in keys if key.startswith("page/")]
        rows = (
            row
            for number in numbers
            for row in self._database.execute(f"{query} AND id = ?", (int(number),)).fetchall()
        )
        yield from sorted((PlannedPage(*row) for row in rows), key=lambda page: page.path)

    def count_pages(self) -> int:
        """How many go out."""
        query = (
            "SELECT (SELECT count(*) FROM page) - "
            "(SELECT count(*) FROM page WHERE refusal IS NOT NULL)"
        )
        (row,) = self._database.execute(query).fetchall()
        return int(row[0])

    def letters_with_pages(self) -> set[str]:
        """Owners of the pages that letters of the A to Z have: ``{"a-z/k"}``."""
        query = "SELECT DISTINCT owner FROM artifact WHERE owner > 'a-z/' AND owner < 'a-z0'"
        return {owner for (owner,) in self._database.execute(query)}

    def sharded_folders(self) -> list[str]:
        """The folders that have a sitemap of their own."""
        query = "SELECT owner FROM artifact WHERE owner > 'sitemap/' AND owner < 'sitemap0'"
        return [owner.removeprefix("sitemap/") for (owner,) in self._database.execute(query)]

    def top_folders(self) -> set[str]:
        """``{"medicines"}``: the first part of every path."""
        paths = self._database.execute("SELECT path FROM page WHERE refusal IS NULL")
        return {path.split("/", 2)[1] for (path,) in paths}

    def has_pages_below(self, folder: str) -> bool:
        """Whether more than the page of that folder itself goes out."""
        query = "SELECT 1 FROM page WHERE path > ? AND path < ? AND refusal IS NULL LIMIT 1"
        return self._database.execute(query, (f"/{folder}/", f"/{folder}0")).fetchone() is not None

    def needed_files(self) -> dict[str, tuple[str, ...]]:
        """The images and documents that some page shows or links to, each with its records."""
        found: dict[str, tuple[str, ...]] = {}
        query = f"SELECT path, key FROM file WHERE {IS_NEEDED} ORDER BY path, key"
        for path, key in self._database.execute(query):
            found[path] = (*found.get(path, ()), key)
        return found

    def needed_owners(self, path: str) -> tuple[str, ...]:
        """The records of a file that some page shows or links to."""
        query = f"SELECT key FROM file WHERE path = ? AND {IS_NEEDED} ORDER BY key"
        return tuple(key for (key,) in self._database.execute(query, (path,)))

    def files_shown_by(self, page_id: int) -> list[str]:
        """The paths of the files of all that a page refers to."""
        query = "SELECT shown, linked FROM page WHERE id = ?"
        rows = self._database.execute(query, (page_id,)).fetchall()
        return self._files_of(f"{shown} {linked}".split() for shown, linked in rows)

    def files_shown_by_snippets(self) -> list[str]:
        """The paths of the files of all that snippets refer to."""
        rows = self._database.execute("SELECT key FROM reference WHERE page = ?", (SNIPPETS,))
        return self._files_of([[key.removeprefix("@") for (key,) in rows]])

    def _files_of(self, lists: Iterable[Iterable[str]]) -> list[str]:
        return [
            path
            for keys in lists
            for key in keys
            for (path,) in self._database.execute("SELECT path FROM file WHERE key = ?", (key,))
        ]

    def content(self, decode: Decode) -> StoredContent:
        """The site as it is exported."""
        return StoredContent(self._database, decode)


def opened_again(path: Path, decode: Decode) -> StoredContent:
    """The content as it is now for another process, which only reads, until that process ends.

    In one transaction: each statement by itself would ask the file whether it changed.
    """
    database = connected(path)
    database.execute("BEGIN")
    return StoredContent(database, decode)
