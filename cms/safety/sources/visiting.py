"""Is an address on the web still there? One visit, which can reach nothing but public hosts.

Whoever writes a page chooses the addresses, and the CMS stands where other servers trust it. So the
host's name is resolved once, each of its numbers must be a public one, and the connection goes to
that number; an address that a server redirects to is treated the same.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

TIMEOUT_SECONDS = (5.0, 10.0)  # to connect, and between two pieces of the answer
LONGEST_SECONDS = 20.0  # for the whole of a visit, however many pieces come
MOST_REDIRECTS = 5
PORTS = {80, 443}
GONE = {404, 410}
TRANSLATED = IPv6Network("64:ff9b::/96")

IsPublic = Callable[[str, int], bool]


class ClosedAddressError(OSError):
    """The address leads to where readers cannot go."""


@dataclass(frozen=True, slots=True)
class Visit:
    """``status`` is that of the last answer, 0 where there was none; then ``error`` says why."""

    status: int = 0
    error: str = ""

    @property
    def is_there(self) -> bool:
        return 200 <= self.status < 400

    @property
    def is_gone(self) -> bool:
        """The server itself says so: one that is away, or refuses programs, proves nothing."""
        return self.status in GONE


def is_public(number: str, port: int) -> bool:
    """``93.184.215.14``, not ``127.0.0.1``, ``10.0.0.1``, ``fe80::1`` or ``::ffff:10.0.0.1``."""
    return port in PORTS and all(
        one.is_global and not one.is_multicast for one in _addresses_in(ip_address(number))
    )


def _addresses_in(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address, and that of the older kind which one of the newer kind can hold."""
    if isinstance(address, IPv4Address):
        return [address]
    held = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in TRANSLATED:
        held.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(one for one in held if one)]


def visit(
    url: str, *, agent: str, may_reach: IsPublic = is_public, longest_seconds: float | None = None
) -> Visit:
    """HEAD, and where that is not answered well GET, of which only the head is read.

    Raises nothing: whatever goes wrong is an ``error``.
    """
    door = _Door(may_reach)
    with requests.Session() as session, door.closed_after(longest_seconds or LONGEST_SECONDS):
        session.trust_env = False  # no proxy and no password of this machine
        session.headers["User-Agent"] = agent
        session.mount("https://", _Adapter(door))
        session.mount("http://", _Adapter(door))
        seen = _follow(session, "HEAD", url)
        return seen if seen.is_there else _follow(session, "GET", url)


def _follow(session: requests.Session, method: str, url: str) -> Visit:
    try:
        for _ in range(MOST_REDIRECTS + 1):
            if urlsplit(url).scheme not in ("https", "http"):
                return Visit(error="it leads to what is no website")
            with session.request(
                method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
            ) as answer:
                if not (answer.is_redirect or answer.is_permanent_redirect):
                    return Visit(answer.status_code)
                url = urljoin(url, answer.headers["Location"])
            session.cookies.clear()
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return Visit(error=_in_words(error))
    return Visit(error="it redirects too often")


def _in_words(error: BaseException) -> str:
    causes = list(_causes(error))
    if any(isinstance(cause, ClosedAddressError) for cause in causes):
        return "it leads to where readers cannot go"
    if any(isinstance(cause, (requests.Timeout, TimeoutError)) for cause in causes):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not valid"
    return "it could not be reached"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What it says caused it, in each way in which the libraries say so."""
    known: list[BaseException] = [error]
    for cause in known:
        yield cause
        more = (*cause.args, cause.__cause__, cause.__context__, getattr(cause, "reason", None))
        known += [one for one in more if isinstance(one, BaseException) and one not in known]


class _Door:
    """All connections of one visit go through it, and end when it closes."""

    def __init__(self, may_reach: IsPublic) -> None:
        self.may_reach = may_reach
        self.opened: list[HTTPConnection] = []
        self.is_closed = False

    @contextmanager
    def closed_after(self, seconds: float) -> Iterator[None]:
        timer = Timer(seconds, self.close)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def connect(self, connection: HTTPConnection) -> socket.socket:
        """Raises ``ClosedAddressError`` where a number of the host may not be reached, ``OSError``
        where none answers."""
        if self.is_closed:
            raise TimeoutError
        host, port = connection._dns_host, connection.port
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        numbers = list(dict.fromkeys(str(address[0]) for *_, address in found))
        if not all(self.may_reach(number, port) for number in numbers):
            raise ClosedAddressError(f"'{host}' is not a public host.")
        self.opened.append(connection)
        for number in numbers[:-1]:
            with suppress(OSError):  # the host has another number
                return socket.create_connection((number, port), TIMEOUT_SECONDS[0])
        return socket.create_connection((numbers[-1], port), TIMEOUT_SECONDS[0])

    def close(self) -> None:
        self.is_closed = True
        for connection in self.opened:
            with suppress(OSError):
                if connection.sock:
                    connection.sock.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    def __init__(self, door: _Door) -> None:
        self._door = door
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._door)


def _pools(door: _Door) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return door.connect(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return door.connect(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
