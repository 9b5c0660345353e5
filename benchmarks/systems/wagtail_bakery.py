"""wagtail-bakery's ``build``, on the same database. It has no incremental build."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.systems import Command, Work

PEER_DIR = Path(__file__).resolve().parent.parent / "peers" / "wagtail_bakery"


class WagtailBakery:
    name = "wagtail-bakery"
    works: tuple[Work, ...] = ("full",)

    def __init__(self, directory: Path, *, env: dict[str, str]) -> None:
        self._root = directory
        self._root.mkdir(parents=True)
        self._env = {
            **env,
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.wagtail_bakery.settings",
            # Its dependency `fs` imports a module that setuptools no longer ships.
            "PYTHONPATH": os.pathsep.join(
                [str(PEER_DIR / "removed_from_setuptools"), env["PYTHONPATH"]]
            ),
        }

    def prepare(self, work: Work) -> None:
        self._directory = Path(tempfile.mkdtemp(dir=self._root))
        self._env["BENCH_BUILD_DIR"] = str(self._directory)

    def command(self, work: Work) -> Command:
        return Command([sys.executable, "-m", "django", "build"], self._env)

    def output_dir(self) -> Path:
        return self._directory
