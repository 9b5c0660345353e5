"""The benchmark of rendering: what one article costs, from its stored values to its bytes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from benchmarks.articles import Kind
from benchmarks.measure import measure
from benchmarks.scratch_cms import scratch_cms


@dataclass(frozen=True, slots=True)
class Results:
    """Microseconds of the processor for an article: in the fastest round, and in the middle one.

    ``bytes`` are those of one article.
    """

    pages: int
    repeats: int
    fastest: float
    median: float
    bytes: int

    def as_json(self) -> dict[str, int | float]:
        return asdict(self)

    def as_table(self) -> Table:
        table = Table(title=f"{self.pages:,} articles rendered {self.repeats} times")
        table.add_column("measured")
        table.add_column("value", justify="right")
        for name, value in self.as_json().items():
            table.add_row(
                f"{name} µs an article" if name in ("fastest", "median") else name, f"{value:,}"
            )
        return table


def run(
    directory: Path,
    *,
    pages: int,
    kind: Kind,
    repeats: int,
    cache: Path | None,
    say: Callable[[str], None],
) -> Results:
    """Export once, then render the same articles in a process of its own. Raises
    ``CommandError``."""
    with scratch_cms(directory, pages=pages, kind=kind, cache=cache, say=say) as cms:
        env = {
            **cms.env,
            "PLAINLEAF_OUTPUT_DIR": str(directory / "public"),
            "PLAINLEAF_STATE_DIR": str(directory / "state"),
            "PLAINLEAF_SEARCH": "false",
        }
        export = [sys.executable, "-m", "frontend_export", "export"]
        measure(export, env=env, log=directory / "export.log")
    log = directory / "render.json"
    measure([sys.executable, "-m", "benchmarks.render_articles", str(repeats)], env=env, log=log)
    return Results(pages=pages, repeats=repeats, **json.loads(log.read_text()))
