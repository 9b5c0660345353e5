"""This exporter, reading a live CMS over HTTP."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.systems import Command, Work


class Plainleaf:
    name = "plainleaf"
    works: tuple[Work, ...] = ("full", "noop_cold", "one_edit")

    def __init__(
        self, directory: Path, *, cms_url: str, env: dict[str, str], edit: Callable[[], None]
    ) -> None:
        self._root = directory
        self._root.mkdir(parents=True)
        self._env = {**env, "PLAINLEAF_CMS_URL": cms_url}
        self._edit = edit

    def prepare(self, work: Work) -> None:
        if work == "full":
            self._start_empty()
        elif work == "one_edit":
            self._edit()

    def _start_empty(self) -> None:
        # A new folder, not an emptied one: a file system is slow where much was just deleted.
        self._directory = Path(tempfile.mkdtemp(dir=self._root))
        self._env |= {
            "PLAINLEAF_OUTPUT_DIR": str(self._directory / "public"),
            "PLAINLEAF_STATE_DIR": str(self._directory / "state"),
        }

    def command(self, work: Work) -> Command:
        return Command([sys.executable, "-m", "frontend_export", "export", "--json"], self._env)

    def output_dir(self) -> Path:
        return self._directory / "public" / "current"
