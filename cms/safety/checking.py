"""Everything that the rules find on live pages now, comments of readers included: a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, Site

from cms.safety import catalogue
from cms.safety.findings import Finding, Severity, as_json
from cms.safety.grounds import Grounds, day_of, grounds_now
from cms.safety.judged import COULD_NOT_JUDGE, JudgedPage, judged, judged_page_types
from cms.safety.judging import judge
from cms.safety.models import Reason
from cms.safety.shown_comments import shown_on

PAGES_AT_ONCE = 100


class NoSuchPageError(Exception):
    """The message names the path."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One page. ``reasons`` are what editors said to its warnings, by the keys of findings."""

    path: str
    title: str
    findings: tuple[Finding, ...]
    reasons: dict[str, str]

    @property
    def is_refused(self) -> bool:
        return any(found.severity is Severity.BLOCK for found in self.findings)

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "title": self.title,
            "refused": self.is_refused,
            "findings": [
                {**as_json(found), "reason": self.reasons.get(found.key, "")}
                for found in self.findings
            ],
        }


@dataclass(frozen=True, slots=True)
class Report:
    pages: tuple[Checked, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How often each rule found something, those that found nothing included."""
        found = Counter(one.rule for page in self.pages for one in page.findings)
        return {**{rule.id: found.pop(rule.id, 0) for rule in catalogue.RULES}, **found}

    @property
    def refused(self) -> int:
        return sum(page.is_refused for page in self.pages)

    def as_json(self) -> dict[str, Any]:
        return {
            "rules": self.counts,
            "checked": len(self.pages),
            "refused": self.refused,
            "pages": [page.as_json() for page in self.pages if page.findings],
        }


def check(paths: Sequence[str], now: datetime) -> Report:
    """Of the pages at these paths of the default site, or of all. Raises ``NoSuchPageError``."""
    site = Site.objects.select_related("root_page").get(is_default_site=True)
    pages = Page.objects.filter(live=True, path__startswith=site.root_page.path).order_by("path")
    types = ContentType.objects.get_for_models(*judged_page_types()).values()
    pages = pages.filter(content_type__in=types)
    prefix = site.root_page.url_path.rstrip("/")
    if paths:
        wanted = {path: f"{prefix}/{path.strip('/')}".rstrip("/") + "/" for path in paths}
        there = set(pages.filter(url_path__in=wanted.values()).values_list("url_path", flat=True))
        for path, url_path in wanted.items():
            if url_path not in there:
                raise NoSuchPageError(f"There is no live page at '{path}'.")
        pages = pages.filter(url_path__in=wanted.values())
    grounds = grounds_now()
    ids = list(pages.values_list("pk", flat=True))
    return Report(tuple(_checked(ids, prefix, grounds, now)))


def _checked(ids: Sequence[int], prefix: str, grounds: Grounds, now: datetime) -> Iterator[Checked]:
    for start in range(0, len(ids), PAGES_AT_ONCE):
        some = ids[start : start + PAGES_AT_ONCE]
        comments = shown_on(some)
        reasons: dict[int, dict[str, str]] = {}
        for reason in Reason.objects.filter(page__in=some):
            reasons.setdefault(reason.page_id, {})[reason.finding_key] = reason.text
        for page in Page.objects.filter(pk__in=some).order_by("path").specific():
            found = judged(page, grounds, day_of(now)).findings
            if COULD_NOT_JUDGE not in found and page.pk in comments:
                found += _of_comments(page, comments[page.pk], grounds, now)
            yield Checked(
                path=page.url_path.removeprefix(prefix),
                title=page.title,
                findings=found,
                reasons=reasons.get(page.pk, {}),
            )


def _of_comments(
    page: JudgedPage, comments: Sequence[Any], grounds: Grounds, now: datetime
) -> tuple[Finding, ...]:
    [facts] = type(page).facts_of([page], grounds)
    verdict = judge(replace(facts, comments=tuple(comments)), grounds.limits, day_of(now))
    return tuple(found for found in verdict.findings if found.place.kind == "comment")
