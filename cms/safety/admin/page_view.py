"""The safety of one page as it is saved, on a page of the admin that needs no script."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from cms.safety.admin.editor import findings_context, found_now
from cms.safety.findings import Finding, Severity
from cms.safety.judged import JudgedPage
from cms.safety.reasons import give, take_back
from cms.safety.withdrawal import Withdrawal


class OnPage:
    """A view about one page that is judged; only for those who may change it.

    ``page`` is the newest version of it, as the editing form shows it.
    """

    request: HttpRequest
    page: JudgedPage

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)  # type: ignore[misc]
        stored = get_object_or_404(Page, pk=kwargs["page_id"])
        page = stored.get_latest_revision_as_object()
        self.permissions = page.permissions_for_user(request.user)
        if not isinstance(page, JudgedPage) or not self.permissions.can_edit():
            raise PermissionDenied
        self.page = page


class PageView(OnPage, WagtailAdminTemplateMixin, TemplateView):
    header_icon = "warning"
    template_name = "safety/page.html"

    def get_page_title(self) -> str:
        return f"Safety of “{self.page.get_admin_display_title()}”"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return below_page(self, self.page, "Safety")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **findings_context(self.page),
            may_give=True,
            may_withdraw=self.permissions.can_unpublish() or self.permissions.can_publish(),
            withdrawal=Withdrawal.objects.filter(page_id=self.page.pk).first(),
            **kwargs,
        )


class ReasonForm(forms.Form):
    key = forms.CharField(max_length=255)
    text = forms.CharField(max_length=500, required=False)


class GiveView(OnPage, View):
    """POST the key of a warning on the page as it is saved, and the reason."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, page_id: int) -> HttpResponse:
        form = ReasonForm(request.POST)
        if not form.is_valid() or not form.cleaned_data["text"].strip():
            return self.refuse("Say why it is right as it is, in 500 characters or fewer.", 422)
        finding = self.warning(form.cleaned_data["key"])
        if not finding:
            return self.refuse("The page as saved has no such warning. Save the draft first.", 409)
        give(self.page, finding, text=form.cleaned_data["text"].strip(), by=request.user)
        return self.answer("The reason is recorded.")

    def warning(self, key: str) -> Finding | None:
        warnings = (one for one in found_now(self.page) if one.key == key)
        return next((one for one in warnings if one.severity is Severity.WARN), None)

    def answer(self, words: str) -> HttpResponse:
        if self.request.accepts("text/html"):
            messages.success(self.request, words)
            return redirect("safety:page", self.page.pk)
        return JsonResponse({"message": words})

    def refuse(self, words: str, status: int) -> HttpResponse:
        if self.request.accepts("text/html"):
            messages.error(self.request, words)
            return redirect("safety:page", self.page.pk)
        return JsonResponse({"message": words}, status=status)


class TakeBackView(GiveView):
    """POST the key of a warning that has a reason."""

    def post(self, request: HttpRequest, page_id: int) -> HttpResponse:
        if take_back(self.page, request.POST.get("key", ""), by=request.user):
            return self.answer("The reason is taken back. The page keeps where it is.")
        return self.refuse("The warning has no reason any more.", 409)


def below_page(view: Any, page: Page, label: str) -> list[dict[str, Any]]:
    """Home, the page's editor, and where one is."""
    return [
        *view.breadcrumbs_items,
        {
            "url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
            "label": page.get_admin_display_title(),
        },
        {"url": "", "label": label},
    ]
