"""``manage.py check_sources``: are the sources that pages cite still on the web?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cms.safety.keeping import judge_pages
from cms.safety.sources.citations import note_all
from cms.safety.sources.source_checks import SourceCheck, check_due


class Command(BaseCommand):
    help = "Visits sources that were not visited for long; run_schedule does so now and then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help="Read anew what all live pages cite, and go on until no visit is due: one "
            "address of a host after the other.",
        )

    def handle(self, *args: Any, all: bool, **options: Any) -> None:
        if all:
            note_all()
        visited = total = check_due(timezone.now(), told=judge_pages)
        while all and visited:
            visited = check_due(timezone.now(), told=judge_pages)
            total += visited
        dead = SourceCheck.objects.exclude(dead_since=None).count()
        self.stdout.write(f"{total} addresses were visited. {dead} that pages cite are dead.")
