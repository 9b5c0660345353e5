"""``manage.py judge_pages``: bring the verdicts on pages up to date; ``run_schedule`` calls it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cms.safety.keeping import all_live, judge_due, judge_pages

ROUND_SECONDS = 20


class Command(BaseCommand):
    help = (
        "Judges the live pages that nobody has judged today, or by the rules as they are now. "
        "Those that do not pass any more leave the site, and the operators are told."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds",
            type=float,
            default=ROUND_SECONDS,
            help="After so long the rest waits for the next round (default: %(default)s).",
        )

        parser.add_argument(
            "--all",
            action="store_true",
            help="All live pages, however long it takes: for after something wrote to the "
            "database past the CMS.",
        )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        if options["all"]:
            ids = list(all_live().values_list("pk", flat=True))
            judge_pages(ids)
            count = len(ids)
        else:
            count = judge_due(timezone.now(), seconds=seconds)
        if options["verbosity"]:
            self.stdout.write(f"{count} pages were judged.")
