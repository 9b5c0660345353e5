"""``manage.py check_content``: what the rules find on live pages and in the glossary."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cms.safety.checking import CheckError, Report, check

REFUSED = 4


class Command(BaseCommand):
    help = (
        "Applies every rule to the live pages of all sites, to the comments that they show, and "
        "to the glossary. "
        "Ends with 4 when something is refused. Changes nothing, and asks nothing of the network."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="*",
            metavar="PATH",
            help="Pages, such as /sleep/ or https://two.example.org/sleep/; all unless given.",
        )
        parser.add_argument("--json", action="store_true", help="Say it for a machine.")

    def handle(self, *args: Any, paths: list[str], json: bool, **options: Any) -> None:
        try:
            report = check(paths, timezone.now())
        except CheckError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(for_a_machine(report) if json else for_a_person(report))
        if report.refused:
            sys.exit(REFUSED)


def for_a_machine(report: Report) -> str:
    return json.dumps(report.as_json(), ensure_ascii=False, indent=2)


def for_a_person(report: Report) -> str:
    lines = []
    for each in report.with_findings:
        lines += ["", f"{each.path}  {each.title}"]
        for found in each.findings:
            lines.append(
                f"  {found.severity.value:<5} {found.rule:<4} {found.place.label}: {found.message}"
            )
            if reason := each.reasons.get(found.key):
                lines.append(f"             Reason: {reason}")
    counts = ", ".join(f"{rule}: {count}" for rule, count in report.counts.items())
    lines += ["", counts or "There are no rules."]
    lines.append(f"{len(report.pages)} pages were checked, {report.refused} are refused.")
    return "\n".join(lines).lstrip("\n")
