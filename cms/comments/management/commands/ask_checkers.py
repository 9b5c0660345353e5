"""``manage.py ask_checkers``: ask the outside checkers about comments that still wait for them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cms.comments.checking import ask_again


class Command(BaseCommand):
    help = "Asks the checkers outside of the CMS again; run_schedule does so each minute."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{ask_again()} comments got their answers.")
