from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontend_export.edge.spool import REPLAY_WINDOW_SECONDS, Parked, Spool, SpoolError, SpoolFull


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path, most_comments=100, most_bytes=10_000)
    yield spool
    spool.close()


def put(spool: Spool, id: str, *, page: str = "a", digest: str = "d", at: float = 0) -> str:
    became, _ = spool.accept(id, page=page, digest=digest, body=b"{}", received_at=at)
    return became


def test_comment_is_there_after_the_spool_is_opened_again(tmp_path: Path) -> None:
    first = Spool(tmp_path, most_comments=9, most_bytes=99)
    put(first, "one")
    secret = first.secret
    first.close()
    again = Spool(tmp_path, most_comments=9, most_bytes=99)
    waiting = again.next_due(0)
    assert waiting and (waiting.id, waiting.body) == ("one", b"{}")
    assert again.secret == secret
    again.close()


def test_only_its_owner_may_read_the_spool(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, most_comments=9, most_bytes=99)
    assert folder.stat().st_mode & 0o077 == 0
    assert spool.path.stat().st_mode & 0o077 == 0
    spool.close()


def test_every_commit_reaches_the_disk(spool: Spool) -> None:
    assert spool._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert spool._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_id_that_came_before_is_the_same_comment_even_after_delivery(spool: Spool) -> None:
    assert put(spool, "one") == "new"
    assert put(spool, "one") == "same"
    assert put(spool, "one", digest="other") == "other"
    waiting = spool.next_due(0)
    assert waiting
    spool.delivered(waiting.number, now=1)
    assert put(spool, "one") == "same"
    assert spool.depth().waiting == 0


def test_id_of_the_time_before_is_the_same_comment(spool: Spool) -> None:
    put(spool, "earlier")
    became = spool.accept(
        "later", or_ids=["earlier"], page="a", digest="d", body=b"{}", received_at=0
    )
    assert became == ("same", "earlier")


def test_words_are_gone_from_the_file_after_delivery(spool: Spool) -> None:
    spool.accept("one", page="a", digest="d", body=b"xylophone", received_at=0)
    waiting = spool.next_due(0)
    assert waiting
    spool.delivered(waiting.number, now=1)
    spool._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"xylophone" not in spool.path.read_bytes()


def test_id_is_forgotten_after_the_replay_window(spool: Spool) -> None:
    put(spool, "old", at=0)
    put(spool, "new", at=REPLAY_WINDOW_SECONDS + 1)
    for _ in range(2):
        waiting = spool.next_due(0)
        assert waiting
        spool.delivered(waiting.number, now=REPLAY_WINDOW_SECONDS + 2)
    assert spool.known(["old"]) is None
    assert spool.known(["new"]) is not None


def test_postponed_comment_holds_back_its_page_and_no_other(spool: Spool) -> None:
    for id, page in [("a1", "a"), ("a2", "a"), ("b1", "b")]:
        put(spool, id, page=page)
    first = spool.next_due(0)
    assert first and first.id == "a1"
    spool.postpone(first.number, until=50)
    second = spool.next_due(0)
    assert second and second.id == "b1"
    spool.delivered(second.number, now=0)
    assert spool.next_due(49) is None
    again = spool.next_due(50)
    assert again and (again.id, again.attempts) == ("a1", 1)


def test_parked_comment_stays_out_of_the_way_and_counts(spool: Spool) -> None:
    put(spool, "a1")
    put(spool, "a2", at=7)
    first = spool.next_due(0)
    assert first
    spool.park(first.number, refusal="No.")
    following = spool.next_due(0)
    assert following and following.id == "a2"
    depth = spool.depth()
    assert (depth.waiting, depth.parked, depth.bytes, depth.oldest_at) == (1, 1, 4, 7)


def test_parked_comment_is_sent_again_when_a_person_says_so(spool: Spool) -> None:
    put(spool, "a1", at=7)
    put(spool, "a2")
    first = spool.next_due(0)
    assert first
    spool.postpone(first.number, until=1000)
    spool.park(first.number, refusal="No page has this key.")
    assert spool.parked() == [Parked("a1", "a", 7, "No page has this key.")]
    assert spool.resend() == 1
    assert spool.parked() == []
    again = spool.next_due(0)
    assert again and (again.id, again.attempts) == ("a1", 0)


def test_bound_by_number(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_comments=2, most_bytes=1000)
    put(spool, "one")
    put(spool, "two")
    with pytest.raises(SpoolFull, match=r"is full: 2 comments, 4 bytes\. Is the CMS reachable\?"):
        put(spool, "three")
    spool.close()


def test_bound_by_bytes(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_comments=9, most_bytes=5)
    put(spool, "one")
    put(spool, "two")
    with pytest.raises(SpoolFull, match=r"is full: 2 comments, 4 bytes"):
        put(spool, "three")
    waiting = spool.next_due(0)
    assert waiting
    spool.delivered(waiting.number, now=0)
    with pytest.raises(SpoolFull):
        spool.accept("big", page="a", digest="d", body=b"1234", received_at=0)
    assert put(spool, "small") == "new"
    spool.close()


def test_full_disk_accepts_nothing_and_the_next_comment_goes_on(spool: Spool) -> None:
    put(spool, "first")
    pages = spool._connection.execute("PRAGMA page_count").fetchone()[0]
    spool._connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(SpoolError, match="database or disk is full"):
        spool.accept("big", page="a", digest="d", body=b"x" * 9_000, received_at=0)
    assert spool.known(["big"]) is None
    spool._connection.execute("PRAGMA max_page_count=1000000")
    assert put(spool, "next") == "new"


def test_many_threads_and_two_spools_take_each_id_once(tmp_path: Path) -> None:
    spools = [Spool(tmp_path, most_comments=999, most_bytes=99_999) for _ in range(2)]
    became: list[str] = []

    def work(at: int) -> None:
        became.extend(put(spools[at % 2], f"id-{number}") for number in range(50))

    threads = [threading.Thread(target=work, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert became.count("new") == 50
    assert spools[0].depth().waiting == 50
    for spool in spools:
        spool.close()


WRITER = """
import sys
from pathlib import Path
from frontend_export.edge.spool import Spool
spool = Spool(Path(sys.argv[1]), most_comments=10**6, most_bytes=10**9)
for number in range(10**6):
    spool.accept(f"{number}", page="a", digest="d", body=b"{}", received_at=0)
    print(number, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 7, 40])
def test_kill_loses_no_comment_that_was_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout
    with writer, writer.stdout as lines:
        answered = [int(lines.readline()) for _ in range(acknowledged)]
        os.kill(writer.pid, signal.SIGKILL)
        answered += [int(line) for line in lines if line.endswith(b"\n")]
    with sqlite3.connect(tmp_path / "comments.sqlite3") as connection:
        stored = [int(id) for (id,) in connection.execute("SELECT id FROM comment ORDER BY number")]
    connection.close()
    assert stored[: len(answered)] == answered
    assert len(stored) - len(answered) <= 1
