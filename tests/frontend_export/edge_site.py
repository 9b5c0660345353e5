"""A published site with comments, an edge before it, and a CMS that takes comments: all real."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from starlette.applications import Starlette

from frontend_export.config import Settings
from frontend_export.edge.server import listen, server_of
from tests.frontend_export.fake_cms import site

KEY = "an-edge-key-for-tests-only-0123456789abcdef"
KETAMINE = "6a3c5a62-51f5-4a40-9f0e-0d1c7f9b1a01"
CLOSED = "6a3c5a62-51f5-4a40-9f0e-0d1c7f9b1a02"
SITE_URL = "http://testserver"


def settings_for(folder: Path, **overrides: Any) -> Settings:
    return Settings(
        **{
            "cms_url": "http://127.0.0.1:9",  # the discard port: nothing listens there
            "feed_token": "token",
            "site_url": SITE_URL,
            "output_dir": folder / "public",
            "state_dir": folder / "state",
            "spool_dir": folder / "spool",
            "comment_keys": KEY,
            "comment_network_per_minute": 0,
            "comment_site_per_minute": 0,
            "timeout_seconds": 5,
            **overrides,
        }
    )


def publish(folder: Path, release: str = "one", pages: list[dict[str, Any]] | None = None) -> None:
    """A release with a record beside it, and ``current`` switched to it by rename."""
    records = [
        {
            "kind": "begin",
            "version": 1,
            "now": "2026-11-25T12:00:00Z",
            "cursor": "1",
            "full": True,
            "next_change_at": None,
        },
        site() | {"fingerprint": "0" * 16},
        *(pages or [page(1, "/", "Home"), page(5, "/ketamine/", "What is ketamine?", KETAMINE)]),
        page(6, "/closed/", "An old page", CLOSED, is_open=False),
        {"kind": "end", "cursor": "1", "counts": {}},
    ]
    root = folder / "public" / "releases" / release
    root.mkdir(parents=True)
    (root / "index.html").write_text("<h1>Home</h1>", encoding="utf-8")
    (folder / "state" / "releases").mkdir(parents=True, exist_ok=True)
    (folder / "state" / "releases" / f"{release}.edge.ndjson").write_text(
        "".join(json.dumps(record) + "\n" for record in records), encoding="utf-8"
    )
    manifest = {"id": release, "created_at": "", "cursor": "1", "shared": []}
    manifest |= {"files": {}, "units": {}}
    (folder / "state" / "releases" / f"{release}.json").write_text(json.dumps(manifest))
    link = folder / "public" / "next"
    link.symlink_to(f"releases/{release}")
    link.replace(folder / "public" / "current")


def page(
    id: int, path: str, title: str, translation_key: str | None = None, *, is_open: bool = True
) -> dict[str, Any]:
    return {
        "kind": "page",
        "id": id,
        "type": "articles.ArticlePage" if id > 1 else "articles.HomePage",
        "path": path,
        "parent": None if id == 1 else 1,
        "position": f"{id:08}",
        "slug": path.strip("/"),
        "title": title,
        "seo_title": "",
        "search_description": "",
        "locale": "en",
        "translation_key": translation_key or f"6a3c5a62-51f5-4a40-9f0e-{id:012}",
        "first_published_at": None,
        "last_published_at": None,
        "fields": {
            "summary": "",
            "comments_mode": "open" if is_open and id > 1 else "read_only",
            "comments_close_on": None,
        },
        "fingerprint": "0" * 16,
    }


class Edge:
    """A running edge and a browser on its own site: ``edge.post("/comments", data=…)``."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.headers = {"Origin": SITE_URL, "Sec-Fetch-Site": "same-origin"}

    def post(
        self, path: str, *, headers: dict[str, str] | None = None, **body: Any
    ) -> requests.Response:
        return requests.post(
            self.address + path,
            headers={**self.headers, **(headers or {})},
            allow_redirects=False,
            timeout=10,
            **body,
        )

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.address + path, allow_redirects=False, timeout=10, **options)


@contextmanager
def serving(app: Starlette) -> Iterator[Edge]:
    with listen("127.0.0.1", 0) as listener:
        server = server_of(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            assert thread.is_alive(), "The edge did not start."
            time.sleep(0.005)
        try:
            yield Edge(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class CommentCms:
    """Takes comments as the contract says.

    ``answers`` are given first, to whole requests, instead of its own, which ``None`` stands for;
    ``results`` to single comments.
    With ``moved_to`` every answer also sends the edge to that address.
    """

    url: str = ""
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any] | None] | None] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    loses_answers: int = 0
    moved_to: str = ""

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any] | None]:
        self.requests.append((headers, body))
        message = f"{headers['plainleaf-id']}.{headers['plainleaf-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(KEY.encode(), message, hashlib.sha256)).decode()
        if headers["plainleaf-signature"] != f"v1,{expected}":
            return 401, {"code": "unsigned", "message": "Unsigned."}
        if self.answers and (answer := self.answers.pop(0)):
            return answer
        return 200, {"results": [self.take_one(json.loads(line)) for line in body.splitlines()]}

    def take_one(self, comment: dict[str, Any]) -> dict[str, Any]:
        if self.results:
            return {"id": comment["id"]} | self.results.pop(0)
        status = 200 if comment["id"] in self.rows else 201
        self.rows[comment["id"]] = comment
        return {"id": comment["id"], "status": status}


@contextmanager
def comment_cms(port: int = 0) -> Iterator[CommentCms]:
    cms = CommentCms()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, record = cms.take(headers, body)
            if cms.loses_answers:
                cms.loses_answers -= 1
                self.close_connection = True
                return
            answer = json.dumps(record).encode() if record is not None else b"<h1>Bad gateway</h1>"
            self.send_response(307 if cms.moved_to else status)
            if cms.moved_to:
                self.send_header("Location", cms.moved_to)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    cms.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield cms
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
