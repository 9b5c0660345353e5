"""``python -m benchmarks export``: this exporter and its peers on the same articles."""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

from benchmarks import results

PEERS = ("wagtail-bakery",)
NEEDED_MODULES = {"plainleaf": "psutil", "wagtail-bakery": "wagtailbakery"}


@click.group()
def main() -> None:
    """Measure; nothing is asserted, and nothing outside a temporary directory is written."""


@main.command()
@click.option("--pages", default=2000, show_default=True, type=click.IntRange(min=1))
@click.option("--peers", default="", help=f"By comma; of: {', '.join(PEERS)}.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def export(pages: int, peers: str, repeats: int, as_json: bool) -> None:
    """Export PAGES articles from a live CMS, beside the PEERS, in alternating repeats."""
    names = [name.strip() for name in peers.split(",") if name.strip()]
    for name in names:
        if name not in PEERS:
            raise click.BadParameter(f"'{name}' is not one of {', '.join(PEERS)}.")
    for name in ("plainleaf", *names):
        if importlib.util.find_spec(NEEDED_MODULES[name]) is None:
            raise click.ClickException(
                f"Package '{NEEDED_MODULES[name]}' is not installed. `make bench` installs what "
                "the benchmarks need (requirements-bench.txt) and runs them."
            )
    from benchmarks.export import CommandError, run  # imports what the check above looked for

    progress = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="plainleaf-bench-") as directory:
        try:
            measurements = run(
                Path(directory), pages=pages, peers=names, repeats=repeats, say=progress.print
            )
        except CommandError as error:
            raise click.ClickException(str(error)) from error
    runs = results.summarise(pages, measurements)
    if as_json:
        json.dump(results.as_json(pages, runs), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        Console().print(results.as_table(pages, runs, ours="plainleaf"))


if __name__ == "__main__":
    main()
