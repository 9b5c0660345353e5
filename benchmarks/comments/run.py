"""The benchmark of a comment's way: the edge beside Isso, and through to rows on Postgres."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rich.table import Table

from benchmarks.comments.isso import isso
from benchmarks.comments.readers import MARK, Order, Result, begin, end
from benchmarks.measure import CommandError
from tests.comment_stack import CommentStack, family
from tests.own_postgres import OwnPostgres

READERS = 8
PAGES = 6
TEXT = "It helped me to write down what I take, and when. My pharmacist looked at the list with me."
EDGE = "edge"
TICKS = os.sysconf("SC_CLK_TCK")
DRAIN_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Measured:
    """``work``: ``most``, as many as are answered, or ``at 200/s``. ``stored`` are rows that its
    posts became, ``stored_meanwhile`` those of them that were rows when the last answer came.
    ``cpu_seconds`` by process."""

    system: str
    work: str
    result: Result
    stored: int
    stored_meanwhile: int
    drain_seconds: float
    cpu_seconds: Mapping[str, float]

    @property
    def rows_per_second(self) -> float:
        """While posts came."""
        return self.stored_meanwhile / self.result.seconds

    @property
    def drained_per_second(self) -> float:
        """Afterwards."""
        waited = self.stored - self.stored_meanwhile
        return waited / self.drain_seconds if waited else 0.0


def as_json(measured: list[Measured]) -> dict[str, Any]:
    return {
        "runs": [
            {
                "system": one.system,
                "work": one.work,
                "accepted": one.result.accepted,
                "per_second": round(one.result.per_second, 1),
                "stored": one.stored,
                "rows_per_second": round(one.rows_per_second, 1),
                "drained_per_second": round(one.drained_per_second, 1),
                **asdict(one.result),
                "cpu_seconds": {name: round(used, 2) for name, used in one.cpu_seconds.items()},
            }
            for one in measured
        ]
    }


def as_table(measured: list[Measured]) -> Table:
    table = Table(title="Comments")
    for name in ("system", "work"):
        table.add_column(name)
    for name in ("posts/s", "p50 ms", "p95 ms", "p99 ms", "rows/s", "rows/s after"):
        table.add_column(name, justify="right")
    for one in measured:
        table.add_row(
            one.system,
            one.work,
            f"{one.result.per_second:,.0f}",
            *(f"{one.result.milliseconds[name]:.1f}" for name in ("p50", "p95", "p99")),
            f"{one.rows_per_second:,.0f}",
            f"{one.drained_per_second:,.0f}" if one.drained_per_second else "",
        )
    return table


def compare(
    directory: Path, *, seconds: float, rate: float, say: Callable[[str], None]
) -> list[Measured]:
    """Isso and the edge, each for ``seconds`` alone on this machine; the edge at ``rate`` too.

    Raises ``CommandError``.
    """
    with _stack(directory, say) as stack:
        order = _order(stack, seconds)
        say(f"Isso, {READERS} readers.")
        measured = [_of_isso(directory / "isso", stack, seconds)]
        if refused := _refused(measured[0].result):  # two workers may lock each other's database
            say(f"Isso refused some: {refused}.")
        say(f"The edge at {rate:.0f} a second.")
        measured.append(_of_the_edge(stack, replace(order, rate=rate), f"at {rate:.0f}/s", say))
        say(f"The edge, {READERS} readers.")
        measured.append(_of_the_edge(stack, order, "most", say))
    return measured


def soak(
    directory: Path, *, seconds: float, rate: float, say: Callable[[str], None]
) -> list[Measured]:
    """``rate`` comments a second for long, then five times as many for a moment."""
    with _stack(directory, say) as stack:
        order = _order(stack, seconds)
        say(f"The edge at {rate:.0f} a second for {seconds:.0f} seconds.")
        measured = [_of_the_edge(stack, replace(order, rate=rate), f"at {rate:.0f}/s", say)]
        burst = replace(order, rate=5 * rate, seconds=10)
        say(f"The edge at {burst.rate:.0f} a second for {burst.seconds:.0f} seconds.")
        measured.append(_of_the_edge(stack, burst, f"at {burst.rate:.0f}/s", say))
    return measured


@contextmanager
def _stack(directory: Path, say: Callable[[str], None]) -> Iterator[CommentStack]:
    """Edge, CMS, worker and Postgres, without limits."""
    if not OwnPostgres.is_installed():
        raise CommandError("There is no 'initdb'. Install the package 'postgresql'.")
    with (
        OwnPostgres() as postgres,
        CommentStack(directory, postgres.url, PLAINLEAF_SPOOL_COMMENTS="0") as stack,
    ):
        postgres.start()
        say("Making a site.")
        stack.prepare(PAGES)
        stack.launch_worker()
        stack.launch_edge(EDGE)
        stack.wait_for_edge(EDGE)
        assert postgres.process
        stack.processes["postgres"] = postgres.process
        try:
            yield stack
        finally:
            del stack.processes["postgres"]  # it ends itself, after all that use it


def _order(stack: CommentStack, seconds: float) -> Order:
    fields = {"name": f"Reader {MARK}", "text": TEXT, "email": ""}
    return Order(
        url=f"{stack.edge_url(EDGE)}/comments",
        headers={
            "Host": "localhost",
            "Origin": stack.site_url,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        bodies=tuple(urlencode({**form, **fields}) for form in stack.forms),
        readers=READERS,
        seconds=seconds,
    )


def _of_isso(folder: Path, stack: CommentStack, seconds: float) -> Measured:
    with isso(folder, env=stack.environment) as peer:
        started = _cpu_seconds(peer.process.pid)
        order = peer.order(readers=READERS, seconds=seconds, text=TEXT)
        result = end(begin(order, env=stack.environment))
        used = _cpu_seconds(peer.process.pid) - started
        stored = peer.stored()
    _must_be_stored(result, stored)
    cpu = {"isso": used, "readers": result.cpu_seconds}
    return Measured("isso", "most", result, stored, stored, 0.0, cpu)


def _of_the_edge(
    stack: CommentStack, order: Order, work: str, say: Callable[[str], None]
) -> Measured:
    before = len(stack.rows())
    order = replace(order, first_number=before)
    names = (EDGE, "cms", "worker", "postgres")
    started = {name: _cpu_seconds(stack.processes[name].pid) for name in names}
    result = end(begin(order, env=stack.environment))
    meanwhile = len(stack.rows()) - before
    used = {name: _cpu_seconds(stack.processes[name].pid) - started[name] for name in names}
    say(f"{result.per_second:.0f} a second, {meanwhile:,} of {result.accepted:,} are rows.")
    drain_seconds = _drained(stack)
    stored = len(stack.rows()) - before
    _must_be_stored(result, stored)
    if refused := _refused(result):
        raise CommandError(f"The edge, which has no limit here, refused comments: {refused}.")
    cpu = {**used, "readers": result.cpu_seconds}
    return Measured("plainleaf", work, result, stored, meanwhile, drain_seconds, cpu)


def _drained(stack: CommentStack) -> float:
    started = time.monotonic()
    while stack.waiting(EDGE)["waiting"]:
        if time.monotonic() > started + DRAIN_SECONDS:
            raise CommandError(f"Comments waited for the CMS for {DRAIN_SECONDS} seconds.")
        time.sleep(0.1)
    return time.monotonic() - started


def _must_be_stored(result: Result, stored: int) -> None:
    if stored != result.accepted:
        raise CommandError(f"Of {result.accepted:,} comments that were taken {stored:,} are rows.")


def _refused(result: Result) -> dict[str, int]:
    """How many posts were answered with which error."""
    return {status: n for status, n in result.answers.items() if status[0] not in "23"}


def _cpu_seconds(pid: int) -> float:
    """Of a process and its children, those included that have ended."""
    total = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(ticks) for ticks in fields[11:15])
    return total / TICKS
