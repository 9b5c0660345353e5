"""Run one command and say how long it took, or how much memory its processes held."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from benchmarks.results import Measurement

SAMPLE_SECONDS = 0.2  # a look at all processes costs milliseconds of one of the cores


class CommandError(Exception):
    """A measured command failed; the message holds what it printed."""


def measure(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    weigh: bool = False,
    timeout_seconds: float = 3600,
) -> Measurement:
    """Run ``command``; its output goes to ``log``, so that a full pipe cannot slow it down.

    What earlier commands left to be written to the disk is written first: none waits for it.
    ``weigh`` looks at its memory too, which takes time from it.
    """
    os.sync()
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        # To wait with a limit would be to look now and then, up to 50 ms too late.
        limit = threading.Timer(timeout_seconds, process.kill)
        limit.start()
        try:
            with Memory(psutil.Process(process.pid)) if weigh else nullcontext() as memory:
                returncode = process.wait()
                seconds = time.perf_counter() - started
        finally:
            limit.cancel()
    if seconds >= timeout_seconds:
        raise CommandError(f"'{' '.join(command)}' took over {timeout_seconds:.0f} s.")
    if returncode != 0:
        raise CommandError(
            f"'{' '.join(command)}' ended with exit code {returncode}:\n{end_of(log)}"
        )
    return Measurement(seconds, memory.peak_mb if memory else None)


def end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-4000:]


class Memory:
    """``peak_mb`` is the most that a process and its children held together, of samples
    ``SAMPLE_SECONDS`` apart.

    What processes share after a fork is divided among them ("proportional set size"), so that
    each byte counts once. A process alone is asked for its resident memory instead, which is
    nearly the same and costs nothing: to divide the gigabyte of a Hugo takes 11 ms of a core.
    """

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._peak = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    @property
    def peak_mb(self) -> float:
        return self._peak / 1e6

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stopped.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, _held_bytes(self._process))


def _held_bytes(process: psutil.Process) -> int:
    total = 0
    try:
        children = process.children(recursive=True)
        if not children:
            return int(process.memory_info().rss)
        for member in (process, *children):
            total += member.memory_full_info().pss
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        pass  # ended between the list and the look: this sample counts what was seen
    return total
