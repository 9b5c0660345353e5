from typing import Any

from django.core.management.base import BaseCommand

from cms.preview.models import MAX_AGE, Preview
from cms.preview.shared import SharedDraft


class Command(BaseCommand):
    help = (
        "Delete drafts kept for a preview that no link opens any more. Opening a preview does the "
        "same; this is for a schedule, so that nothing unpublished lies about on a quiet day. "
        "Links to shared drafts that ended a month ago are forgotten too."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = Preview.objects.purge()
        minutes = MAX_AGE.seconds // 60
        self.stdout.write(f"Deleted {count} previews older than {minutes} minutes.")
        SharedDraft.objects.purge()
