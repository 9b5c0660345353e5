"""This exporter, reading a live CMS over HTTP."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.systems import Command, Work


class Plainleaf:
    name = "plainleaf"
    works: tuple[Work, ...] = ("full", "noop_cold", "one_edit")

    def __init__(
        self, directory: Path, *, cms_url: str, env: dict[str, str], edit: Callable[[], None]
    ) -> None:
        self._directory = directory
        self._env = {
            **env,
            "PLAINLEAF_CMS_URL": cms_url,
            "PLAINLEAF_OUTPUT_DIR": str(directory / "public"),
            "PLAINLEAF_STATE_DIR": str(directory / "state"),
        }
        self._edit = edit

    def prepare(self, work: Work) -> None:
        if work == "full":
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory.mkdir(parents=True)
        elif work == "one_edit":
            self._edit()

    def command(self, work: Work) -> Command:
        return Command([sys.executable, "-m", "frontend_export", "export", "--json"], self._env)

    def output_dir(self) -> Path:
        return self._directory / "public" / "current"
