"""Tells the process of ``benchmarks.edit`` what to do, and hears when it was written down."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import CommandError, end_of


class Editor:
    """Edits articles by turns: each call takes the next one, so that none repeats soon."""

    def __init__(self, process: subprocess.Popen[str], *, pages: int, log: Path) -> None:
        self._process = process
        self._pages = pages
        self._log = log
        self._number = 0

    def send(self, verb: str) -> int:
        """Have ``edit`` or ``touch`` done to an article; return its number at once."""
        assert self._process.stdin
        # A prime apart, so that they come from every topic.
        self._number = (self._number + 7919) % self._pages
        number = self._number + 1
        self._process.stdin.write(f"{verb} {number}\n")
        self._process.stdin.flush()
        return number

    def answer(self) -> float:
        """When the journal's entry was made, by the clock of ``time.time()``."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise CommandError(f"The editor's process ended:\n{end_of(self._log)}")
        return float(line)

    def do(self, verb: str) -> int:
        """Have it done, and wait for it."""
        number = self.send(verb)
        self.answer()
        return number


@contextmanager
def editor(*, pages: int, env: Mapping[str, str], log: Path) -> Iterator[Editor]:
    """An editor who is there until the block ends; Django has started when it begins."""
    command = [sys.executable, "-m", "benchmarks.edit"]
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdout
        if process.stdout.readline() != "ready\n":
            raise CommandError(f"The editor's process did not start:\n{end_of(log)}")
        yield Editor(process, pages=pages, log=log)
