"""A reader's comment is on the page because a person decided so. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cms.safety.findings import Finding, Place, Severity
from cms.safety.limits import Limits
from cms.safety.reading.facts import CommentFacts, PageFacts

SAFEGUARDING = frozenset({"crisis"})
HELD = {
    "crisis": "words of a crisis",
    "personal_data": "what can identify somebody",
    "dosing": "advice on amounts to take",
    "sourcing": "where to get medicines or drugs",
}


def people_decide_on_comments(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S24: no comment is shown before a person approved it; one of a crisis gets an answer."""
    for comment in page.comments:
        risky = [said for code, said in HELD.items() if code in comment.classes]
        if not comment.decided_by_person:
            has = f" It has {' and '.join(risky)}." if risky else ""
            yield Finding(
                "S24",
                Severity.BLOCK,
                _place(comment),
                f"This comment is shown, and no person approved it.{has} Hide it, and let a "
                "moderator decide.",
                "undecided",
            )
        elif not SAFEGUARDING.isdisjoint(comment.classes):
            yield Finding(
                "S24",
                Severity.WARN,
                _place(comment),
                "This comment has words of a crisis and is shown. Make sure that its writer was "
                "answered and told where help is, or hide it.",
                "crisis",
            )


def _place(comment: CommentFacts) -> Place:
    return Place("comment", comment.path, "", str(comment.id), f"Comment {comment.id}")
