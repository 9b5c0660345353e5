"""What a rule is: a function from a page to findings, and where it comes from. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from cms.safety.findings import Finding, Severity
from cms.safety.limits import Limits
from cms.safety.reading.facts import ARTICLE, PageFacts

Judge = Callable[[PageFacts, Limits, date], Iterator[Finding]]
TurningDays = Callable[[PageFacts, Limits], Iterable[date]]

ARTICLES = frozenset({ARTICLE})
WITH_BODY = ARTICLES | {"homepage", "standardpage"}  # a topic lists its articles, and has no parts
ALL_PAGES: frozenset[str] = frozenset()  # no type is named: the rule is for all


class Basis(NamedTuple):
    """The public source of a rule: its name, and the address where it can be read."""

    name: str
    address: str


def no_day(page: PageFacts, limits: Limits) -> Iterable[date]:
    """For rules that say the same whatever the day."""
    return ()


@dataclass(frozen=True, slots=True)
class Rule:
    """``severity`` is the gravest that it finds; ``turning_days`` are the days on which time
    alone changes what it finds (days that are past may be among them)."""

    id: str
    title: str
    severity: Severity
    basis: tuple[Basis, ...]
    judge: Judge
    page_types: frozenset[str] = ALL_PAGES
    turning_days: TurningDays = no_day

    def is_for(self, page_type: str) -> bool:
        return not self.page_types or page_type in self.page_types
