"""The thresholds of the rules, each with its default and what it means to an editor. Pure.

Where no public source names a number, the default is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field


def _limit(default: int, help_text: str) -> int:
    return field(default=default, metadata={"help_text": help_text})


@dataclass(frozen=True, slots=True)
class Limits:
    """Whole numbers; ``dataclasses.fields(Limits)`` gives each with its ``help_text``."""

    risks_within_percent: int = _limit(
        60, "The risks start within this share of the article, or its contents list leads there."
    )
    risks_per_benefits_percent: int = _limit(
        50, "The text about risks is at least this share of the text about uses and benefits."
    )
    contents_from_sections: int = _limit(
        3, "An article with so many sections has a contents list, as the theme makes it."
    )
    least_sources: int = _limit(3, "An article has at least so many sources.")
    least_publishers: int = _limit(2, "Its sources are from at least so many publishers.")
    source_years: int = _limit(
        5, "A source that was published longer ago than so many years is old."
    )
    review_months: int = _limit(
        36, "The next review is due at most so many months after the last one."
    )
    overdue_days: int = _limit(
        90, "An article whose review is overdue by so many days leaves the site."
    )
    notice_within_parts: int = _limit(
        5, "The safety notice about the law is one of the first so many parts of the article."
    )
    helpline_months: int = _limit(12, "A helpline was checked by a person within so many months.")
    lix: int = _limit(45, "LIX, the score that the admin shows too: harder texts are above this.")
    grade: int = _limit(
        8, "The Flesch-Kincaid grade (8 is for an age of 13) of an article at most."
    )
    words_to_judge: int = _limit(
        100, "How easy a text is to read is judged from so many words on: few words prove nothing."
    )
    alt_text_characters: int = _limit(
        125, "The alt text of an image has at most so many characters."
    )
    notices: int = _limit(2, "An article has at most so many safety notices.")
