"""The real CMS, exporter and edge as processes, on free ports of 127.0.0.1, in one scratch folder.

```python
with Stack(tmp_path) as stack:
    stack.manage("migrate")
    stack.start_cms()
    report = stack.export()
    stack.start_edge()
```
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import requests

REPOSITORY = Path(__file__).parent.parent
# What a save leaves to do is a row for the worker, as in production. Where many save at once, it
# has to be: Wagtail's search index would have all of them write to the rows of each other.
WITH_A_WORKER = "cms.settings.demo"


class Stack:
    """``site_url`` is on localhost and ``cms_url`` on 127.0.0.1, so that no cookie crosses."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.site_port, self.cms_port = free_port(), free_port()
        self.site_url = f"http://localhost:{self.site_port}"
        self.cms_url = f"http://127.0.0.1:{self.cms_port}"
        self.public = folder / "public"
        self.current = self.public / "current"
        self.feed_token = secrets.token_urlsafe(24)
        self.comment_key = secrets.token_urlsafe(48)
        self.page_key = secrets.token_urlsafe(48)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **{key: value for key, value in os.environ.items() if not is_ours(key)},
            "DJANGO_SETTINGS_MODULE": "cms.settings.dev",
            "PYTHONUNBUFFERED": "1",
            "PLAINLEAF_DATA_DIR": str(folder / "cms"),
            "PLAINLEAF_CMS_URL": self.cms_url,
            "PLAINLEAF_ADMIN_URL": self.cms_url,
            "PLAINLEAF_SITE_URL": self.site_url,
            "PLAINLEAF_FEED_TOKEN": self.feed_token,
            "PLAINLEAF_COMMENT_KEYS": self.comment_key,
            "PLAINLEAF_PAGE_KEYS": self.page_key,
            "PLAINLEAF_OUTPUT_DIR": str(self.public),
            "PLAINLEAF_STATE_DIR": str(folder / "state"),
            "PLAINLEAF_SPOOL_DIR": str(folder / "spool"),
            "PLAINLEAF_ALLOW_SAMPLE_CONTENT": "true",
            **environment,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self.processes):
            self.stop(name)

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of our commands to its end."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if check and done.returncode:
            raise AssertionError(f"{arguments} left with {done.returncode}:\n{done.stderr[-4000:]}")
        return done

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments).stdout

    def shell(self, code: str) -> str:
        """Run Python inside the CMS: how a test makes what no form makes, bare pages included."""
        return self.manage(
            "shell", "--verbosity=0", "--command", f"import tests.bare_pages\n{code}"
        )

    def export(self, *arguments: str) -> dict[str, Any]:
        """One export; its JSON report."""
        done = self.run("-m", "frontend_export", "export", "--json", *arguments)
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def start_cms(self) -> None:
        self.start(
            "cms",
            ["-m", "gunicorn", "cms.wsgi", "--bind", f"127.0.0.1:{self.cms_port}"]
            + ["--worker-class", "gthread", "--workers", "1", "--threads", "4"],
            f"{self.cms_url}/healthz",
        )

    def start_admin(self) -> None:
        """The CMS under Django's own server, which alone serves the admin's scripts uncollected."""
        self.start(
            "cms",
            ["manage.py", "runserver", "--noreload", f"127.0.0.1:{self.cms_port}"],
            f"{self.cms_url}/healthz",
        )

    def start_watch(self) -> None:
        """The exporter as it follows the CMS; back when its first export is done."""
        said = len(self.log("watch")) if (self.folder / "watch.log").exists() else 0
        self.launch("watch", ["-m", "frontend_export", "watch"])
        wait_until(lambda: '"export"' in self.log("watch")[said:], "'watch' to export")

    def start_edge(self) -> None:
        self.start(
            "edge",
            ["-m", "frontend_export", "serve", "--port", str(self.site_port)],
            f"http://127.0.0.1:{self.site_port}/healthz",
        )

    def start(self, name: str, arguments: list[str], ready_url: str) -> None:
        process = self.launch(name, arguments)
        wait_until(lambda: answers(ready_url, process), f"'{name}' to answer at {ready_url}")

    def launch(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.processes[name] = process
        return process

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


@contextmanager
def database_of_its_own(*, copy_of: str = "template1") -> Iterator[str]:
    """The URL of a database on the test server, gone afterwards; skips the test where there is no
    server."""
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        pytest.skip("TEST_POSTGRES_URL is not set, so there is no Postgres.")
    name = f"plainleaf_live_{secrets.token_hex(4)}"
    maintenance = urlunsplit(urlsplit(server)._replace(path="/postgres"))
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copy_of}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def is_ours(variable: str) -> bool:
    return variable.startswith(("PLAINLEAF_", "DJANGO_")) or variable == "DATABASE_URL"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"The process behind {url} left with {process.returncode}.")
    try:
        return requests.get(url, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


def wait_until(condition: Any, what: str, *, seconds: float = 60) -> Any:
    """Poll until ``condition()`` is true and give its value; a late one fails the test by name."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"Waited {seconds} s for {what}.")
