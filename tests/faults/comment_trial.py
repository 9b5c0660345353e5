"""Readers comment while all that carries a comment is killed and paused at random.

What was sent is held beside what the CMS stored: see ``comment_ledger``. A seed decides what
strikes whom and what readers write; when exactly it does, the machine decides.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from tests.comment_stack import CommentStack, family, tell
from tests.faults.comment_ledger import Sent, Verdict, compare
from tests.faults.moved_clock import MovedClock
from tests.faults.small_disk import shrink, small_disk
from tests.live import answers, wait_until
from tests.own_postgres import OwnPostgres
from tests.wire import Answer, Connection, post

PAGES = 6
READERS = 8
EDGES = ("edge-1", "edge-2")  # on one spool
TRIES = 8
PATIENCE_SECONDS = 3.0
CMS_TIMEOUT_SECONDS = (
    2.0  # shorter than many a pause: a batch is sent again while it is being taken
)
DISK = "384m"
WORDS = (  # what changes on the way where somebody escapes, cuts or normalises
    "BP < 120 & > 80",
    "“Thank you”, she said – and slept.",
    "Cafe\N{COMBINING ACUTE ACCENT} and café",
    "שלום, תודה רבה",
    "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4} \N{WHITE HEAVY CHECK MARK}",
    "Two\n\nlines, a \\ and a 100 % sure 'quote'; -- and {{ braces }}",
    "It helped me to write down what I take, and when.",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault: who it strikes, how, and how often in comparison."""

    target: str
    how: str
    weight: int


KINDS = (
    *(Kind(edge, how, weight) for edge in EDGES for how, weight in (("killed", 3), ("paused", 2))),
    Kind("cms", "killed", 1),
    Kind("cms", "paused", 2),
    Kind("cms", "lost a process", 4),
    Kind("worker", "killed", 1),
    Kind("worker", "paused", 1),
    Kind("postgres", "killed", 2),
    Kind("postgres", "paused", 2),
    Kind("postgres", "lost a process", 2),
    Kind("disk", "full", 2),
    Kind("clock", "moved", 3),
)
CLOCK_JUMPS = (-90_000.0, -3_600.0, -200.0, -2.0, 2.0, 200.0, 3_600.0, 90_000.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """``rate``: about how many comments readers send a second. ``patience_seconds``: how long
    nothing may move before what still waits counts as left; a slow machine drains for long."""

    comments: int
    faults: int
    seed: int
    rate: float
    patience_seconds: float = 600


@dataclass(slots=True)
class Report:
    """``answers`` by status; 0 is a connection that broke. ``left``: what waited at the end."""

    trial: Trial
    sent: list[Sent]
    verdict: Verdict
    database: str
    answers: Counter[int]
    faults: Counter[str]
    not_tried: list[str]
    left: int
    sending_seconds: float
    draining_seconds: float

    @property
    def is_clean(self) -> bool:
        thanks_or_later = {0, 202, 303, 503}
        return self.verdict.is_clean and not self.left and not self.answers.keys() - thanks_or_later

    def as_text(self) -> str:
        verdict = self.verdict
        faults = ", ".join(f"{what} {count}" for what, count in sorted(self.faults.items()))
        told = ", ".join(f"{status or 'broken'} {n}" for status, n in sorted(self.answers.items()))
        lines = [
            f"seed {self.trial.seed}, {self.database}: {self.trial.comments:,} comments sent in "
            f"{self.sending_seconds:.0f} s, {sum(self.faults.values())} faults ({faults})",
            f"answers: {told}",
            f"acknowledged {verdict.acknowledged:,}, stored {verdict.stored:,}, drained in "
            f"{self.draining_seconds:.0f} s, left {self.left}",
        ]
        for what in ("lost", "twice", "changed", "strange", "early"):
            names = getattr(verdict, what)
            lines.append(f"{what} {len(names)} {list(names[:10]) if names else ''}".rstrip())
        return "\n".join([*lines, *self.not_tried])


@contextmanager
def prepared(
    folder: Path, *, on_postgres: bool, say: Callable[[str], None] = lambda text: None
) -> Iterator[Scene]:
    """All of it running, once for several trials."""
    with ExitStack() as held:
        postgres = None
        if on_postgres:
            postgres = held.enter_context(OwnPostgres())
            postgres.start()
        spool = folder / "spool"
        disk = held.enter_context(small_disk(spool, size=DISK))
        stack = held.enter_context(
            CommentStack(
                folder,
                postgres.url if postgres else "",
                PLAINLEAF_SPOOL_DIR=str(spool),
                PLAINLEAF_TIMEOUT_SECONDS=str(CMS_TIMEOUT_SECONDS),
                PLAINLEAF_SPOOL_COMMENTS="0",
            )
        )
        say("Making a site.")
        stack.prepare(PAGES)
        scene = Scene(stack, postgres, disk, MovedClock(folder / "clock"))
        for target in (*EDGES, "worker"):
            scene.launch(target)
        for edge in EDGES:
            stack.wait_for_edge(edge)
        yield scene


@dataclass
class Scene:
    """All that may be struck. ``disk`` is ``None`` where no file system of its own can be had."""

    stack: CommentStack
    postgres: OwnPostgres | None
    disk: Path | None
    clock: MovedClock

    def kinds(self) -> list[Kind]:
        missing = {"postgres": self.postgres, "disk": self.disk}
        return [kind for kind in KINDS if missing.get(kind.target, "") is not None]

    def not_tried(self) -> list[str]:
        said = []
        if self.postgres is None:
            said.append("NOT TESTED: Postgres. There is no 'initdb'; SQLite stood in for it.")
        if self.disk is None:
            said.append("NOT TESTED: a full disk, which takes root and the right to mount.")
        return said

    def launch(self, target: str) -> None:
        if target == "postgres":
            assert self.postgres
            self.postgres.launch()
        elif target == "cms":
            self.stack.launch_cms()
        elif target == "worker":
            self.stack.launch_worker()
        else:
            moved = ("tests.faults.moved_clock", str(self.clock.path))
            self.stack.launch_edge(target, module=moved)

    def pids(self, target: str) -> list[int]:
        process = self.postgres.process if self.postgres and target == "postgres" else None
        return family((process or self.stack.processes[target]).pid)

    def is_alive(self, target: str) -> bool:
        process = self.postgres.process if self.postgres and target == "postgres" else None
        return (process or self.stack.processes[target]).poll() is None

    def strike(self, kind: Kind, dice: random.Random) -> None:
        if kind.how == "killed":
            tell(self.pids(kind.target), signal.SIGKILL)
            if kind.target == "postgres":
                assert self.postgres
                assert self.postgres.process
                self.postgres.process.wait()
            else:
                self.stack.processes[kind.target].wait()
        elif kind.how == "paused":
            tell(self.pids(kind.target), signal.SIGSTOP)
        elif kind.how == "lost a process":
            if children := self.pids(kind.target)[1:]:
                tell([dice.choice(children)], signal.SIGKILL)
        elif kind.how == "full":
            assert self.disk
            self._fill(self.disk)
        else:
            self.clock.move(dice.choice(CLOCK_JUMPS))

    def _fill(self, disk: Path) -> None:
        """What is used cannot be taken away, and an edge may use more while it is counted."""
        for spare in range(0, 1024, 16):
            try:
                return shrink(disk, "size", spare)
            except subprocess.CalledProcessError:
                continue
        raise AssertionError(f"'{disk}' cannot be made full.")

    def heal(self, kind: Kind) -> None:
        if kind.how == "paused":
            tell(self.pids(kind.target), signal.SIGCONT)
        elif kind.how == "full":
            assert self.disk
            shrink(self.disk, "size", 300 * 1024)
        elif kind.how == "moved":
            self.clock.move(0.0)
        elif not self.is_alive(kind.target):
            self.launch(kind.target)

    def heal_all(self) -> None:
        """Everything runs and answers."""
        if self.postgres:
            tell(self.pids("postgres"), signal.SIGCONT)
            self.postgres.start()
        for target in ("cms", "worker", *EDGES):
            if self.is_alive(target):
                tell(self.pids(target), signal.SIGCONT)
            else:
                self.launch(target)
        url = f"{self.stack.cms_url}/readyz"
        wait_until(lambda: answers(url, self.stack.processes["cms"]), "the CMS to answer")
        for edge in EDGES:
            self.stack.wait_for_edge(edge)


def run(scene: Scene, trial: Trial, *, say: Callable[[str], None] = lambda text: None) -> Report:
    """Send, strike, heal, drain, compare."""
    before = {row.number for row in scene.stack.rows()}
    readers = [Reader(scene.stack, trial, number) for number in range(READERS)]
    started = time.monotonic()
    for reader in readers:
        reader.start()
    faults = _strike(scene, trial, readers, say)
    for reader in readers:
        reader.join()
    sent_at = time.monotonic()
    scene.heal_all()
    left = _drained(scene, trial, say)
    drained_at = time.monotonic()
    rows = [row for row in scene.stack.rows() if row.number not in before]
    for reader in readers:
        if reader.broke:
            raise reader.broke
    sent = [one for reader in readers for one in reader.sent]
    return Report(
        trial=trial,
        sent=sent,
        verdict=compare(sent, rows),
        database="Postgres" if scene.postgres else "SQLite",
        answers=sum((reader.answers for reader in readers), Counter()),
        faults=faults,
        not_tried=scene.not_tried(),
        left=left,
        sending_seconds=sent_at - started,
        draining_seconds=drained_at - sent_at,
    )


def _strike(
    scene: Scene, trial: Trial, readers: list[Reader], say: Callable[[str], None]
) -> Counter[str]:
    """Fault after fault, each for a while and some at once, until the readers have gone.

    They keep step with the comments: a slow machine has as many between two faults as a quick one.
    """
    dice = random.Random(trial.seed)
    kinds = scene.kinds()
    share = trial.comments / max(trial.faults, 1)
    struck: Counter[str] = Counter()
    healing: dict[str, tuple[float, Kind]] = {}
    next_after = 0.0
    while any(reader.is_alive() for reader in readers) or healing:
        now = time.monotonic()
        for target, (at, kind) in list(healing.items()):
            if now >= at:
                scene.heal(kind)
                del healing[target]
        sent = sum(len(reader.sent) for reader in readers)
        if sent >= next_after and struck.total() < trial.faults:
            kind = dice.choices(kinds, [kind.weight for kind in kinds])[0]
            if kind.target not in healing:
                next_after = share * struck.total() + dice.uniform(0.5, 1.5) * share
                lasts = dice.choice((0.1, 0.5, 1.0, 2.5, 5.0))
                scene.strike(kind, dice)
                struck[f"{kind.target} {kind.how}"] += 1
                healing[kind.target] = (now + lasts, kind)
                if struck.total() % 100 == 0:
                    say(f"{struck.total()} faults, {sent:,} comments.")
        time.sleep(0.02)
    return struck


def _drained(scene: Scene, trial: Trial, say: Callable[[str], None]) -> int:
    """How many wait or are parked when nothing moves any more."""
    fewest, moved_at = math.inf, time.monotonic()
    for turn in itertools.count():
        spool = scene.stack.waiting(EDGES[0])
        if spool["waiting"] < fewest:
            fewest, moved_at = spool["waiting"], time.monotonic()
        if not spool["waiting"] or time.monotonic() > moved_at + trial.patience_seconds:
            return int(spool["waiting"] + spool["parked"])
        if turn % 40 == 0:
            say(f"{spool['waiting']:,} wait for the CMS.")
        time.sleep(0.25)
    raise AssertionError("unreachable")


@dataclass
class Comment:
    name: str
    form: dict[str, str]
    text: str
    key: str
    as_json: bool

    def request(self, headers: dict[str, str]) -> bytes:
        fields = {**self.form, "name": self.name, "text": self.text, "email": ""}
        if self.key:
            headers = {**headers, "idempotency_key": self.key}
        if self.as_json:
            body = json.dumps(fields).encode()
            return post("/comments", body, content_type="application/json", **headers)
        kind = "application/x-www-form-urlencoded"
        return post("/comments", urlencode(fields).encode(), content_type=kind, **headers)


@dataclass
class Reader:
    """One after another writes, and sends again what it was not thanked for.

    Without a key of its own a comment sent again is told by its time, which the clock's jumps make
    uncertain: those are sent once.
    """

    stack: CommentStack
    trial: Trial
    number: int
    sent: list[Sent] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    broke: BaseException | None = None

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.trial.seed} {self.number}")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._connections = {
            edge: Connection(self.stack.edge_url(edge), timeout_seconds=PATIENCE_SECONDS)
            for edge in EDGES
        }

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        started = time.monotonic()
        try:
            for turn, at in enumerate(range(self.number, self.trial.comments, READERS)):
                late = started + turn * READERS / self.trial.rate - time.monotonic()
                time.sleep(max(late, 0))
                self.sent.append(self._send(self._comment(at)))
        except BaseException as error:  # noqa: BLE001 - raised again by who waits for this thread
            self.broke = error
        finally:
            for connection in self._connections.values():
                connection.close()

    def _comment(self, at: int) -> Comment:
        dice = self._dice
        text = " ".join(dice.choices(WORDS, k=dice.choice((1, 2, 3, 3, 30))))
        return Comment(
            name=f"Reader {self.trial.seed}-{at}",
            form=dice.choice(self.stack.forms),
            text=f"{text} {at}",
            key=f"{dice.getrandbits(128):032x}" if dice.random() < 0.8 else "",
            as_json=dice.random() < 0.5,
        )

    def _send(self, comment: Comment) -> Sent:
        request = comment.request(self.stack.headers())
        sent_at, thanked_at, receipt = time.monotonic(), None, ""
        for turn in range(TRIES if comment.key else 1):
            edges = self._dice.sample(EDGES, 2)
            is_double_click = comment.key and self._dice.random() < 0.1
            for answer in self._ask(request, edges if is_double_click else edges[:1]):
                self.answers[answer.status if answer else 0] += 1
                if answer and answer.status in {202, 303}:
                    thanked_at = thanked_at or time.monotonic()
                    receipt = receipt_in(answer)
            if thanked_at:
                break
            time.sleep(0.05 * 2**turn * self._dice.random())
        page = UUID(comment.form["page"]).hex
        return Sent(comment.name, page, comment.text, sent_at, thanked_at, receipt)

    def _ask(self, request: bytes, edges: list[str]) -> list[Answer | None]:
        """The same to several at once; ``None`` of one that broke off."""
        told = []
        for edge in edges:
            try:
                self._connections[edge].tell(request)
                told.append(edge)
            except OSError:
                told.append("")
        heard: list[Answer | None] = []
        for edge in told:
            try:
                heard.append(self._connections[edge].hear() if edge else None)
            except OSError:
                heard.append(None)
        return heard


def receipt_in(answer: Answer) -> str:
    """As the CMS stores it, from an answer that thanks."""
    code = (
        json.loads(answer.body)["receipt"]
        if answer.status == 202
        else answer.headers["location"].rpartition("/")[2]
    )
    return str(code).replace("-", "")
