"""Forget what was kept for long enough; ``run_schedule`` runs this once a day."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cms.comments.forgetting import due, forget


class Command(BaseCommand):
    help = "Erases rejected comments and spam, and forgets addresses, that have become old."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what it would forget.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        found = due(timezone.now()) if dry_run else forget(timezone.now())
        verb = "Would forget" if dry_run else "Forgot"
        for one in found:
            self.stdout.write(f"{verb} {one.what} of over {one.days} days: {one.number}.")
