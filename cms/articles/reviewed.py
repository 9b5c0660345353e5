"""Whether the clinical review of an article still stands, and what counts as a major change.

Read by the safety rules, by the review itself and by the comments that are looked at again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cms.articles.digest import STAMP, digest_of, same_words

if TYPE_CHECKING:
    from cms.articles.models import ArticlePage


class ChangeKind(StrEnum):
    """What whoever edits calls the change."""

    MAJOR = "major"
    MINOR = "minor"


class Changed(StrEnum):
    """What differs from what was approved."""

    NOTHING = "nothing"
    DETAILS = "details"
    WORDS = "words"


def has_been_reviewed(page: ArticlePage) -> bool:
    return bool(page.reviewed_digest and page.reviewer_id and page.last_reviewed)


def changed_since_review(page: ArticlePage) -> Changed:
    """Of an article that has been reviewed."""
    digest = digest_of(page)
    if not same_words(page.reviewed_digest, digest):
        return Changed.WORDS
    return Changed.NOTHING if page.reviewed_digest == digest else Changed.DETAILS


def review_stands(page: ArticlePage) -> bool:
    """A clinician approved these words; what is around them may have changed in a minor way."""
    if not has_been_reviewed(page):
        return False
    changed = changed_since_review(page)
    return changed == Changed.NOTHING or (
        changed == Changed.DETAILS and page.change_kind == ChangeKind.MINOR
    )


def is_minor_change(page: ArticlePage) -> bool:
    """Called minor, and no reviewer has to agree any more: anything else is major."""
    return page.change_kind == ChangeKind.MINOR and review_stands(page)


def waits_to_be_kept(page: ArticlePage) -> bool:
    """Somebody changed the words of a reviewed article and calls that minor."""
    return (
        page.change_kind == ChangeKind.MINOR
        and has_been_reviewed(page)
        and changed_since_review(page) == Changed.WORDS
    )


def take_review_of(page: ArticlePage, current: ArticlePage) -> None:
    """Give a version of an article the review that the article has now, unless it has its own.

    A version that was approved keeps the review of its words, also when it goes live later; a
    draft begun before an approval does not bring back what held before.
    """
    if has_been_reviewed(page) and same_words(page.reviewed_digest, digest_of(page)):
        return
    for name in STAMP:
        field = page._meta.get_field(name)
        setattr(page, field.attname, getattr(current, field.attname))
