"""The rules are measured on what the fixtures hold, each by its number."""

from __future__ import annotations

from benchmarks import safety
from cms.safety.catalogue import RULES


def test_largest_article_and_one_of_many_blocks_are_measured() -> None:
    said: list[str] = []
    largest, many = safety.run(repeats=1, say=said.append)
    assert many.blocks == safety.MANY_BLOCKS
    assert many.words > largest.words > 0
    for each in (largest, many):
        assert list(each.rules) == [rule.id for rule in RULES]
        assert each.worst >= each.whole > 0
    assert len(said) == 2
    assert [page["blocks"] for page in safety.as_json([largest, many])["pages"]] == [
        largest.blocks,
        many.blocks,
    ]
