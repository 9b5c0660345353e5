"""Where accepted comments wait for the CMS, on disk before the reader is answered.

One SQLite file in WAL mode with ``synchronous=FULL``: when ``accept`` returns, the comment
survives the end of the process and of the machine. Bounded by number and by bytes. An id that
came before is remembered for a day, so that one comment sent twice stays one.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from frontend_export.config import Settings
from frontend_export.errors import OutputError

REPLAY_WINDOW_SECONDS = 24 * 60 * 60
BUSY_TIMEOUT_SECONDS = 5.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS comment (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  page TEXT NOT NULL,
  digest TEXT NOT NULL,
  body BLOB NOT NULL,
  received_at REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at REAL NOT NULL DEFAULT 0,
  refusal TEXT
);
CREATE INDEX IF NOT EXISTS comment_waiting ON comment (page, number) WHERE refusal IS NULL;
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, digest TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS held (comments INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO held SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM held);
CREATE TRIGGER IF NOT EXISTS comment_came AFTER INSERT ON comment BEGIN
  UPDATE held SET comments = comments + 1, bytes = bytes + length(NEW.body);
END;
CREATE TRIGGER IF NOT EXISTS comment_went AFTER DELETE ON comment BEGIN
  UPDATE held SET comments = comments - 1, bytes = bytes - length(OLD.body);
END;
CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL);
"""


class SpoolError(OutputError):
    """The spool cannot be read or written now; nothing was accepted. The message is for the log."""


class SpoolFull(SpoolError):  # noqa: N818 - reads as the reason it is
    """The spool has reached its bound."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A comment on its way to the CMS. ``body`` is the JSON of the contract, as it is signed."""

    number: int
    id: str
    body: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A comment that the CMS refused for good, without its words; seconds since 1970."""

    id: str
    page: str
    received_at: float
    refusal: str


@dataclass(frozen=True, slots=True)
class Depth:
    """``oldest_at`` is in seconds since 1970, and ``None`` where nothing waits."""

    waiting: int
    parked: int
    bytes: int
    oldest_at: float | None


Accepted = Literal["new", "same", "other"]


def spool_of(settings: Settings) -> Spool:
    """The spool that these settings name. Raises ``OutputError`` as ``Spool`` does."""
    return Spool(
        settings.spool_dir,
        most_comments=settings.spool_comments,
        most_bytes=settings.spool_bytes,
    )


class Spool:
    """One open spool, for any number of threads. Several processes may open the same file."""

    def __init__(self, folder: Path, *, most_comments: int, most_bytes: int) -> None:
        """Open or create it. Raises ``OutputError`` naming the file and the remedy."""
        self.path = folder / "comments.sqlite3"
        self.most_comments = most_comments
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = sqlite3.connect(
                self.path,
                timeout=BUSY_TIMEOUT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self.path.chmod(0o600)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")
            self.secret = self._secret()
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"The comment spool '{self.path}' cannot be opened: {error}. Check that its folder "
                "is writable and has room. If the file is damaged, move it aside and keep it: "
                "it may hold comments."
            ) from error

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def known(self, ids: Sequence[str]) -> tuple[str, str] | None:
        """The id and digest of the first of ``ids`` that came before, if any did."""
        with self._reading():
            return self._known(ids)

    def accept(
        self,
        id: str,
        *,
        or_ids: Sequence[str] = (),
        page: str,
        digest: str,
        body: bytes,
        received_at: float,
    ) -> tuple[Accepted, str]:
        """Put a comment on disk, once; returns what became of it and the id it has.

        ``"same"``: ``id``, or one of ``or_ids``, came before with this digest. ``"other"``: it
        came with another one, and this comment was not taken. Raises ``SpoolFull`` at the
        bound and ``SpoolError`` where the disk will not take it.
        """
        with self._transaction() as connection:
            if known := self._known([id, *or_ids]):
                return ("same" if known[1] == digest else "other"), known[0]
            comments, size = connection.execute("SELECT comments, bytes FROM held").fetchone()
            if comments >= self.most_comments or size + len(body) > self.most_bytes:
                raise SpoolFull(
                    f"The spool '{self.path}' is full: {comments} comments, {size} bytes. "
                    "Is the CMS reachable? PLAINLEAF_SPOOL_COMMENTS and "
                    "PLAINLEAF_SPOOL_BYTES set the bound."
                )
            connection.execute(
                "INSERT INTO comment (id, page, digest, body, received_at) VALUES (?, ?, ?, ?, ?)",
                (id, page, digest, body, received_at),
            )
            connection.execute(
                "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (id, digest, received_at)
            )
        return "new", id

    def next_due(self, now: float) -> Waiting | None:
        """The oldest comment that may be sent now: never one before another of its page."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT number, id, body, attempts FROM comment AS this "
                "WHERE refusal IS NULL AND next_attempt_at <= ? AND NOT EXISTS ("
                "  SELECT 1 FROM comment AS earlier WHERE earlier.refusal IS NULL"
                "  AND earlier.page = this.page AND earlier.number < this.number)"
                "ORDER BY number LIMIT 1",
                (now,),
            ).fetchone()
        return Waiting(*row) if row else None

    def delivered(self, number: int, *, now: float) -> None:
        """The CMS has it: the words go, the id stays for the replay window."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM comment WHERE number = ?", (number,))
            connection.execute("DELETE FROM seen WHERE at < ?", (now - REPLAY_WINDOW_SECONDS,))

    def postpone(self, number: int, *, until: float) -> None:
        """It could not be delivered; it, and what follows on its page, wait."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE comment SET attempts = attempts + 1, next_attempt_at = ? WHERE number = ?",
                (until, number),
            )

    def park(self, number: int, *, refusal: str) -> None:
        """The CMS will never take it: it stays here for a person, out of the others' way."""
        with self._transaction() as connection:
            connection.execute("UPDATE comment SET refusal = ? WHERE number = ?", (refusal, number))

    def parked(self) -> list[Parked]:
        """What waits for a person, the oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, page, received_at, refusal FROM comment"
                " WHERE refusal IS NOT NULL ORDER BY number"
            ).fetchall()
        return [Parked(*row) for row in rows]

    def resend(self) -> int:
        """Let every parked comment be sent again, now; answers how many."""
        with self._transaction() as connection:
            return connection.execute(
                "UPDATE comment SET refusal = NULL, attempts = 0, next_attempt_at = 0"
                " WHERE refusal IS NOT NULL"
            ).rowcount

    def depth(self) -> Depth:
        with self._reading() as connection:
            waiting, parked, oldest = connection.execute(
                "SELECT COUNT(*) FILTER (WHERE refusal IS NULL),"
                " COUNT(*) FILTER (WHERE refusal IS NOT NULL),"
                " MIN(received_at) FILTER (WHERE refusal IS NULL) FROM comment"
            ).fetchone()
            (size,) = connection.execute("SELECT bytes FROM held").fetchone()
        return Depth(waiting=waiting, parked=parked, bytes=size, oldest_at=oldest)

    def _known(self, ids: Sequence[str]) -> tuple[str, str] | None:
        for id in ids:
            row: tuple[str, str] | None = self._connection.execute(
                "SELECT id, digest FROM seen WHERE id = :id"
                " UNION ALL SELECT id, digest FROM comment WHERE id = :id LIMIT 1",
                {"id": id},
            ).fetchone()
            if row:
                return row
        return None

    def _secret(self) -> bytes:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(
                "INSERT INTO secret SELECT ? WHERE NOT EXISTS (SELECT 1 FROM secret)",
                (secrets.token_bytes(32),),
            )
            value: bytes = cursor.execute("SELECT value FROM secret").fetchone()[0]
            return value

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise SpoolError(f"The spool '{self.path}' failed: {error}.") from error
