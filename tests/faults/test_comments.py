"""A comment that a reader was thanked for is stored once, whatever dies in between."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.comment_stack import Row
from tests.faults import comment_trial
from tests.faults.comment_ledger import Sent, compare
from tests.faults.comment_trial import Report, Scene, Trial
from tests.own_postgres import OwnPostgres

SENT = [
    Sent("Ada", "a-page", "One", 1.0, 2.0, "AAAA"),
    Sent("Ben", "a-page", "Two", 3.0, None, ""),
    Sent("Cleo", "a-page", "Three", 4.0, 5.0, "CCCC"),
]
ROWS = [
    Row(1, "Ada", "One", "a-page", "AAAA", None),
    Row(2, "Ben", "Two", "a-page", "BBBB", None),
    Row(3, "Cleo", "Three", "a-page", "CCCC", None),
]


def test_ledger_that_agrees_is_clean() -> None:
    verdict = compare(SENT, ROWS)
    assert verdict.is_clean
    assert (verdict.acknowledged, verdict.stored) == (2, 3)


def test_comment_that_nobody_was_thanked_for_may_be_missing() -> None:
    assert compare(SENT, [ROWS[0], ROWS[2]]).is_clean


def test_acknowledged_comment_without_a_row_is_lost() -> None:
    assert compare(SENT, ROWS[1:]).lost == ("Ada",)


@pytest.mark.parametrize("row", ROWS[:2])
def test_comment_with_two_rows_is_noticed(row: Row) -> None:
    assert compare(SENT, [*ROWS, replace(row, number=4)]).twice == (row.name,)


@pytest.mark.parametrize("change", [{"text": "One."}, {"page": "another"}, {"receipt": "BBBB"}])
def test_comment_that_is_another_is_noticed(change: dict[str, str]) -> None:
    assert compare(SENT, [replace(ROWS[0], **change), *ROWS[1:]]).changed == ("Ada",)


def test_row_that_nobody_sent_is_strange() -> None:
    assert compare(SENT, [*ROWS, replace(ROWS[0], name="Nobody")]).strange == ("Nobody",)


def test_comment_stored_before_one_that_had_been_thanked_for_is_early() -> None:
    assert compare(SENT, [ROWS[2], ROWS[0]]).early == ("Cleo",)
    assert compare(SENT, [ROWS[1], ROWS[0]]).early == ("Ben",)


def test_order_holds_within_a_page_only() -> None:
    elsewhere = [replace(SENT[2], page="another")]
    rows = [replace(ROWS[2], page="another"), ROWS[0]]
    assert compare([SENT[0], *elsewhere], rows).is_clean


def test_comments_on_their_way_at_once_have_no_order() -> None:
    together = [SENT[0], replace(SENT[2], sent_at=1.5)]
    assert compare(together, [ROWS[2], ROWS[0]]).is_clean


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("comments")
    with comment_trial.prepared(folder, on_postgres=OwnPostgres.is_installed()) as scene:
        yield scene


@pytest.mark.fault
def test_acknowledged_comments_are_stored_once_whatever_is_killed(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("COMMENT_SEED") or random.randrange(10_000))
    report = comment_trial.run(
        scene, Trial(comments=3000, faults=40, seed=seed, rate=90, patience_seconds=120)
    )
    with capsys.disabled():
        print(f"\n{report.as_text()}")
    assert report.is_clean, report.as_text()
    assert report.faults.total() >= 20
    assert report.verdict.acknowledged > 2000
    must_notice_a_row_that_is_missing(scene, report)


def must_notice_a_row_that_is_missing(scene: Scene, report: Report) -> None:
    """One row takes the name of another: as if one had been lost, and the other had come twice."""
    lost, twice = [one.name for one in report.sent if one.acknowledged_at is not None][:2]
    scene.stack.shell(
        "from cms.comments.models import ReaderComment\n"
        f"ReaderComment.objects.filter(name={lost!r}).update(name={twice!r})"
    )
    verdict = compare(report.sent, scene.stack.rows())
    assert (verdict.lost, verdict.twice) == ((lost,), (twice,))
