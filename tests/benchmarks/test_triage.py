"""An ordinary comment and each hostile one are judged and timed."""

from __future__ import annotations

from benchmarks import triage
from tests.hostile_comments import HOSTILE


def test_ordinary_comment_and_each_hostile_one_are_measured() -> None:
    said: list[str] = []
    ordinary, hostile = triage.run(repeats=1, say=said.append)
    assert len(ordinary.seconds) == 1
    assert len(hostile.seconds) == len(HOSTILE)
    assert min(ordinary.seconds) > 0
    assert max(hostile.seconds) > max(ordinary.seconds)
    assert hostile.characters == max(map(len, HOSTILE))
    shown = triage.as_json([ordinary, hostile])["comments"]
    assert [each["comments"] for each in shown] == ["ordinary", "hostile"]
    assert shown[1]["worst_milliseconds"] >= shown[1]["milliseconds"] > 0
