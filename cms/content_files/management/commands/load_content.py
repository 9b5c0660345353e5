"""``manage.py load_content``: write the content files into the database."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cms.content_files.loading import check, load
from cms.content_files.problems import ContentFileError
from cms.content_files.reading import read_folder


class Command(BaseCommand):
    help = (
        "Writes the pages, images, helplines and comments of a folder of content files into the "
        "database and publishes them. A second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=settings.BASE_DIR / "content_fixtures",
            help="The folder; the project's content_fixtures unless given.",
        )
        parser.add_argument(
            "--check", action="store_true", help="Only check the files; write nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = read_folder(_as_typed(options["folder"]), now=timezone.now())
            if options["check"]:
                check(files)
                self.stdout.write(f"{len(files.pages)} pages are fine. Nothing was written.")
                return
            report = load(files)
        except ContentFileError as error:
            raise CommandError(str(error)) from error
        for line in report.lines:
            self.stdout.write(line)


def _as_typed(folder: Path) -> Path:
    """Relative to where the person stands, if it is below: messages are then short."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
