"""Runs ``frontend-export watch`` and reads the line it logs for each export."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measure import CommandError, end_of

QUIET_SECONDS = 2.0
TIMEOUT_SECONDS = 900.0
LOOK_SECONDS = 0.002


class Watcher:
    """``current`` is the link whose switch puts a release before the readers."""

    def __init__(self, process: psutil.Popen, *, log: Path, current: Path) -> None:
        self.process = process
        self.current = current
        self._path = log
        self._log = log.open("rb")

    def next_run(self) -> dict[str, Any]:
        """What the next export that ended has logged. Raises ``CommandError`` if it failed."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if run := self._run():
                return run
            time.sleep(LOOK_SECONDS)
        raise CommandError(f"'watch' logged no export:\n{end_of(self._path)}")

    def settle(self) -> None:
        """Return when nothing has been exported for a while."""
        quiet_since = time.monotonic()
        while time.monotonic() < quiet_since + QUIET_SECONDS:
            if self._run():
                quiet_since = time.monotonic()
            time.sleep(LOOK_SECONDS)

    def wait_for_switch(self, release: str) -> float:
        """When ``current`` stopped being ``release``, by the clock of ``time.time()``."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while self.release() == release:
            if time.monotonic() > deadline:
                raise CommandError(f"'watch' did not publish:\n{end_of(self._path)}")
            time.sleep(LOOK_SECONDS)
        return time.time()

    def release(self) -> str:
        return str(self.current.readlink())

    def _run(self) -> dict[str, Any] | None:
        position = self._log.tell()
        line = self._log.readline()
        if not line.endswith(b"\n"):
            self._log.seek(position)  # nothing yet, or half of it
            return None
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            raise CommandError(f"'watch' printed no JSON:\n{end_of(self._path)}") from None
        if entry.get("error"):
            raise CommandError(f"An export of 'watch' failed: {entry['error']}")
        return entry if entry["event"] == "export" else None


@contextmanager
def watcher(*, env: Mapping[str, str], log: Path) -> Iterator[Watcher]:
    """A ``watch`` that has exported once and has been quiet since, until the block ends."""
    command = [sys.executable, "-m", "frontend_export", "watch"]
    with log.open("wb") as output:
        process = psutil.Popen(
            command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        current = Path(env["PLAINLEAF_OUTPUT_DIR"]) / "current"
        watching = Watcher(process, log=log, current=current)
        watching.next_run()
        watching.settle()
        yield watching
    finally:
        process.terminate()
        process.wait(timeout=60)
