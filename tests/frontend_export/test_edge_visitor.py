from __future__ import annotations

import pytest

from frontend_export.edge.limits import MOST_NETWORKS, RateLimit
from frontend_export.edge.visitor import client_address, network_of, parse_networks

TRUSTED = parse_networks(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["[2001:db8::7]"], "2001:db8::7"),
        ("fe80::1%eth0", ["198.51.100.1"], "fe80::1"),
        ("", ["198.51.100.1"], "unknown"),
    ],
)
def test_address_is_the_first_untrusted_one_from_the_right(
    peer: str, forwarded_for: list[str], expected: str
) -> None:
    assert client_address(peer, forwarded_for, TRUSTED) == expected


def test_nobody_is_trusted_unless_named() -> None:
    assert client_address("127.0.0.1", ["198.51.100.1"], ()) == "127.0.0.1"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("unknown", "unknown"),
    ],
)
def test_network_is_what_is_limited(address: str, network: str) -> None:
    assert network_of(address) == network


def test_limit_lets_the_next_one_in_when_the_first_is_a_minute_old() -> None:
    limit = RateLimit(2)
    assert [limit.wait_seconds("n", at) for at in (0, 10, 20, 59.5, 60, 61, 70)] == [
        *(0, 0, 40, 1, 0),
        *(9, 0),
    ]


def test_clock_that_is_set_back_shuts_nobody_out() -> None:
    limit = RateLimit(2)
    assert [limit.wait_seconds("n", at) for at in (90_000, 90_001, 0, 1, 2)] == [0, 0, 0, 0, 58]


def test_networks_do_not_share_a_limit() -> None:
    limit = RateLimit(1)
    assert limit.wait_seconds("one", 0) == 0
    assert limit.wait_seconds("two", 0) == 0
    assert limit.wait_seconds("one", 0) == 60


def test_network_that_keeps_sending_is_not_forgotten_for_others() -> None:
    limit = RateLimit(1)
    limit.wait_seconds("busy", 0)
    for number in range(MOST_NETWORKS + 10):
        limit.wait_seconds(str(number), 0)
        assert limit.wait_seconds("busy", 0) == 60


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0)
    assert {limit.wait_seconds("n", 0) for _ in range(100)} == {0}


def test_many_networks_take_bounded_memory() -> None:
    limit = RateLimit(1)
    for number in range(MOST_NETWORKS + 10):
        limit.wait_seconds(str(number), 0)
    assert len(limit._times) == MOST_NETWORKS
