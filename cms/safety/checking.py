"""Everything that the rules find on live pages now, comments of readers included: a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, Site

from cms.safety import catalogue
from cms.safety.findings import Finding, Severity, as_json
from cms.safety.grounds import Grounds, day_of, grounds_now
from cms.safety.judged import (
    COULD_NOT_JUDGE,
    JudgedPage,
    judged,
    judged_page_types,
    reasons_given,
)
from cms.safety.judged_words import all_judged_words
from cms.safety.judging import judge
from cms.safety.shown_comments import shown_on

PAGES_AT_ONCE = 100


class CheckError(Exception):
    """What was to be checked is not there; the message says what."""


class NoSiteError(CheckError):
    """There is no site, so that nothing is live on one."""


class NoSuchPageError(CheckError):
    """The message names the path."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One page, or one of the other words that readers see, whose ``path`` says what it is
    (``"glossary term"``). ``reasons`` are what editors said to its warnings, by the keys of
    findings."""

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
    """``words`` are what readers see besides pages: those with findings."""

    pages: tuple[Checked, ...]
    words: tuple[Checked, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How often each rule found something, those that found nothing included."""
        found = Counter(one.rule for each in self.with_findings for one in each.findings)
        return {**{rule.id: found.pop(rule.id, 0) for rule in catalogue.RULES}, **found}

    @property
    def refused(self) -> int:
        return sum(each.is_refused for each in self.with_findings)

    @property
    def with_findings(self) -> tuple[Checked, ...]:
        return (*(page for page in self.pages if page.findings), *self.words)

    def as_json(self) -> dict[str, Any]:
        return {
            "rules": self.counts,
            "checked": len(self.pages),
            "refused": self.refused,
            "pages": [each.as_json() for each in self.with_findings],
        }


def check(paths: Sequence[str], now: datetime) -> Report:
    """Of the live pages of all sites and of the glossary, or of the pages at these paths, on
    whichever site.

    Raises ``NoSiteError`` and ``NoSuchPageError``.
    """
    pages = _live_pages()
    if paths:
        wanted = {path: _with_slashes(path) for path in paths}
        there = {name for names in pages.values() for name in names}
        for path, name in wanted.items():
            if name not in there:
                raise NoSuchPageError(f"There is no live page at '{path}'.")
        pages = {
            pk: names for pk, names in pages.items() if not set(wanted.values()).isdisjoint(names)
        }
    return Report(
        tuple(_checked({pk: names[0] for pk, names in pages.items()}, grounds_now(), now)),
        words=() if paths else tuple(_checked_words()),
    )


def _checked_words() -> Iterator[Checked]:
    for one in all_judged_words():
        if found := one.findings():
            yield Checked(str(one._meta.verbose_name), str(one), found, reasons={})


def _live_pages() -> dict[int, list[str]]:
    """What each is called, in the order of the tree: first as the report does, by its path on the
    default site (``/sleep/``) or its address on another one (``https://two.example.org/sleep/``).
    """
    # Of sites within sites the inner one first, as Wagtail says which one a page is of.
    sites = Site.objects.select_related("root_page").order_by(
        "-root_page__url_path", "-is_default_site", "hostname"
    )
    roots = [
        (site.root_page.url_path, "" if site.is_default_site else site.root_url) for site in sites
    ]
    if not roots:
        raise NoSiteError("There is no site. Add one in the admin under Settings > Sites.")
    types = ContentType.objects.get_for_models(*judged_page_types()).values()
    pages = Page.objects.filter(live=True, content_type__in=types).order_by("path")
    named = {
        pk: [
            name
            for root, address in roots
            if url_path.startswith(root)
            for name in (f"{address}/{url_path[len(root) :]}", f"/{url_path[len(root) :]}")
        ]
        for pk, url_path in pages.values_list("pk", "url_path")
    }
    return {pk: names for pk, names in named.items() if names}


def _with_slashes(path: str) -> str:
    """``"sleep"`` becomes ``"/sleep/"``; an address keeps its beginning."""
    bare = path.strip("/")
    return f"{bare}/" if "://" in bare else f"/{bare}/".replace("//", "/")


def _checked(names: Mapping[int, str], grounds: Grounds, now: datetime) -> Iterator[Checked]:
    ids = list(names)
    for start in range(0, len(ids), PAGES_AT_ONCE):
        some = ids[start : start + PAGES_AT_ONCE]
        comments = shown_on(some)
        reasons = reasons_given(some)
        for page in Page.objects.filter(pk__in=some).order_by("path").specific():
            found = judged(page, grounds, day_of(now)).findings
            if COULD_NOT_JUDGE not in found and page.pk in comments:
                found += _of_comments(page, comments[page.pk], grounds, now)
            yield Checked(
                path=names[page.pk], title=page.title, findings=found, reasons=reasons[page.pk]
            )


def _of_comments(
    page: JudgedPage, comments: Sequence[Any], grounds: Grounds, now: datetime
) -> tuple[Finding, ...]:
    [facts] = type(page).facts_of([page], grounds)
    verdict = judge(replace(facts, comments=tuple(comments)), grounds.limits, day_of(now))
    return tuple(found for found in verdict.findings if found.place.kind == "comment")
