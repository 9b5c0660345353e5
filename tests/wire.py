"""HTTP/1.1 as a load client needs it: over one socket, and as little work as can be."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit


class Broken(OSError):  # noqa: N818 - reads as what happened
    """The connection went before the answer was there: nobody knows what became of the request."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Kept open for as long as the server keeps it; opened again when it is needed again."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._timeout_seconds = timeout_seconds
        self._socket: socket.socket | None = None
        self._rest = b""

    def ask(self, request: bytes) -> Answer:
        """Raises ``Broken``, and ``OSError`` where nobody listens."""
        self.tell(request)
        return self.hear()

    def tell(self, request: bytes) -> None:
        """Send a request, whose answer ``hear`` waits for. Raises as ``ask`` does."""
        with self._closed_on_error():
            self._opened().sendall(request)

    def hear(self) -> Answer:
        with self._closed_on_error():
            return self._answer()

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket, self._rest = None, b""

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.close()
            if isinstance(error, ConnectionRefusedError | Broken):
                raise
            raise Broken(*error.args) from error

    def _opened(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, self._timeout_seconds)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _answer(self) -> Answer:
        while b"\r\n\r\n" not in self._rest:
            self._receive()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        length = int(headers.get("content-length", "0"))
        while len(self._rest) < length:
            self._receive()
        body, self._rest = self._rest[:length], self._rest[length:]
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(status.split()[1]), headers, body)

    def _receive(self) -> None:
        assert self._socket
        more = self._socket.recv(65536)
        if not more:
            raise Broken("The server closed the connection.")
        self._rest += more


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A request; ``content_type`` is the header ``Content-Type``."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
