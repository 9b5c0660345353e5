import re
from dataclasses import fields
from pathlib import Path

import pytest

from cms.safety.catalogue import RULES
from cms.safety.limits import Limits

EDITORS = Path(__file__).parents[3] / "docs" / "editors.md"


def test_there_are_twenty_four_rules():
    assert [rule.id for rule in RULES] == [f"S{number}" for number in range(1, 25)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_names_its_public_source(rule):
    assert rule.basis
    for basis in rule.basis:
        assert basis.name
        assert re.fullmatch(r"https?://[\w./?=#&%-]+", basis.address)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_editors_are_told_of_the_rule(rule):
    rows = [
        line
        for line in EDITORS.read_text("utf-8").splitlines()
        if line.startswith("| " + rule.id + " |")
    ]
    assert len(rows) == 1
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    assert len(cells) == 4
    assert all(cells)
    assert any(basis.address in rows[0] for basis in rule.basis)


@pytest.mark.parametrize("limit", fields(Limits), ids=lambda limit: limit.name)
def test_limit_says_what_it_means(limit):
    assert limit.metadata["help_text"].endswith(".")
    assert limit.default > 0
