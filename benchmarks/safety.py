"""How long the safety rules take for a page: the largest article of the fixtures, and a larger one.

Pages are facts in memory, as the CMS hands them to the rules: no database, no network. Each
repeat judges a page that was never read before, as when somebody publishes. Times are the
processor's: whatever else the machine does is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from rich.table import Table

from cms.safety.catalogue import RULES
from cms.safety.judging import judge
from cms.safety.limits import Limits
from cms.safety.reading.facts import BlockFacts, LegalStatus, PageFacts, SourceFacts

FIXTURES = Path(__file__).parent.parent / "content_fixtures" / "articles"
MANY_BLOCKS = 300
TODAY = date(2026, 11, 26)


@dataclass(frozen=True, slots=True)
class Measured:
    """Times are milliseconds, the median of the repeats; ``rules`` has each rule by its number."""

    page: str
    blocks: int
    words: int
    whole: float
    worst: float
    rules: dict[str, float]


def run(*, repeats: int, say: Callable[[str], None]) -> list[Measured]:
    articles = [_article(path) for path in sorted(FIXTURES.glob("*.yaml"))]
    largest = max(articles, key=_word_count)
    blocks = [block for article in articles for block in article.blocks]
    many = replace(
        largest,
        title=f"{MANY_BLOCKS} blocks",
        blocks=_numbered(blocks, MANY_BLOCKS),
        sources=tuple(source for article in articles for source in article.sources),
    )
    measured = []
    for page in (largest, many):
        say(f"Judging '{page.title}' {repeats} times.")
        measured.append(_measure(page, repeats))
    return measured


def as_json(measured: list[Measured]) -> dict[str, Any]:
    return {
        "pages": [
            {
                "page": each.page,
                "blocks": each.blocks,
                "words": each.words,
                "milliseconds": round(each.whole, 2),
                "worst_milliseconds": round(each.worst, 2),
                "rules": {rule: round(spent, 3) for rule, spent in each.rules.items()},
            }
            for each in measured
        ]
    }


def as_table(measured: list[Measured]) -> Table:
    table = Table("Page", "Blocks", "Words", "Whole", "Worst", "Slowest rules")
    for each in measured:
        slowest = sorted(each.rules.items(), key=lambda item: -item[1])[:3]
        table.add_row(
            each.page,
            str(each.blocks),
            f"{each.words:,}",
            f"{each.whole:.1f} ms",
            f"{each.worst:.1f} ms",
            ", ".join(f"{rule} {spent:.1f} ms" for rule, spent in slowest),
        )
    return table


def _measure(page: PageFacts, repeats: int) -> Measured:
    judge(_unread(page), Limits(), TODAY)  # word lists are read once in the life of a process
    whole = [
        _milliseconds(lambda fresh: judge(fresh, Limits(), TODAY), page) for _ in range(repeats)
    ]
    rules: dict[str, list[float]] = {rule.id: [] for rule in RULES}
    for _ in range(repeats):
        read = _unread(page)
        assert [passage.vocabulary for passage in read.passages]
        for rule in RULES:
            start = time.process_time()
            list(rule.judge(read, Limits(), TODAY))
            rules[rule.id].append(1000 * (time.process_time() - start))
    return Measured(
        page.title,
        len(page.blocks),
        _word_count(page),
        median(whole),
        max(whole),
        {rule: median(spent) for rule, spent in rules.items()},
    )


def _milliseconds(judged: Callable[[PageFacts], object], page: PageFacts) -> float:
    fresh = _unread(page)
    start = time.process_time()
    judged(fresh)
    return 1000 * (time.process_time() - start)


def _unread(page: PageFacts) -> PageFacts:
    """The same page, from whose blocks no text has been taken yet."""
    return replace(page, blocks=tuple(replace(block) for block in page.blocks))


def _word_count(page: PageFacts) -> int:
    return sum(block.word_count for block in page.blocks)


def _numbered(blocks: list[BlockFacts], number: int) -> tuple[BlockFacts, ...]:
    return tuple(
        replace(block, id=f"b{place}", path=f"body.{place}")
        for place, block in enumerate(islice(cycle(blocks), number), start=1)
    )


def _article(path: Path) -> PageFacts:
    """The texts of a fixture in the shape in which blocks are stored, without what they name."""
    content = yaml.safe_load(path.read_text("utf-8"))
    blocks = [
        BlockFacts(block_type, _stored(value), label=block_type)
        for part in content["body"]
        for block_type, value in part.items()
    ]
    return PageFacts(
        title=content["title"],
        summary=content["summary"],
        topic_type="medicine",
        legal_status=(LegalStatus("GB", "POM"),),
        sources=tuple(
            SourceFacts(source.get("key", ""), source["title"], source["publisher"], source["url"])
            for source in content["sources"]
        ),
        blocks=_numbered(blocks, len(blocks)),
    )


def _stored(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: part if name == "sources" else _stored(part) for name, part in value.items()}
    if isinstance(value, list):
        return [
            {"type": "item", "value": _stored(item), "id": f"i{place}"}
            for place, item in enumerate(value)
        ]
    return value
