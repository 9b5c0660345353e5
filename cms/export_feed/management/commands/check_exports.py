"""``manage.py check_exports``: are exports failing, or standing still? Tells the operators."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cms.export_feed.alerts import look_after_exports


class Command(BaseCommand):
    help = "Sends a mail when exports begin to fail or stand still, and when they go on again."

    def handle(self, *args: Any, **options: Any) -> None:
        look_after_exports(timezone.now())
