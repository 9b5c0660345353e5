"""What is to be thought of a comment when it comes, by the time at which the edge received it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from wagtail.models import Page, PageLogEntry

from cms.comments.asked_once import once
from cms.comments.commented_page import settings_now, was_open
from cms.comments.models import ReaderComment, Reason
from cms.comments.rules import Judged, Match, PageState, Verdict, WordLists, word_lists
from cms.comments.rules import judge as judge_words
from cms.core.normalise import normalise, words

if TYPE_CHECKING:
    from cms.comments.arrivals import Submission

UNPUBLISHED = "wagtail.unpublish"
HOUR = timedelta(hours=1)


def judge(submission: Submission, page: Page | None, *, same_words_at: datetime | None) -> Verdict:
    """The state that a new comment gets, and why. Whatever is wrong with it, a person decides.

    ``same_words_at`` is when the same words came last, to this or another page.
    """
    return judge_words(
        Judged(
            name=submission.name,
            text=submission.text,
            locale=submission.locale,
            signals=submission.signals,
            same_text_elsewhere=_was_not_long_ago(same_words_at, submission.received_at),
            many_from_network=_many_from_network(submission),
            many_on_site=_many_on_site(submission),
            page=page_state(page, submission.received_at),
        ),
        lists_for(submission.locale),
    )


@once
def lists_for(locale: str) -> WordLists:
    """The words of the language, and those that the site added in its settings."""
    return settings_now().widened(word_lists(locale))


def note_reasons(comment: ReaderComment, matches: Iterable[Match]) -> None:
    """Keep why it waits, with the words that each rule matched."""
    note_reasons_of([(comment, matches)])


def note_reasons_of(found: Iterable[tuple[ReaderComment, Iterable[Match]]]) -> None:
    """The same of several comments, at once."""
    Reason.objects.bulk_create(
        Reason(
            comment=comment,
            rule=match.rule,
            field=match.field,
            start=match.start,
            end=match.end,
            note=match.note,
        )
        for comment, matches in found
        for match in matches
    )


def explain(comment: ReaderComment) -> None:
    """Note what the rules find in the words of a comment that did not come by the edge."""
    judged = Judged(name=comment.name, text=comment.text, locale=comment.locale)
    note_reasons(comment, judge_words(judged, lists_for(comment.locale)).matches)


def page_state(page: Page | None, at: datetime) -> PageState:
    """Whether comments could be sent to it then."""
    if page is None:
        return PageState.GONE
    if not page.live and not _was_withdrawn_after(page, at):
        return PageState.NOT_PUBLIC
    return PageState.OPEN if was_open(page, at) else PageState.CLOSED


def _was_withdrawn_after(page: Page, at: datetime) -> bool:
    return PageLogEntry.objects.filter(page=page, action=UNPUBLISHED, timestamp__gt=at).exists()


def _was_not_long_ago(before: datetime | None, at: datetime) -> bool:
    days = settings_now().same_text_days
    return days > 0 and before is not None and before > at - timedelta(days=days)


def _many_from_network(submission: Submission) -> bool:
    network, most = submission.network, settings_now().network_per_hour
    return bool(network) and _came_often(most, submission.received_at, network)


def _many_on_site(submission: Submission) -> bool:
    return _came_often(settings_now().site_per_hour, submission.received_at)


def _came_often(most: int, at: datetime, network: str = "") -> bool:
    """Whether so many came in the hour before, by what was stored when the batch came."""
    since = _newest(most, network) if most else None
    return since is not None and at - HOUR < since <= at


@once
def _newest(place: int, network: str) -> datetime | None:
    """When the last one came, of 1; the one before, of 2."""
    comments = ReaderComment.objects.order_by("-received_at")
    found = comments.filter(network=network) if network else comments
    return found.values_list("received_at", flat=True)[place - 1 : place].first()


def text_hash(text: str) -> str:
    """The same for words that only differ in their case, their spaces and what nobody sees."""
    plain = " ".join(word.text for word in words(normalise(text).text))
    return blake2b((plain or text).encode(), digest_size=8).hexdigest()
