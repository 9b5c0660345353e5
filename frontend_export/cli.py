"""``frontend-export``: one command line for people and for machines.

Each command reads the settings, calls one function and prints what it did. An error is one line
on stderr and the exit code of its class; ``-v`` adds the traceback. What an export that finds
nothing new does without is imported where it is used: it would take longer than the export.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from frontend_export.config import FilesOnDisk, Settings, SiteOnDisk, read_settings
from frontend_export.errors import ContentError, PlainleafError
from frontend_export.pipeline import Options, Report, export
from frontend_export.pipeline.publish import listed_releases, resume, roll_back
from frontend_export.pipeline.watch import watch
from frontend_export.targets.server_config import SERVERS, Server, server_config

if TYPE_CHECKING:
    from frontend_export.edge.spool import Spool

OVERRIDES = (
    click.option("--cms-url", help="Where the CMS is; PLAINLEAF_CMS_URL."),
    click.option("--source", help="'cms', or 'pages-api' for any Wagtail; PLAINLEAF_SOURCE."),
    click.option("--api", "api_url", help="That Wagtail's API v2; PLAINLEAF_API_URL."),
    click.option("--site", "api_site", help="One of its sites, by host; PLAINLEAF_API_SITE."),
    click.option("--mapping", type=click.Path(path_type=Path), help="PLAINLEAF_MAPPING."),
    click.option("--site-url", help="The site's public address; PLAINLEAF_SITE_URL."),
    click.option("--output-dir", type=click.Path(path_type=Path), help="PLAINLEAF_OUTPUT_DIR."),
    click.option("--state-dir", type=click.Path(path_type=Path), help="PLAINLEAF_STATE_DIR."),
)
OVERRIDDEN = (
    *("cms_url", "source", "api_url", "api_site", "mapping"),
    *("site_url", "output_dir", "state_dir"),
)
VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Say more, with tracebacks.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON report on stdout.")

# Records and pages leave few cycles behind, so that garbage is looked for seldom.
OBJECTS_BEFORE_A_SEARCH = 50_000


def command(run: Callable[..., None], *, reads: type[Settings] = Settings) -> Callable[..., None]:
    """A command that is given the settings, and whose errors become a line and an exit code.

    ``reads`` says which settings it cannot do without.
    """

    @wraps(run)
    def with_settings(*, verbose: bool, **kwargs: Any) -> None:
        said = {name: kwargs.pop(name) for name in OVERRIDDEN}
        if verbose:
            logging.basicConfig(format="%(name)s: %(message)s")
            logging.getLogger("frontend_export").setLevel(logging.DEBUG)
        else:
            logging.getLogger("urllib3").setLevel(logging.ERROR)  # a retry is no news
        gc.freeze()  # to search what was imported for garbage takes longer than many an export
        gc.set_threshold(OBJECTS_BEFORE_A_SEARCH)
        try:
            run(read_settings(reads, **said), **kwargs)
        except PlainleafError as error:
            _fail(error, as_json=bool(kwargs.get("as_json")), verbose=verbose)
        finally:
            gc.freeze()  # nor does it pay at the end of the process

    for override in (VERBOSE, *reversed(OVERRIDES)):
        with_settings = override(with_settings)
    return with_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plainleaf")
def main() -> None:
    """Turn a Wagtail CMS into a static site, and keep it up to date.

    Exit codes: 0 done, 2 usage or settings, 3 the CMS could not be read, 4 content was refused,
    5 the output failed, 6 another export is running, 7 the CMS kept changing, 1 a bug.
    """


@main.command("export")
@click.option("--full", is_flag=True, help="Render everything, and verify every kept file.")
@click.option("--compare", is_flag=True, help="Look for changes that the CMS does not know of.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@AS_JSON
@command
def export_command(
    settings: Settings, *, full: bool, compare: bool, dry_run: bool, as_json: bool
) -> None:
    """Bring the site to the state of the CMS."""
    options = Options(full=full, compare=compare, dry_run=dry_run)
    with _progress_bar() as progress:
        report = export(settings, options, progress=progress)
    if as_json:
        _print_json(report.as_json())
    else:
        _print_report(report)
    sys.exit(report.exit_code)


@main.command("watch")
@command
def watch_command(settings: Settings) -> None:
    """Export after every change of the CMS, until stopped. One JSON line a run on stdout."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watch(settings, stop, log=_print_json)


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
@command
def serve_command(settings: Settings, *, host: str, port: int) -> None:
    """Serve the site and the edge on this machine."""
    _run_edge(settings, host, port, serve_site=True)


@main.command("edge")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
@command
def edge_command(settings: Settings, *, host: str, port: int) -> None:
    """Take comments and show previews, beside a web server."""
    _run_edge(settings, host, port, serve_site=False)


@main.command("check")
@click.argument("release", required=False)
@AS_JSON
@partial(command, reads=SiteOnDisk)
def check_command(settings: Settings, *, release: str | None, as_json: bool) -> None:
    """Look for broken links and leaks in a release.

    RELEASE is an id or a folder; the one that is served unless named. Exit code 4 when there are
    any.
    """
    from frontend_export.check import check_release

    problems = check_release(settings, release)
    if as_json:
        _print_json({"problems": [problem._asdict() for problem in problems]})
    else:
        for problem in problems:
            click.echo(f"{problem.file}: {problem.problem}: {problem.value}")
        click.echo("No problems." if not problems else f"{len(problems)} problems.", err=True)
    sys.exit(ContentError.exit_code if problems else 0)


@main.command("releases")
@AS_JSON
@partial(command, reads=FilesOnDisk)
def releases_command(settings: Settings, *, as_json: bool) -> None:
    """List the releases on disk, newest first."""
    releases = listed_releases(settings)
    if as_json:
        _print_json({"releases": [release._asdict() for release in releases]})
        return
    for release in releases:
        marks = ("served" if release.is_current else "", "pinned" if release.is_pinned else "")
        click.echo(f"{release.id}  {release.pages} pages  {' '.join(filter(None, marks))}".rstrip())


@main.command("rollback")
@click.argument("release", required=False)
@AS_JSON
@partial(command, reads=FilesOnDisk)
def rollback_command(settings: Settings, *, release: str | None, as_json: bool) -> None:
    """Serve an older release, and stay there until `resume`.

    RELEASE is the one before the one that is served unless named.
    """
    restored = roll_back(settings, release)
    message = f"The site is held at release '{restored}' until 'frontend-export resume'."
    _print_json({"release": restored, "pinned": True}) if as_json else click.echo(message)


@main.command("resume")
@AS_JSON
@partial(command, reads=FilesOnDisk)
def resume_command(settings: Settings, *, as_json: bool) -> None:
    """Let the next export switch the site again after a rollback."""
    held = resume(settings)
    message = (
        "The next export moves the site on: run 'frontend-export export', or leave it to 'watch', "
        "which does so at once."
        if held
        else "The site was not held."
    )
    _print_json({"release": held, "pinned": False}) if as_json else click.echo(message)


@main.command("server-config")
@click.argument("server", type=click.Choice(SERVERS))
@click.option("--listen", default="", help="Address and port for plain HTTP behind a proxy.")
@click.option("--edge", default="127.0.0.1:8080", show_default=True, help="Where the edge is.")
@click.option("--no-edge", is_flag=True, help="The site alone: no comments, no previews.")
@partial(command, reads=SiteOnDisk)
def server_config_command(
    settings: Settings, *, server: Server, listen: str, edge: str, no_edge: bool
) -> None:
    """Print a configuration for nginx or Caddy that serves this site."""
    click.echo(
        server_config(server, settings, listen=listen, edge="" if no_edge else edge), nl=False
    )


@main.command("parked")
@click.option("--resend", is_flag=True, help="Send them all again, once the cause is mended.")
@click.option("--words", is_flag=True, help="With what readers typed, which is private.")
@click.option("--drop", metavar="ID", help="Destroy this one for good.")
@AS_JSON
@partial(command, reads=FilesOnDisk)
def parked_command(
    settings: Settings, *, resend: bool, words: bool, drop: str | None, as_json: bool
) -> None:
    """List the comments that the CMS refused for good, without their words."""
    from frontend_export.edge.spool import spool_of

    with closing(spool_of(settings)) as spool:
        if drop:
            _drop(spool, drop)
        parked = spool.parked()
        if resend:
            spool.resend()
    if as_json:
        unsaid = {"number"} if words else {"number", "line"}
        listed = [
            {name: value for name, value in asdict(one).items() if name not in unsaid}
            for one in parked
        ]
        _print_json({"parked": listed, "resent": resend})
        return
    for one in parked:
        received = datetime.fromtimestamp(one.received_at, UTC).isoformat(timespec="seconds")
        click.echo(f"{one.id}  {received}  page {one.page}: {one.refusal}")
        if words:
            click.echo(f"  {one.line}")
    count = {0: "No comment is", 1: "1 comment is"}.get(len(parked), f"{len(parked)} comments are")
    sent = " It goes to the CMS again." if len(parked) == 1 else " They go to the CMS again."
    click.echo(f"{count} parked.{sent if resend and parked else ''}", err=True)


def _drop(spool: Spool, id: str) -> None:
    numbers = [one.number for one in spool.parked() if one.id == id]
    if not numbers:
        raise click.BadParameter(f"No comment '{id}' is parked.", param_hint="'--drop'")
    spool.drop(numbers[0])


def _run_edge(settings: Settings, host: str, port: int, *, serve_site: bool) -> None:
    from frontend_export.edge.app import create_app
    from frontend_export.edge.server import serve

    app = create_app(settings, serve_site=serve_site)
    serve(app, host=host, port=port, metrics_listen=settings.metrics_listen)


def _print_report(report: Report) -> None:
    for finding in report.findings:
        place = f"'{finding.path}'"
        where = "" if not finding.path or place in finding.message else f"{place}: "
        click.echo(f"{finding.severity}: {where}{finding.message}", err=True)
    if report.dry_run:
        for verb, paths in report.changes.items():
            for path in paths:
                click.echo(f"{verb} {path}")
        if not any(report.changes.values()):
            click.echo("Nothing would change.")
        return
    served = "is served now" if report.switched else "was served already"
    if report.pinned:
        served = f"is not served: the site is held at '{report.pinned}', see 'resume'"
    click.echo(
        f"Release '{report.release}' {served}: {report.pages} pages; files: {report.rendered} "
        f"made, {report.kept} kept, {report.removed} removed; {report.seconds:.2f} seconds."
    )


def _print_json(data: dict[str, Any]) -> None:
    click.echo(orjson.dumps(data, option=orjson.OPT_UTC_Z, default=str).decode())


def _fail(error: PlainleafError, *, as_json: bool, verbose: bool) -> None:
    if verbose:
        traceback.print_exception(error, file=sys.stderr)
    if as_json:
        _print_json({"error": str(error), "exit_code": error.exit_code})
    click.echo(f"Error: {error}", err=True)
    sys.exit(error.exit_code)


@contextmanager
def _progress_bar() -> Iterator[Callable[[int, int], None]]:
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (TextColumn("Rendering"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("render", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
