"""Visits to addresses on the web, which reach public hosts only. Against servers of our own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cms.safety.sources.visiting import Visit, is_public, visit

AGENT = "Tests"


class Server:
    """``answers`` are, by method and path, a status and headers; ``seen`` is what was asked."""

    def __init__(self, answers: dict[str, tuple[int, dict[str, str]]]) -> None:
        self.answers = answers
        self.seen: list[str] = []
        self.drips = False

    @contextmanager
    def running(self) -> Iterator[str]:
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                ours.seen.append(f"{self.command} {self.path}")
                status, headers = ours.answers.get(
                    f"{self.command} {self.path}", ours.answers.get(self.path, (404, {}))
                )
                if ours.drips:
                    self.drip()
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD = answer  # noqa: N815, as the library calls them

            def drip(self) -> None:
                try:
                    for letter in "HTTP/1.1 200 OK\r\nX-Slow: " + "x" * 1000:
                        self.wfile.write(letter.encode())
                        time.sleep(0.1)
                except OSError:
                    pass

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def look(
    answers: dict[str, tuple[int, dict[str, str]]],
    path: str = "/",
    *,
    may_reach: Callable[[str, int], bool] = lambda number, port: True,
) -> tuple[Visit, list[str]]:
    server = Server(answers)
    with server.running() as root:
        return visit(root + path, agent=AGENT, may_reach=may_reach), server.seen


def test_a_page_that_is_there_is_asked_for_once_by_its_head() -> None:
    assert look({"/": (200, {})}) == (Visit(200), ["HEAD /"])


def test_a_server_that_answers_head_wrongly_is_asked_with_get() -> None:
    seen, asked = look({"HEAD /": (405, {}), "GET /": (200, {})})

    assert (seen, asked) == (Visit(200), ["HEAD /", "GET /"])


@pytest.mark.parametrize(
    ("status", "is_gone"), [(404, True), (410, True), (403, False), (503, False)]
)
def test_only_a_server_that_says_so_makes_a_page_gone(status: int, is_gone: bool) -> None:
    seen, _ = look({"/": (status, {})})

    assert (seen.status, seen.is_gone, seen.is_there) == (status, is_gone, False)


def test_redirects_are_followed_to_their_end() -> None:
    seen, asked = look({"/": (301, {"Location": "/there"}), "/there": (200, {})})

    assert (seen, asked) == (Visit(200), ["HEAD /", "HEAD /there"])


def test_redirects_in_a_circle_come_to_an_end() -> None:
    seen, asked = look({"/": (302, {"Location": "/"})})

    assert seen == Visit(error="it redirects too often")
    assert len(asked) == 12


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:alert(1)", "ftp://a.example/"]
)
def test_a_redirect_to_what_is_no_website_is_not_followed(location: str) -> None:
    seen, _ = look({"/": (302, {"Location": location})})

    assert seen == Visit(error="it leads to what is no website")


def test_a_server_of_our_own_network_is_never_asked() -> None:
    seen, asked = look({"/": (200, {})}, may_reach=is_public)

    assert seen == Visit(error="it leads to where readers cannot go")
    assert asked == []


def test_a_redirect_into_our_own_network_is_not_followed() -> None:
    inside = Server({"/secret": (200, {})})
    with inside.running() as inside_root:
        port = int(inside_root.rsplit(":", 1)[1])
        seen, _ = look(
            {"/": (302, {"Location": f"{inside_root}/secret"})},
            may_reach=lambda number, asked_port: asked_port != port,
        )

    assert seen == Visit(error="it leads to where readers cannot go")
    assert inside.seen == []


def test_a_name_with_one_private_number_among_its_numbers_is_not_visited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = [(2, 1, 6, "", ("93.184.215.14", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: numbers)

    assert visit("http://both.example/", agent=AGENT) == Visit(
        error="it leads to where readers cannot go"
    )


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::1",
        "64:ff9b::7f00:1",
    ],
)
def test_numbers_that_are_not_public_are_closed(number: str) -> None:
    assert not is_public(number, 443)


@pytest.mark.parametrize(("number", "port"), [("93.184.215.14", 443), ("2606:4700::6810:85e5", 80)])
def test_public_numbers_are_open_at_the_ports_of_websites(number: str, port: int) -> None:
    assert is_public(number, port)
    assert not is_public(number, 5432)


def test_a_server_that_answers_without_an_end_is_left() -> None:
    server = Server({"/": (200, {})})
    server.drips = True
    with server.running() as root:
        began = time.monotonic()
        seen = visit(root, agent=AGENT, may_reach=lambda *_: True, longest_seconds=0.5)

    assert not seen.is_there
    assert not seen.is_gone
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("url", ["", "https://", "http://[", "javascript:alert(1)", "http://a\nb/"])
def test_what_is_no_address_is_an_error_and_raises_nothing(url: str) -> None:
    assert visit(url, agent=AGENT).error


def test_nothing_of_this_machine_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")

    assert look({"/": (200, {})})[0] == Visit(200)
