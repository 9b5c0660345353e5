"""A named clinician has read the article, not long ago, and as it is now. Pure.

Sample content is judged by neither rule: the page says that no clinician has reviewed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from cms.safety.dates import days_after, months_after
from cms.safety.findings import Finding, Place, Severity
from cms.safety.limits import Limits
from cms.safety.reading.facts import BlockFacts, PageFacts, at_field
from cms.safety.reading.names import is_same_name
from cms.safety.reading.passages import is_filled_in

_REVIEWER = at_field("reviewer", "Reviewer")
_LAST = at_field("last_reviewed", "Last reviewed")
_NEXT = at_field("next_review_due", "Next review due")
_ASK = "Submit the article for clinical review"


def review_is_dated(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S5: it was reviewed, the next review is set, and neither is too long ago."""
    if page.sample_content:
        return
    for block, checked_by in _videos_due(page):
        if checked_by < today:
            yield Finding(
                "S5",
                Severity.WARN,
                block.place,
                f"The video should have been checked again by {checked_by}. Have a clinician "
                "watch it, and give the new days; or remove it.",
                "video",
                str(checked_by),
            )
    last, due = page.review.reviewed_on, page.review.next_due
    if last is None:
        yield _block("S5", _LAST, f"No clinician has reviewed this article yet. {_ASK}.", "never")
    elif last > today:
        yield _block(
            "S5",
            _LAST,
            f"The review is dated {last}, which has not come yet. {_ASK} again.",
            "future",
        )
    if due is None:
        yield _block("S5", _NEXT, f"No next review is set. {_ASK}: it sets the day.", "undated")
        return
    if last is not None and due <= last:
        yield _block(
            "S5",
            _NEXT,
            f"The next review is due on {due}, before the last one ended. {_ASK} again.",
            "order",
        )
    elif last is not None and due > months_after(last, limits.review_months):
        yield _block(
            "S5",
            _NEXT,
            f"The next review is due on {due}, more than {limits.review_months} months after the "
            f"last one. {_ASK} again, with an earlier day.",
            "far",
        )
    overdue = (today - due).days
    if overdue >= limits.overdue_days:
        yield _block(
            "S5",
            _NEXT,
            f"The review has been due since {due}: {overdue} days, and {limits.overdue_days} are "
            f"too many for the site. {_ASK}, or withdraw the article.",
            "expired",
        )
    elif overdue > 0:
        yield Finding(
            "S5",
            Severity.WARN,
            _NEXT,
            f"The review has been due since {due}; the page says so to readers. {_ASK}. After "
            f"{limits.overdue_days} days it leaves the site.",
            "overdue",
            str(due),
        )


def days_of_review(page: PageFacts, limits: Limits) -> Iterable[date]:
    """When a review begins to hold, becomes overdue, and is overdue for too long; and when a
    video's own is overdue."""
    if page.sample_content:
        return
    for _, due in _videos_due(page):
        yield days_after(due, 1)
    if page.review.reviewed_on:
        yield page.review.reviewed_on
    if page.review.next_due:
        yield days_after(page.review.next_due, 1)
        yield days_after(page.review.next_due, limits.overdue_days)


def _videos_due(page: PageFacts) -> Iterator[tuple[BlockFacts, date]]:
    """Those that say when they are checked again."""
    for block in page.blocks_of("video"):
        try:
            yield block, date.fromisoformat(block.words("next_review_due"))
        except ValueError:
            continue  # none, or no day


def reviewer_is_somebody_else(page: PageFacts, limits: Limits, today: date) -> Iterator[Finding]:
    """S6: the reviewer has a name and a credential, did not write it, and read these words."""
    review, reviewer = page.review, page.review.reviewer
    if page.sample_content:
        if reviewer:
            yield _block(
                "S6",
                _REVIEWER,
                "This is sample content, which says that no clinician has reviewed it, and it "
                "names a reviewer. Take the reviewer out, or the mark 'sample content' away.",
                "sample",
            )
        return
    if reviewer is None or not is_filled_in(reviewer.name):
        yield _block("S6", _REVIEWER, f"No reviewer is named. {_ASK}.", "nobody")
        return
    if not (is_filled_in(reviewer.role) and is_filled_in(reviewer.credential)):
        yield _block(
            "S6",
            _REVIEWER,
            f"Readers cannot tell what makes {reviewer.name} fit to review this. Give the person a "
            "role and a credential, under People.",
            "credential",
        )
    if review.is_by_an_author or any(author.id == reviewer.id for author in page.authors):
        yield _block(
            "S6",
            _REVIEWER,
            f"{reviewer.name} reviewed the article and is one of those who wrote it. Have somebody "
            "else review it.",
            "author",
        )
    elif any(is_same_name(author.name, reviewer.name) for author in page.authors):
        yield _block(
            "S6",
            _REVIEWER,
            f"{reviewer.name} reviewed the article, and one of those who wrote it has that name. "
            "Have somebody else review it; where they are two people, give each a name of their "
            "own, under People.",
            "name",
        )
    if not review.is_current:
        yield _block(
            "S6",
            _REVIEWER,
            f"The article has changed since {reviewer.name} approved it. {_ASK} again.",
            "changed",
        )


def _block(rule: str, place: Place, message: str, about: str) -> Finding:
    return Finding(rule, Severity.BLOCK, place, message, about)
