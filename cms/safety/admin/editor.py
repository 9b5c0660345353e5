"""The editor's side panel "Safety": what the rules find on the page that is being typed.

Why a side panel, and why it asks by itself: docs/decisions/findings-stand-beside-the-form.md
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.side_panels import BaseSidePanel
from wagtail.admin.views.pages.create import CreateView
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.views.pages.preview import PreviewOnCreateView, PreviewOnEditView
from wagtail.admin.views.pages.revisions import RevisionsRevertView
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import Page

from cms.safety.admin import refusal
from cms.safety.admin.forms import JudgedPageForm
from cms.safety.admin.shown import shown, summary
from cms.safety.findings import Finding
from cms.safety.grounds import day_of, grounds_now
from cms.safety.judged import JudgedPage, judged_by_rules
from cms.safety.reasons import reasons_on
from cms.safety.withdrawal import withdrawn


def findings_context(page: JudgedPage) -> dict[str, Any]:
    """What the rules say of this version now; for ``safety/_findings.html``."""
    off = withdrawn(page)
    found = (*off, *found_now(page))
    every = shown(found, reasons_on(page), page=page)
    return {
        "page": page,
        "every": every,
        "summary": summary(every),
        "open": sum(one.is_open for one in every),
        "page_url": reverse("safety:page", args=[page.pk]) if page.pk else "",
        "let_back_url": reverse("safety:let_back", args=[page.pk]) if off else "",
    }


def found_now(page: JudgedPage) -> tuple[Finding, ...]:
    return judged_by_rules(page, grounds_now(), day_of(timezone.now())).findings


class SafetySidePanel(BaseSidePanel):
    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = "Toggle safety"
        icon_name = "warning"
        counter_classname = "w-bg-critical-200"

        def get_context_data(self, parent_context: Any) -> dict[str, Any]:
            return {
                **super().get_context_data(parent_context),
                "count": self.panel.findings.get("open", 0),
            }

    name = "safety"
    title = "Safety"
    template_name = "safety/side_panel.html"
    order = 200

    def __init__(self, page: JudgedPage, request: HttpRequest, *, src: str) -> None:
        super().__init__(page, request)
        self.src = src
        # A page that has no words yet lacks everything: that need not be said before it has some.
        self.findings = findings_context(page) if page.pk else {}

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(parent_context),
            **self.findings,
            "csrf_token": get_token(self.request),
            "src": self.src,
            "may_give": bool(self.findings),
        }

    class Media:
        js = ("safety/js/findings.js",)
        css = {"all": ("safety/css/safety.css",)}  # noqa: RUF012 as Django reads it


class WithSafetyPanel:
    """An editing view of Wagtail's with the panel, where the page is one that is judged."""

    page: Page

    def get_side_panels(self) -> MediaContainer:
        panels = super().get_side_panels()  # type: ignore[misc]
        is_answer_to_save = getattr(self, "expects_json_response", False)
        if isinstance(self.page, JudgedPage) and not is_answer_to_save:
            panels.append(SafetySidePanel(self.page, self.request, src=self.src()))  # type: ignore[attr-defined]
        return panels

    def src(self) -> str:
        return reverse("safety:typed", args=[self.page.pk])


class WithRefusal:
    """An editing view of Wagtail's that says of a refused page that it was not published.

    Wagtail's own words are that it "could not be saved", which a draft always can.
    """

    locked_for_user = False  # a page that is created has nobody who locked it

    def form_invalid(self, form: WagtailAdminPageForm) -> HttpResponse:
        is_ours = isinstance(form, JudgedPageForm) and refusal.is_refused(form)
        if self.locked_for_user or not is_ours:
            return super().form_invalid(form)  # type: ignore[misc]
        refusal.tell(self.request, form)  # type: ignore[attr-defined]
        self.has_unsaved_changes = True
        return self.render_to_response(self.get_context_data())  # type: ignore[attr-defined]


class JudgedEditView(WithSafetyPanel, WithRefusal, EditView):
    pass


class JudgedRevertView(WithSafetyPanel, RevisionsRevertView):
    pass


class JudgedCreateView(WithSafetyPanel, WithRefusal, CreateView):
    def src(self) -> str:
        type = self.page_content_type
        return reverse("safety:typed_new", args=[type.app_label, type.model, self.parent_page.pk])


class PagesWithSafety(PageViewSet):
    """All pages, with Wagtail's own views but for those of the editor."""

    model = Page
    edit_view_class = JudgedEditView
    add_view_class = JudgedCreateView
    revisions_revert_view_class = JudgedRevertView


class _Typed:
    """POST the form as it stands: a fragment of HTML with the findings, or 422 while the form has
    something that is no page, such as a date that is none. Nothing is stored."""

    http_method_names = ("post",)
    object: Page

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(request.POST)  # type: ignore[attr-defined]
        if not isinstance(self.object, JudgedPage) or not self.validate_form(form):  # type: ignore[attr-defined]
            return JsonResponse({"message": UNREADABLE}, status=422)
        page = form.save(commit=False)
        return render(
            request,
            "safety/_findings.html",
            {**findings_context(page), "may_give": bool(page.pk)},
        )


UNREADABLE = "A field of the form cannot be read. These are the findings from before."


class TypedView(_Typed, PreviewOnEditView):
    """Of a page that is stored."""


class TypedNewView(_Typed, PreviewOnCreateView):
    """Of a page that is not stored yet."""
