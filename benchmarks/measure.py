"""Run one command and say how long it took and how much memory its processes held."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from benchmarks.results import Measurement

SAMPLE_SECONDS = 0.1  # a look at all processes costs milliseconds of one of the cores


class CommandError(Exception):
    """A measured command failed; the message holds what it printed."""


def measure(
    command: Sequence[str], *, env: Mapping[str, str], log: Path, timeout_seconds: float = 3600
) -> Measurement:
    """Run ``command``; its output goes to ``log``, so that a full pipe cannot slow it down.

    ``peak_mb`` is the largest sum of resident memory that samples 100 ms apart have seen.
    """
    with log.open("wb") as output:
        started = time.perf_counter()
        process = psutil.Popen(
            command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        peak = 0
        while (returncode := _wait(process, SAMPLE_SECONDS)) is None:
            peak = max(peak, _resident_bytes(process))
            if time.perf_counter() - started > timeout_seconds:
                process.kill()
                raise CommandError(f"'{' '.join(command)}' took over {timeout_seconds:.0f} s.")
        seconds = time.perf_counter() - started
    if returncode != 0:
        raise CommandError(
            f"'{' '.join(command)}' ended with exit code {returncode}:\n"
            + log.read_text(errors="replace")[-4000:]
        )
    return Measurement(seconds, peak / 1e6)


def _wait(process: psutil.Popen, seconds: float) -> int | None:
    try:
        return process.wait(timeout=seconds)
    except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
        return None


def _resident_bytes(process: psutil.Popen) -> int:
    total = 0
    try:
        for member in (process, *process.children(recursive=True)):
            total += member.memory_info().rss
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        pass  # ended between the list and the look: this sample counts what was seen
    return total
