"""This exporter, reading a live CMS over HTTP."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from benchmarks import articles
from benchmarks.editor import Editor
from benchmarks.measure import CommandError, Memory, measure
from benchmarks.results import Measurement
from benchmarks.systems import Work
from benchmarks.watcher import Watcher, watcher

WARM_RUNS = 7
POLL_SECONDS = 1.0


class Plainleaf:
    """The warm works come ``WARM_RUNS`` times, each beginning at some other moment of the second:
    how soon ``watch`` looks depends on it."""

    name = "plainleaf"
    works: tuple[Work, ...] = ("full", "noop_cold", "one_edit_cold", "noop", "one_edit")

    def __init__(self, directory: Path, *, env: dict[str, str], editor: Editor) -> None:
        directory.mkdir(parents=True)
        self._root = directory
        self._env = dict(env)
        self._editor = editor
        self._dice = random.Random(0)

    def run(self, work: Work, *, weigh: bool) -> Sequence[Measurement]:
        if work == "full":
            self._start_empty()
        if work == "one_edit_cold":
            self._editor.do("edit")
        if work == "noop":
            return self._warm(self._touch, weigh=weigh)
        if work == "one_edit":
            return self._warm(self._edit, weigh=weigh)
        command = [sys.executable, "-m", "frontend_export", "export", "--json"]
        log = self._root / "export.log"
        return [measure(command, env=self._env, log=log, weigh=weigh)]

    def output_dir(self) -> Path:
        return self._directory / "public" / "current"

    def _start_empty(self) -> None:
        # A new folder, not an emptied one: a file system is slow where much was just deleted.
        self._directory = Path(tempfile.mkdtemp(dir=self._root))
        self._env |= {
            "PLAINLEAF_OUTPUT_DIR": str(self._directory / "public"),
            "PLAINLEAF_STATE_DIR": str(self._directory / "state"),
            "PLAINLEAF_SEARCH": "false",  # no peer makes an index of its pages
        }

    def _warm(self, once: Callable[[Watcher], float], *, weigh: bool) -> list[Measurement]:
        with watcher(env=self._env, log=self._root / "watch.log") as watch:
            seconds = []
            with Memory(watch.process) if weigh else nullcontext() as memory:
                for _ in range(WARM_RUNS):
                    time.sleep(self._dice.uniform(0, POLL_SECONDS))
                    seconds.append(once(watch))
                    watch.settle()
        peak_mb = memory.peak_mb if memory else None
        return [Measurement(each, peak_mb) for each in seconds]

    def _touch(self, watch: Watcher) -> float:
        """What the export took by its own account, after a change that changed nothing."""
        release = watch.release()
        self._editor.send("touch")
        run = watch.next_run()
        self._editor.answer()
        if watch.release() != release:
            raise CommandError("A change that changed nothing made a release.")
        return float(run["seconds"])

    def _edit(self, watch: Watcher) -> float:
        """From the journal's entry to the switch."""
        release = watch.release()
        number = self._editor.send("edit")
        switched_at = watch.wait_for_switch(release)
        made_at = self._editor.answer()
        page = watch.current / articles.path_of(number)[1:] / "index.html"
        if "Edited " not in page.read_text():
            raise CommandError(f"Article {number} was edited, and its page does not say so.")
        return switched_at - made_at
