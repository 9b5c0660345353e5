"""The CMS is away for an hour and readers comment: nothing is lost, and nothing has to wait long.

The edge's clock is moved through the hour; nobody sleeps.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest

from tests.comment_stack import CommentStack
from tests.faults.comment_ledger import Sent, compare
from tests.faults.comment_trial import receipt_in
from tests.faults.moved_clock import MovedClock
from tests.live import wait_until
from tests.own_postgres import OwnPostgres
from tests.wire import Connection, post

pytestmark = pytest.mark.fault

COMMENTS = 10_000
HOUR_SECONDS = 3600.0
DRAIN_SECONDS = 300.0  # what readers and moderators were promised


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[CommentStack]:
    """A site whose CMS has just gone; on Postgres where its programs are."""
    with ExitStack() as held:
        url = ""
        if OwnPostgres.is_installed():
            postgres = held.enter_context(OwnPostgres())
            postgres.start()
            url = postgres.url
        stack = held.enter_context(CommentStack(tmp_path, url))
        stack.prepare(pages=5)
        stack.stop("cms")
        yield stack


def test_ten_thousand_comments_wait_for_a_cms_that_is_down_for_an_hour(
    stack: CommentStack, tmp_path: Path
) -> None:
    clock = MovedClock(tmp_path / "clock")
    clock.move(-HOUR_SECONDS)
    stack.launch_edge("edge", module=("tests.faults.moved_clock", str(clock.path)))
    stack.wait_for_edge("edge")
    began = time.time() - HOUR_SECONDS

    sent = list(comments_sent_in_an_hour(stack, clock))
    assert all(one.acknowledged_at is not None for one in sent)
    assert stack.waiting("edge")["waiting"] == COMMENTS

    stack.start_cms()
    wait_until(
        lambda: not stack.waiting("edge")["waiting"], "the spool to drain", seconds=DRAIN_SECONDS
    )
    assert stack.waiting("edge")["parked"] == 0
    rows = stack.rows()
    verdict = compare(sent, rows)
    assert verdict.is_clean, verdict
    assert (verdict.acknowledged, verdict.stored) == (COMMENTS, COMMENTS)
    names, times = defaultdict(list), defaultdict(list)
    for row in rows:
        names[row.page].append(row.name)
        times[row.page].append(row.received_at.timestamp())
    for page, received in times.items():
        assert names[page] == [one.name for one in sent if one.page == page]
        assert received == sorted(received)
    received = [at for page in times.values() for at in page]
    assert min(received) - began < HOUR_SECONDS / 10
    assert max(received) - min(received) > 0.9 * HOUR_SECONDS


def comments_sent_in_an_hour(stack: CommentStack, clock: MovedClock) -> Iterator[Sent]:
    connection = Connection(stack.edge_url("edge"), timeout_seconds=30)
    for number in range(COMMENTS):
        clock.move(-HOUR_SECONDS * (1 - number / COMMENTS))
        form = stack.forms[number % len(stack.forms)]
        name, text = f"Reader {number}", f"BP < 120 & > 80, says “{number}”."
        body = urlencode({**form, "name": name, "text": text}).encode()
        kind = "application/x-www-form-urlencoded"
        sent_at = time.monotonic()
        answer = connection.ask(post("/comments", body, content_type=kind, **stack.headers()))
        assert answer.status == 303, answer
        page = UUID(form["page"]).hex
        yield Sent(name, page, text, sent_at, time.monotonic(), receipt_in(answer))
    connection.close()
    clock.move(0.0)
