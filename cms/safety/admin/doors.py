"""Whoever presses Publish or Approve in the admin, and is refused, reads why above the page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from wagtail.admin import messages
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.models import Page

from cms.safety.judged import RefusedToGoLive


class GoLiveRefusalsInWords:
    """Middleware: for doors that have no form of ours in front of them, such as a workflow's, and
    for a form that was fine a moment before. What was typed is kept as a draft by then."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match = request.resolver_match
        if not isinstance(error, RefusedToGoLive) or match is None:
            return None
        if match.app_name and not match.app_name.startswith("wagtailadmin"):
            return None
        return refused(request, error)


def refused(request: HttpRequest, error: RefusedToGoLive) -> HttpResponse:
    """Back to the editor, also out of a dialog that a script opened."""
    page = error.page
    messages.error(
        request,
        format_html(
            "“{}” is not published. What is to be mended first: <ul>{}</ul>",
            page.get_admin_display_title(),
            format_html_join("", "<li>{}</li>", ((one,) for one in error.messages)),
        ),
    )
    address = (
        reverse("wagtailadmin_pages:edit", args=[page.pk])
        if Page.objects.filter(pk=page.pk).exists()
        else reverse("wagtailadmin_explore_root")
    )
    if request.headers.get("x-requested-with") == "XMLHttpRequest":
        answer: HttpResponse = render_modal_workflow(
            request, "", None, {}, json_data={"step": "success", "redirect": address}
        )
        return answer
    return redirect(address)
