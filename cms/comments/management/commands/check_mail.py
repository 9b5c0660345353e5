"""``manage.py check_mail``: does mail about comments go out? For health checks and monitoring."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from cms.comments.mail.outbox import trouble_in_words


class Command(BaseCommand):
    help = "Fails when mail about reader comments was given up, or waits for too long."

    def handle(self, *args: Any, **options: Any) -> None:
        if trouble := trouble_in_words(timezone.now()):
            raise CommandError(trouble)
