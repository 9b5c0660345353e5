"""Where accepted comments wait for the CMS, on disk before the reader is answered.

One SQLite file in WAL mode with ``synchronous=FULL``: once the answer of ``accept`` is there, the
comment survives the end of the process and of the machine. Bounded by number and by bytes. An id
that came before is remembered for a while, so that one comment sent twice stays one.

One thread does all the writing: what waits for it when it is ready goes to disk in one commit, so
that many readers share the wait for the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import queue
import re
import secrets
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from frontend_export.config import Settings
from frontend_export.edge import limits
from frontend_export.errors import OutputError

logger = logging.getLogger(__name__)

HOUR_SECONDS = 60 * 60
DAY_SECONDS = 24 * HOUR_SECONDS
WEEK_SECONDS = 7 * DAY_SECONDS
BUSY_TIMEOUT_SECONDS = 5.0
TURN_SECONDS = 0.0005  # SQLite itself would wait for up to a tenth of a second between looks
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
    """A comment that the CMS refused for good; seconds since 1970.

    ``line`` is what was to be sent, with what the reader typed; of a damaged one, as far as it can
    be read.
    """

    number: int
    id: str
    page: str
    received_at: float
    refusal: str
    line: str


@dataclass(frozen=True, slots=True)
class Depth:
    """``oldest_at`` is in seconds since 1970, and ``None`` where nothing waits."""

    waiting: int
    parked: int
    bytes: int
    oldest_at: float | None


Accepted = Literal["new", "same", "other"]
Became = tuple[Accepted, str]
T = TypeVar("T")


Write = Callable[[sqlite3.Connection], T]
Answer = Future[T] | asyncio.Future[T]  # as a thread waits, or an event loop
BecameAnswer = TypeVar("BecameAnswer", Future[Became], "asyncio.Future[Became]")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What ``Spool.accept`` was asked."""

    id: str
    or_ids: Sequence[str]
    page: str
    digest: str
    body: bytes
    received_at: float
    admit: Callable[[sqlite3.Connection], None]

    def row(self) -> tuple[str, str, str, str, float, bytes]:
        checksum = checksum_of(self.id, self.page, self.body)
        return self.id, self.page, self.digest, checksum, self.received_at, self.body


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """Something to write, and who is told what became of it after the commit.

    A ``Write`` may raise only before it has written, since the commit keeps what others wrote.
    """

    work: Arrival | Write[T]
    answer: Answer[T]


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
            self._writer.executescript(f"BEGIN IMMEDIATE;{SCHEMA}{limits.SCHEMA}COMMIT;")
            self._writer.execute("SELECT checksum FROM comment LIMIT 0")  # an older file has none
            self.secret = self._secret()
            self._writer.execute("PRAGMA busy_timeout=0")  # ``_begin`` waits for its turn itself
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
        admit: Callable[[sqlite3.Connection], None] = lambda connection: None,
        answer: BecameAnswer,
    ) -> BecameAnswer:
        """Put a comment on disk, once; ``answer`` is told what became of it and the id it has.

        ``"same"``: ``id``, or one of ``or_ids``, came before with this digest. ``"other"``: it
        came with another one, and this comment was not taken. It is told when the comment is on
        disk. It raises ``SpoolFull`` at the bound, ``SpoolError`` where the disk will not take it,
        and what ``admit`` raises, which is asked of a new comment only: as one of the writes.
        """
        self._hand_over(
            Arrival(
                id=id,
                or_ids=or_ids,
                page=page,
                digest=digest,
                body=body,
                received_at=received_at,
                admit=admit,
            ),
            answer,
        )
        return answer

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

        self._written(write)

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

        return self._written(write)

    def forget(self, *, now: float, replay_hours: int, network_days: int) -> None:
        """Let go of ids that long after they came, and of salts that long after they were made; and
        of what the limits have counted, where nobody has come since."""
        this_week = now // WEEK_SECONDS

        def write(connection: sqlite3.Connection) -> None:
            limits.forget(connection, now)
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

        self._written(write)

    def parked(self) -> list[Parked]:
        """What waits for a person, the oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT number, CAST(id AS TEXT), CAST(page AS TEXT), received_at, refusal,"
                " CAST(IFNULL(body, x'') AS TEXT)"
                " FROM comment WHERE refusal IS NOT NULL ORDER BY number"
            ).fetchall()
        return [Parked(*row) for row in rows]

    def drop(self, number: int) -> None:
        """Destroy a parked comment: a person has seen to it, or its reader wants it gone."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM comment WHERE number = ? AND refusal IS NOT NULL", (number,)
            )

        self._written(write)

    def resend(self) -> int:
        """Let every parked comment be sent again, now; answers how many."""

        def write(connection: sqlite3.Connection) -> int:
            return connection.execute(
                "UPDATE comment SET refusal = NULL, attempts = 0, next_attempt_at = 0"
                " WHERE refusal IS NOT NULL"
            ).rowcount

        return self._written(write)

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

    def _written(self, write: Write[T]) -> T:
        """What ``write`` returned, once that is on disk."""
        answer: Future[T] = Future()
        self._hand_over(write, answer)
        return answer.result()

    def _hand_over(self, work: Arrival | Write[Any], answer: Answer[Any]) -> None:
        with self._closing_lock:
            if self._is_closed:
                answer.set_exception(SpoolError(f"The spool '{self.path}' is closed."))
            else:
                self._jobs.put(Job(work, answer))

    def _write_all(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._taken()
            try:
                outcomes = self._committed(jobs)
            except Exception as error:  # noqa: BLE001 - each who waits is told, and the next is served
                _tell((job.answer, self._as_fault(error)) for job in jobs)
                continue
            if jobs:
                self._on_commit(len(jobs))
            _tell((job.answer, outcome) for job, outcome in zip(jobs, outcomes, strict=True))

    def _taken(self) -> tuple[list[Job[Any]], bool]:
        """What waits to be written, after a wait for the first; and whether more may come."""
        jobs: list[Job[Any]] = []
        job = self._jobs.get()
        while job is not None:
            if _is_waited_for(job.answer):
                jobs.append(job)
            if len(jobs) == MOST_IN_ONE_COMMIT:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _committed(self, jobs: Sequence[Job[Any]]) -> list[Any]:
        """What became of each job, or the exception that it raised. Raises ``sqlite3.Error``."""
        outcomes: list[Any] = []
        connection = self._writer
        self._begin()
        try:
            arrivals = [job.work for job in jobs if isinstance(job.work, Arrival)]
            accepted = iter(self._taken_in(arrivals))
            for job in jobs:
                if isinstance(job.work, Arrival):
                    outcomes.append(next(accepted))
                    continue
                try:
                    outcomes.append(job.work(connection))
                except sqlite3.Error:
                    raise
                except Exception as error:  # noqa: BLE001 - the answer to this job alone
                    outcomes.append(error)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return outcomes

    def _taken_in(self, arrivals: Sequence[Arrival]) -> list[tuple[Accepted, str] | Exception]:
        """What became of each. All together ask the database three times, however many they are:
        at each time another thread runs, and whoever waits for an answer waits for that one too.
        """
        if not arrivals:
            return []
        outcomes: list[tuple[Accepted, str] | Exception] = []
        known = self._known([id for one in arrivals for id in (one.id, *one.or_ids)])
        comments, size = self._writer.execute("SELECT comments, bytes FROM held").fetchone()
        new: list[Arrival] = []
        for one in arrivals:
            came = next((id for id in (one.id, *one.or_ids) if id in known), None)
            if came is not None:
                outcomes.append(("same" if known[came] == one.digest else "other", came))
                continue
            try:
                self._refuse_if_full(comments, size, one)
                one.admit(self._writer)
            except sqlite3.Error:
                raise
            except Exception as error:  # noqa: BLE001 - the answer to this one alone
                outcomes.append(error)
                continue
            known[one.id] = one.digest
            new.append(one)
            comments, size = comments + 1, size + len(one.body)
            outcomes.append(("new", one.id))
        if new:
            marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(new))
            columns = "id, page, digest, checksum, received_at, body"
            self._writer.execute(
                f"INSERT INTO comment ({columns}) VALUES {marks}",  # noqa: S608 - nothing of a reader
                [value for one in new for value in one.row()],
            )
            self._watch(comments, size)
        return outcomes

    def _refuse_if_full(self, comments: int, size: int, arrival: Arrival) -> None:
        if comments >= (self.most_comments or math.inf) or size + len(arrival.body) > (
            self.most_bytes or math.inf
        ):
            raise SpoolFull(
                f"The spool '{self.path}' is full: {comments} comments, {size} bytes. "
                "Is the CMS reachable? PLAINLEAF_SPOOL_COMMENTS and "
                "PLAINLEAF_SPOOL_BYTES set the bound."
            )

    def _known(self, ids: Sequence[str]) -> dict[str, str]:
        """The digest of those that came before."""
        marks = ", ".join("?" * len(ids))
        return dict(
            self._writer.execute(
                f"SELECT id, digest FROM seen WHERE id IN ({marks})"  # noqa: S608 - marks alone
                f" UNION ALL SELECT id, digest FROM comment WHERE id IN ({marks})",
                [*ids, *ids],
            )
        )

    def _begin(self) -> None:
        """Wait for the turn of this process. Raises ``sqlite3.Error`` when it does not come."""
        until = time.monotonic() + BUSY_TIMEOUT_SECONDS
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            else:
                return
            time.sleep(TURN_SECONDS)

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


def _is_waited_for(answer: Answer[Any]) -> bool:
    if isinstance(answer, asyncio.Future):
        return not answer.cancelled()
    return answer.set_running_or_notify_cancel()


def _tell(outcomes: Iterable[tuple[Answer[Any], Any]]) -> None:
    """Each what became of its own. An event loop is woken once for all that it waits for."""
    of_threads: list[tuple[Answer[Any], Any]] = []
    of_loops: dict[asyncio.AbstractEventLoop, list[tuple[Answer[Any], Any]]] = defaultdict(list)
    for answer, outcome in outcomes:
        if isinstance(answer, asyncio.Future):
            of_loops[answer.get_loop()].append((answer, outcome))
        else:
            of_threads.append((answer, outcome))
    _tell_at_once(of_threads)
    for loop, of_loop in of_loops.items():
        with suppress(RuntimeError):  # it is closed, and nobody waits there
            loop.call_soon_threadsafe(_tell_at_once, of_loop)


def _tell_at_once(outcomes: Iterable[tuple[Answer[Any], Any]]) -> None:
    for answer, outcome in outcomes:
        if answer.done():  # it was cancelled
            continue
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)


def checksum_of(id: str, page: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join([id.encode(), page.encode(), body])).hexdigest()
