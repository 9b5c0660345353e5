"""Where decisions come in: the editor of a page, and the dialogs of Wagtail. Refusals in words.

Wagtail's own refusals are "you do not have permission", or nothing at all: it keeps a draft.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail.admin import messages
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.models import Page

from cms.review.decisions import require_reviewer
from cms.review.models import ClinicalReviewTask
from cms.review.refused import RefusedReview
from cms.review.seen import require_seen, written

DIALOGS = {"wagtailadmin_pages:workflow_action", "wagtailadmin_pages:collect_workflow_action_data"}


class RefusalsInWords:
    """Middleware: whoever asked for a decision that was refused reads why, above the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Before Wagtail asks which actions there are."""
        match = request.resolver_match
        if match is None or match.view_name not in DIALOGS or not request.user.is_authenticated:
            return None
        page = Page.objects.filter(pk=kwargs["page_id"]).first()
        return refuse(request, page, kwargs["action_name"]) if page else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match = request.resolver_match
        if isinstance(error, RefusedReview) and match is not None:
            return in_words(request, match.kwargs["page_id"], str(error))
        return None


def refuse_in_editor(request: HttpRequest, page: Page) -> HttpResponse | None:
    """For the hook before a page is edited: nothing of the form has been kept yet."""
    if request.method != "POST" or not request.POST.get("action-workflow-action"):
        return None
    seen = written(
        request.POST.get("loaded_revision_id", ""),
        request.POST.get("loaded_revision_created_at", ""),
    )
    return refuse(request, page, request.POST.get("workflow-action-name", ""), seen=seen)


def refuse(
    request: HttpRequest, page: Page, action: str, *, seen: str | None = None
) -> HttpResponse | None:
    """An answer where this user cannot decide that; ``seen`` is the version in the editor."""
    task = page.current_workflow_task
    if not isinstance(task, ClinicalReviewTask):
        return None
    newest = page.specific.get_latest_revision_as_object()
    try:
        if seen is not None:
            require_seen(newest, request.user, seen)
        require_reviewer(task, newest, request.user, action)
    except RefusedReview as error:
        return in_words(request, page.pk, str(error))
    return None


def in_words(request: HttpRequest, page_id: int, reason: str) -> HttpResponse:
    """In the dialog that a script opened, or above the page that is being edited."""
    if request.headers.get("x-requested-with") == "XMLHttpRequest":
        answer: HttpResponse = render_modal_workflow(
            request, "review/refused.html", None, {"reason": reason}, json_data={"step": "action"}
        )
        return answer
    messages.error(request, reason)
    return redirect("wagtailadmin_pages:edit", page_id)
