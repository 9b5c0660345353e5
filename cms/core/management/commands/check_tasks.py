"""``manage.py check_tasks``: is the worker keeping up? For health checks and monitoring."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult


class Command(BaseCommand):
    help = "Fails when a task that is ready has waited longer than it should."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--waiting-seconds",
            type=int,
            default=300,
            help="The longest a ready task may have waited (default: %(default)s).",
        )

    def handle(self, *args: Any, waiting_seconds: int, **options: Any) -> None:
        enqueued_before = timezone.now() - timedelta(seconds=waiting_seconds)
        waiting = DBTaskResult.objects.ready().filter(enqueued_at__lt=enqueued_before).count()
        if waiting:
            raise CommandError(
                f"{waiting} tasks have waited longer than {waiting_seconds} seconds. "
                "Look at the worker's log and start it again."
            )
