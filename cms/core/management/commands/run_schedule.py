"""``manage.py run_schedule``: what the CMS does by the clock, in one long-running process."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management import BaseCommand, call_command
from django.db import close_old_connections

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A management command, and how often it runs."""

    command: str
    every_seconds: int


MINUTE, HOUR, DAY = 60, 3600, 86_400
JOBS = (
    Job("publish_scheduled", MINUTE),
    Job("judge_pages", MINUTE),
    Job("check_exports", MINUTE),
    Job("tell_readers", MINUTE),
    Job("send_due_mail", MINUTE),
    Job("ask_checkers", MINUTE),
    Job("check_sources", 10 * MINUTE),
    Job("remind_of_reviews", HOUR),
    Job("purge_previews", HOUR),
    Job("forget_old_changes", DAY),
    Job("forget_comments", DAY),
    Job("clearsessions", DAY),
    Job("prune_db_task_results", DAY),
)


class Schedule:
    """Which jobs are due. Every job is due at the start: a restart must not postpone a purge."""

    def __init__(self, jobs: Iterable[Job], *, now: float) -> None:
        self._due_at = dict.fromkeys(jobs, now)

    def take_due(self, now: float) -> list[Job]:
        """The jobs due at ``now``, in their order; each is due again after its interval."""
        due = [job for job, due_at in self._due_at.items() if due_at <= now]
        for job in due:
            self._due_at[job] = now + job.every_seconds
        return due

    def seconds_to_next(self, now: float) -> float:
        return max(0.0, min(self._due_at.values()) - now)


class Command(BaseCommand):
    help = "Publishes and expires pages when they are due, and clears what has expired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Run every job once, then stop; for cron."
        )
        parser.add_argument(
            "--heartbeat",
            type=Path,
            help="A file whose time of modification says when the last round ended.",
        )

    def handle(self, *args: Any, once: bool, heartbeat: Path | None, **options: Any) -> None:
        stopped = threading.Event()

        def stop(signum: int, frame: FrameType | None) -> None:
            stopped.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

        schedule = Schedule(JOBS, now=time.monotonic())
        while not stopped.is_set():
            for job in schedule.take_due(time.monotonic()):
                run(job)
            if heartbeat:
                heartbeat.touch()
            if once:
                return
            stopped.wait(schedule.seconds_to_next(time.monotonic()))
            close_old_connections()  # the database may have restarted meanwhile


def run(job: Job) -> bool:
    """Run one job and say whether it succeeded; a failure is logged and must not stop the rest."""
    try:
        call_command(job.command, verbosity=0)
    except Exception:
        logger.exception("Scheduled command '%s' failed; it runs again later.", job.command)
        return False
    return True
