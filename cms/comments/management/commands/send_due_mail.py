"""``manage.py send_due_mail``: tell moderators what waits, and send what the outbox holds."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cms.comments.mail.outbox import try_parked_again
from cms.comments.mail.sending import send_round


class Command(BaseCommand):
    help = "Sends the mail about reader comments that is due; run_schedule does so each minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--parked", action="store_true", help="Try what was given up again as well."
        )

    def handle(self, *args: Any, parked: bool, **options: Any) -> None:
        now = timezone.now()
        if parked:
            self.stdout.write(f"{try_parked_again(now)} that were given up are tried again.")
        self.stdout.write(f"Sent {send_round(now)}.")
