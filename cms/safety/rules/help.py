"""Readers in need find somebody to call, and the number is right. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from cms.safety.dates import days_after, months_after
from cms.safety.findings import WHOLE_PAGE, Finding, Severity
from cms.safety.limits import Limits
from cms.safety.reading.facts import BlockFacts, HelplineFacts, PageFacts, at_field
from cms.safety.reading.wording import wording
from cms.safety.rule import WITH_BODY

_DIALLED = re.compile(r"\+?[0-9][0-9 ()-]{1,28}")
_HEADINGS = frozenset({"heading", "title", "question"})
# What a medicine is, and what it is for, is what its page is about.
_NAMES = {
    "medicine_facts": frozenset({"generic_name", "drug_class"}),
    "medical_uses": frozenset({"heading", "term"}),
}


def crises_have_a_helpline(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S10: a page about minds, overdose, self-harm or dependence names whom to call, and nothing
    tells how harm is done. What has no parts, such as a topic, can name nobody."""
    language = wording(page.locale)
    is_notice = page.withdrawn_on is not None and page.withdrawn_on <= today
    has_parts = page.page_type in WITH_BODY and not is_notice
    if has_parts and not any(names_a_helpline(page, block) for block in page.blocks):
        topics = (
            said
            for text in _what_it_is_about(page)
            for said in language.all_said("crisis_topics", text)
        )
        topic = next(topics, None)
        if topic:
            yield Finding(
                "S10",
                Severity.BLOCK,
                WHOLE_PAGE,
                f"The page is about '{topic}' and names nobody to call. Add a part 'Helpline' "
                "for people in a crisis.",
                "helpline",
            )
    for hit in language.said("method", page.own_passages):
        yield Finding(
            "S10",
            Severity.BLOCK,
            hit.passage.place,
            f"'{hit.words}' can teach somebody in a crisis how to do harm. Take it out; say where "
            "help is instead.",
            hit.about,
        )


def helplines_are_checked(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S11: a helpline tells its country, number and hours, and was checked not long ago."""
    for block in page.blocks:
        number = block.number("helpline")
        if number is None:
            continue
        helpline = page.helplines.get(number)
        if helpline is None:
            yield Finding(
                "S11",
                Severity.WARN,
                block.place,
                "The helpline that stood here was deleted. Choose another, or remove it.",
                "gone",
                str(number),
            )
            continue
        missing = _lacks(helpline)
        if missing:
            yield Finding(
                "S11",
                Severity.WARN,
                block.place,
                f"The helpline '{helpline.name}' lacks {' and '.join(missing)}. Fill it in under "
                "Helplines.",
                "incomplete",
                str(number),
            )
        if helpline.last_checked and helpline.last_checked > days_after(today, 1):
            yield Finding(
                "S11",
                Severity.WARN,
                block.place,
                f"The helpline '{helpline.name}' is said to be checked on "
                f"{helpline.last_checked}, which has not come yet. Correct the date under "
                "Helplines.",
                "ahead",
                f"{number}-{helpline.last_checked}",
            )
        if helpline.last_checked is None or today >= _stale_from(helpline.last_checked, limits):
            checked = (
                f"was last checked on {helpline.last_checked}"
                if helpline.last_checked
                else "was never checked"
            )
            yield Finding(
                "S11",
                Severity.WARN,
                block.place,
                f"The helpline '{helpline.name}' {checked}. Make sure that its number and hours "
                "are right, and set the date under Helplines.",
                "unchecked",
                f"{number}-{helpline.last_checked}",
            )


def days_of_helplines(page: PageFacts, limits: Limits) -> Iterable[date]:
    """The days on which a helpline was checked too long ago."""
    for helpline in page.helplines.values():
        if helpline.last_checked:
            yield _stale_from(helpline.last_checked, limits)


def side_effects_can_be_reported(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S21: a page about a medicine says where to report a side effect, by the site's settings."""
    if page.topic_type == "medicine" and page.jurisdiction not in page.site.reporting_countries:
        yield Finding(
            "S21",
            Severity.WARN,
            at_field("jurisdiction", "Jurisdiction"),
            f"Nothing says where side effects are reported in '{page.jurisdiction}'. Have a line "
            "for it added in the site settings, such as the Yellow Card scheme of the United "
            "Kingdom.",
            page.jurisdiction,
        )


def names_a_helpline(page: PageFacts, block: BlockFacts) -> bool:
    """Whether a block shows a helpline that is still there and can be reached."""
    number = block.number("helpline")
    helpline = page.helplines.get(number) if number is not None else None
    return helpline is not None and bool(helpline.phone or helpline.text_number or helpline.url)


def _what_it_is_about(page: PageFacts) -> Iterator[str]:
    yield page.title
    yield page.seo_title
    yield from page.synonyms
    for block in page.blocks:
        if block.type == "heading":
            yield block.words("text")
        elif block.type not in ("details", "video"):
            names = _NAMES.get(block.type, _HEADINGS)
            for passage in block.passages:
                if passage.field in names:
                    yield passage.text
                yield from (heading.text for heading in passage.rich.headings)


def _lacks(helpline: HelplineFacts) -> list[str]:
    number = (helpline.phone or helpline.text_number).strip()
    return [
        name
        for name, is_there in (
            ("a country", helpline.country.strip()),
            ("a number that can be dialled", _DIALLED.fullmatch(number)),
            ("its hours", helpline.hours.strip()),
        )
        if not is_there
    ]


def _stale_from(checked: date, limits: Limits) -> date:
    return days_after(months_after(checked, limits.helpline_months), 1)
