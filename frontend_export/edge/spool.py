"""Where accepted comments wait for the CMS, on disk before the reader is answered.

One SQLite file in WAL mode with ``synchronous=FULL``: once the answer of ``accept`` is there, the
comment survives the end of the process and of the machine. Bounded by number and by bytes. An id
that came before is remembered for a while, so that one comment sent twice stays one.

One thread does all the writing: what waits for it when it is ready goes to disk in one commit, so
that many readers share the wait for the disk.
"""

from __future__ import annotations

import hashlib
import logging
import math
import queue
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from frontend_export.config import Settings
from frontend_export.errors import OutputError

logger = logging.getLogger(__name__)

HOUR_SECONDS = 60 * 60
DAY_SECONDS = 24 * HOUR_SECONDS
WEEK_SECONDS = 7 * DAY_SECONDS
BUSY_TIMEOUT_SECONDS = 5.0
HALF_FULL = 0.5
MOST_IN_ONE_COMMIT = 256
MOST_SENT_COMMENTS = 100
MOST_SENT_BYTES = 1024 * 1024
LONGEST_POSTPONEMENT_SECONDS = 60.0

KIND = re.compile(rb'\{"kind": "(\w+)"')

# ``body`` comes last: what is asked of many rows is found without a walk through their words.
SCHEMA = """
CREATE TABLE IF NOT EXISTS comment (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  page TEXT NOT NULL,
  digest TEXT NOT NULL,
  checksum TEXT NOT NULL,
  received_at REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at REAL NOT NULL DEFAULT 0,
  refusal TEXT,
  body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS comment_in_order ON comment (number, page) WHERE refusal IS NULL;
CREATE INDEX IF NOT EXISTS comment_postponed ON comment (next_attempt_at, page)
  WHERE refusal IS NULL AND next_attempt_at > 0;
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
CREATE TABLE IF NOT EXISTS salt (week INTEGER PRIMARY KEY, value BLOB NOT NULL);
"""


class SpoolError(OutputError):
    """The spool cannot be read or written now; nothing was accepted. The message is for the log."""


class SpoolFull(SpoolError):  # noqa: N818 - reads as the reason it is
    """The spool has reached its bound."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A comment on its way to the CMS, or what else a reader sent.

    ``body`` is a line of the contract, without its end.
    """

    number: int
    id: str
    page: str
    body: bytes
    checksum: str
    attempts: int

    @property
    def is_whole(self) -> bool:
        """Whether every byte is as it was written; a disk can change one."""
        return checksum_of(self.id, self.page, self.body) == self.checksum

    @property
    def kind(self) -> str:
        """What it says to be at its start, as every line does that the edge makes."""
        said = KIND.match(self.body)
        return said[1].decode() if said else "comment"


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
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """Something to write. What ``write`` returns or raises is the answer, after the commit.

    It may raise only before it has written, since the commit keeps what others wrote.
    """

    write: Callable[[sqlite3.Connection], T]
    answer: Future[T]


def spool_of(
    settings: Settings, *, on_commit: Callable[[int], None] = lambda writes: None
) -> Spool:
    """The spool that these settings name. Raises ``OutputError`` as ``Spool`` does."""
    return Spool(
        settings.spool_dir,
        most_comments=settings.spool_comments,
        most_bytes=settings.spool_bytes,
        on_commit=on_commit,
    )


class Spool:
    """One open spool, for any number of threads. Several processes may open the same file."""

    def __init__(
        self,
        folder: Path,
        *,
        most_comments: int,
        most_bytes: int,
        on_commit: Callable[[int], None] = lambda writes: None,
    ) -> None:
        """Open or create it. Raises ``OutputError`` naming the file and the remedy.

        A bound of 0 is none. ``on_commit`` is told how many writes shared a commit.
        """
        self.path = folder / "comments.sqlite3"
        self.most_comments = most_comments
        self.most_bytes = most_bytes
        self._on_commit = on_commit
        self._reading_lock = threading.Lock()
        self._closing_lock = threading.Lock()
        self._is_closed = False
        self._is_half_full = False
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._writer = self._connected()
            self.path.chmod(0o600)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                self._writer.execute(f"PRAGMA {pragma}")
            self._writer.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")
            self._writer.execute("SELECT checksum FROM comment LIMIT 0")  # an older file has none
            self.secret = self._secret()
            self._reader = self._connected()
            # damage shows in the checksum, not as a fault that would stop the reading of all
            self._reader.text_factory = lambda value: value.decode("utf-8", "replace")
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"The comment spool '{self.path}' cannot be opened: {error}. Check that its folder "
                "is writable and has room. If the file is damaged, move it aside and keep it: "
                "it may hold comments."
            ) from error
        self._thread = threading.Thread(target=self._write_all, name="comment-spool", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what was handed over, then close the file."""
        with self._closing_lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._jobs.put(None)
        self._thread.join()
        self._writer.close()
        with self._reading_lock:
            self._reader.close()

    def accept(
        self,
        id: str,
        *,
        or_ids: Sequence[str] = (),
        page: str,
        digest: str,
        body: bytes,
        received_at: float,
        admit: Callable[[], None] = lambda: None,
    ) -> Future[tuple[Accepted, str]]:
        """Put a comment on disk, once; answers what became of it and the id it has.

        ``"same"``: ``id``, or one of ``or_ids``, came before with this digest. ``"other"``: it
        came with another one, and this comment was not taken. The answer is there when the comment
        is on disk. It raises ``SpoolFull`` at the bound, ``SpoolError`` where the disk will not
        take it, and what ``admit`` raises, which is asked of a new comment only.
        """

        def write(connection: sqlite3.Connection) -> tuple[Accepted, str]:
            if known := _known(connection, [id, *or_ids]):
                return ("same" if known[1] == digest else "other"), known[0]
            comments, size = connection.execute("SELECT comments, bytes FROM held").fetchone()
            if comments >= (self.most_comments or math.inf) or size + len(body) > (
                self.most_bytes or math.inf
            ):
                raise SpoolFull(
                    f"The spool '{self.path}' is full: {comments} comments, {size} bytes. "
                    "Is the CMS reachable? PLAINLEAF_SPOOL_COMMENTS and "
                    "PLAINLEAF_SPOOL_BYTES set the bound."
                )
            admit()
            connection.execute(
                "INSERT INTO comment (id, page, digest, checksum, received_at, body)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (id, page, digest, checksum_of(id, page, body), received_at, body),
            )
            self._watch(comments + 1, size + len(body))
            return "new", id

        return self._handed_over(write)

    def due(self, now: float, *, most: int = MOST_SENT_COMMENTS) -> list[Waiting]:
        """The oldest comments that may be sent now, in order.

        None of a page where an earlier one has to wait; at most ``most``, and of
        ``MOST_SENT_BYTES`` as a batch, but for a single one. One that would wait for longer than
        any does was postponed by a clock that has been set back since: it waits no more.
        """
        due: list[Waiting] = []
        size = 0
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT number, CAST(id AS TEXT), CAST(page AS TEXT),"
                " IFNULL(CAST(body AS BLOB), x''), checksum, attempts"
                " FROM comment WHERE number IN ("
                "  SELECT number FROM comment WHERE refusal IS NULL AND page NOT IN ("
                "    SELECT page FROM comment WHERE refusal IS NULL AND next_attempt_at > 0"
                "    AND next_attempt_at > :now AND next_attempt_at <= :latest)"
                "  ORDER BY number LIMIT :most) ORDER BY number",
                {"now": now, "latest": now + LONGEST_POSTPONEMENT_SECONDS, "most": most},
            )
            for row in rows:
                waiting = Waiting(*row)
                size += len(waiting.body) + 1
                if due and size > MOST_SENT_BYTES:
                    break
                due.append(waiting)
            rows.close()
        return due

    def settle(
        self,
        *,
        delivered: Sequence[int] = (),
        postponed: Mapping[int, float] | None = None,
        parked: Mapping[int, str] | None = None,
    ) -> None:
        """What became of comments that were sent, by number, in one commit.

        ``delivered``: the CMS has it, so the words go, and the id stays for the replay window.
        ``postponed``: it, and what follows on its page, waits until that time. ``parked``: the CMS
        will never take it; it stays here for a person, with the refusal, out of the others' way.
        """

        def write(connection: sqlite3.Connection) -> None:
            numbers = [(number,) for number in delivered]
            # only now, and many at once: while a comment is here, its row tells that it came
            connection.executemany(
                "INSERT OR REPLACE INTO seen SELECT id, digest, received_at FROM comment"
                " WHERE number = ?",
                numbers,
            )
            connection.executemany("DELETE FROM comment WHERE number = ?", numbers)
            connection.executemany(
                "UPDATE comment SET attempts = attempts + 1, next_attempt_at = ? WHERE number = ?",
                [(until, number) for number, until in (postponed or {}).items()],
            )
            connection.executemany(
                "UPDATE comment SET refusal = ? WHERE number = ?",
                [(refusal, number) for number, refusal in (parked or {}).items()],
            )

        self._handed_over(write).result()

    def salt(self, week: int) -> bytes:
        """The salt of this week, counted from 1970: the first who asks makes it, for all."""

        def write(connection: sqlite3.Connection) -> bytes:
            connection.execute(
                "INSERT OR IGNORE INTO salt VALUES (?, ?)", (week, secrets.token_bytes(32))
            )
            value: bytes = connection.execute(
                "SELECT value FROM salt WHERE week = ?", (week,)
            ).fetchone()[0]
            return value

        return self._handed_over(write).result()

    def forget(self, *, now: float, replay_hours: int, network_days: int) -> None:
        """Let go of ids that long after they came, and of salts that long after they were made."""
        this_week = now // WEEK_SECONDS

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM seen WHERE at < ?", (now - replay_hours * HOUR_SECONDS,)
            )
            connection.execute(
                "DELETE FROM salt WHERE week < :this_week AND week * :week <= :until",
                {
                    "this_week": this_week,
                    "week": WEEK_SECONDS,
                    "until": now - network_days * DAY_SECONDS,
                },
            )

        self._handed_over(write).result()

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

        def write(connection: sqlite3.Connection) -> int:
            return connection.execute(
                "UPDATE comment SET refusal = NULL, attempts = 0, next_attempt_at = 0"
                " WHERE refusal IS NOT NULL"
            ).rowcount

        return self._handed_over(write).result()

    def depth(self) -> Depth:
        with self._reading() as connection:
            comments, size, waiting, oldest = connection.execute(
                "SELECT comments, bytes,"
                " (SELECT COUNT(*) FROM comment WHERE refusal IS NULL),"
                " (SELECT received_at FROM comment WHERE number ="
                "   (SELECT MIN(number) FROM comment WHERE refusal IS NULL)) FROM held"
            ).fetchone()
        return Depth(waiting=waiting, parked=comments - waiting, bytes=size, oldest_at=oldest)

    def used_share(self, depth: Depth) -> float:
        """How near the nearer of its bounds it is, from 0 to 1."""
        return self._share(depth.waiting + depth.parked, depth.bytes)

    def _share(self, comments: int, size: int) -> float:
        bounds = [(comments, self.most_comments), (size, self.most_bytes)]
        return max((used / most for used, most in bounds if most), default=0.0)

    def _watch(self, comments: int, size: int) -> None:
        """One line in the log each time it becomes half full."""
        was_half_full = self._is_half_full
        self._is_half_full = (share := self._share(comments, size)) >= HALF_FULL
        if self._is_half_full and not was_half_full:
            logger.warning(
                "The spool '%s' is filling up: %.0f%% of its bound. Is the CMS reachable?",
                *(self.path, 100 * share),
            )

    def _handed_over(self, write: Callable[[sqlite3.Connection], T]) -> Future[T]:
        answer: Future[T] = Future()
        with self._closing_lock:
            if self._is_closed:
                answer.set_exception(SpoolError(f"The spool '{self.path}' is closed."))
            else:
                self._jobs.put(Job(write, answer))
        return answer

    def _write_all(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._taken()
            try:
                outcomes = self._committed(jobs)
            except Exception as error:  # noqa: BLE001 - each who waits is told, and the next is served
                for job in jobs:
                    job.answer.set_exception(self._as_fault(error))
                continue
            if jobs:
                self._on_commit(len(jobs))
            for job, outcome in zip(jobs, outcomes, strict=True):
                if isinstance(outcome, Exception):
                    job.answer.set_exception(outcome)
                else:
                    job.answer.set_result(outcome)

    def _taken(self) -> tuple[list[Job[Any]], bool]:
        """What waits to be written, after a wait for the first; and whether more may come."""
        jobs: list[Job[Any]] = []
        job = self._jobs.get()
        while job is not None:
            if job.answer.set_running_or_notify_cancel():
                jobs.append(job)
            if len(jobs) == MOST_IN_ONE_COMMIT:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _committed(self, jobs: Sequence[Job[Any]]) -> list[Any]:
        """What each job returned, or the exception that it raised. Raises ``sqlite3.Error``."""
        outcomes: list[Any] = []
        connection = self._writer
        connection.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                try:
                    outcomes.append(job.write(connection))
                except sqlite3.Error:
                    raise
                except Exception as error:  # noqa: BLE001 - the answer to this job alone
                    outcomes.append(error)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return outcomes

    def _secret(self) -> bytes:
        with closing(self._writer.cursor()) as cursor:
            cursor.execute(
                "INSERT INTO secret SELECT ? WHERE NOT EXISTS (SELECT 1 FROM secret)",
                (secrets.token_bytes(32),),
            )
            value: bytes = cursor.execute("SELECT value FROM secret").fetchone()[0]
            return value

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._reading_lock:
            try:
                yield self._reader
            except sqlite3.Error as error:
                raise self._as_fault(error) from error

    def _as_fault(self, error: Exception) -> Exception:
        fault = SpoolError(f"The spool '{self.path}' failed: {error}.")
        fault.__cause__ = error
        return fault


def checksum_of(id: str, page: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join([id.encode(), page.encode(), body])).hexdigest()


def _known(connection: sqlite3.Connection, ids: Sequence[str]) -> tuple[str, str] | None:
    """The id and digest of the first of ``ids`` that came before, if any did."""
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"SELECT id, digest FROM seen WHERE id IN ({marks})"  # noqa: S608 - marks alone
        f" UNION ALL SELECT id, digest FROM comment WHERE id IN ({marks})",
        [*ids, *ids],
    ).fetchall()
    return min(rows, key=lambda row: ids.index(row[0])) if rows else None
