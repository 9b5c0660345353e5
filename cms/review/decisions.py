"""What a reviewer can decide about a page that waits, and what becomes of it.

Every decision is made on the newest version, under a lock of the page: of two reviewers the second
is told that the first was faster, and a version that nobody looked at is never approved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from wagtail.models import Page, Task, TaskState

from cms.articles.models import ArticlePage
from cms.articles.reviewed import review_stands, waits_to_be_kept
from cms.review.approval import keep_review, stamp
from cms.review.forms import KeepForm, PlainForm, RejectForm, ReviewForm
from cms.review.log import REJECTED, write
from cms.review.refused import RefusedReview
from cms.review.reviewers import that_may_be_reviewed, why_not
from cms.review.seen import require_seen


@dataclass(frozen=True, slots=True)
class Action:
    """``work`` changes the page before the task is told; it gets page, user and clean data."""

    name: str
    label: str
    form: type[forms.Form]
    work: Callable[[Page, Any, Mapping[str, Any]], None]


def _nothing(page: Page, user: Any, data: Mapping[str, Any]) -> None:
    """The page goes live as it is."""


def _reject(page: Page, user: Any, data: Mapping[str, Any]) -> None:
    write(
        REJECTED,
        page,
        page.latest_revision,
        by=user,
        sentence="Asked for changes",
        why=data["comment"],
    )


APPROVE = Action("approve", "Approve", PlainForm, _nothing)
REVIEW = Action("review", "Approve as reviewed and publish", ReviewForm, stamp)
KEEP = Action("keep", "Keep reviewed: the change is minor", KeepForm, keep_review)
REJECT = Action("reject", "Request changes", RejectForm, _reject)
ACTIONS = {action.name: action for action in (APPROVE, REVIEW, KEEP, REJECT)}


def actions_for(user: Any, page: Page) -> list[Action]:
    """Of the newest version of a page; none on an article that this user cannot review."""
    if is_reviewed_by_clinicians(page) and why_not(user, page):
        return []
    return [*_approving(page), REJECT]


def that_can_be_decided(user: Any, pages: Sequence[Page]) -> list[Page]:
    """Those of many newest versions of which ``actions_for`` has any, in a few queries."""
    articles = [page for page in pages if is_reviewed_by_clinicians(page)]
    theirs = {page.pk for page in that_may_be_reviewed(user, articles)}
    return [page for page in pages if page.pk in theirs or not is_reviewed_by_clinicians(page)]


def is_reviewed_by_clinicians(page: Page) -> bool:
    """Articles are, but for samples: no clinician is invented for them."""
    return isinstance(page, ArticlePage) and not page.sample_content


def _approving(page: Page) -> Iterator[Action]:
    if not is_reviewed_by_clinicians(page):
        yield APPROVE
        return
    if waits_to_be_kept(page):
        yield KEEP
    yield REVIEW
    if review_stands(page):
        yield APPROVE


@transaction.atomic
def decide(
    task: Task, task_state: TaskState, user: Any, name: str, sent: Mapping[str, Any]
) -> None:
    """Raises ``RefusedReview``, and whatever refuses the page to go live."""
    page_id = task_state.workflow_state.object_id
    Page.objects.select_for_update().get(pk=page_id)
    page = Page.objects.get(pk=page_id).get_latest_revision_as_object()
    task_state.refresh_from_db()
    require_undecided(task_state)
    require_reviewer(task, page, user, name)
    data = clean(ACTIONS[name].form, sent)
    require_seen(page, user, data["revision"])
    ACTIONS[name].work(page, user, data)
    task_state.workflow_state.refresh_from_db()  # it remembers the page before it was stamped
    if name == REJECT.name:
        task_state.reject(user=user, comment=data["comment"])
    else:
        task_state.approve(user=user, comment=data["comment"])


def require_undecided(task_state: TaskState) -> None:
    if task_state.status != TaskState.STATUS_IN_PROGRESS:
        who = task_state.finished_by
        raise RefusedReview(
            f"{who.get_username() if who else 'Somebody else'} has decided about this page "
            "meanwhile. Look at it again."
        )


def require_reviewer(task: Any, page: Page, user: Any, name: str) -> None:
    if name in {action for action, _, _ in task.get_actions(page, user)}:
        return
    if is_reviewed_by_clinicians(page) and task.is_for(user) and (reason := why_not(user, page)):
        raise RefusedReview(reason)
    raise RefusedReview(
        "This cannot be decided about this page by you, or not any more. Open it again: the menu "
        "beside Save draft has what you can do."
    )


def clean(form: type[forms.Form], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent may come from a script, past the form that was shown."""
    filled = form(data=dict(sent))
    if filled.is_valid():
        return filled.cleaned_data
    raise RefusedReview(
        " ".join(message for messages in filled.errors.values() for message in messages)
    )
