"""django-distill's ``generate``, on the same database. It has no incremental build."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import measure
from benchmarks.results import Measurement
from benchmarks.systems import Work
from benchmarks.systems.django_site import environment_of


class DjangoDistill:
    name = "django-distill"
    works: tuple[Work, ...] = ("full",)

    def __init__(self, directory: Path, *, env: dict[str, str]) -> None:
        self._root = directory
        self._env = environment_of(directory, env, "benchmarks.peers.django_distill.settings")

    def run(self, work: Work, *, weigh: bool) -> Sequence[Measurement]:
        self._output = Path(tempfile.mkdtemp(dir=self._root))
        env = {**self._env, "BENCH_BUILD_DIR": str(self._output)}
        command = [sys.executable, "-m", "django", "distill", "generate", "--collectstatic"]
        command += ["--force", "--quiet", "--output-directory", str(self._output)]
        return [measure(command, env=env, log=self._root / "generate.log", weigh=weigh)]

    def output_dir(self) -> Path:
        return self._output
