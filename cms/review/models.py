"""The task of the workflow "Clinical review": a named clinician approves one version."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from wagtail.models import AbstractGroupApprovalTask, Page, TaskState

from cms.review.decisions import ACTIONS, actions_for, decide, that_can_be_decided
from cms.review.waiting import newest_versions


class ClinicalReviewTask(AbstractGroupApprovalTask):
    """Members of its groups decide; on an article only those who had no part in it."""

    def get_actions(self, obj: Page, user: Any) -> list[tuple[str, str, bool]]:
        """Wagtail's ``(name, label, asks for more)``, for the newest version of the page."""
        if not self.is_for(user):
            return []
        return [
            (action.name, action.label, True)
            for action in actions_for(user, obj.get_latest_revision_as_object())
        ]

    def is_for(self, user: Any) -> bool:
        return bool(user.is_superuser or self._user_in_groups(user))

    def get_form_for_action(self, action: str) -> type[forms.Form]:
        return ACTIONS[action].form

    def get_template_for_action(self, action: str) -> str:
        return "review/action.html"

    def on_action(self, task_state: TaskState, user: Any, action_name: str, **data: Any) -> None:
        """Raises ``RefusedReview``; then nothing has changed."""
        decide(self, task_state, user, action_name, data)

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> QuerySet[TaskState]:
        """Those that wait for this user, who may have no part in some of them."""
        if not self.is_for(user):
            return TaskState.objects.none()
        waiting = TaskState.objects.filter(task=self, status=TaskState.STATUS_IN_PROGRESS)
        states = {
            int(state.revision.object_id): state.pk for state in waiting.select_related("revision")
        }
        theirs = that_can_be_decided(user, newest_versions(states))
        return waiting.filter(pk__in=[states[page.pk] for page in theirs])

    @classmethod
    def get_description(cls) -> str:
        return (
            "Members of the chosen groups approve articles as reviewed. Nobody reviews what they "
            "wrote, own or changed."
        )

    class Meta:
        verbose_name = "clinical review"
        verbose_name_plural = "clinical reviews"
