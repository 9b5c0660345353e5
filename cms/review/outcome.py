"""What a decision did, in the words for whoever decided: what readers see now, and what is next."""

from __future__ import annotations

from django.utils import timezone
from wagtail.admin.utils import get_user_display_name
from wagtail.models import Page, TaskState

from cms.articles.models import ArticlePage
from cms.review.decisions import KEEP, REJECT, REVIEW


def in_words(state: TaskState, action: str) -> str:
    """Of a task that was decided just now."""
    page = Page.objects.get(pk=state.workflow_state.object_id).specific
    title = page.get_admin_display_title()
    if action == REJECT.name:
        return f"“{title}” goes back to {_whoever_submitted(state)} with your words. {_stays(page)}"
    return f"“{title}” {_approved(page, action)}. {_goes_out(state, page)}"


def _approved(page: Page, action: str) -> str:
    version = page.get_latest_revision_as_object()
    if action not in (REVIEW.name, KEEP.name) or not isinstance(version, ArticlePage):
        return "is approved"
    who, day = version.reviewer.name, version.last_reviewed
    if action == KEEP.name:
        return f"keeps the review of {day:%-d %B %Y} by {who}"
    return f"is approved as reviewed by {who}, until {version.next_review_due:%-d %B %Y}"


def _goes_out(state: TaskState, page: Page) -> str:
    waits_for = page.current_workflow_task
    if waits_for is not None:
        return f"“{waits_for.name}” is the next step, and decides whether it goes live."
    version = page.get_latest_revision_as_object()
    if version.go_live_at and version.go_live_at > timezone.now():
        when = timezone.localtime(version.go_live_at)
        return f"It goes live on {when:%-d %B %Y at %H:%M}."
    return "It is live: readers see this version within seconds."


def _stays(page: Page) -> str:
    if page.live:
        return "Readers see what they saw before."
    return "It is not live: readers see nothing of it."


def _whoever_submitted(state: TaskState) -> str:
    who = state.workflow_state.requested_by
    return get_user_display_name(who) if who else "its editors"
