"""``manage.py comments_of``: all that is held about one person, as JSON; and its erasure."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.comments import person as one_person
from cms.comments.data_log import DataAction, note
from cms.comments.management.commands.export_comments import write_privately
from cms.comments.models import Channel, ModerationError
from cms.comments.person import Asked, asked_for, comments_of, handed_out, left_of, reports_of


class Command(BaseCommand):
    help = "Writes all that is held about one person as JSON, or erases them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "person",
            help="An e-mail address, or the receipt of a comment; '-' reads it from the input, so "
            "that it stands in no list of processes.",
        )
        parser.add_argument(
            "--output", type=Path, help="The file to write, which only you may read; new."
        )
        parser.add_argument("--erase", action="store_true", help="Erase them instead; asks first.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(
        self, *args: Any, person: str, output: Path | None, erase: bool, yes: bool, **options: Any
    ) -> None:
        try:
            asked = asked_for(sys.stdin.readline() if person == "-" else person)
        except ModerationError as error:
            raise CommandError(str(error)) from error
        number = comments_of(asked).count() + reports_of(asked).count()
        if not number:
            raise CommandError("Nothing is held under this address or receipt.")
        if erase:
            self.erase(asked, yes)
            return
        note(DataAction.HANDED_OUT, number, by_way_of="command")
        if output:
            write_privately(output, handed_out(asked))
            self.stdout.write(f"Wrote {number} to '{output}'.")
        else:
            for piece in handed_out(asked):
                self.stdout.write(piece, ending="")

    def erase(self, asked: Asked, yes: bool) -> None:
        comments, reports = left_of(asked)
        if not yes:
            try:
                answer = input(f"Erase {len(comments) + len(reports)} for ever? Type 'yes': ")
            except EOFError:
                raise CommandError(
                    "Nothing was erased: the input ended before 'yes'. Give '--yes' where nobody "
                    "can be asked."
                ) from None
            if answer.strip() != "yes":
                raise CommandError("Nothing was erased.")
        try:
            number = one_person.erase(comments, reports, by=None, channel=Channel.COMMAND)
        except ModerationError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Erased {number}.")
