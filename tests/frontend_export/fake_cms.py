"""A small real CMS on 127.0.0.1: a feed built in view, and every way in which it can fail.

with cms(page(1, "/"), page(2, "/about/")) as fake:
    export(settings_for(fake, tmp_path))
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from frontend_export.config import Settings

TOKEN = "the-token-of-the-feed"
NOW = "2026-11-25T09:00:00Z"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)

Record = dict[str, Any]


def site(**changes: Any) -> Record:
    return {
        "kind": "site",
        "id": 1,
        "name": "Plainleaf",
        "language": "en-gb",
        "root_page": 1,
        "strapline": "Health information in plain words",
        "main_menu": [],
        "footer_menu": [],
        "footer_text": "",
        "comment_policy_page": None,
        "privacy_page": None,
        "lists_page_size": 20,
    } | changes


def page(
    number: int,
    path: str,
    *,
    parent: int | None = 1,
    type: str = "articles.StandardPage",
    body: list[Record] | None = None,
    fields: Record | None = None,
    **changes: Any,
) -> Record:
    is_root = path == "/"
    return {
        "kind": "page",
        "id": number,
        "type": "articles.HomePage" if is_root else type,
        "path": path,
        "parent": None if is_root else parent,
        "position": f"{number:08}",
        "slug": path.rstrip("/").rpartition("/")[2],
        "title": f"Page {number}",
        "seo_title": "",
        "search_description": "",
        "locale": "en",
        "translation_key": f"00000000-0000-4000-8000-{number:012}",
        "first_published_at": "2026-11-01T09:00:00Z",
        "last_published_at": "2026-11-02T09:00:00Z",
        "fields": ({"introduction": ""} if is_root else {"summary": f"About {number}"})
        | {"body": body or []}
        | (fields or {}),
    } | changes


def topic(number: int, path: str, **changes: Any) -> Record:
    fields = {"summary": "A topic", "introduction": ""}
    return page(number, path, type="articles.TopicPage", **changes) | {"fields": fields}


def article(number: int, path: str, *, parent: int, fields: Record | None = None, **changes: Any):
    own = {
        "sources": [],
        "last_reviewed": None,
        "next_review_due": None,
        "sample_content": False,
        "comments_open": True,
    }
    return page(
        number,
        path,
        parent=parent,
        type="articles.ArticlePage",
        fields=own | (fields or {}),
        **changes,
    )


def rich_text(html: str) -> Record:
    return block("rich_text", html)


def block(type: str, value: Any) -> Record:
    digest = blake2b(json.dumps([type, value]).encode(), digest_size=6).hexdigest()
    return {"type": type, "value": value, "id": f"00000000-0000-4000-8000-{digest}"}


def image_block(number: int) -> Record:
    value = {"image": number, "alt_text": "A leaf", "decorative": False}
    return block("image", {"image": value, "caption": ""})


def image(number: int, *, url: str = "", widths: tuple[int, ...] = (320, 640)) -> Record:
    return {
        "kind": "image",
        "id": number,
        "title": f"Image {number}",
        "width": 1600,
        "height": 900,
        "renditions": [
            {
                "id": number * 10 + at,
                "width": width,
                "height": width * 9 // 16,
                "mime": "image/png",
                "url": url or f"/api/export/v1/renditions/{number * 10 + at}",
                "fingerprint": f"{number:08x}{width:08x}",
            }
            for at, width in enumerate(widths)
        ],
    }


def document(number: int, filename: str = "leaflet.pdf", **changes: Any) -> Record:
    return {
        "kind": "document",
        "id": number,
        "title": "A leaflet",
        "filename": filename,
        "size": 9,
        "url": f"/api/export/v1/documents/{number}",
        "fingerprint": f"{number:016x}",
    } | changes


def helpline(number: int, **fields: Any) -> Record:
    own = {
        "name": "Samaritans",
        "country": "UK",
        "phone": "116 123",
        "text_number": "",
        "hours": "Day and night",
        "url": "",
        "last_checked": "2026-11-01",
        "show_after_comment": True,
    }
    return {"kind": "snippet", "type": "articles.Helpline", "id": number, "fields": own | fields}


def redirect(number: int, path: str, to: int | str, *, permanent: bool = True) -> Record:
    return {
        "kind": "redirect",
        "id": number,
        "path": path,
        "target_page": to if isinstance(to, int) else None,
        "target_url": to if isinstance(to, str) else "",
        "permanent": permanent,
    }


def comment(number: int, on: int, text: str = "Thank you.", **changes: Any) -> Record:
    return {
        "kind": "comment",
        "id": number,
        "page": on,
        "name": "Sam",
        "text": text,
        "posted_at": f"2026-11-03T09:00:{number:02}Z",
    } | changes


class FakeCms:
    """What it says can be changed while it runs; ``requests`` are the paths it was asked for."""

    def __init__(self, *records: Record) -> None:
        self.records = list(records)
        self.files: dict[str, bytes] = {}
        self.token = TOKEN
        self.now = NOW
        self.cursor = "1"
        self.next_change_at: str | None = None
        self.version: int = 1
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.cut_after: int | None = None
        self.break_after: float | None = None
        self.counts: dict[str, int] | None = None
        self.is_gzipped = False
        self.pause_seconds = 0.0
        self.requests: list[str] = []
        self.url = ""

    def publish(self, *records: Record) -> None:
        """Add records, or replace those of the same kind and id."""
        new = {(record["kind"], record["id"]): record for record in records}
        self.records = [
            new.pop((record["kind"], record["id"]), record) for record in self.records
        ] + list(new.values())
        self.cursor = str(int(self.cursor) + 1)

    def unpublish(self, kind: str, number: int) -> None:
        self.records = [
            record for record in self.records if (record["kind"], record["id"]) != (kind, number)
        ]
        self.cursor = str(int(self.cursor) + 1)

    def lines(self) -> list[bytes]:
        """The feed, line by line; a site is added where the test did not say one."""
        records = [dict(record) for record in self.records]
        if not any(record["kind"] == "site" for record in records):
            records.insert(0, site())
        for record in records:
            record.setdefault("fingerprint", _fingerprint(record))
        begin = {
            "kind": "begin",
            "version": self.version,
            "now": self.now,
            "cursor": self.cursor,
            "full": True,
            "next_change_at": self.next_change_at,
        }
        counts = self.counts or Counter(record["kind"] for record in records)
        end = {"kind": "end", "cursor": self.cursor, "counts": counts}
        lines = [json.dumps(one).encode() for one in (begin, *records, end)]
        return lines[: self.cut_after]


def _fingerprint(record: Record) -> str:
    return blake2b(json.dumps(record, sort_keys=True).encode(), digest_size=8).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: FakeCms

    def do_GET(self) -> None:
        fake = self.fake
        fake.requests.append(self.path)
        if fake.answers:
            status, headers, body = fake.answers.pop(0)
            if status == 0:  # hang up without a word
                self.close_connection = True
                return
            self._answer(status, body, **headers)
        elif self.headers.get("Authorization") != f"Bearer {fake.token}":
            self._answer(401, b'{"message": "no"}')
        elif self.path == "/api/export/v1/cursor":
            body = json.dumps({"cursor": fake.cursor, "next_change_at": fake.next_change_at})
            self._answer(200, body.encode())
        elif self.path == "/api/export/v1/feed":
            self._feed()
        elif self.path in fake.files:
            self._answer(200, fake.files[self.path], content_type="application/octet-stream")
        elif "/renditions/" in self.path and not fake.files:
            self._answer(200, PNG, content_type="image/png")
        elif "/documents/" in self.path and not fake.files:
            self._answer(200, b"%PDF-1.7\n", content_type="application/pdf")
        else:
            self._answer(404, b'{"message": "no such file"}')

    def _feed(self) -> None:
        lines = self.fake.lines()
        if self.fake.break_after is not None:
            self._break_off(b"\n".join(lines) + b"\n", self.fake.break_after)
        elif self.fake.is_gzipped:
            body = gzip.compress(b"\n".join(lines) + b"\n")
            self._answer(200, body, content_type="application/x-ndjson", content_encoding="gzip")
        else:
            self._stream(lines)

    def _break_off(self, body: bytes, share: float) -> None:
        """One chunk is promised, a share of it sent, and the connection closed."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        if self.fake.is_gzipped:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s" % (len(body), body[: int(len(body) * share)]))
        self.close_connection = True

    def _stream(self, lines: list[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in lines:
            self.wfile.write(b"%x\r\n%s\n\r\n" % (len(line) + 1, line))
            if self.fake.pause_seconds:
                self.wfile.flush()
                time.sleep(self.fake.pause_seconds)
        self.wfile.write(b"0\r\n\r\n")

    def _answer(
        self, status: int, body: bytes, *, content_type: str = "application/json", **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: a test that fails says more."""


@contextmanager
def cms(*records: Record) -> Iterator[FakeCms]:
    """A CMS that says these records."""
    fake = FakeCms(*records)
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def settings_for(fake: FakeCms, folder: Path, **changes: Any) -> Settings:
    """An exporter that reads ``fake`` and writes below ``folder``."""
    values = {
        "cms_url": fake.url,
        "feed_token": TOKEN,
        "site_url": "https://plainleaf.example",
        "output_dir": folder / "public",
        "state_dir": folder / "state",
        "spool_dir": folder / "spool",
        "timeout_seconds": 5.0,
    }
    return Settings(**values | changes)


def files_of(settings: Settings) -> dict[str, bytes]:
    """The site as it is served: every file by its path."""
    root = (settings.output_dir / "current").resolve()
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def text_of(settings: Settings, path: str) -> str:
    return (settings.output_dir / "current" / path).read_text("utf-8")
