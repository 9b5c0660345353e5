"""What the command about readers says, of what its tools found; the tools themselves are npm's."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.reader import run
from benchmarks.reader.tools import HERE, Fault
from benchmarks.reader.weight import Weight, is_elsewhere, weigh

PAGE = (
    b'<link rel="stylesheet" href="/a.css"><link rel="icon" href="/i.svg">'
    b'<script type="application/ld+json">{}</script><script src="b.js"></script>'
)
FILES = {"/page/": PAGE, "/a.css": b"p { color: red }" * 50, "/page/b.js": b"let a = 1;" * 90}


@contextmanager
def served() -> Iterator[str]:
    """``FILES``, compressed where that is asked for; the script sets a cookie."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert "gzip" in self.headers["Accept-Encoding"]
            body = gzip.compress(FILES[self.path])
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Transfer-Encoding", "chunked")  # as Caddy packs while it sends
            if self.path.endswith(".js"):
                self.send_header("Set-Cookie", "a=b")
            self.end_headers()
            self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_page_is_weighed_with_its_styles_and_scripts_as_they_were_sent(tmp_path: Path) -> None:
    with served() as url:
        weight = weigh(f"{url}/page/", authority=tmp_path)
    html, styles, scripts = (len(gzip.compress(body)) for body in FILES.values())
    assert weight == Weight(html=html, styles=styles, scripts=scripts, cookies=1)
    assert weight.total == html + styles + scripts


def test_only_another_host_is_a_third_party() -> None:
    host = "localhost:8443"
    assert not is_elsewhere(f"https://{host}/assets/site.css", host)
    assert not is_elsewhere("data:image/png;base64,AAAA", host)
    assert is_elsewhere("https://fonts.example/a.woff2", host)


def test_tools_are_locked_and_the_lock_names_no_registry() -> None:
    wanted = json.loads((HERE / "package.json").read_text())
    text = (HERE / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert '"resolved"' not in text
    assert packages[""]["dependencies"] == wanted["dependencies"]
    for name, version in wanted["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in one for name, one in packages.items() if name)


def test_pages_that_the_sample_site_has_none_of_are_written_to_be_read(tmp_path: Path) -> None:
    others = run.write_other_pages(tmp_path)
    found = {file.relative_to(others).as_posix() for file in others.rglob("*.html")}
    assert {f"kinds/{name}.html" for name in ("form-errors", "thanks", "not-sent")} <= found
    assert {"styleguide/index.html", "styleguide/blocks/table/index.html"} <= found


def test_table_and_json_say_the_same() -> None:
    page = run.PageMeasured(
        page="home",
        scores=dict.fromkeys(run.CATEGORIES, 99),
        short_of=["largest-contentful-paint"],
        weight=Weight(html=5000, styles=4000, scripts=1000, cookies=0),
        requests=4,
        third_parties=1,
    )
    scan = {"scan": {"grade": "A+", "score": 135}, "tests": {}}
    measured = run.Measured(
        [page],
        html_pages=3,
        html_faults=[Fault("a/index.html", "no-dup-id", "Duplicate")],
        observatory=scan,
    )
    said = run.as_json(measured)
    assert said["pages"][0]["gzip_bytes"] == {"html": 5000, "css": 4000, "js": 1000, "all": 10000}
    assert (said["html"]["pages"], said["observatory"]["score"]) == (3, 135)
    table = run.as_table(measured)
    cells = [list(column.cells)[0] for column in table.columns]
    assert cells == ["home", "99 / 99 / 99 / 99", "10.0 (5.0 + 4.0 + 1.0)", "4", "1", "0"]
    assert "no-dup-id 1" in str(table.caption)
    assert "A+, 135" in str(table.caption)
