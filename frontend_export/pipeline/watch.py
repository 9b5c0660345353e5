"""Follow the CMS: export after every change, when time alone changes the site, when somebody asks
for it in the admin, when a rollback no longer holds the site, and now and then to compare all.

The comparison is the truth; the cursor only says when to look. A CMS that is away is asked again,
ever more slowly.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from frontend_export.config import Settings
from frontend_export.errors import LockedError, PlainleafError
from frontend_export.pipeline.exporter import Exporter
from frontend_export.pipeline.indexing import Indexing
from frontend_export.pipeline.publish import Verify, resume, roll_back
from frontend_export.pipeline.report import Options, Report
from frontend_export.pipeline.run import Run, tell
from frontend_export.source.chosen import source_of
from frontend_export.source.feed import ExportRequest, Position
from frontend_export.state import pinned

logger = logging.getLogger(__name__)

DEBOUNCE_SECONDS = 0.05  # an editor's "publish" is often several changes
RECONCILE_SECONDS = 300.0
MAX_WAIT_SECONDS = 30.0
HEARTBEAT = "heartbeat"

Log = Callable[[dict[str, Any]], None]


def watch(
    settings: Settings,
    stop: threading.Event,
    *,
    log: Log,
    poll_seconds: float | None = None,
    reconcile_seconds: float = RECONCILE_SECONDS,
) -> None:
    """Export until ``stop`` is set; ``log`` gets one entry for each run. One run at a time.

    ``heartbeat`` in the state's folder is touched at every look, so that a watch that hangs can be
    told from one that has nothing to do.
    """
    with (
        Exporter(settings, source_of(settings)) as exporter,
        Indexing(settings, log) as indexing,
    ):
        pause = poll_seconds or settings.poll_seconds
        _Watch(settings, stop, log, exporter, indexing, pause, reconcile_seconds).run()


@dataclass(slots=True)
class _Watch:
    settings: Settings
    stop: threading.Event
    log: Log
    exporter: Exporter
    indexing: Indexing
    poll_seconds: float
    reconcile_seconds: float
    _seen: str | None = field(init=False, default=None)
    _next_change_at: datetime | None = field(init=False, default=None)
    _held: str | None = field(init=False, default=None)
    _has_failed: bool = field(init=False, default=False)
    _due: float = field(init=False)
    _beaten_at: float = field(init=False, default=0.0)
    _report: Report | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._due = time.monotonic() + self.reconcile_seconds

    def run(self) -> None:
        wait = self.poll_seconds
        while not self.stop.is_set():
            self._beat()
            try:
                self._look()
                if self.indexing.look() and self._report:
                    self._tell(Run("reconcile"), replace(self._report, switched=False))
                wait = self.poll_seconds
            except PlainleafError as error:
                # Refused content or a full disk may heal without the cursor moving: try again.
                self._has_failed = True
                wait = min(MAX_WAIT_SECONDS, max(wait * 2, self.poll_seconds))
                logger.debug("Looks again in %s seconds", wait, exc_info=error)
            self.stop.wait(wait)

    def _look(self) -> None:
        source = self.exporter.source
        try:
            position = source.position()
        except PlainleafError as error:
            self.log({"event": "failed", "error": str(error), "exit_code": error.exit_code})
            raise
        for request in position.requests:
            self._answer(request)
            self._held = pinned(self.settings.state_dir)
        if reason := self._reason(position):
            if reason == "change":
                self.stop.wait(DEBOUNCE_SECONDS)
            self._export(Run(reason), compare=False)
        # After it: an edit does not wait until all else was compared. And a site that is edited
        # all the time is compared as often as one that is not.
        if time.monotonic() >= self._due:
            self._export(Run("reconcile"), compare=True)
        self._held = pinned(self.settings.state_dir)

    def _reason(self, position: Position) -> str | None:
        if position.cursor != self._seen:
            return "change"
        if self._held and not pinned(self.settings.state_dir):
            return "resume"
        if position.next_change_at != self._next_change_at:
            return "time"  # by the clock of the CMS: what was ahead has come
        return "retry" if self._has_failed else None

    def _answer(self, request: ExportRequest) -> None:
        """Do what somebody asked for in the admin."""
        run = Run("request", request.id)
        if request.verb == "rollback":
            try:
                release = roll_back(self.settings, request.release or None)
            except PlainleafError as error:
                self._fail(run, error)
                return
            self.log({"event": "rollback", "reason": run.reason, "release": release})
            tell(self.exporter.source, run.rolled_back(release, self.settings))
            return
        if request.verb == "resume":
            resume(self.settings)
        try:
            self._export(run, compare=request.verb == "export")
        except PlainleafError:
            self._has_failed = True  # told already

    def _export(self, run: Run, *, compare: bool) -> Report:
        # What failed may have met a file that somebody removed: look at all of them again.
        verify: Verify | None = "size" if compare or self._has_failed else None
        try:
            report = self.exporter.export(
                Options(compare=compare), verify=verify, progress=self._go_on
            )
        except PlainleafError as error:
            self._fail(run, error)
            raise
        self._seen, self._next_change_at = report.cursor, report.next_change_at
        self._has_failed = False
        if compare:
            self._due = time.monotonic() + self.reconcile_seconds
        self._report = report
        outcome = run.outcome(report)
        self.log({"event": "export", "reason": run.reason, "outcome": outcome} | report.as_json())
        if not (run.reason == "reconcile" and outcome == "unchanged"):
            self._tell(run, report)
        return report

    def _tell(self, run: Run, report: Report) -> None:
        """What is wrong with the search goes with whatever else there is to tell."""
        findings = (*report.findings, *self.indexing.findings)
        tell(self.exporter.source, run.ended(replace(report, findings=findings), self.settings))

    def _fail(self, run: Run, error: PlainleafError) -> None:
        self.log(
            {
                "event": "failed",
                "reason": run.reason,
                "error": str(error),
                "exit_code": error.exit_code,
            }
        )
        if isinstance(error, LockedError):
            return  # whoever holds the lock tells of it
        tell(self.exporter.source, run.failed(error, self.settings))

    def _go_on(self, done: int, of: int) -> None:
        if done % 500 == 0:
            self._beat()

    def _beat(self) -> None:
        if time.monotonic() - self._beaten_at < 1:
            return
        self._beaten_at = time.monotonic()
        heartbeat: Path = self.settings.state_dir / HEARTBEAT
        try:
            heartbeat.parent.mkdir(parents=True, exist_ok=True)
            heartbeat.touch()
        except OSError as error:
            logger.debug("No heartbeat at '%s': %s", heartbeat, error)  # an export will say so
