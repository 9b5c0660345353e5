"""What no form lets through, written straight into the database, and a network that cuts.

Each ends in a sentence that names the thing and the remedy, and what stood still stands.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import urlsplit

import pytest

from tests.live import Stack

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, sample_stack: Callable[[Path], Stack]
) -> Iterator[Stack]:
    with sample_stack(tmp_path_factory.mktemp("bad-input")) as stack:
        stack.start_cms()
        stack.export()
        yield stack


@pytest.fixture
def database(stack: Stack) -> Iterator[sqlite3.Connection]:
    """The CMS's own; all that a test writes is undone after it."""
    with closing(sqlite3.connect(stack.folder / "cms/db.sqlite3", timeout=20)) as database:
        tables = ("wagtailcore_page", "articles_articlepage", "articles_helpline")
        before = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
        yield database
        with database:
            for name, rows in before.items():
                marks = ", ".join("?" * len(rows[0]))
                database.executemany(f"REPLACE INTO {name} VALUES ({marks})", rows)


def rename(database: sqlite3.Connection, slug: str) -> None:
    with database:
        database.execute(
            "UPDATE wagtailcore_page SET slug = :slug, url_path = replace(url_path, "
            "'/naloxone/', '/' || :slug || '/') WHERE slug = 'naloxone'",
            {"slug": slug},
        )


def export(stack: Stack) -> CompletedProcess[str]:
    return stack.run("-m", "frontend_export", "export", "--json", check=False)


def site_of(stack: Stack) -> dict[str, str]:
    root = stack.current.resolve()
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("../x", "has the segment '..'"),
        ("a/b", "has a slash in its slug 'a/b'"),
        ("a\0b", "has a control character"),
        ("%2e%2e", "is percent-encoded"),
        ("é" * 255, "has a segment longer than 255 bytes"),
    ],
)
def test_slug_that_leads_astray_keeps_its_page_out(
    stack: Stack, database: sqlite3.Connection, slug: str, reason: str
) -> None:
    before = {path.name for path in stack.folder.iterdir()}
    rename(database, slug)
    done = export(stack)
    findings = json.loads(done.stdout)["findings"]
    (message,) = [one["message"] for one in findings if one["severity"] == "refused"]
    assert done.returncode == 4
    assert message.endswith(f"{reason}. Correct it.")
    assert not [path for path in site_of(stack) if path.startswith("medicines/naloxone")]
    assert {path.name for path in stack.folder.iterdir()} == before


@pytest.mark.parametrize("slug", ["ketamine", "KETAMINE"])
def test_two_pages_on_one_path_are_named_and_nothing_changes(
    stack: Stack, database: sqlite3.Connection, slug: str
) -> None:
    export(stack)
    before = site_of(stack)
    rename(database, slug)
    done = export(stack)
    assert done.returncode == 4
    assert "both want 'medicines/" in done.stderr
    assert done.stderr.endswith("Change one slug.\n")
    assert site_of(stack) == before


def test_body_that_is_no_list_holds_back_its_page_only(
    stack: Stack, database: sqlite3.Connection
) -> None:
    export(stack)
    before = site_of(stack)
    with database:
        database.execute(
            "UPDATE articles_articlepage SET body = '{}' WHERE page_ptr_id = "
            "(SELECT id FROM wagtailcore_page WHERE slug = 'naloxone')"
        )
    done = export(stack)
    assert done.returncode == 4
    (finding,) = json.loads(done.stdout)["findings"]
    assert "'/medicines/naloxone/' keeps its last version: page " in finding["message"]
    assert "'body' must be a list, not '{}'" in finding["message"]
    assert site_of(stack) == before


@pytest.fixture
def hologram(stack: Stack, database: sqlite3.Connection) -> Iterator[None]:
    """A part of a kind that the CMS does not know opens the page on naloxone, which is judged."""
    ((page_id, before),) = database.execute(
        "SELECT id, body FROM articles_articlepage "
        "JOIN wagtailcore_page ON id = page_ptr_id WHERE slug = 'naloxone'"
    ).fetchall()
    part = {"type": "hologram", "value": {"text": "Unjudged words."}, "id": "h1"}

    def store(body: str) -> None:
        with database:
            database.execute(
                "UPDATE articles_articlepage SET body = ? WHERE page_ptr_id = ?", (body, page_id)
            )
        stack.shell(f"from cms.safety.keeping import judge_pages\njudge_pages([{page_id}])")

    store(json.dumps([part, *json.loads(before)]))
    yield
    store(before)


def test_part_of_an_unknown_kind_takes_its_page_off_and_no_other(
    stack: Stack, hologram: None
) -> None:
    done = export(stack)
    assert done.returncode == 0, done.stderr
    site = site_of(stack)
    assert not [path for path in site if path.startswith("medicines/naloxone")]
    assert "medicines/ketamine/index.html" in site
    checked = stack.run("manage.py", "check_content", "/medicines/naloxone/", check=False)
    assert "'hologram' (part 1 of the body)" in checked.stdout


def test_stored_address_that_could_act_is_in_no_page(
    stack: Stack, database: sqlite3.Connection
) -> None:
    with database:
        database.execute("UPDATE articles_helpline SET url = 'javascript:alert(1)'")
    assert export(stack).returncode == 0
    assert not [
        page for page in stack.current.rglob("*.html") if b"javascript:" in page.read_bytes()
    ]


@pytest.mark.parametrize("received", [0, 60, 1_000, 30_000])
def test_connection_that_is_cut_changes_nothing(stack: Stack, received: int) -> None:
    export(stack)
    before = site_of(stack)
    with cutting_proxy(stack.cms_url, received) as url:
        command = ("-m", "frontend_export", "export", "--full", "--json", "--cms-url", url)
        done = stack.run(*command, check=False)
    assert done.returncode == 3
    assert f"'{url}/api/export/v1/feed'" in done.stderr
    assert site_of(stack) == before


@contextmanager
def cutting_proxy(target: str, received: int) -> Iterator[str]:
    """Hands on so many bytes of every answer, then hangs up."""
    to = urlsplit(target)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client = server.accept()[0]
                except OSError:
                    return  # closed: the test is over
                upstream = socket.create_connection((to.hostname, to.port), timeout=1)
                # An answer that is shorter ends with a silence: the connection is kept.
                with client, upstream, suppress(TimeoutError, ConnectionError):
                    upstream.sendall(client.recv(65536))
                    left = received
                    while left and (data := upstream.recv(min(left, 4096))):
                        client.sendall(data)
                        left -= len(data)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
