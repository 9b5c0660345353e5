"""The readers of a benchmark post what they were told, and count what they are answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.comments.readers import MARK, Order, post_all
from benchmarks.comments.run import Measured, as_json, as_table


class Shop(ThreadingHTTPServer):
    """Answers each post with 303, but for what names another status; notes what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.bodies: list[str] = []
        self.connections: set[tuple[str, int]] = set()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.bodies.append(body)
        self.server.connections.add(self.client_address)
        self.send_response(503 if "full" in body else 303)
        self.send_header("Content-Length", "5")
        if self.path == "/closes":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def order(shop: Shop, path: str = "/comments", **more: object) -> Order:
    values = {"bodies": (f"a={MARK}", f"number={MARK}&é"), "readers": 3, "seconds": 0.3, **more}
    url = f"http://127.0.0.1:{shop.server_port}{path}"
    return Order(url=url, headers={"Host": "localhost"}, **values)  # type: ignore[arg-type]


def test_every_post_has_a_number_of_its_own_and_is_counted(shop: Shop) -> None:
    result = post_all(order(shop, first_number=7))
    assert result.answers == {"303": len(shop.bodies)}
    assert result.accepted == len(set(shop.bodies)) == len(shop.bodies) > 3
    assert {"a=000000007", "number=000000008&é", "a=000000009"} <= set(shop.bodies)
    assert len(shop.connections) == 3
    assert 0 < result.milliseconds["p50"] <= result.milliseconds["p99"]


def test_connection_that_the_server_closes_is_opened_again(shop: Shop) -> None:
    result = post_all(order(shop, "/closes"))
    assert result.accepted == len(shop.bodies) == len(shop.connections)


def test_connection_that_the_server_closes_while_nothing_is_asked_posts_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answers, "timeout", 0.05)
    result = post_all(order(shop, rate=5.0, seconds=1.0))
    assert result.accepted == len(shop.bodies) == 5
    assert len(shop.connections) > 1


def test_rate_says_how_many_are_posted(shop: Shop) -> None:
    assert post_all(order(shop, rate=100.0, seconds=0.5)).accepted == len(shop.bodies) == 50


def test_refusals_are_no_accepted_comments(shop: Shop) -> None:
    result = post_all(order(shop, bodies=(f"full {MARK}", f"fine {MARK}")))
    assert result.accepted == result.answers["303"] < len(shop.bodies)


def test_rows_are_counted_while_posts_come_and_afterwards(shop: Shop) -> None:
    result = post_all(order(shop, rate=100.0, seconds=0.5))
    measured = Measured("plainleaf", "most", result, 50, 20, 10.0, {"edge": 0.5})
    assert measured.drained_per_second == 3.0
    (run,) = as_json([measured])["runs"]
    assert (run["accepted"], run["stored"], run["cpu_seconds"]) == (50, 50, {"edge": 0.5})
    assert as_table([measured]).row_count == 1
