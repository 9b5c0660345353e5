"""Readers who post at once, in a process of their own: ``python -m benchmarks.comments.readers``.

An ``Order`` comes on stdin as JSON, what was measured leaves on stdout. Either each of them posts
again when it is answered (closed loop), or one posts whenever it is time (open loop). There an
answer is timed from when its post was due, so that a server that stands still shows.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import CommandError
from benchmarks.publish import percentile

PERCENTILES = (50, 95, 99)
PATIENCE_SECONDS = 60.0
MARK = "NUMBER"


@dataclass(frozen=True, slots=True)
class Order:
    """``bodies`` are posted in turn; ``NUMBER`` in one becomes another number each time.

    ``rate`` is how many are posted a second, 0 as many as are answered.
    """

    url: str
    headers: Mapping[str, str]
    bodies: tuple[str, ...]
    readers: int
    seconds: float
    rate: float = 0.0
    first_number: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """``answers`` by status; ``milliseconds`` by percentile; ``cpu_seconds`` of the readers."""

    answers: Mapping[str, int]
    seconds: float
    milliseconds: Mapping[str, float]
    cpu_seconds: float

    @property
    def accepted(self) -> int:
        return sum(count for status, count in self.answers.items() if status[0] in "23")

    @property
    def per_second(self) -> float:
        return self.accepted / self.seconds


def begin(order: Order, *, env: Mapping[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.comments.readers"],
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps(asdict(order)))
    process.stdin.close()
    return process


def end(process: subprocess.Popen[str]) -> Result:
    """Wait for what ``begin`` began. Raises ``CommandError``."""
    assert process.stdout
    with process.stdout as stdout:
        said = stdout.read()
    if process.wait():
        raise CommandError("The readers failed; what is written above says why.")
    return Result(**json.loads(said))


def post_all(order: Order) -> Result:
    used = resource.getrusage(resource.RUSAGE_SELF)
    load = Load(order)
    seconds = load.run()
    after = resource.getrusage(resource.RUSAGE_SELF)
    milliseconds = {f"p{n}": round(1000 * percentile(load.times, n), 2) for n in PERCENTILES}
    milliseconds["max"] = round(1000 * max(load.times), 2)
    return Result(
        answers={str(status): count for status, count in load.answers.items()},
        seconds=seconds,
        milliseconds=milliseconds,
        cpu_seconds=after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime,
    )


@dataclass
class Talk:
    """One reader's connection: what it asks, when that was due, what came back so far.

    ``request`` is empty while nothing is asked.
    """

    due_at: float = 0.0
    came: bytes = b""
    socket: socket.socket | None = None
    request: bytes = b""
    is_first: bool = True


@dataclass
class Load:
    order: Order
    times: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def run(self) -> float:
        """Seconds from the first post to the last answer."""
        parts = urlsplit(self.order.url)
        self._address = (parts.hostname, parts.port)
        self._path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._requests = self._made()
        self._selector = selectors.DefaultSelector()
        self._idle: list[Talk] = [Talk() for _ in range(self.order.readers)]
        self._busy = 0
        started = time.perf_counter()
        until = started + self.order.seconds
        if self.order.rate:
            self._at_a_rate(started)
        else:
            while self._idle:
                self._post(self._idle.pop(), time.perf_counter())
            while self._busy:
                self._hear(PATIENCE_SECONDS)
                now = time.perf_counter()
                while now < until and self._idle:
                    self._post(self._idle.pop(), now)
        seconds = time.perf_counter() - started
        for talk in self._idle:
            self._closed(talk)
        self._selector.close()
        return seconds

    def _at_a_rate(self, started: float) -> None:
        posts = int(self.order.seconds * self.order.rate)
        due = deque(started + at / self.order.rate for at in range(posts))
        while due or self._busy:
            now = time.perf_counter()
            while due and due[0] <= now:
                self._post(self._idle.pop() if self._idle else Talk(), due.popleft())
            self._hear(min(max(due[0] - time.perf_counter(), 0), 1) if due else PATIENCE_SECONDS)

    def _made(self) -> Iterator[bytes]:
        """Requests without end. Each number has nine digits, so that a body keeps its length."""
        heads = []
        for body in self.order.bodies:
            before, _, after = (part.encode() for part in body.partition(MARK))
            length = len(before + after) + 9
            lines = [f"POST {self._path} HTTP/1.1", f"Content-Length: {length}"]
            lines += [f"{name}: {value}" for name, value in self.order.headers.items()]
            head = "\r\n".join([*lines, "", ""]).encode()
            heads.append((head + before, after))
        number = self.order.first_number
        while True:
            for before, after in heads:
                yield b"%s%09d%s" % (before, number, after)
                number += 1

    def _post(self, talk: Talk, due_at: float) -> None:
        self._busy += 1
        talk.due_at, talk.request = due_at, next(self._requests)
        self._send(talk)

    def _send(self, talk: Talk) -> None:
        if talk.socket is None:
            talk.socket = socket.create_connection(self._address)
            talk.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(talk.socket, selectors.EVENT_READ, talk)
            talk.is_first = True
        talk.socket.sendall(talk.request)

    def _hear(self, seconds: float) -> None:
        ready = self._selector.select(seconds)
        if not ready and seconds == PATIENCE_SECONDS:
            raise CommandError(f"No answer came for {seconds:.0f} seconds.")
        for key, _ in ready:
            talk: Talk = key.data
            assert talk.socket
            more = talk.socket.recv(65536)
            talk.came += more
            if more:
                self._take(talk)
            elif not talk.request:
                self._closed(talk)  # it had nothing to do for long
            elif talk.is_first or talk.came:
                raise CommandError("A connection was closed before it was answered.")
            else:
                self._closed(talk)
                self._send(talk)  # it was kept for long, and went as the post was sent

    def _take(self, talk: Talk) -> None:
        head, found, body = talk.came.partition(b"\r\n\r\n")
        if not found:
            return
        fields = head.lower()
        length = int(_field(fields, b"content-length") or 0)
        if len(body) < length:
            return
        self.times.append(time.perf_counter() - talk.due_at)
        self.answers[int(head[9:12])] += 1
        talk.came, talk.request, talk.is_first = b"", b"", False
        if _field(fields, b"connection") == b"close":
            self._closed(talk)
        self._busy -= 1
        self._idle.append(talk)

    def _closed(self, talk: Talk) -> None:
        if talk.socket:
            self._selector.unregister(talk.socket)
            talk.socket.close()
            talk.socket = None


def _field(head: bytes, name: bytes) -> bytes:
    """A header of a head in lower case."""
    _, found, rest = head.partition(b"\r\n" + name + b":")
    return rest.partition(b"\r\n")[0].strip() if found else b""


if __name__ == "__main__":
    asked: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(post_all(Order(**asked))), sys.stdout)
