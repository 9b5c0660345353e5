"""``python -m benchmarks``: this exporter beside its peers, and each step from CMS to reader."""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks import results

SLOW_PEER_PAGES = 2000
PEERS = {"hugo": "hugo", "wagtail-bakery": "wagtailbakery", "django-distill": "django_distill"}
SLOW_PEERS = ("wagtail-bakery", "django-distill")

PAGES = click.option("--pages", default=2000, show_default=True, type=click.IntRange(min=1))
CACHE = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder that keeps the loaded database for the next time.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group()
def main() -> None:
    """Measure; nothing is asserted, and nothing is written outside of a temporary directory
    but the cache, where one is named."""


@main.command()
@PAGES
@click.option("--peers", default="", help=f"By comma; of: {', '.join(PEERS)}.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(min=1))
@CACHE
@AS_JSON
def export(pages: int, peers: str, repeats: int, cache: Path | None, as_json: bool) -> None:
    """Export PAGES articles from a live CMS, beside the PEERS, in alternating repeats."""
    names = [name.strip() for name in peers.split(",") if name.strip()]
    for name in names:
        if name not in PEERS:
            raise click.BadParameter(f"'{name}' is not one of {', '.join(PEERS)}.")
        if name in SLOW_PEERS and pages > SLOW_PEER_PAGES:
            raise click.BadParameter(
                f"{name} is measured with at most {SLOW_PEER_PAGES:,} pages: more would take it "
                "many minutes and say nothing else. Leave it out, or ask for fewer."
            )
    require("psutil", *(PEERS[name] for name in names))
    from benchmarks.export import run  # imports what the check above looked for

    with scratch_directory() as (directory, say):
        measured = run(directory, pages=pages, peers=names, repeats=repeats, cache=cache, say=say)
    runs = results.summarise(pages, measured.measurements)
    if as_json:
        print_json(results.as_json(pages, runs, article_bytes=measured.article_bytes))
    else:
        table = results.as_table(
            pages, runs, ours="plainleaf", article_bytes=measured.article_bytes
        )
        Console().print(table)


@main.command()
@PAGES
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(min=1))
@CACHE
@AS_JSON
def feed(pages: int, repeats: int, cache: Path | None, as_json: bool) -> None:
    """Read the feed of PAGES articles, and count the queries behind it."""
    require("psutil")
    from benchmarks.feed import run

    with scratch_directory() as (directory, say):
        measured = run(directory, pages=pages, repeats=repeats, cache=cache, say=say)
    print_json(measured.as_json()) if as_json else Console().print(measured.as_table())


@main.command()
@PAGES
@click.option("--publishes", default=50, show_default=True, type=click.IntRange(min=1))
@CACHE
@AS_JSON
def publish(pages: int, publishes: int, cache: Path | None, as_json: bool) -> None:
    """Publish in the admin, PUBLISHES times, and wait until a reader sees each."""
    require("psutil")
    from benchmarks.publish import run

    with scratch_directory() as (directory, say):
        measured = run(directory, pages=pages, publishes=publishes, cache=cache, say=say)
    print_json(measured.as_json()) if as_json else Console().print(measured.as_table())


def require(*modules: str) -> None:
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise click.ClickException(
                f"Package '{module}' is not installed. `make bench` installs what the benchmarks "
                "need (requirements-bench.txt) and runs them."
            )


@contextmanager
def scratch_directory() -> Iterator[tuple[Path, Callable[[str], None]]]:
    """Where to work and how to say what goes on; a failed command becomes one line."""
    from benchmarks.measure import CommandError

    progress = Console(stderr=True, highlight=False)
    with tempfile.TemporaryDirectory(prefix="plainleaf-bench-") as directory:
        try:
            yield Path(directory), lambda text: progress.print(text, soft_wrap=True)
        except CommandError as error:
            raise click.ClickException(str(error)) from error


def print_json(content: dict[str, Any]) -> None:
    json.dump(content, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
