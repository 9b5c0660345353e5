"""A mail server of ours, which behaves as badly as it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message

import pytest


class MailServer:
    """Speaks enough SMTP for one client at a time.

    ``refuse`` maps a verb to its answer: those of SMTP, ``"CONNECT"``, ``"BODY"`` for the end of
    a message. The answer ``"drop"`` cuts the connection, ``"hang"`` says nothing. What was taken is
    in ``accepted``.
    """

    def __init__(self) -> None:
        self.refuse: dict[str, str] = {}
        self.accepted: list[Message] = []
        self.connections = 0
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        with socket.create_connection(("127.0.0.1", self.port)):
            pass  # wakes the listener
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            with client:
                if self._stopping.is_set():
                    return
                self.connections += 1
                try:
                    self._talk(client)
                except (ConnectionError, StopIteration):
                    continue

    def _talk(self, client: socket.socket) -> None:
        lines = self._lines(client)
        self._say(client, "CONNECT", "220 ready")
        while True:
            verb = next(lines)[:4].decode().upper()
            if verb == "EHLO":
                self._say(client, verb, "250 hello")
            elif verb == "DATA":
                self._say(client, verb, "354 go on")
                if "DATA" in self.refuse:
                    continue
                body = []
                while (line := next(lines)) != b".\r\n":
                    body.append(line[1:] if line.startswith(b"..") else line)
                if "BODY" not in self.refuse:
                    self.accepted.append(message_from_bytes(b"".join(body)))
                self._say(client, "BODY", "250 taken")
            elif verb == "QUIT":
                self._say(client, verb, "221 bye")
                return
            else:
                self._say(client, verb, "250 fine")

    def _lines(self, client: socket.socket) -> Iterator[bytes]:
        with client.makefile("rb") as stream:
            yield from stream

    def _say(self, client: socket.socket, verb: str, answer: str) -> None:
        answer = self.refuse.get(verb, answer)
        if answer == "drop":
            raise ConnectionError
        if answer == "hang":
            while client.recv(1024):  # until the client gives up
                pass
            raise ConnectionError
        client.sendall(f"{answer}\r\n".encode())


@contextmanager
def serving() -> Iterator[MailServer]:
    server = MailServer()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    """The settings lead to it, by Django's own SMTP."""
    with serving() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.2
        yield server
