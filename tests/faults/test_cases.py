"""Every case that was handed over from other exporters has a test that exists, or a reason."""

from __future__ import annotations

import ast
import re

import pytest

from tests.live import REPOSITORY

TABLE = REPOSITORY / "docs/decisions/cases-from-other-exporters.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
HANDED_OVER = {
    *(1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16),
    *(17, 19, 20, 21, 23, 24),
    *(25, 27, 28, 29, 31, 32, 33, 35, 36, 37, 39, 40, 41, 43, 44, 45),
    *(47, 48, 49, 51, 52, 53, 55, 56, 57),
    *(59, 60, 61, 63, 64),
    *(65, 67, 68, 69, 71, 72, 73, 75, 76, 77, 79, 80, 81, 83, 84),
}
ROWS = {int(number): answer for number, _, answer in ROW.findall(TABLE.read_text())}


def test_table_has_every_case() -> None:
    assert set(ROWS) == HANDED_OVER


@pytest.mark.parametrize("case", sorted(ROWS))
def test_case_has_a_test_or_a_reason(case: int) -> None:
    named = TEST.findall(ROWS[case])
    for path, test in named:
        tree = ast.parse((REPOSITORY / path).read_text())
        found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert test in found, f"Case {case} names '{path}::{test}', which is not there."
    assert named or len(ROWS[case].split()) > 4
