"""Findings as an editor sees them: how grave in words, where to go, and the reason given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from wagtail.models import Page

from cms.safety.catalogue import RULES
from cms.safety.findings import Finding, Severity
from cms.safety.models import Reason
from cms.safety.rule import Rule

IN_WORDS = {
    Severity.BLOCK: "Must be mended",
    Severity.WARN: "Warning",
    Severity.INFO: "Good to know",
}
NO_ID = re.compile(r"[^0-9A-Za-z]+")
ANSWERED = "Warning, with a reason"


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding. ``url`` leads to the part of the form that it is about, as Wagtail's own links
    do; ``path`` is the same within the form. Both are empty where it is about the whole page, or
    about one that is not stored yet."""

    finding: Finding
    rule: Rule | None
    reason: Reason | None
    url: str
    path: str

    @property
    def id(self) -> str:
        """For the elements of HTML about it: the same while it is the same finding."""
        return NO_ID.sub("-", f"{self.finding.key}-{self.finding.place.path}")

    @property
    def severity(self) -> str:
        return ANSWERED if self.reason else IN_WORDS[self.finding.severity]

    @property
    def is_open(self) -> bool:
        """Whether it keeps the page from going live."""
        return self.blocks or (self.warns and self.reason is None)

    @property
    def blocks(self) -> bool:
        return self.finding.severity is Severity.BLOCK

    @property
    def warns(self) -> bool:
        return self.finding.severity is Severity.WARN


def shown(
    findings: Iterable[Finding], reasons: Mapping[str, Reason], *, page: Page | None
) -> list[Shown]:
    """In their order, what keeps the page from going live first."""
    rules = {rule.id: rule for rule in RULES}
    edit_url = reverse("wagtailadmin_pages:edit", args=[page.pk]) if page and page.pk else ""
    every = [
        _shown(finding, rules.get(finding.rule), reasons.get(finding.key), edit_url)
        for finding in findings
    ]
    return sorted(every, key=lambda one: not one.is_open)


def summary(every: Iterable[Shown]) -> str:
    """``"2 to mend, 1 warning without a reason, 3 more."``"""
    every = list(every)
    blocks = sum(one.blocks for one in every)
    warnings = sum(one.warns and one.is_open for one in every)
    rest = len(every) - blocks - warnings
    said = [f"{blocks} to mend"] if blocks else []
    if warnings:
        said.append(f"{warnings} warning{'s' if warnings > 1 else ''} without a reason")
    if not said:
        return f"Nothing keeps this page from going live{f'; {rest} to read' if rest else ''}."
    return ", ".join([*said, f"{rest} more"] if rest else said) + "."


def _shown(finding: Finding, rule: Rule | None, reason: Reason | None, edit_url: str) -> Shown:
    path = path_in_form(finding)
    url = f"{edit_url}#:w:contentpath={path}" if edit_url and path else edit_url
    reason = reason if finding.severity is Severity.WARN else None
    return Shown(finding=finding, rule=rule, reason=reason, url=url, path=path)


def path_in_form(finding: Finding) -> str:
    """``"body.<id of the part>"``, ``"summary"``; empty for the whole page."""
    place = finding.place
    if place.kind not in ("block", "field"):
        return ""
    return ".".join(part for part in (place.field or "body", place.block_id) if part)
