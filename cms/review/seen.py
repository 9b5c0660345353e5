"""Which version somebody had before their eyes: its number, and when it was last saved.

The number alone does not tell, since Wagtail saves what its editor is typing over the same version.
"""

from __future__ import annotations

from typing import Any

from wagtail.models import Page, Revision

from cms.core.numbers import whole_number
from cms.review.refused import RefusedReview

CHANGED = "The page was changed after you opened it. Read the newest version, then decide."


def seen_as(revision: Revision) -> str:
    """``"12@2026-11-26T06:12:36.123456+00:00"``, to be sent back with the decision."""
    return written(str(revision.pk), revision.created_at.isoformat())


def written(number: str, saved_at: str) -> str:
    return f"{number}@{saved_at}"


def require_seen(page: Page, user: Any, seen: str) -> None:
    """That nobody else saved anything after ``seen``.

    Wagtail's form saves a version of the reviewer's own as it is sent, also where nothing was
    changed; whether something was is asked in ``reviewers.why_not``.
    """
    number = whole_number(seen.partition("@")[0])
    before_their_eyes = page.revisions.filter(pk=number).first()
    if before_their_eyes is None:
        raise RefusedReview(CHANGED)
    if before_their_eyes.user_id != user.pk and seen_as(before_their_eyes) != seen:
        raise RefusedReview(CHANGED)
    if page.revisions.filter(pk__gt=before_their_eyes.pk).exclude(user=user.pk).exists():
        raise RefusedReview(CHANGED)
