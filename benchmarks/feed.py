"""The benchmark of the export feed: what it costs the CMS to say everything."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psutil
from rich.table import Table

from benchmarks.articles import Kind
from benchmarks.measure import CommandError, measure
from benchmarks.scratch_cms import FEED, ScratchCms, scratch_cms

WARM_UPS = 4  # two workers, each of which imports on its first request what it needs
TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Reading:
    """One feed, read from the first byte to the last. ``cpu_seconds`` are the CMS's."""

    seconds: float
    cpu_seconds: float
    size: int


@dataclass(frozen=True, slots=True)
class Results:
    pages: int
    queries: int
    readings: tuple[Reading, ...]

    def as_json(self) -> dict[str, int | float]:
        seconds = median(one.seconds for one in self.readings)
        cpu_seconds = median(one.cpu_seconds for one in self.readings)
        return {
            "pages": self.pages,
            "queries": self.queries,
            "queries_per_hundred_pages": round(100 * self.queries / self.pages, 2),
            "bytes": self.readings[0].size,
            "seconds": round(seconds, 3),
            "pages_per_second": round(self.pages / seconds, 1),
            "cpu_seconds": round(cpu_seconds, 3),
            "pages_per_cpu_second": round(self.pages / cpu_seconds, 1),
        }

    def as_table(self) -> Table:
        table = Table(title=f"The feed of {self.pages:,} articles")
        table.add_column("measured")
        table.add_column("value", justify="right")
        for name, value in self.as_json().items():
            table.add_row(name.replace("_", " "), f"{value:,}")
        return table


def run(
    directory: Path,
    *,
    pages: int,
    kind: Kind,
    repeats: int,
    cache: Path | None,
    say: Callable[[str], None],
) -> Results:
    """Raises ``CommandError``."""
    with scratch_cms(directory, pages=pages, kind=kind, cache=cache, say=say) as cms:
        log = directory / "queries.json"
        measure([sys.executable, "-m", "benchmarks.count_queries"], env=cms.env, log=log)
        queries = json.loads(log.read_text())["queries"]
        for _ in range(WARM_UPS):
            with _feed(cms) as beginning:
                beginning.recv(1)
        readings = []
        for repeat in range(1, repeats + 1):
            readings.append(_read(cms, pages))
            say(f"{repeat}/{repeats} {readings[-1].seconds:.2f} s")
    return Results(pages=pages, queries=queries, readings=tuple(readings))


def _read(cms: ScratchCms, pages: int) -> Reading:
    """By a client that does nothing but read, so that it never keeps the CMS waiting."""
    cpu_before, started = _cpu_seconds(cms.server), time.perf_counter()
    size, tail = 0, b""
    with _feed(cms) as connection:
        while received := connection.recv(1 << 20):
            size += len(received)
            tail = (tail + received)[-TAIL_BYTES:]
    seconds = time.perf_counter() - started
    _require_pages(tail, pages)
    return Reading(seconds, _cpu_seconds(cms.server) - cpu_before, size)


def _feed(cms: ScratchCms) -> socket.socket:
    """The connection on which the feed was asked for."""
    address = urlsplit(cms.url)
    assert address.hostname and address.port
    connection = socket.create_connection((address.hostname, address.port))
    connection.sendall(
        # HTTP/1.0: the answer ends where the connection does, and comes without chunks to undo.
        f"GET {FEED} HTTP/1.0\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {cms.env['PLAINLEAF_FEED_TOKEN']}\r\n\r\n".encode()
    )
    return connection


def _require_pages(tail: bytes, pages: int) -> None:
    """The feed's last line counts what it held: the articles, their topics and the home page."""
    try:
        end = json.loads(tail.splitlines()[-1])
    except (IndexError, ValueError):
        end = {}
    if end.get("kind") != "end" or end["counts"]["page"] <= pages:
        raise CommandError(f"The feed did not come whole; it ended with {tail[-500:]!r}.")


def _cpu_seconds(server: psutil.Process) -> float:
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return sum(one.user + one.system for one in times)
