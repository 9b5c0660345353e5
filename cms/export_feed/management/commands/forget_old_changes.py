"""Keep the journal of changes short; ``run_schedule`` runs this once a day."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cms.export_feed.journal import forget_old_changes


class Command(BaseCommand):
    help = "Deletes changes from the journal that every exporter should have read long ago."

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = forget_old_changes(timezone.now())
        self.stdout.write(f"Forgot {deleted} changes.")
