"""A page becomes a verdict: everything that the rules find, and until when it holds. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path

from cms.safety import catalogue
from cms.safety.findings import Finding, Severity
from cms.safety.limits import Limits
from cms.safety.reading.facts import PageFacts
from cms.safety.rule import Rule

_GRAVEST_FIRST = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``fit_until`` is the first day on which time alone makes the page unfit: it is fit up to the
    day before. ``None`` when no such day is in sight, or the page is unfit now.
    ``next_judgement_on`` is the next day on which anything said here may change."""

    findings: tuple[Finding, ...] = ()
    fit_until: date | None = None
    next_judgement_on: date | None = None

    @property
    def blocks(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.severity is Severity.BLOCK)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.severity is Severity.WARN)

    @property
    def is_fit(self) -> bool:
        return not self.blocks


def judge(page: PageFacts, limits: Limits, today: date) -> Verdict:
    """All that the rules find on the page today, the gravest first, each thing once."""
    rules = [rule for rule in catalogue.RULES if rule.is_for(page.page_type)]
    if page.withdrawn_on and page.withdrawn_on <= today:
        page, rules = _notice_of(page), [rule for rule in rules if not rule.page_types]
    each_once = {
        (found.key, found.place.path): found
        for found in (*_not_judged(page), *_found(rules, page, limits, today))
    }
    findings = sorted(each_once.values(), key=lambda found: _GRAVEST_FIRST[found.severity])
    later = sorted(
        day
        for day in {page.withdrawn_on, *_turning_days(rules, page, limits)}
        if day and day > today
    )
    return Verdict(
        findings=tuple(findings),
        fit_until=None if _has_block(findings) else _unfit_from(rules, page, limits, later),
        next_judgement_on=later[0] if later else None,
    )


def _notice_of(page: PageFacts) -> PageFacts:
    """All that readers get of a page that was withdrawn: no body, and nothing that it needs."""
    return PageFacts(
        page.page_type,
        page.title,
        page.seo_title,
        page.locale,
        page.summary,
        page.search_description,
        withdrawn_on=page.withdrawn_on,
        withdrawn_reason=page.withdrawn_reason,
    )


def _not_judged(page: PageFacts) -> Iterator[Finding]:
    """S0: nothing goes out that the rules could not read."""
    for part in page.unknown_parts:
        yield Finding(
            "S0",
            Severity.BLOCK,
            part.place,
            f"This part is of a kind ('{part.type}') that this CMS does not know, so nobody can "
            "judge its words. The editor does not show it: publish the page there to remove it, or "
            "ask whoever runs the CMS to bring the kind back.",
            part.type,
        )


def _turning_days(rules: Sequence[Rule], page: PageFacts, limits: Limits) -> Iterator[date]:
    for rule in rules:
        yield from rule.turning_days(page, limits)


def _found(
    rules: Sequence[Rule], page: PageFacts, limits: Limits, today: date
) -> Iterator[Finding]:
    for rule in rules:
        yield from rule.judge(page, limits, today)


def _has_block(findings: Sequence[Finding]) -> bool:
    return any(found.severity is Severity.BLOCK for found in findings)


def _unfit_from(
    rules: Sequence[Rule], page: PageFacts, limits: Limits, later: Sequence[date]
) -> date | None:
    turning = [rule for rule in rules if any(True for _ in rule.turning_days(page, limits))]
    for day in later:
        if page.withdrawn_on and page.withdrawn_on <= day:
            return None
        if _has_block([*_found(turning, page, limits, day)]):
            return day
    return None


def _version() -> str:
    """Another one whenever a file that the rules are made of changes, so that nobody has to
    remember to say so."""
    here = Path(__file__).parent
    files = [path for pattern in _MADE_OF for path in here.glob(pattern)]
    digest = blake2b(digest_size=8)
    for path in sorted(files):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


_MADE_OF = (
    "catalogue.py",
    "judging.py",
    "limits.py",
    "reading/*.py",
    "reading/*.toml",
    "reading/words/*.toml",
    "rules/*.py",
)
RULES_VERSION = _version()
