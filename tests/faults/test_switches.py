"""Readers of nginx and Caddy, while the site under them is switched a thousand times."""

from __future__ import annotations

import http.client
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from frontend_export.pipeline import export
from tests.end_to_end.web_servers import HOST, WebServer, running
from tests.frontend_export.fake_cms import article, cms, image, image_block, page, settings_for
from tests.frontend_export.fake_cms import topic as topic_page

pytestmark = pytest.mark.fault

SWITCHES = int(os.environ.get("TEST_SWITCHES", "1000"))
KETAMINE = "/drugs/ketamine/"
PAUSE_SECONDS = 0.01  # some 300 requests a second, and the exporter has a processor left
LINKED = re.compile(rb'(?:href|src)="(/(?:assets|images)/[^"]+)"|srcset="([^"]+)"')


def named_in(body: bytes) -> list[str]:
    """The files of the site that a page names, every width of its pictures included."""
    named: dict[str, None] = {}
    for one, widths in LINKED.findall(body):
        for candidate in [one] if one else widths.split(b","):
            named[candidate.split()[0].decode()] = None
    return list(named)


class Reader(threading.Thread):
    """Opens a page and everything it names, over and over; ``faults`` are what was not there."""

    def __init__(self, server: WebServer) -> None:
        super().__init__(name=server.name)
        self.port = server.port
        self.requests = 0
        self.pages: set[bytes] = set()
        self.faults: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        with kept_open(self.port) as connection:
            while not self.stop.is_set():
                for path in ("/", KETAMINE):
                    body = self._get(connection, path)
                    self.pages.add(sha256(body).digest())
                    if not body.rstrip().endswith(b"</html>"):
                        self.faults.append(f"{path} is cut")
                    for linked in named_in(body):
                        self._get(connection, linked)
                self.stop.wait(PAUSE_SECONDS)

    def _get(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        connection.request("GET", path, headers={"Host": HOST})
        answer = connection.getresponse()
        body = answer.read()
        self.requests += 1
        if answer.status != 200:
            self.faults.append(f"{path} is {answer.status}")
        return body


@contextmanager
def kept_open(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def test_reader_misses_nothing_while_the_site_is_switched(tmp_path: Path) -> None:
    """Each release has another style sheet and another image under the same pages."""
    styles = tmp_path / "theme" / "static" / "css" / "components" / "button.css"
    styles.parent.mkdir(parents=True)
    styles.write_text(".button { order: 0 }")
    content = (
        page(1, "/"),
        topic_page(2, "/drugs/"),
        article(3, KETAMINE, parent=2, body=[image_block(7)]),
    )
    with cms(*content, image(7)) as fake, ExitStack() as stack:
        settings = settings_for(
            fake, tmp_path, site_url=f"http://{HOST}", theme_dir=tmp_path / "theme"
        )
        export(settings)
        servers = [
            stack.enter_context(running(name, settings, tmp_path / name))
            for name in ("nginx", "caddy")
        ]
        readers = [Reader(server) for server in servers]
        for reader in readers:
            reader.start()
        started = time.monotonic()
        try:
            for number in range(1, SWITCHES + 1):
                styles.write_text(f".button {{ order: {number} }}")
                fake.publish(
                    content[2] | {"title": f"Version {number}"},
                    image(7, widths=(320, 640 + number)),
                )
                assert export(settings).switched
        finally:
            for reader in readers:
                reader.stop.set()
            for reader in readers:
                reader.join()
        seconds = time.monotonic() - started
    for reader in readers:
        print(  # noqa: T201 - the rate, for whoever asks with -s
            f"{reader.name}: {reader.requests} requests, {reader.requests / seconds:.0f} a second, "
            f"{len(reader.pages)} different pages in {seconds:.0f} seconds"
        )
        assert reader.faults == []
        assert len(reader.pages) > SWITCHES / 10  # it did see them change
