"""What the rules would say once a decision was made, so that nobody decides in vain."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from wagtail.models import Page

from cms.articles.digest import digest_of
from cms.review.approval import sign
from cms.review.dates import default_due
from cms.review.decisions import KEEP, REJECT, REVIEW
from cms.review.reviewers import person_of
from cms.safety.grounds import day_of
from cms.safety.judged import JudgedPage, in_words


def refusals_after(page: Page, user: Any, action: str) -> list[str]:
    """Sentences, where this decision would put the newest version before readers and may not."""
    version = page.get_latest_revision_as_object()
    if action == REJECT.name or not isinstance(version, JudgedPage):
        return []
    if page.current_workflow_task.pk != page.current_workflow_state.workflow.tasks.last().pk:
        return []  # others decide after this one
    if action == REVIEW.name and (person := person_of(user)):
        sign(version, person, default_due(day_of(timezone.now())))
    elif action == KEEP.name:
        version.reviewed_digest = digest_of(version)
    return [in_words(one) for one in (*version.faults_of_fields(), *version.refusals())]
