"""``python -m benchmarks``: this exporter beside its peers, and each step from CMS to reader."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks import results
from benchmarks.articles import Kind

SLOW_PEER_PAGES = 2000
PEERS = {"hugo": "hugo", "wagtail-bakery": "wagtailbakery", "django-distill": "django_distill"}
SLOW_PEERS = ("wagtail-bakery", "django-distill")

FAULTY_RATE, FAULTS_SHARE = 150.0, 250  # comments a second; a fault for so many comments

PAGES = click.option("--pages", default=2000, show_default=True, type=click.IntRange(min=1))
KIND = click.option(
    "--articles",
    "kind",
    type=click.Choice(list(Kind), case_sensitive=False),
    default=Kind.WELLBEING,
    show_default=True,
    help="What they are about: one about a medicine has twice as many parts.",
)
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
@KIND
@click.option("--peers", default="", help=f"By comma; of: {', '.join(PEERS)}.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(min=1))
@CACHE
@AS_JSON
def export(
    pages: int, kind: Kind, peers: str, repeats: int, cache: Path | None, as_json: bool
) -> None:
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
        measured = run(
            directory, pages=pages, kind=kind, peers=names, repeats=repeats, cache=cache, say=say
        )
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
@KIND
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(min=1))
@CACHE
@AS_JSON
def feed(pages: int, kind: Kind, repeats: int, cache: Path | None, as_json: bool) -> None:
    """Read the feed of PAGES articles, and count the queries behind it."""
    require("psutil")
    from benchmarks.feed import run

    with scratch_directory() as (directory, say):
        measured = run(directory, pages=pages, kind=kind, repeats=repeats, cache=cache, say=say)
    print_json(measured.as_json()) if as_json else Console().print(measured.as_table())


@main.command()
@PAGES
@KIND
@click.option("--publishes", default=50, show_default=True, type=click.IntRange(min=1))
@CACHE
@AS_JSON
def publish(pages: int, kind: Kind, publishes: int, cache: Path | None, as_json: bool) -> None:
    """Publish in the admin, PUBLISHES times, and wait until a reader sees each."""
    require("psutil")
    from benchmarks.publish import run

    with scratch_directory() as (directory, say):
        measured = run(directory, pages=pages, kind=kind, publishes=publishes, cache=cache, say=say)
    print_json(measured.as_json()) if as_json else Console().print(measured.as_table())


@main.command()
@click.option("--pages", default=200, show_default=True, type=click.IntRange(min=1))
@KIND
@click.option("--repeats", default=20, show_default=True, type=click.IntRange(min=1))
@CACHE
@AS_JSON
def render(pages: int, kind: Kind, repeats: int, cache: Path | None, as_json: bool) -> None:
    """Render PAGES articles again and again, in one process that does nothing else."""
    require("psutil")
    from benchmarks.render import run

    with scratch_directory() as (directory, say):
        measured = run(directory, pages=pages, kind=kind, repeats=repeats, cache=cache, say=say)
    print_json(measured.as_json()) if as_json else Console().print(measured.as_table())


@main.command()
@PAGES
@KIND
@CACHE
@AS_JSON
def search(pages: int, kind: Kind, cache: Path | None, as_json: bool) -> None:
    """Ask the search of PAGES articles in Chromium, and count what it fetches for a query."""
    require("psutil", "playwright")
    from benchmarks.search import run

    chromium = require_program("chromium")
    with scratch_directory() as (directory, say):
        measured = run(directory, pages=pages, kind=kind, cache=cache, chromium=chromium, say=say)
    print_json(measured.as_json()) if as_json else Console().print(measured.as_table())


@main.command()
@click.option("--repeats", default=20, show_default=True, type=click.IntRange(min=1))
@AS_JSON
def safety(repeats: int, as_json: bool) -> None:
    """Judge the largest article of the fixtures, and one of 300 blocks, by the safety rules."""
    from benchmarks import safety as benchmark

    with scratch_directory() as (_, say):
        measured = benchmark.run(repeats=repeats, say=say)
    print_json(benchmark.as_json(measured)) if as_json else Console().print(
        benchmark.as_table(measured)
    )


@main.command()
@click.option("--repeats", default=20, show_default=True, type=click.IntRange(min=1))
@AS_JSON
def triage(repeats: int, as_json: bool) -> None:
    """Judge an ordinary comment, and those that are meant to be hard, by the comment rules."""
    from benchmarks import triage as benchmark

    with scratch_directory() as (_, say):
        measured = benchmark.run(repeats=repeats, say=say)
    print_json(benchmark.as_json(measured)) if as_json else Console().print(
        benchmark.as_table(measured)
    )


@main.command()
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder that keeps the npm packages for the next time.",
)
@AS_JSON
def reader(cache: Path | None, as_json: bool) -> None:
    """Look at the sample site as readers' browsers do: Lighthouse, HTML, headers, weight."""
    for program in ("node", "npm", "caddy"):
        require_program(program)
    from benchmarks.reader import run

    with scratch_directory() as (directory, say):
        measured = run.run(directory, cache=cache, chromium=require_program("chromium"), say=say)
    print_json(run.as_json(measured)) if as_json else Console().print(run.as_table(measured))


@main.command()
@click.option("--seconds", default=10.0, show_default=True, help="How long each load lasts.")
@click.option("--rate", type=float, help="Posts a second of the even load: 200, of --soak 100.")
@click.option("--soak", is_flag=True, help="An even load and a burst through to rows; no peer.")
@click.option("--faults", is_flag=True, help="Kill and pause everything, and look for losses.")
@click.option("--comments", default=100_000, show_default=True, help="With --faults: how many.")
@click.option("--seed", type=int, help="With --faults: what strikes whom.  [default: another]")
@AS_JSON
def comments(
    seconds: float,
    rate: float | None,
    soak: bool,
    faults: bool,
    comments: int,
    seed: int | None,
    as_json: bool,
) -> None:
    """Post comments: to the edge beside Isso, and through to rows on a Postgres of its own."""
    if faults:
        seed = random.randrange(1_000_000) if seed is None else seed
        with scratch_directory() as (directory, say):
            must_lose_nothing(directory, comments, seed, say)
        return
    require("psutil", *(() if soak else ("isso",)))
    from benchmarks.comments import run

    with scratch_directory() as (directory, say):
        if soak:
            measured = run.soak(directory, seconds=seconds, rate=rate or 100, say=say)
        else:
            measured = run.compare(directory, seconds=seconds, rate=rate or 200, say=say)
    print_json(run.as_json(measured)) if as_json else Console().print(run.as_table(measured))


def must_lose_nothing(
    directory: Path, comments: int, seed: int, say: Callable[[str], None]
) -> None:
    """One trial; its report is printed."""
    from tests.faults import comment_trial
    from tests.own_postgres import OwnPostgres

    say(f"Seed {seed}.")
    trial = comment_trial.Trial(
        comments=comments, faults=comments // FAULTS_SHARE, seed=seed, rate=FAULTY_RATE
    )
    on_postgres = OwnPostgres.is_installed()
    with comment_trial.prepared(directory, on_postgres=on_postgres, say=say) as scene:
        report = comment_trial.run(scene, trial, say=say)
    click.echo(report.as_text())
    if not report.is_clean:
        raise click.ClickException("Comments were lost, came twice, changed or came too early.")


def require(*modules: str) -> None:
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise click.ClickException(
                f"Package '{module}' is not installed. `make bench` installs what the benchmarks "
                "need (requirements-bench.txt) and runs them."
            )


def require_program(name: str) -> str:
    """Where it is."""
    found = shutil.which(name)
    if found is None:
        raise click.ClickException(f"'{name}' was not found. Install it to run this.")
    return found


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
