"""An approval stamps exactly the version that was approved, and that one goes live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from wagtail.models import Revision

from cms.articles.digest import digest_of
from cms.articles.models import ArticlePage, Person
from cms.review.log import APPROVED, KEPT, write
from cms.review.reviewers import person_of
from cms.review.versions import saved
from cms.safety.grounds import day_of


def stamp(page: ArticlePage, user: Any, data: Mapping[str, Any]) -> None:
    """Save the newest version once more, with who approved it, when and until when.

    The new version is the newest one now: Wagtail publishes it when the workflow ends.
    """
    person = person_of(user)
    assert person is not None  # noqa: S101 - asked by reviewers.why_not before
    approved = page.latest_revision
    sign(page, person, data["next_review_due"])
    write(
        APPROVED,
        page,
        _save(page, user),
        by=user,
        sentence=f"{_approved(approved, person)}; next review due on "
        f"{page.next_review_due:%-d %B %Y}",
        why=data["comment"],
    )


def sign(page: ArticlePage, person: Person, next_review_due: dt.date) -> None:
    """On the page in memory; nothing is saved."""
    page.reviewer = person
    page.last_reviewed = day_of(timezone.now())  # by which the rules ask whether it has come
    page.next_review_due = next_review_due
    page.reviewed_digest = digest_of(page)


def keep_review(page: ArticlePage, user: Any, data: Mapping[str, Any]) -> None:
    """Let the review stand for words that changed in a minor way; its dates stay."""
    approved = page.latest_revision
    page.reviewed_digest = digest_of(page)
    write(
        KEPT,
        page,
        _save(page, user),
        by=user,
        sentence=f"Kept the review of {page.last_reviewed:%-d %B %Y} for the version "
        f"{saved(approved)}",
        why=data["comment"],
    )


def _save(page: ArticlePage, user: Any) -> Revision:
    return page.save_revision(user=user, clean=False)


def _approved(revision: Revision, person: Person) -> str:
    return (
        f"Approved the version {saved(revision)} as reviewed by {person.name} ({person.credential})"
    )
