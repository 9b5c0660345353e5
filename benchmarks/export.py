"""The benchmark of exports: one database, one live CMS, every system in turn."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import requests

from benchmarks.measure import CommandError, measure
from benchmarks.results import Measurement
from benchmarks.systems import System
from benchmarks.systems.plainleaf import Plainleaf
from benchmarks.systems.wagtail_bakery import WagtailBakery

REPOSITORY = Path(__file__).resolve().parent.parent
EDITED_ARTICLE = 7
CMS_START_SECONDS = 60

Measurements = dict[tuple[str, str], list[Measurement]]


def run(
    directory: Path,
    *,
    pages: int,
    peers: Sequence[str],
    repeats: int,
    say: Callable[[str], None],
) -> Measurements:
    """Every (system, work) ``repeats`` times, the systems alternating. Raises ``CommandError``."""
    port = _free_port()
    cms_url = f"http://127.0.0.1:{port}"
    env = _environment(directory, cms_url)
    log = directory / "command.log"

    say(f"Loading {pages:,} articles and their images.")
    loading = measure([sys.executable, "-m", "benchmarks.load", str(pages)], env=env, log=log)
    say(f"Loaded in {loading.seconds:.1f} s.")

    def edit() -> None:
        measure([sys.executable, "-m", "benchmarks.edit", str(EDITED_ARTICLE)], env=env, log=log)

    systems: list[System] = [
        Plainleaf(directory / "plainleaf", cms_url=cms_url, env=env, edit=edit)
    ]
    if WagtailBakery.name in peers:
        systems.append(WagtailBakery(directory / "wagtail-bakery", env=env))

    measurements: Measurements = defaultdict(list)
    with _live_cms(port, env=env, log=directory / "cms.log"):
        for repeat in range(1, repeats + 1):
            for system in systems:
                for work in system.works:
                    system.prepare(work)
                    command = system.command(work)
                    result = measure(command.arguments, env=command.env, log=log)
                    _require_articles(system, pages)
                    measurements[system.name, work].append(result)
                    say(
                        f"{repeat}/{repeats} {system.name} {work}: {result.seconds:.2f} s, "
                        f"{result.peak_mb:.0f} MB"
                    )
    return measurements


def _environment(directory: Path, cms_url: str) -> dict[str, str]:
    """This process's environment without its own settings, with those of a scratch CMS."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PLAINLEAF_") and name not in {"DATABASE_URL", "ALLOWED_HOSTS"}
    }
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "benchmarks.cms_settings",
        "PYTHONPATH": str(REPOSITORY),
        "PLAINLEAF_DATA_DIR": str(directory / "cms"),
        "PLAINLEAF_SITE_URL": "https://www.example.org",
        "PLAINLEAF_ADMIN_URL": cms_url,
        "PLAINLEAF_CMS_URL": cms_url,
        "PLAINLEAF_FEED_TOKEN": "benchmark-feed-token",
    }


@contextlib.contextmanager
def _live_cms(port: int, *, env: dict[str, str], log: Path) -> Iterator[None]:
    """gunicorn with two threaded workers, as in production."""
    command = [sys.executable, "-m", "gunicorn", "cms.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + CMS_START_SECONDS
        while not _answers(f"http://127.0.0.1:{port}/healthz"):
            if server.poll() is not None or time.monotonic() > deadline:
                raise CommandError(f"The CMS did not start:\n{log.read_text()[-4000:]}")
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


def _require_articles(system: System, pages: int) -> None:
    """A fast build of half a site is no result."""
    found = sum(1 for _ in system.output_dir().glob("topic-*/article-*/index.html"))
    if found != pages:
        raise CommandError(f"{system.name} wrote {found} of {pages} articles.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
