"""``manage.py export_comments``: readers' comments as JSON or CSV, to a file or to the output."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.comments.data_log import DataAction, counted, note
from cms.comments.export import FORMATS, exported
from cms.comments.models import ReaderComment, State


class Command(BaseCommand):
    help = "Writes readers' comments as JSON or CSV. That it was done is noted in the CMS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=list(FORMATS), default="json")
        parser.add_argument(
            "--output", type=Path, help="The file to write, which only you may read; new."
        )
        parser.add_argument(
            "--state",
            action="append",
            choices=[state.value for state in State],
            help="Only comments in this state; may be given several times.",
        )
        parser.add_argument(
            "--with-email", action="store_true", help="With the readers' private addresses."
        )

    def handle(
        self,
        *args: Any,
        format: str,
        output: Path | None,
        state: list[str] | None,
        with_email: bool,
        **options: Any,
    ) -> None:
        comments = ReaderComment.objects.all()
        if state:
            comments = comments.filter(state__in=state)
        number = comments.count()
        note(
            DataAction.EXPORTED,
            number,
            format=format,
            **({"with": "e-mail addresses"} if with_email else {}),
            **({"state": ", ".join(state)} if state else {}),
            by_way_of="command",
        )
        pieces = exported(comments, format, with_email=with_email)
        if output:
            write_privately(output, pieces)
            self.stdout.write(f"Wrote {counted(number)} to '{output}'.")
        else:
            for piece in pieces:
                self.stdout.write(piece, ending="")


def write_privately(path: Path, pieces: Iterable[str]) -> None:
    """A new file that nobody else may read; none at all where it cannot be written whole."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(f"'{path}' is there already. Name a file that is not.") from None
    except OSError as error:
        raise CommandError(f"'{path}' could not be written: {error}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
    except BaseException as error:
        path.unlink()
        if isinstance(error, OSError):
            raise CommandError(f"'{path}' could not be written: {error}") from error
        raise
