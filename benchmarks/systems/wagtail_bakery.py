"""wagtail-bakery's ``build``, on the same database. It has no incremental build."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import measure
from benchmarks.peers import wagtail_bakery as peer
from benchmarks.results import Measurement
from benchmarks.systems import Work
from benchmarks.systems.django_site import environment_of

REMOVED_FROM_SETUPTOOLS = Path(peer.__file__).parent / "removed_from_setuptools"


class WagtailBakery:
    name = "wagtail-bakery"
    works: tuple[Work, ...] = ("full",)

    def __init__(self, directory: Path, *, env: dict[str, str]) -> None:
        self._root = directory
        self._env = environment_of(directory, env, "benchmarks.peers.wagtail_bakery.settings")
        # Its dependency `fs` imports a module that setuptools no longer ships.
        self._env["PYTHONPATH"] = os.pathsep.join(
            [str(REMOVED_FROM_SETUPTOOLS), self._env["PYTHONPATH"]]
        )

    def run(self, work: Work, *, weigh: bool) -> Sequence[Measurement]:
        self._output = Path(tempfile.mkdtemp(dir=self._root))
        env = {**self._env, "BENCH_BUILD_DIR": str(self._output)}
        command = [sys.executable, "-m", "django", "build"]
        return [measure(command, env=env, log=self._root / "build.log", weigh=weigh)]

    def output_dir(self) -> Path:
        return self._output
