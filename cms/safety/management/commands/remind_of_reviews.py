"""``manage.py remind_of_reviews``: mail to owners and reviewers, each step once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cms.safety.reminding import remind


class Command(BaseCommand):
    help = "Tells whoever looks after a page that its review is due; run_schedule does so hourly."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{remind(timezone.now())} mails were sent.")
