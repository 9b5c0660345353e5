"""Where the review of an article stands, in the words of its status panel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from wagtail.admin.utils import get_user_display_name
from wagtail.models import Page, WorkflowState

from cms.articles.models import ArticlePage
from cms.articles.reviewed import (
    Changed,
    changed_since_review,
    has_been_reviewed,
    review_stands,
    waits_to_be_kept,
)
from cms.review.comparison import approved_version, comparison_url
from cms.review.models import ClinicalReviewTask
from cms.review.reviewers import why_not
from cms.review.versions import saved


@dataclass(frozen=True, slots=True)
class Card:
    """``lines`` are sentences; ``cannot`` says why the reader of it cannot review."""

    heading: str
    lines: tuple[str, ...] = ()
    stands: bool = False
    comparison_url: str = ""
    cannot: str = ""


def card_of(page: Page, user: Any) -> Card | None:
    """Of the newest version; None of a page that no clinician reviews."""
    if not isinstance(page, ArticlePage):
        return None
    if page.sample_content:
        return Card("Sample content", ("No clinician reviews it, and the page says so.",))
    cannot = _why_not_now(page, user)
    if not has_been_reviewed(page):
        heading = "Waiting for a reviewer" if _waits(page) else "Not reviewed yet"
        return Card(heading, (*_asked(page), _next_step(page)), cannot=cannot)
    if review_stands(page):
        return Card("Reviewed", tuple(_facts(page)), stands=True, cannot=cannot)
    return Card(
        "Waiting to be kept as reviewed" if waits_to_be_kept(page) else "Review does not hold",
        (*_asked(page), _what_changed(page), *_facts(page)),
        comparison_url=comparison_url(page),
        cannot=cannot,
    )


def _asked(page: ArticlePage) -> Iterator[str]:
    """What a reviewer wants changed, until it is submitted again."""
    state = page.current_workflow_state
    if state is None or state.status != WorkflowState.STATUS_NEEDS_CHANGES:
        return
    asked = state.current_task_state
    who = get_user_display_name(asked.finished_by) if asked.finished_by else "A reviewer"
    yield f"{who} asked for changes: “{asked.comment}”"


def _facts(page: ArticlePage) -> Iterator[str]:
    """Of an article that has been reviewed, and so has a reviewer and a date."""
    person, day, due = page.reviewer, page.last_reviewed, page.next_review_due
    version = approved_version(page)
    of_version = f", in the version {saved(version)}" if version else ""
    yield f"Reviewed by {person.name} ({person.credential}) on {day:%-d %B %Y}{of_version}."
    if due:
        overdue = due < timezone.localdate()
        yield f"Next review {'was' if overdue else 'is'} due on {due:%-d %B %Y}."


def _what_changed(page: ArticlePage) -> str:
    if changed_since_review(page) == Changed.DETAILS:
        return (
            "What stands around the text changed since. If that is a minor change, say so under "
            "“kind of change”; otherwise submit it for clinical review."
        )
    if waits_to_be_kept(page):
        return (
            "The text changed since, and whoever changed it calls that minor: a reviewer has to "
            f"agree. {_next_step(page)}"
        )
    return f"The text changed since. {_next_step(page)}"


def _next_step(page: ArticlePage) -> str:
    return "It is submitted." if _waits(page) else "Submit it for clinical review."


def _waits(page: ArticlePage) -> bool:
    return isinstance(page.current_workflow_task, ClinicalReviewTask)


def _why_not_now(page: ArticlePage, user: Any) -> str:
    """For a reviewer before whom it waits."""
    task = page.current_workflow_task
    if isinstance(task, ClinicalReviewTask) and task.is_for(user):
        return why_not(user, page)
    return ""
