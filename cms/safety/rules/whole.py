"""Nothing that a reader needs is left out: sections, who paid, and what the site is not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cms.safety.findings import WHOLE_PAGE, Finding, Severity
from cms.safety.limits import Limits
from cms.safety.reading.facts import PageFacts, at_field
from cms.safety.reading.passages import is_filled_in

SECTIONS = {
    "pregnancy": "Pregnancy and breastfeeding",
    "interactions": "Other medicines, food and alcohol",
    "overdose": "Too much of it",
    "driving": "Driving and machines",
}


def medicines_have_their_sections(
    page: PageFacts, limits: Limits, today: date
) -> Iterator[Finding]:
    """S20: a page about a medicine has its legal status, and each section or says why it does not
    apply; so a page says whether it is about one."""
    if not page.topic_type:
        yield Finding(
            "S20",
            Severity.BLOCK,
            at_field("topic_type", "Kind of topic"),
            "Nothing says what the article is about. Choose a kind of topic, on the tab Facts: a "
            "medicine must have more parts than health and wellbeing.",
        )
    if page.topic_type != "medicine":
        yield from _is_about_one_after_all(page)
        return
    if not any(status.country and status.legal_class for status in page.legal_status):
        yield Finding(
            "S20",
            Severity.BLOCK,
            at_field("legal_status", "Legal status"),
            "Nothing says how the law classes this medicine. Add its legal status in at least one "
            "country, on the tab Facts: what may be said of a medicine depends on it.",
            "legal-status",
        )
    for block_type, label in SECTIONS.items():
        blocks = page.blocks_of(block_type)
        if not blocks:
            yield Finding(
                "S20",
                Severity.WARN,
                WHOLE_PAGE,
                f"Nothing is said about '{label}'. Add that part; where it does not apply, tick so "
                "in it and say why.",
                block_type,
            )
        for block in blocks:
            if block.get("not_applicable") and not is_filled_in(block.words("reason")):
                wrong = "This does not apply, and does not say why. Give the reason."
            elif not block.get("not_applicable") and not is_filled_in(block.words("text")):
                wrong = "This part is empty. Write it, or tick that it does not apply and say why."
            else:
                continue
            yield Finding("S20", Severity.WARN, block.place, wrong, block_type)


def _is_about_one_after_all(page: PageFacts) -> Iterator[Finding]:
    for block in page.blocks_of("medicine_facts") if page.topic_type else ():
        yield Finding(
            "S20",
            Severity.WARN,
            block.place,
            "These are the facts of a medicine, and the article is said to be about something "
            "else: so nothing asks for its legal status and its sections. Choose 'A medicine or "
            "drug', on the tab Facts, or take this part out.",
            "kind",
        )


def interests_are_told(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S22: the article says who paid for it, and who has an interest in it."""
    for name, label, value, example in (
        ("funding", "Funding", page.funding, "Nobody outside of this organisation paid for it."),
        ("conflicts", "Conflicts of interest", page.conflicts, "The authors have none."),
    ):
        if not is_filled_in(value):
            yield Finding(
                "S22",
                Severity.BLOCK,
                at_field(name, label),
                f"This says nothing. Say what is true, also when it is nothing: '{example}'",
            )


def advice_is_not_replaced(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S23: the site says that it does not replace the advice of a professional."""
    if not is_filled_in(page.site.advice_statement):
        yield Finding(
            "S23",
            Severity.BLOCK,
            WHOLE_PAGE,
            "No article says that it does not replace the advice of a professional. Have the "
            "advice statement filled in, in the site settings.",
        )
