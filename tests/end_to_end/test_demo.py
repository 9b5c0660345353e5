"""``make demo`` as a person runs it: the whole product from nothing, and a second time."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.live import REPOSITORY, free_port, wait_until

pytestmark = pytest.mark.end_to_end

KETAMINE = "medicines/ketamine/index.html"
PARTS = 5  # cms, watch, site, worker, schedule


class Demo:
    """A running ``manage.py demo`` in a folder, on free ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site_port, self.admin_port = free_port(), free_port()
        self.output = folder / "output.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "manage.py", "demo", "--folder", str(folder)),
                    *("--site-port", str(self.site_port)),
                    *("--admin-port", str(self.admin_port)),
                ],
                cwd=REPOSITORY,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def parts(self) -> list[int]:
        """The process ids of what the demo started."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return [int(child) for child in children.read_text().split()] if children.exists() else []

    def wait_until_running(self) -> None:
        def is_running() -> bool:
            assert self.process.poll() is None, self.said
            return "Plainleaf is running." in self.said

        wait_until(is_running, "the demo to run", seconds=150)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``make demo ARGS=--once`` leaves."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--once", "--folder", str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    demo = Demo(folder)
    try:
        demo.wait_until_running()
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.stop(signal.SIGTERM)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern} in {text[:2000]}"
    return match[1]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_once_leaves_the_exported_site(folder: Path) -> None:
    page = (folder / "public" / "current" / KETAMINE).read_text()
    assert page.count("<h1") == 1
    assert "sample" in page.lower()


def test_a_second_run_goes_on_and_its_login_opens_the_admin(folder: Path, demo: Demo) -> None:
    site, admin = f"http://localhost:{demo.site_port}", f"http://127.0.0.1:{demo.admin_port}"
    assert f"{site}/" in demo.said and f"{admin}/admin/" in demo.said
    assert requests.get(f"{site}/medicines/ketamine/", timeout=10).ok
    assert "created" not in (folder / "logs" / "prepare.log").read_text()

    password = json.loads((folder / "secrets.json").read_text())["passwords"]["editor"]
    assert password in demo.said
    browser = requests.Session()
    form = browser.get(f"{admin}/admin/login/", timeout=30).text
    assert requests.get(admin + found(r'href="(/static/[^"]+\.css[^"]*)"', form), timeout=10).ok
    token = found(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    answer = browser.post(
        f"{admin}/admin/login/",
        data={"username": "editor", "password": password, "csrfmiddlewaretoken": token},
        timeout=30,
    )
    assert answer.ok and "/login/" not in answer.url
    # The worker, which starts with the demo, fills the search index.
    wait_until(
        lambda: (
            "What is ketamine?"
            in browser.get(f"{admin}/admin/pages/search/?q=ketamine", timeout=30).text
        ),
        "the search of the admin to find an article",
    )


@pytest.mark.parametrize("before", [[], [signal.SIGTERM]], ids=["one", "two"])
def test_a_signal_stops_every_part(demo: Demo, before: list[signal.Signals]) -> None:
    parts = demo.parts
    assert len(parts) == PARTS

    for number in before:
        demo.process.send_signal(number)
    assert demo.stop(signal.SIGINT) == 0

    assert not [pid for pid in parts if is_alive(pid)]
    assert "Stopped." in demo.said


def test_a_part_that_dies_is_named_and_stops_the_rest(demo: Demo) -> None:
    parts = demo.parts
    worker = next(pid for pid in parts if b"db_worker" in Path(f"/proc/{pid}/cmdline").read_bytes())

    os.kill(worker, signal.SIGKILL)

    assert demo.process.wait(timeout=30) == 1
    assert "'worker' ended by itself" in demo.said
    assert not [pid for pid in parts if is_alive(pid)]
