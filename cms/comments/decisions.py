"""The decisions a moderator takes in the queue, on one comment or on many at once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail.admin import messages
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction

from cms.comments.models import ModerationError, ReaderComment, State


class Decision(SnippetBulkAction):
    """All of the chosen comments, or none of them, get ``state``."""

    models = [ReaderComment]
    template_name = "comments/confirm_decision.html"
    state: State
    done: str
    explanation: str
    is_final = False  # cannot be taken back
    permission = "moderate"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who may not moderate is not even told whose comments they would be."""
        if not self.permission_policy.user_has_permission(request.user, self.permission):
            raise PermissionDenied
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_all_objects_in_listing_query(self, parent_id: str | None) -> list[int]:
        """All that the list shows under the search and the filters chosen there, on every page."""
        index = self.model.snippet_viewset.index_view
        view = index.view_class(**index.view_initkwargs)
        view.setup(self.request)
        return [comment.pk for comment in view.get_queryset()]

    def check_perm(self, comment: ReaderComment) -> bool:
        return comment.can_become(self.state)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            verb=self.display_name, explanation=self.explanation, is_final=self.is_final, **kwargs
        )

    @classmethod
    def execute_action(cls, objects: list[ReaderComment], **kwargs: Any) -> tuple[int, int]:
        # All rows first and in one order: each decision locks its own, in the order of a list,
        # and two moderators may have sorted theirs in different ways.
        list(ReaderComment.objects.lock([comment.pk for comment in objects]))
        batch = uuid4()
        for comment in objects:
            comment.move_to(cls.state, by=kwargs["self"].request.user, batch=batch)
        return len(objects), 0

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except ModerationError as error:
            messages.error(self.request, f"Nothing was changed. {error}")
            return redirect(self.next_url)

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        comments = "1 comment" if num_parent_objects == 1 else f"{num_parent_objects} comments"
        return f"{comments} {self.done}."


class Approve(Decision):
    display_name = "Approve"
    action_type = "approve"
    aria_label = "Approve the selected comments"
    action_priority = 10
    state = State.APPROVED
    done = "approved"
    explanation = "They appear on their pages, with the name, as soon as the site is exported."


class Reject(Decision):
    display_name = "Reject"
    action_type = "reject"
    aria_label = "Reject the selected comments"
    action_priority = 20
    state = State.REJECTED
    done = "rejected"
    explanation = "They are kept here and never published."


class MarkSpam(Decision):
    display_name = "Spam"
    action_type = "spam"
    aria_label = "Mark the selected comments as spam"
    action_priority = 30
    state = State.SPAM
    done = "marked as spam"
    explanation = "They are kept under suspected spam and never published."


class Hide(Decision):
    display_name = "Hide"
    action_type = "hide"
    aria_label = "Take the selected comments off the site"
    action_priority = 40
    state = State.HIDDEN
    done = "hidden"
    explanation = "They leave the site as soon as it is exported, and can be approved again."


class Erase(Decision):
    """Stands where Wagtail's own deletion would, which leaves no trace that there was one."""

    display_name = "Erase"
    action_type = "delete"
    aria_label = "Erase the selected comments"
    action_priority = 50
    classes = {"serious"}
    is_final = True
    permission = "erase"
    state = State.ERASED
    done = "erased"
    explanation = "Their words, names and e-mail addresses are destroyed. This cannot be undone."


DECISIONS: tuple[type[Decision], ...] = (Approve, Reject, MarkSpam, Hide, Erase)
