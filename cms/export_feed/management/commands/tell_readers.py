"""``manage.py tell_readers``: write the mail to readers whose comments are on the site now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cms.export_feed.live_comments import tell_readers


class Command(BaseCommand):
    help = "Tells readers who asked for it that their comment, or a reply, is on the site."

    def handle(self, *args: Any, **options: Any) -> None:
        tell_readers(timezone.now())
