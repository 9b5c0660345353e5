"""A small real CMS on 127.0.0.1: a feed built in view, and every way in which it can fail.

with cms(page(1, "/"), page(2, "/about/")) as fake:
    export(settings_for(fake, tmp_path))
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zlib import crc32

from frontend_export.config import Settings

from .fake_journal import Journal, Record, digest_of, gone, key_of, public

TOKEN = "the-token-of-the-feed"
NOW = "2026-11-25T09:00:00Z"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
MAX_FILES = 500  # in one answer
NO_FILE = "no such file"


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
        "comments_page_size": 50,
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
        "comments_mode": "open",
        "comments_close_on": None,
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


def person(number: int, **fields: Any) -> Record:
    own = {"name": "Dr Brown", "role": "Doctor", "credential": "", "profile_url": ""}
    return {"kind": "snippet", "type": "articles.Person", "id": number, "fields": own | fields}


def glossary_term(number: int, **fields: Any) -> Record:
    own = {"term": "Anaesthetic", "meaning": "It numbs.", "also": ""}
    return {
        "kind": "snippet",
        "type": "articles.GlossaryTerm",
        "id": number,
        "fields": own | fields,
    }


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
        "reply": None,
        "edition": 1,
    } | changes


class FakeCms:
    """What it says can be changed while it runs, ``records`` in place as well.

    ``requests`` are the paths it was asked for, ``fetched`` the files, one by one or many at
    once; ``runs`` are the reports it was sent.
    """

    def __init__(self, *records: Record) -> None:
        self.records = list(records)
        self.files: dict[str, bytes] = {}
        self.token = TOKEN
        self.now = NOW
        self.next_change_at: str | None = None
        self.version: int = 1
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.cut_after: int | None = None
        self.break_after: float | None = None
        self.break_files_after: float | None = None
        self.counts: dict[str, int] | None = None
        self.is_gzipped = False
        self.is_always_full = False
        self.over_sends = False
        self.takes_reports = True
        self.pause_seconds = 0.0
        self.requests: list[str] = []
        self.fetched: list[str] = []
        self.runs: list[dict[str, Any]] = []
        self.url = ""
        self._asked: list[dict[str, Any]] = []
        self._lock = threading.RLock()
        self._journal = Journal(self._records())

    def publish(self, *records: Record) -> None:
        """Add records, or replace those of the same kind and id."""
        new = {key_of(record): record for record in records}
        saved = list(new)
        with self._lock:
            self._journal.notice(self._records())
            kept = [new.pop(key_of(record), record) for record in self.records]
            self.records = kept + list(new.values())
            self._journal.notice(self._records(), saved=saved)

    def unpublish(self, kind: str, number: int) -> None:
        with self._lock:
            self._journal.notice(self._records())
            self.records = [
                one for one in self.records if (one["kind"], one.get("id")) != (kind, number)
            ]
            self._journal.notice(self._records())

    @contextmanager
    def unnoticed(self) -> Iterator[None]:
        """What changes in this block changes as SQL does it: nothing tells of it."""
        with self._lock:
            self._journal.notice(self._records())
            before = deepcopy(self._journal)
            yield
            self._journal = before
            self._journal.overlook(self._records())

    def forget(self) -> None:
        """Know no cursor that was given so far, as a CMS does that was restored from a backup."""
        with self._lock:
            self._journal.forget()

    def ask(self, verb: str, release: str = "") -> int:
        """An operator's wish: "export", "rollback" or "resume". Open until a run answers it."""
        number = len(self._asked) + 1
        self._asked.append({"id": number, "verb": verb, "release": release})
        return number

    @property
    def cursor(self) -> str:
        with self._lock:
            self._journal.notice(self._records())
            return str(self._journal.number)

    def position(self) -> dict[str, Any]:
        answered = {run.get("request") for run in self.runs}
        return {
            "cursor": self.cursor,
            "next_change_at": self.next_change_at,
            "requests": [one for one in self._asked if one["id"] not in answered],
        }

    def lines(self, since: str | None = None) -> list[bytes]:
        """The feed, line by line, or what changed in it ``since`` a cursor."""
        with self._lock:
            cursor = self.cursor
            records = public(self._records())
            changed = None if since is None or self.is_always_full else self._journal.since(since)
        if changed is not None:
            there = {key_of(record) for record in records}
            left = sorted(changed - there)
            if self.over_sends:
                left += [("page", "", 999_999), ("comment", "", 999_999)]
                changed |= {key for key in there if crc32(repr((key, since)).encode()) % 2}
            records = [one for one in records if key_of(one) in changed] + [*map(gone, left)]
        return self._framed(records, cursor, is_full=changed is None)

    def manifest_lines(self) -> list[bytes]:
        """What there is, without what it says."""
        with self._lock:
            cursor = self.cursor
            records = public(self._records())
        keys = {"kind", "id", "fingerprint"}
        more = {"page": {"path"}, "snippet": {"type"}}
        named = [
            {key: one[key] for key in one if key in keys | more.get(one["kind"], set())}
            for one in records
        ]
        return self._framed(named, cursor, is_full=True)

    def file(self, name: str) -> tuple[bytes, str] | None:
        """The bytes and the MIME type of ``renditions/31``, or of a path in ``files``."""
        if name in self.files:
            return self.files[name], "application/octet-stream"
        if "renditions/" in name and not self.files:
            return PNG, "image/png"
        if "documents/" in name and not self.files:
            return b"%PDF-1.7\n", "application/pdf"
        return None

    def tar(self, renditions: list[int], documents: list[int]) -> bytes:
        """Many files at once; one that is missing is a member that says so."""
        names = [f"renditions/{number}" for number in renditions]
        names += [f"documents/{number}" for number in documents]
        self.fetched += names
        urls = {
            f"{folder}/{one['id']}": one["url"]
            for record in self.records
            for folder, ones in (
                ("renditions", record.get("renditions", ())),
                ("documents", [record] if record["kind"] == "document" else ()),
            )
            for one in ones
        }
        buffer = BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name in names:
                found = self.file(urls[name]) if name in urls else None
                body = found[0] if found else NO_FILE.encode()
                member = tarfile.TarInfo(name if found else f"{name}.error")
                member.size = len(body)
                archive.addfile(member, BytesIO(body))
        return buffer.getvalue()

    def _records(self) -> list[Record]:
        """With the site, where the test did not say one, and fingerprints."""
        records = [dict(record) for record in self.records]
        if not any(record["kind"] == "site" for record in records):
            records.insert(0, site())
        for record in records:
            record.setdefault("fingerprint", digest_of(record))
        return records

    def _framed(self, records: list[Record], cursor: str, *, is_full: bool) -> list[bytes]:
        begin = {
            "kind": "begin",
            "version": self.version,
            "now": self.now,
            "cursor": cursor,
            "full": is_full,
            "next_change_at": self.next_change_at,
        }
        counts = self.counts or Counter(record["kind"] for record in records)
        end = {"kind": "end", "cursor": cursor, "counts": counts}
        lines = [json.dumps(one).encode() for one in (begin, *records, end)]
        return lines[: self.cut_after]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: FakeCms

    def do_GET(self) -> None:
        fake = self.fake
        if not self._may_go_on():
            return
        path, _, query = self.path.partition("?")
        match path.removeprefix("/api/export/v1/"):
            case "cursor":
                self._answer(200, json.dumps(fake.position()).encode())
            case "feed":
                since = parse_qs(query).get("cursor")
                self._ndjson(fake.lines(since[0] if since else None))
            case "manifest":
                self._ndjson(fake.manifest_lines())
            case name:
                fake.fetched.append(name)
                found = fake.file(path)
                if found:
                    self._answer(200, found[0], content_type=found[1])
                else:
                    self._answer(404, json.dumps({"message": NO_FILE}).encode())

    def do_POST(self) -> None:
        fake = self.fake
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._may_go_on():
            return
        said = json.loads(body)
        if self.path == "/api/export/v1/runs" and fake.takes_reports:
            if said["id"] not in [run["id"] for run in fake.runs]:
                fake.runs.append(said)
            self._answer(204, b"")
        elif self.path == "/api/export/v1/files":
            ids = [*said.get("renditions", ()), *said.get("documents", ())]
            if len(ids) > MAX_FILES:
                self._answer(400, b'{"message": "too many files"}')
                return
            archive = fake.tar(said.get("renditions", []), said.get("documents", []))
            if fake.break_files_after is not None:
                self._break_off(archive, fake.break_files_after, "application/x-tar")
            else:
                self._answer(200, archive, content_type="application/x-tar")
        else:
            self._answer(404, b'{"message": "nothing takes a POST here"}')

    def _may_go_on(self) -> bool:
        """Whether the test has no other answer ready, and the token is right."""
        fake = self.fake
        fake.requests.append(self.path)
        if fake.answers:
            status, headers, body = fake.answers.pop(0)
            if status == 0:  # hang up without a word
                self.close_connection = True
            else:
                self._answer(status, body, **headers)
            return False
        if self.headers.get("Authorization") != f"Bearer {fake.token}":
            self._answer(401, b'{"message": "no"}')
            return False
        return True

    def _ndjson(self, lines: list[bytes]) -> None:
        body = b"\n".join(lines) + b"\n"
        if self.fake.is_gzipped:
            body = gzip.compress(body)
        if self.fake.break_after is not None:
            self._break_off(body, self.fake.break_after, "application/x-ndjson")
        elif self.fake.is_gzipped:
            self._answer(200, body, content_type="application/x-ndjson", content_encoding="gzip")
        else:
            self._stream(lines)

    def _break_off(self, body: bytes, share: float, mime: str) -> None:
        """One chunk is promised, a share of it sent, and the connection closed."""
        self.send_response(200)
        self.send_header("Content-Type", mime)
        self.send_header("Transfer-Encoding", "chunked")
        if self.fake.is_gzipped and mime == "application/x-ndjson":
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """An exporter that was killed has hung up, which is nothing to tell of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def cms(*records: Record, port: int = 0) -> Iterator[FakeCms]:
    """A CMS that says these records, at any port that is free or at this one."""
    fake = FakeCms(*records)
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = _Server(("127.0.0.1", port), handler)
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
        "search": False,  # an index costs more than most tests: test_search.py makes them
    }
    return Settings(**values | changes)


def files_of(settings: Settings) -> dict[str, bytes]:
    """The site as it is served: every file by its path, links followed."""
    root = (settings.output_dir / "current").resolve()
    paths = (Path(at) / name for at, _, names in os.walk(root, followlinks=True) for name in names)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths)}


def text_of(settings: Settings, path: str) -> str:
    return (settings.output_dir / "current" / path).read_text("utf-8")
