from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from frontend_export.edge.limits import SCHEMA, Flood, RateLimit
from frontend_export.edge.spool import Spool


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        opened.executescript(SCHEMA)
        yield opened


def wait_seconds(
    connection: sqlite3.Connection, limit: RateLimit, now: float, network: str = "n"
) -> int:
    """0 where it is let in."""
    try:
        limit.admit(connection, network, now)
    except Flood as flood:
        return flood.seconds
    return 0


def test_limit_lets_the_next_one_in_when_the_first_is_a_minute_old(
    connection: sqlite3.Connection,
) -> None:
    limit = RateLimit("comment", of_network=2, of_site=0)
    assert [wait_seconds(connection, limit, at) for at in (0, 10, 20, 59.5, 60, 61, 70)] == [
        *(0, 0, 40, 1, 0),
        *(9, 0),
    ]


def test_clock_that_is_set_back_shuts_nobody_out(connection: sqlite3.Connection) -> None:
    limit = RateLimit("comment", of_network=2, of_site=0)
    times = (90_000, 90_001, 0, 1, 2)
    assert [wait_seconds(connection, limit, at) for at in times] == [0, 0, 0, 0, 58]


def test_clocks_of_two_processes_may_differ_by_a_moment(connection: sqlite3.Connection) -> None:
    limit = RateLimit("comment", of_network=1, of_site=0)
    assert wait_seconds(connection, limit, 10.0001) == 0
    assert wait_seconds(connection, limit, 10.0) == 61


def test_networks_and_kinds_do_not_share_a_limit(connection: sqlite3.Connection) -> None:
    limit = RateLimit("comment", of_network=1, of_site=0)
    assert wait_seconds(connection, limit, 0, "one") == 0
    assert wait_seconds(connection, limit, 0, "two") == 0
    assert wait_seconds(connection, limit, 0, "one") == 60
    assert wait_seconds(connection, RateLimit("report", of_network=1, of_site=1), 0, "one") == 0


def test_all_networks_share_the_limit_of_the_site_and_a_flood_uses_none_of_it(
    connection: sqlite3.Connection,
) -> None:
    limit = RateLimit("comment", of_network=1, of_site=2)
    assert wait_seconds(connection, limit, 0, "one") == 0
    with pytest.raises(Flood) as of_one:
        limit.admit(connection, "one", 1)
    assert wait_seconds(connection, limit, 2, "two") == 0
    with pytest.raises(Flood) as of_all:
        limit.admit(connection, "three", 3)
    assert (of_one.value.of_network, of_all.value.of_network) == (True, False)
    assert (of_one.value.seconds, of_all.value.seconds) == (59, 57)


def test_zero_is_no_limit_and_keeps_nothing(connection: sqlite3.Connection) -> None:
    limit = RateLimit("comment", of_network=0, of_site=0)
    assert {wait_seconds(connection, limit, 0) for _ in range(100)} == {0}
    assert connection.execute("SELECT COUNT(*) FROM recent").fetchone() == (0,)


def test_what_is_older_than_a_minute_is_not_kept(connection: sqlite3.Connection) -> None:
    limit = RateLimit("comment", of_network=1, of_site=0)
    for at in range(200):
        assert wait_seconds(connection, limit, at, str(at)) == 0
    assert connection.execute("SELECT COUNT(*) FROM recent").fetchone() == (60,)


def test_a_spool_forgets_what_was_counted_when_nobody_comes(tmp_path: Path) -> None:
    limit = RateLimit("comment", of_network=1, of_site=0)
    with closing(Spool(tmp_path, most_comments=9, most_bytes=99)) as spool:
        spool.accept(
            "one",
            page="a",
            digest="d",
            body=b"{}",
            received_at=0,
            admit=lambda connection: limit.admit(connection, "n", 0),
            answer=Future(),
        ).result()
        spool.forget(now=61, replay_hours=24, network_days=28)
        counted = spool._writer.execute("SELECT COUNT(*) FROM recent").fetchone()
    assert counted == (0,)


def test_two_spools_on_one_file_share_a_limit(tmp_path: Path) -> None:
    limit = RateLimit("comment", of_network=1, of_site=0)
    spools = [Spool(tmp_path, most_comments=9, most_bytes=99) for _ in range(2)]
    answers = [
        spool.accept(
            id,
            page="a",
            digest="d",
            body=b"{}",
            received_at=0,
            admit=lambda connection: limit.admit(connection, "n", 0),
            answer=Future(),
        )
        for id, spool in zip(("one", "two"), spools, strict=True)
    ]
    became = [answer.exception() for answer in answers]
    assert sorted(isinstance(error, Flood) for error in became) == [False, True]
    for spool in spools:
        spool.close()
