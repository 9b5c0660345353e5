"""What is to be thought of a comment when it comes, by the time at which the edge received it."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from wagtail.models import Page, PageLogEntry

from cms.comments.models import ReaderComment
from cms.comments.normalise import normalise, words
from cms.comments.rules import Judged, PageState, Verdict, word_lists
from cms.comments.rules import judge as judge_words

if TYPE_CHECKING:
    from cms.comments.intake import Submission

PUBLISHED, UNPUBLISHED = "wagtail.publish", "wagtail.unpublish"
SAME_TEXT_WITHIN = timedelta(days=30)


def judge(submission: Submission, page: Page | None) -> Verdict:
    """The state that a new comment gets, and why. Whatever is wrong with it, a person decides."""
    return judge_words(
        Judged(
            name=submission.name,
            text=submission.text,
            locale=submission.locale,
            signals=submission.signals,
            same_text_elsewhere=_came_before(submission),
            page=page_state(page, submission.received_at),
        ),
        word_lists(submission.locale),
    )


def page_state(page: Page | None, at: datetime) -> PageState:
    """Whether comments could be sent to it then."""
    if page is None:
        return PageState.GONE
    if not page.live and not _was_withdrawn_after(page, at):
        return PageState.NOT_PUBLIC
    is_open = getattr(page.specific, "comments_open", False)
    return PageState.OPEN if is_open else PageState.CLOSED


def revision_at(page: Page, at: datetime) -> int | None:
    """The revision that readers had before them."""
    entry = (
        PageLogEntry.objects.filter(page=page, action=PUBLISHED, timestamp__lte=at)
        .exclude(revision=None)
        .order_by("-timestamp")
        .first()
    )
    return entry.revision_id if entry else page.live_revision_id


def _was_withdrawn_after(page: Page, at: datetime) -> bool:
    return PageLogEntry.objects.filter(page=page, action=UNPUBLISHED, timestamp__gt=at).exists()


def _came_before(submission: Submission) -> bool:
    """Whether the same words were sent to this or another page not long ago."""
    return (
        ReaderComment.objects.filter(
            text_hash=text_hash(submission.text),
            received_at__gt=submission.received_at - SAME_TEXT_WITHIN,
        )
        .exclude(idempotency_key=submission.id)
        .exists()
    )


def text_hash(text: str) -> str:
    """The same for words that only differ in their case, their spaces and what nobody sees."""
    plain = " ".join(word.text for word in words(normalise(text).text))
    return blake2b((plain or text).encode(), digest_size=8).hexdigest()
