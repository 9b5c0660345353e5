"""Stands between an exporter and a CMS, and answers badly where a test says so.

with unruly(fake.url) as between:
    between.faults["feed"] = cut(4096)
    nursery.run(Place(tmp_path, between.url), "export")

A fault is what is done with one request: it may ask the CMS, and writes whatever bytes it likes.
"""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import socketserver
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

NDJSON = "application/x-ndjson"
PREFIX = "/api/export/v1/"
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}
MB = 1024 * 1024

Fault = Callable[["Exchange"], None]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Exchange:
    """One request, and the connection it came on."""

    between: Unruly
    connection: socket.socket
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def of_the_cms(self) -> Answer:
        """What the CMS behind would answer."""
        parts = urlsplit(self.between.cms_url)
        behind = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            behind.request(self.method, self.path, self.body, self.headers)
            answer = behind.getresponse()
            body = answer.read()
        finally:
            behind.close()
        kept = dict(answer.headers.items())
        return Answer(answer.status, kept, body)

    def say(self, status: int, body: bytes | None, **headers: str) -> None:
        """A head and its body; without one, the body follows until the connection ends."""
        lines = [f"HTTP/1.1 {status} {http.client.responses[status]}", "Connection: close"]
        if body is not None:
            headers.setdefault("content_length", str(len(body)))
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.connection.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))

    def pour(self, pieces: Iterable[bytes]) -> None:
        """Send until the other side has had enough."""
        with suppress(OSError):
            for piece in pieces:
                self.connection.sendall(piece)

    def wait(self) -> None:
        """Say nothing more, for as long as the other side listens."""
        with suppress(OSError):
            while self.connection.recv(4096):
                pass


class Unruly:
    """``faults`` by endpoint, such as ``feed`` or ``renditions``; all else is passed on."""

    def __init__(self, cms_url: str) -> None:
        self.cms_url = cms_url
        self.url = ""
        self.faults: dict[str, Fault] = {}
        self.requests: list[str] = []


class _Handler(socketserver.BaseRequestHandler):
    between: Unruly
    certificate: Path | None

    def handle(self) -> None:
        connection = self.request
        with suppress(OSError):
            if self.certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.certificate)
                connection = context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                self._answer(connection, stream)

    def _answer(self, connection: socket.socket, stream: socket.SocketIO) -> None:
        words = stream.readline().decode().split()
        if not words:
            return
        headers = dict(http.client.parse_headers(stream).items())
        body = stream.read(int(headers.get("Content-Length", 0)))
        method, path = words[0], words[1]
        self.between.requests.append(path)
        exchange = Exchange(self.between, connection, method, path, headers, body)
        endpoint = urlsplit(path).path.removeprefix(PREFIX).partition("/")[0]
        self.between.faults.get(endpoint, passed_on)(exchange)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


@contextmanager
def unruly(cms_url: str, certificate: Path | None = None) -> Iterator[Unruly]:
    """A server before that CMS; with a file that holds a certificate and its key, over TLS."""
    between = Unruly(cms_url)
    handler = type("Handler", (_Handler,), {"between": between, "certificate": certificate})
    server = _Server(("127.0.0.1", 0), handler)
    scheme = "https" if certificate else "http"
    between.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield between
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def passed_on(exchange: Exchange) -> None:
    answer = exchange.of_the_cms()
    kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
    exchange.say(answer.status, answer.body, **kept)


def says(status: int, body: bytes = b"", **headers: str) -> Fault:
    """The same answer to everything."""
    return lambda exchange: exchange.say(status, body, **headers)


def in_turn(*faults: Fault) -> Fault:
    """One after another; the last for ever."""
    rest = itertools.chain(faults, itertools.repeat(faults[-1]))
    return lambda exchange: next(rest)(exchange)


def rewritten(change: Callable[[bytes], bytes]) -> Fault:
    """The body of the CMS, changed."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.of_the_cms()
        exchange.say(answer.status, change(answer.body), content_type=_type_of(answer))

    return fault


def records_rewritten(change: Callable[[list[dict]], list[dict]]) -> Fault:
    """The lines of the CMS as records, changed."""

    def changed(body: bytes) -> bytes:
        records = change([json.loads(line) for line in body.splitlines() if line])
        return b"".join(json.dumps(record).encode() + b"\n" for record in records)

    return rewritten(changed)


def cut(length: int, *, announced: bool = True) -> Fault:
    """So many bytes of the body, or all but two, although all of it or a chunk was announced."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.of_the_cms()
        begun = answer.body[: min(length, len(answer.body) - 2)]
        if announced:
            whole = {"content_length": str(len(answer.body))}
            exchange.say(200, None, content_type=_type_of(answer), **whole)
            exchange.pour([begun])
        else:
            exchange.say(200, None, content_type=_type_of(answer), transfer_encoding="chunked")
            exchange.pour([b"%x\r\n%s" % (len(answer.body), begun)])

    return fault


def reset(length: int) -> Fault:
    """So many bytes of the body, then the connection is reset."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.of_the_cms()
        exchange.say(200, None, content_type=_type_of(answer), content_length=str(2**30))
        exchange.pour([answer.body[:length]])
        time.sleep(0.05)  # a reset overtakes what has not been read yet
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        exchange.connection.close()

    return fault


def dripping(seconds: float) -> Fault:
    """One byte at a time."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.of_the_cms()
        exchange.say(200, None, content_type=_type_of(answer))
        exchange.pour(_slowly(answer.body, seconds))

    return fault


def silent(exchange: Exchange) -> None:
    """The request is taken, and no word is said."""
    exchange.wait()


def silent_after_the_head(exchange: Exchange) -> None:
    exchange.say(200, None, content_type=NDJSON, transfer_encoding="chunked")
    exchange.wait()


def gzip_bomb(unit: bytes, times: int) -> Fault:
    """``unit`` so many times over, each a thousandth of its size on the wire."""

    def fault(exchange: Exchange) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        head = packer.compress(unit) + packer.flush(zlib.Z_FULL_FLUSH)
        again = packer.compress(unit) + packer.flush(zlib.Z_FULL_FLUSH)
        exchange.say(200, None, content_type=NDJSON, content_encoding="gzip")
        exchange.pour(itertools.chain([head], itertools.repeat(again, times - 1)))

    return fault


def endless(*pieces: bytes, first: int = 0) -> Fault:
    """The first lines of the CMS, then these pieces for ever."""

    def fault(exchange: Exchange) -> None:
        lines = exchange.of_the_cms().body.splitlines(keepends=True)[:first] if first else []
        exchange.say(200, None, content_type=NDJSON)
        exchange.pour(itertools.chain(lines, itertools.cycle(pieces)))

    return fault


def counted(line: bytes, first: int) -> Fault:
    """The first lines of the CMS, then a line for ever, each with a number of its own."""

    def fault(exchange: Exchange) -> None:
        lines = exchange.of_the_cms().body.splitlines(keepends=True)[:first]
        exchange.say(200, None, content_type=NDJSON)
        numbered = (
            b"".join(line % number for number in range(start, start + 1000))
            for start in itertools.count(10_000, 1000)
        )
        exchange.pour(itertools.chain(lines, numbered))

    return fault


def _slowly(body: bytes, seconds: float) -> Iterator[bytes]:
    for at in range(len(body)):
        time.sleep(seconds)
        yield body[at : at + 1]


def _type_of(answer: Answer) -> str:
    return answer.headers.get("Content-Type", NDJSON)
