"""Every case of reader comments that was handed over has a test that exists, or a reason.

And the tests of those cases that are nobody else's.
"""

from __future__ import annotations

import ast
import re

import pytest
from django.test import Client
from django.utils import timezone

from cms.comments.models import ReaderComment, State
from tests.cms.comment_site import comment, submission, told
from tests.cms.feed_site import article, records, topic
from tests.live import REPOSITORY

TABLE = REPOSITORY / "docs/decisions/comment-cases.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
REPORTED, FAULTS = TABLE.read_text().split("\n## Faults\n")
HANDED_OVER = {
    "reported": {
        *(1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18, 20, 21, 22, 24, 25, 26, 28, 29, 30),
        *(32, 33, 34, 36, 37, 38, 40, 41, 42, 44, 45, 46, 48, 49, 50, 52, 53, 54, 56, 57, 58, 60),
    },
    "fault": {49, 50, 51, 52, 54, 55, 56, 57, 59, 60, 61, 62},
}
ROWS = {
    (kind, int(number)): answer
    for kind, table in (("reported", REPORTED), ("fault", FAULTS))
    for number, _, answer in ROW.findall(table)
}


def test_tables_have_every_case() -> None:
    assert set(ROWS) == {(kind, number) for kind in HANDED_OVER for number in HANDED_OVER[kind]}


@pytest.mark.parametrize("case", sorted(ROWS), ids=lambda case: f"{case[0]} {case[1]}")
def test_case_has_a_test_or_a_reason(case: tuple[str, int]) -> None:
    named = TEST.findall(ROWS[case])
    for path, test in named:
        file = REPOSITORY / path
        assert file.exists(), f"Case {case} names '{path}', which is not there."
        tree = ast.parse(file.read_text())
        found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert test in found, f"Case {case} names '{path}::{test}', which is not there."
    assert named or len(ROWS[case].split()) > 10


@pytest.mark.django_db
def test_page_that_is_renamed_there_and_back_keeps_its_comments(client: Client) -> None:
    page = article(topic(), slug="ketamine", comments_mode="open")
    comment(page, State.APPROVED, text="Before")
    for slug in ("esketamine", "ketamine", "esketamine"):
        page.refresh_from_db()
        page.slug = slug
        page.save_revision().publish()
        assert told(submission(page, text=f"As {slug}"))["status"] == 201
    moved_below = topic("living-well")
    page.refresh_from_db()
    page.move(moved_below, pos="last-child")
    ReaderComment.objects.update(state=State.APPROVED)
    shown = [(one["page"], one["text"]) for one in records(client, "comment")]
    texts = ("Before", "As esketamine", "As ketamine", "As esketamine")
    assert sorted(shown) == sorted((page.pk, text) for text in texts)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "written",
    [
        "2026-10-25T00:59:59+00:00",  # the hour that London has twice that night
        "2026-10-25T11:59:59+11:00",
        "2026-10-24T19:59:59-05:00",
        "2026-10-25T01:59:59+01:00",
    ],
)
def test_time_of_a_comment_is_one_instant_in_any_zone(client: Client, written: str) -> None:
    page = article(topic(), comments_mode="open")
    with timezone.override("Pacific/Kiritimati"):
        assert told(submission(page, received_at=written))["status"] == 201
        ReaderComment.objects.update(state=State.APPROVED)
        [shown] = records(client, "comment")
    assert shown["posted_at"] == "2026-10-25T00:59:59Z"
