"""What a file says to safety rules that warn: why its page is right as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cms.content_files.problems import Problems, Where
from cms.content_files.reading import PageFile
from cms.safety.findings import Severity
from cms.safety.judged import JudgedPage
from cms.safety.models import Reason

RULE = re.compile(r"S\d{1,2}")


def refuse_unknown_rules(page: PageFile, problems: Problems) -> None:
    where = Where(problems, page.file).child("reasons")
    for name in page.head.reasons:
        if not RULE.fullmatch(name):
            where.child(name).refuse(f"'{name}' is not the number of a rule. Write it like S4.")


def give_reasons(page: JudgedPage, reasons: Mapping[str, str]) -> None:
    """Record them for what the rules warn of now; nothing that an editor wrote is touched.

    A reason that answers nothing today is not recorded: the file keeps it for the day on which a
    source grows old.
    """
    ours = Reason.objects.filter(page=page.pk, by=None)
    ours.exclude(rule__in=list(reasons)).delete()
    for rule, text in reasons.items():
        ours.filter(rule=rule).exclude(text=text.strip()).update(text=text.strip())
    for finding in page.refusals():
        if finding.severity is Severity.WARN and finding.rule in reasons:
            Reason.objects.create(
                page=page,
                finding_key=finding.key,
                rule=finding.rule,
                text=reasons[finding.rule].strip(),
            )


def reasons_of(page: JudgedPage) -> dict[str, str]:
    """What a file would say: all reasons that editors gave for one rule, as one text."""
    told: dict[str, list[str]] = {}
    for reason in Reason.objects.filter(page=page.pk).order_by("rule", "pk"):
        texts = told.setdefault(reason.rule, [])
        if reason.text not in texts:
            texts.append(reason.text)
    return {rule: " ".join(texts) for rule, texts in told.items()}
