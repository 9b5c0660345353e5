"""The benchmark of the whole way: from Publish in the admin to new bytes at a reader's."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import requests
from rich.table import Table

from benchmarks import articles
from benchmarks.admin import NAME, PASSWORD, Admin
from benchmarks.measure import CommandError, measure
from benchmarks.scratch_cms import scratch_cms
from benchmarks.served_site import served_site
from benchmarks.watcher import watcher

LOOK_SECONDS = 0.005
TIMEOUT_SECONDS = 120.0
LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Results:
    """``seconds`` of each publish, from the admin's answer to the reader's new page."""

    pages: int
    seconds: tuple[float, ...]

    def as_json(self) -> dict[str, int | float]:
        return {
            "pages": self.pages,
            "publishes": len(self.seconds),
            "p50": round(percentile(self.seconds, 50), 3),
            "p95": round(percentile(self.seconds, 95), 3),
            "max": round(max(self.seconds), 3),
        }

    def as_table(self) -> Table:
        table = Table(title=f"{len(self.seconds)} publishes, {self.pages:,} articles")
        for name in ("p50", "p95", "max"):
            table.add_column(f"{name} seconds", justify="right")
        figures = self.as_json()
        table.add_row(*(f"{figures[name]:.2f}" for name in ("p50", "p95", "max")))
        return table


def percentile(values: Sequence[float], percent: int) -> float:
    """Between two of the values where it falls between them; 95 of one value is that value."""
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def run(
    directory: Path,
    *,
    pages: int,
    kind: articles.Kind,
    publishes: int,
    cache: Path | None,
    say: Callable[[str], None],
) -> Results:
    """Raises ``CommandError``."""
    with scratch_cms(directory, pages=pages, kind=kind, cache=cache, say=say) as cms:
        env = {
            **cms.env,
            "PLAINLEAF_OUTPUT_DIR": str(directory / "public"),
            "PLAINLEAF_STATE_DIR": str(directory / "state"),
            "PLAINLEAF_SPOOL_DIR": str(directory / "spool"),
        }
        _create_editor(env, directory / "editor.log")
        numbers = [1 + (turn * 7919) % pages for turn in range(publishes)]
        forms = _stream_forms(numbers, env, directory / "forms.json")
        admin = Admin(cms.url)
        admin.log_in()
        say("Exporting for the first time.")
        with (
            watcher(env=env, log=directory / "watch.log"),
            served_site(env, directory / "serve.log") as site_url,
        ):
            seconds = []
            for turn, number in enumerate(numbers, start=1):
                form = forms[str(number)]
                seconds.append(_publish(admin, site_url, number, form["page"], form["fields"]))
                say(f"{turn}/{publishes} {seconds[-1]:.2f} s")
    return Results(pages=pages, seconds=tuple(seconds))


def _publish(
    admin: Admin, site_url: str, number: int, page: int, fields: Mapping[str, str]
) -> float:
    """Seconds from the admin's answer until the reader's page says what was published."""
    # At any moment of the exporter's rhythm, not always the one that the last publish left.
    time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
    summary = f"Published at {time.time()}."
    admin.publish(page, {**fields, "summary": summary, "change_note": summary})
    answered_at = time.monotonic()
    url = site_url + articles.path_of(number)
    with requests.Session() as reader:
        while summary not in reader.get(url).text:
            if time.monotonic() > answered_at + TIMEOUT_SECONDS:
                raise CommandError(f"'{url}' did not change within {TIMEOUT_SECONDS:.0f} s.")
            time.sleep(LOOK_SECONDS)
    return time.monotonic() - answered_at


def _create_editor(env: Mapping[str, str], log: Path) -> None:
    command = [sys.executable, "-m", "django", "createsuperuser", "--noinput"]
    command += ["--username", NAME, "--email", f"{NAME}@example.org"]
    measure(command, env={**env, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}, log=log)


def _stream_forms(numbers: Sequence[int], env: Mapping[str, str], log: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.stream_forms", *map(str, set(numbers))]
    measure(command, env=env, log=log)
    forms: dict[str, Any] = json.loads(log.read_text())
    return forms
