"""A CMS of its own for one benchmark: a scratch database full of articles, and a live server."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from benchmarks import articles
from benchmarks.measure import CommandError, end_of, measure
from cms.safety.judging import RULES_VERSION

REPOSITORY = Path(__file__).resolve().parent.parent
FEED = "/api/export/v1/feed"
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ScratchCms:
    """``env`` is what every process of the benchmark runs in; ``server`` is gunicorn's parent."""

    url: str
    env: dict[str, str]
    server: psutil.Process


@contextlib.contextmanager
def scratch_cms(
    directory: Path,
    *,
    pages: int,
    kind: articles.Kind,
    cache: Path | None,
    say: Callable[[str], None],
) -> Iterator[ScratchCms]:
    """Load ``pages`` articles, or copy them from ``cache``, and serve them until the block ends.

    Raises ``CommandError``.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = _environment(directory, url)
    _fill(directory, pages=pages, kind=kind, cache=cache, env=env, say=say)
    with _live(port, env=env, log=directory / "cms.log") as server:
        yield ScratchCms(url=url, env=env, server=server)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when ``url`` answers. Raises ``CommandError`` with the end of ``log``."""
    deadline = time.monotonic() + START_SECONDS
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise CommandError(f"'{url}' did not answer:\n{end_of(log)}")
        time.sleep(0.1)


def _environment(directory: Path, cms_url: str) -> dict[str, str]:
    """This process's environment without its own settings, with those of a scratch CMS.

    Python keeps what it compiled, as it does by itself: else each command of every system but
    Hugo would compile its own code first.
    """
    left_out = {"DATABASE_URL", "ALLOWED_HOSTS", "PYTHONDONTWRITEBYTECODE"}
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PLAINLEAF_") and name not in left_out
    }
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "benchmarks.cms_settings",
        "PYTHONPATH": str(REPOSITORY),
        "PLAINLEAF_DATA_DIR": str(directory / "cms"),
        "PLAINLEAF_SITE_URL": articles.SITE_URL,
        "PLAINLEAF_ADMIN_URL": cms_url,
        "PLAINLEAF_CMS_URL": cms_url,
        "PLAINLEAF_FEED_TOKEN": "benchmark-feed-token",
        "PLAINLEAF_COMMENT_KEYS": "benchmark-comment-key-0123456789abcdef",
        "PLAINLEAF_ALLOW_SAMPLE_CONTENT": "true",  # no clinician has reviewed the articles
    }


def _fill(
    directory: Path,
    *,
    pages: int,
    kind: articles.Kind,
    cache: Path | None,
    env: dict[str, str],
    say: Callable[[str], None],
) -> None:
    data_dir = Path(env["PLAINLEAF_DATA_DIR"])
    kept = cache and cache / f"{pages}-{kind}-{_recipe()}"
    if kept and kept.is_dir():
        say(f"Taking {pages:,} articles from '{kept}'.")
        shutil.copytree(kept, data_dir)
        return
    say(f"Loading {pages:,} articles ({kind}) and their images.")
    command = [sys.executable, "-m", "benchmarks.load", str(pages), kind]
    loading = measure(command, env=env, log=directory / "load.log")
    say(f"Loaded in {loading.seconds:.1f} s.")
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=kept.parent))
        shutil.copytree(data_dir, unfinished, dirs_exist_ok=True)
        unfinished.rename(kept)


def _recipe() -> str:
    """Changes when a loaded database could: with the articles, the loader, the tables or the
    rules, by which its pages were judged."""
    digest = hashlib.sha256(RULES_VERSION.encode())
    sources = [REPOSITORY / "benchmarks" / name for name in ("articles.py", "load.py")]
    for path in (*sources, *sorted((REPOSITORY / "cms").rglob("migrations/*.py"))):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def _live(port: int, *, env: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    """gunicorn with two threaded workers, as in production."""
    command = [sys.executable, "-m", "gunicorn", "cms.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    with log.open("wb") as output:
        server = psutil.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/healthz", server, log)
        yield server
    finally:
        server.terminate()
        server.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False
