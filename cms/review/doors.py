"""Where decisions come in: the editor of a page, and the dialogs of Wagtail. Answers in words.

Wagtail's own refusals are "you do not have permission", or nothing at all: it keeps a draft. Its
own answers are nothing, or that the page "has been updated".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from wagtail.admin import messages
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.models import Page, TaskState

from cms.review.decisions import ACTIONS, require_reviewer
from cms.review.models import ClinicalReviewTask
from cms.review.outcome import in_words as outcome_in_words
from cms.review.refused import RefusedReview
from cms.review.seen import require_seen, written
from cms.safety.judged import RefusedToGoLive

DECIDE = "wagtailadmin_pages:workflow_action"
DIALOGS = {DECIDE, "wagtailadmin_pages:collect_workflow_action_data"}


class RefusalsInWords:
    """Middleware: whoever asked for a decision reads why it was refused, or what it did."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and match.view_name == DECIDE and request.method == "POST":
            state = TaskState.objects.filter(pk=match.kwargs["task_state_id"]).first()
            tell_outcome(request, state, match.kwargs["action_name"])
        return response

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
        if match is None:
            return None
        is_dialog = match.view_name in DIALOGS
        if isinstance(error, RefusedReview):
            return in_words(request, match.kwargs["page_id"], [str(error)])
        if isinstance(error, RefusedToGoLive) and is_dialog and is_from_script(request):
            if not is_of_review(match.kwargs["task_state_id"]):
                return None  # another workflow's dialog has no words of ours to keep
            return in_words(request, match.kwargs["page_id"], error.messages)
        if isinstance(error, RefusedToGoLive) and (is_dialog or decides_in_editor(request)):
            tell_words_again(request)  # the refusal itself is told by the door of the rules
        return None


def refuse_in_editor(request: HttpRequest, page: Page) -> HttpResponse | None:
    """For the hook before a page is edited: nothing of the form has been kept yet."""
    if not decides_in_editor(request):
        return None
    seen = written(
        request.POST.get("loaded_revision_id", ""),
        request.POST.get("loaded_revision_created_at", ""),
    )
    return refuse(request, page, request.POST.get("workflow-action-name", ""), seen=seen)


def tell_in_editor(request: HttpRequest, page: Page) -> None:
    """For the hook after a page is edited: in place of "has been updated"."""
    if not decides_in_editor(request):
        return
    decided = TaskState.objects.filter(workflow_state__object_id=str(page.pk))
    state = decided.order_by("finished_at", "pk").filter(finished_at__isnull=False).last()
    list(get_messages(request))  # those that have been read are not kept
    tell_outcome(request, state, request.POST.get("workflow-action-name", ""))


def is_of_review(task_state_id: int) -> bool:
    return ClinicalReviewTask.objects.filter(task_states=task_state_id).exists()


def tell_outcome(request: HttpRequest, state: TaskState | None, action: str) -> None:
    """Where this user decided it, just now."""
    if state is None or state.finished_by_id != request.user.pk:
        return
    if action in ACTIONS and isinstance(state.task.specific, ClinicalReviewTask):
        messages.success(request, outcome_in_words(state, action))


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
        return in_words(request, page.pk, [str(error)])
    return None


def in_words(request: HttpRequest, page_id: int, reasons: Sequence[str]) -> HttpResponse:
    """In the dialog that a script opened, or above the page that is being edited; what was typed
    is still there."""
    if not is_from_script(request):
        for reason in reasons:
            messages.error(request, reason)
        tell_words_again(request)
        return redirect("wagtailadmin_pages:edit", page_id)
    match = request.resolver_match
    action = ACTIONS.get(match.kwargs["action_name"]) if match else None
    if action is None or request.method != "POST":
        return render_dialog(request, "review/refused.html", reasons=reasons)
    form = action.form(request.POST)
    for reason in reasons:
        form.add_error(None, reason)
    return render_dialog(
        request,
        "review/action.html",
        object=Page.objects.get(pk=page_id),
        action=action.name,
        action_verbose=action.label,
        submit_url=request.get_full_path(),
        form=form,
    )


def render_dialog(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    answer: HttpResponse = render_modal_workflow(
        request, template, None, context, json_data={"step": "action"}
    )
    return answer


def tell_words_again(request: HttpRequest) -> None:
    """Above the form, to be copied: the dialog in which they were typed is closed by now."""
    words = request.POST.get("comment") or _typed_in_dialog(request)
    if words:
        messages.warning(request, format_html("What you had written: <q>{}</q>", words))


def _typed_in_dialog(request: HttpRequest) -> str:
    try:
        sent = json.loads(request.POST.get("workflow-action-extra-data", "{}"))
    except ValueError:
        return ""
    return str(sent.get("comment", "")) if isinstance(sent, dict) else ""


def is_from_script(request: HttpRequest) -> bool:
    return request.headers.get("x-requested-with") == "XMLHttpRequest"


def decides_in_editor(request: HttpRequest) -> bool:
    return request.method == "POST" and bool(request.POST.get("action-workflow-action"))
