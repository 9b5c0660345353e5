from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from frontend_export.edge.spool import (
    DAY_SECONDS,
    MOST_IN_ONE_COMMIT,
    MOST_SENT_BYTES,
    MOST_SENT_COMMENTS,
    WEEK_SECONDS,
    Became,
    Parked,
    Spool,
    SpoolError,
    SpoolFull,
)
from frontend_export.errors import OutputError


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path, most_comments=100, most_bytes=10_000)
    yield spool
    spool.close()


def hand_over(
    spool: Spool,
    id: str,
    *,
    or_ids: Sequence[str] = (),
    page: str = "a",
    digest: str = "d",
    body: bytes = b"{}",
    at: float = 0,
    admit: Callable[[sqlite3.Connection], None] = lambda connection: None,
) -> Future[Became]:
    return spool.accept(
        id,
        or_ids=or_ids,
        page=page,
        digest=digest,
        body=body,
        received_at=at,
        admit=admit,
        answer=Future(),
    )


def put(spool: Spool, id: str, *, page: str = "a", digest: str = "d", at: float = 0) -> str:
    became, _ = hand_over(spool, id, page=page, digest=digest, at=at).result()
    return became


def due(spool: Spool, now: float = 0) -> list[str]:
    return [waiting.id for waiting in spool.due(now)]


def test_comment_is_there_after_the_spool_is_opened_again(tmp_path: Path) -> None:
    first = Spool(tmp_path, most_comments=9, most_bytes=99)
    put(first, "one")
    secret = first.secret
    first.close()
    again = Spool(tmp_path, most_comments=9, most_bytes=99)
    (waiting,) = again.due(0)
    assert (waiting.id, waiting.page, waiting.body) == ("one", "a", b"{}")
    assert again.secret == secret
    again.close()


def test_file_of_an_older_edge_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "comments.sqlite3")) as connection:
        connection.execute(
            "CREATE TABLE comment (number INTEGER PRIMARY KEY, id, page, digest, body, received_at,"
            " attempts, next_attempt_at, refusal)"
        )
    with pytest.raises(OutputError, match="no such column: checksum.*move it aside and keep it"):
        Spool(tmp_path, most_comments=9, most_bytes=99)


def test_only_its_owner_may_read_the_spool(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, most_comments=9, most_bytes=99)
    assert folder.stat().st_mode & 0o077 == 0
    assert spool.path.stat().st_mode & 0o077 == 0
    spool.close()


def test_every_commit_reaches_the_disk(spool: Spool) -> None:
    assert spool._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert spool._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_id_that_came_before_is_the_same_comment_even_after_delivery(spool: Spool) -> None:
    assert put(spool, "one") == "new"
    assert put(spool, "one") == "same"
    assert put(spool, "one", digest="other") == "other"
    spool.settle(delivered=[1])
    assert put(spool, "one") == "same"
    assert spool.depth().waiting == 0


def test_id_of_the_time_before_is_the_same_comment(spool: Spool) -> None:
    put(spool, "earlier")
    became = hand_over(spool, "later", or_ids=["earlier"]).result()
    assert became == ("same", "earlier")


def test_words_are_gone_from_the_file_after_delivery(spool: Spool) -> None:
    hand_over(spool, "one", body=b"xylophone").result()
    spool.settle(delivered=[1])
    spool._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"xylophone" not in spool.path.read_bytes()


def test_id_is_forgotten_after_the_replay_hours(spool: Spool) -> None:
    put(spool, "old", at=0)
    put(spool, "new", at=DAY_SECONDS + 1)
    spool.settle(delivered=[1, 2])
    spool.forget(now=DAY_SECONDS + 2, replay_hours=24, network_days=14)
    assert put(spool, "old") == "new"
    assert put(spool, "new") == "same"


def test_postponed_comment_holds_back_its_page_and_no_other(spool: Spool) -> None:
    for id, page in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a"), ("b2", "b")]:
        put(spool, id, page=page)
    assert due(spool) == ["a1", "a2", "b1", "a3", "b2"]
    spool.settle(postponed={1: 50}, delivered=[3])
    assert due(spool, 49) == ["b2"]
    assert due(spool, 50) == ["a1", "a2", "a3", "b2"]
    assert [waiting.attempts for waiting in spool.due(50)] == [1, 0, 0, 0]


def test_clock_that_ran_ahead_postpones_nothing_for_long(spool: Spool) -> None:
    put(spool, "a1")
    put(spool, "a2")
    spool.settle(postponed={1: 90_000})
    assert due(spool, 89_990) == []
    assert due(spool, 100) == ["a1", "a2"]


def test_what_is_due_at_once_is_bounded(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_comments=999, most_bytes=10 * MOST_SENT_BYTES)
    for at in range(MOST_SENT_COMMENTS + 1):
        put(spool, f"{at}")
    assert due(spool) == [f"{at}" for at in range(MOST_SENT_COMMENTS)]
    spool.settle(delivered=range(1, 200))
    large = b"x" * (MOST_SENT_BYTES // 2)
    for id in ("one", "two", "three"):
        hand_over(spool, id, body=large[:-1]).result()
    assert due(spool) == ["one", "two"]
    spool.close()


def test_parked_comment_stays_out_of_the_way_and_counts(spool: Spool) -> None:
    put(spool, "a1")
    put(spool, "a2", at=7)
    spool.settle(parked={1: "No."})
    assert due(spool) == ["a2"]
    depth = spool.depth()
    assert (depth.waiting, depth.parked, depth.bytes, depth.oldest_at) == (1, 1, 4, 7)


def test_parked_comment_is_sent_again_when_a_person_says_so(spool: Spool) -> None:
    put(spool, "a1", at=7)
    put(spool, "a2")
    spool.settle(postponed={1: 30}, parked={1: "It is malformed."})
    assert spool.parked() == [Parked(1, "a1", "a", 7, "It is malformed.", "{}")]
    assert spool.resend() == 1
    assert spool.parked() == []
    assert [(waiting.id, waiting.attempts) for waiting in spool.due(0)] == [("a1", 0), ("a2", 0)]


@pytest.mark.parametrize(
    "damage",
    ["body = x'7b7c'", "body = NULL", "body = '{}x'", "id = CAST(x'ff' AS TEXT)", "page = 7"],
)
def test_damaged_comment_is_known_by_its_checksum_and_stops_no_other(
    spool: Spool, damage: str
) -> None:
    put(spool, "one")
    put(spool, "two", page="b")
    spool._writer.execute("PRAGMA writable_schema=ON")
    spool._writer.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'BLOB NOT NULL', 'BLOB') WHERE name='comment'"
    )
    spool._writer.execute("PRAGMA writable_schema=RESET")
    spool._writer.execute(f"UPDATE comment SET {damage} WHERE number = 1")
    assert [waiting.is_whole for waiting in spool.due(0)] == [False, True]


def test_what_is_left_of_a_damaged_comment_can_be_read_and_it_can_be_dropped(spool: Spool) -> None:
    put(spool, "one")
    put(spool, "two")
    spool._writer.execute("UPDATE comment SET body = x'7bff7c' WHERE number = 1")
    spool.settle(parked={1: "It is damaged."})
    assert [one.line for one in spool.parked()] == ["{\ufffd|"]
    spool.drop(2)  # which is not parked
    spool.drop(1)
    assert spool.parked() == []
    assert spool.depth().waiting == 1


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
    spool.settle(delivered=[1])
    with pytest.raises(SpoolFull):
        hand_over(spool, "big", body=b"1234").result()
    assert put(spool, "small") == "new"
    spool.close()


def test_bound_of_zero_is_none_and_the_nearer_bound_says_how_full_it_is(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_comments=0, most_bytes=0)
    for id in ("one", "two", "three"):
        put(spool, id)
    depth = spool.depth()
    assert spool.used_share(depth) == 0
    spool.most_bytes = 12
    assert spool.used_share(depth) == 0.5
    spool.most_comments = 4
    assert spool.used_share(depth) == 0.75
    spool.close()


def test_full_disk_accepts_nothing_and_the_next_comment_goes_on(spool: Spool) -> None:
    put(spool, "first")
    pages = spool._writer.execute("PRAGMA page_count").fetchone()[0]
    spool._writer.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(SpoolError, match="database or disk is full"):
        hand_over(spool, "big", body=b"x" * 9_000).result()
    assert due(spool) == ["first"]
    spool._writer.execute("PRAGMA max_page_count=1000000")
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


def test_salt_of_a_week_is_one_for_all_and_gone_two_weeks_after_it_began(tmp_path: Path) -> None:
    first, second = (Spool(tmp_path, most_comments=9, most_bytes=99) for _ in range(2))
    assert first.salt(100) == second.salt(100) != first.salt(101)
    begun = 100 * WEEK_SECONDS
    for now, weeks in [
        (begun + 14 * DAY_SECONDS - 1, [100, 101]),
        (begun + 14 * DAY_SECONDS, [101]),
    ]:
        first.forget(now=now, replay_hours=24, network_days=14)
        kept = first._writer.execute("SELECT week FROM salt ORDER BY week").fetchall()
        assert kept == [(week,) for week in weeks]
    first.close()
    second.close()


def test_salt_of_this_week_stays_however_few_days_are_kept(spool: Spool) -> None:
    salt = spool.salt(100)
    spool.forget(now=101 * WEEK_SECONDS - 1, replay_hours=24, network_days=1)
    assert spool.salt(100) == salt


@contextmanager
def busy(spool: Spool) -> Iterator[None]:
    """The writer waits, with the comment "head", for another process: what comes now is a batch."""
    with closing(sqlite3.connect(spool.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        (head,) = hand_over_all(spool, "head")
        while not head.running():
            time.sleep(0.001)
        time.sleep(0.05)  # it has looked for others, and now asks for the file
        yield
        other.execute("COMMIT")


def hand_over_all(spool: Spool, *ids: str, size: int = 2) -> list[Future[Became]]:
    return [hand_over(spool, id, body=b"x" * size) for id in ids]


def test_comments_that_wait_together_share_a_commit(spool: Spool) -> None:
    commits: list[str] = []
    spool._writer.set_trace_callback(
        lambda said: commits.append(said) if said == "COMMIT" else None
    )
    with busy(spool):
        answers = hand_over_all(spool, *(f"{at}" for at in range(20)))
    assert [answer.result() for answer in answers] == [("new", f"{at}") for at in range(20)]
    assert len(commits) == 2


def test_nobody_is_answered_before_the_commit(spool: Spool) -> None:
    with busy(spool):
        answers = hand_over_all(spool, "one", "two")
        assert wait(answers, timeout=0.2).done == set()
    assert [answer.result()[0] for answer in answers] == ["new", "new"]


def test_commit_that_fails_fails_everyone_who_waited_for_it(spool: Spool) -> None:
    put(spool, "first")
    pages = spool._writer.execute("PRAGMA page_count").fetchone()[0]
    spool._writer.execute(f"PRAGMA max_page_count={pages}")
    with busy(spool):
        answers = hand_over_all(spool, "one", "big", size=4_000) + hand_over_all(spool, "three")
    for answer in answers:
        with pytest.raises(SpoolError, match="database or disk is full"):
            answer.result()
    assert due(spool) == ["first", "head"]
    spool._writer.execute("PRAGMA max_page_count=1000000")
    assert put(spool, "one") == "new"


def test_comment_that_is_not_admitted_leaves_the_others_of_its_commit(spool: Spool) -> None:
    def refuse(connection: sqlite3.Connection) -> None:
        raise PermissionError

    with busy(spool):
        first = hand_over(spool, "one")
        refused = hand_over(spool, "two", admit=refuse)
        again = hand_over(spool, "one", admit=refuse)
        last = hand_over(spool, "three")
    with pytest.raises(PermissionError):
        refused.result()
    assert [first.result(), again.result(), last.result()] == [
        ("new", "one"),
        ("same", "one"),
        ("new", "three"),
    ]
    assert due(spool) == ["head", "one", "three"]


def test_close_writes_what_was_handed_over_and_takes_no_more(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_comments=999, most_bytes=99_999)
    ids = [f"{at}" for at in range(2 * MOST_IN_ONE_COMMIT)]
    answers = hand_over_all(spool, *ids)
    spool.close()
    assert [answer.result(timeout=0) for answer in answers] == [("new", id) for id in ids]
    with pytest.raises(SpoolError, match="is closed"):
        put(spool, "late")
    again = Spool(tmp_path, most_comments=999, most_bytes=99_999)
    assert again.depth().waiting == len(ids)
    again.close()


def test_reader_who_gave_up_is_not_waited_for(spool: Spool) -> None:
    with busy(spool):
        given_up, answer = hand_over_all(spool, "one", "two")
        assert given_up.cancel()
    assert answer.result() == ("new", "two")
    assert due(spool) == ["head", "two"]


WRITER = """
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from frontend_export.edge.spool import Spool
spool = Spool(Path(sys.argv[1]), most_comments=10**6, most_bytes=10**9)
for number in range(10**6):
    answer = Future()
    spool.accept(f"{number}", page="a", digest="d", body=b"{}", received_at=0, answer=answer)
    answer.result()
    print(number, flush=True)
"""


def test_event_loop_is_woken_once_for_all_that_share_a_commit(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def post() -> tuple[list[Became], int]:
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe
        woken = []

        def count_and_wake(*said: Any) -> asyncio.Handle:
            # Counted first: the loop may go on before this thread does.
            woken.append(said)
            return wake(*said)

        monkeypatch.setattr(loop, "call_soon_threadsafe", count_and_wake)
        with busy(spool):
            answers = [
                spool.accept(
                    f"{at}",
                    page="a",
                    digest="d",
                    body=b"{}",
                    received_at=0,
                    answer=loop.create_future(),
                )
                for at in range(20)
            ]
            answers[3].cancel()
        became = await asyncio.gather(*answers, return_exceptions=True)
        assert isinstance(became.pop(3), asyncio.CancelledError)
        return [one for one in became if isinstance(one, tuple)], len(woken)

    became, times = asyncio.run(post())
    assert became == [("new", f"{at}") for at in range(20) if at != 3]
    assert times == 1


def test_event_loop_that_ended_keeps_no_other_from_an_answer(spool: Spool) -> None:
    loop = asyncio.new_event_loop()
    gone: asyncio.Future[Became] = loop.create_future()
    with busy(spool):
        spool.accept("one", page="a", digest="d", body=b"{}", received_at=0, answer=gone)
        (answer,) = hand_over_all(spool, "two")
        loop.close()
    assert answer.result() == ("new", "two")
    assert put(spool, "three") == "new"
    assert due(spool) == ["head", "one", "two", "three"]


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
