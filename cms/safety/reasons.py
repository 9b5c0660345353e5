"""Why editors publish in spite of a warning: given, shown, and taken back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import Page

from cms.safety.findings import Finding
from cms.safety.models import PageVerdict, Reason

GIVEN, TAKEN_BACK = "safety.give_reason", "safety.take_reason_back"


def reasons_on(page: Page) -> dict[str, Reason]:
    """By the key of the finding that they answer; in one query."""
    if not page.pk:
        return {}
    found = Reason.objects.filter(page_id=page.pk).select_related("by")
    return {reason.finding_key: reason for reason in found}


def give(page: Page, finding: Finding, *, text: str, by: Any) -> Reason:
    """In place of one that was given before. The history of the page says it."""
    with transaction.atomic():
        Reason.objects.filter(page_id=page.pk, finding_key=finding.key).delete()
        reason = Reason.objects.create(
            page_id=page.pk, finding_key=finding.key, rule=finding.rule, text=text, by=by
        )
        _note(page, GIVEN, reason, by)
    return reason


def take_back(page: Page, key: str, *, by: Any) -> bool:
    """Whether there was one. A page that is live stays live."""
    with transaction.atomic():
        reason = Reason.objects.filter(page_id=page.pk, finding_key=key).first()
        if not reason:
            return False
        reason.delete()
        _note(page, TAKEN_BACK, reason, by)
    return True


def _note(page: Page, action: str, reason: Reason, by: Any) -> None:
    log(
        instance=page,
        action=action,
        user=by,
        data={"rule": reason.rule, "finding": reason.finding_key, "text": reason.text},
    )
    recount(page)


def recount(page: Page) -> None:
    """Say in the verdict on the page, if there is one, how many warnings have no reason."""
    if verdict := PageVerdict.objects.filter(pk=page.pk).first():
        PageVerdict.objects.filter(pk=page.pk).update(
            warnings_open=warnings_open(verdict.found, reasons_on(page))
        )


def warnings_open(findings: Any, reasons: Any) -> int:
    return len({found.key for found in findings if found.severity == "WARN"} - set(reasons))
