"""``manage.py dump_content``: write what is live as content files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cms.content_files.dumping import dump, lines_of
from cms.content_files.problems import ContentFileError


class Command(BaseCommand):
    help = (
        "Writes the live pages of the default site, with images, documents, helplines, people, "
        "glossary and site settings, into a new folder of content files. load_content reads it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="A folder that is empty or not there yet.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            dumped = dump(options["folder"], now=timezone.now())
        except ContentFileError as error:
            raise CommandError(str(error)) from error
        for line in lines_of(dumped):
            self.stdout.write(line)
