"""Two pages that ask first: take a page off the site at once, and let it go live again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from cms.safety.admin.page_view import below_page
from cms.safety.withdrawal import RefusedToWithdraw, Withdrawal, let_back, withdraw


class WhyForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Editors and operators read this; readers do not.",
    )


class AskView(WagtailAdminTemplateMixin, FormView):
    """For whoever may publish the page."""

    form_class = WhyForm
    header_icon = "warning"
    button = ""
    is_withdrawal = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.page = get_object_or_404(Page, pk=kwargs["page_id"]).specific
        if not self.page.permissions_for_user(request.user).can_publish():
            raise PermissionDenied

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return below_page(self, self.page, self.get_page_title())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            page=self.page,
            button=self.button,
            below=self.page.get_descendants().live().count(),
            withdrawal=Withdrawal.objects.filter(page_id=self.page.pk).first(),
            **kwargs,
        )


class WithdrawView(AskView):
    page_title = "Take off the site now"
    button = "Yes, take it off"
    template_name = "safety/withdraw.html"

    def form_valid(self, form: WhyForm) -> HttpResponse:
        try:
            withdraw(self.page, reason=form.cleaned_data["reason"], by=self.request.user)
        except RefusedToWithdraw as refused:
            form.add_error("reason", str(refused))
            return self.form_invalid(form)
        messages.success(
            self.request,
            f"“{self.page.get_admin_display_title()}” leaves the site, within seconds. It stays "
            "off until somebody ends the withdrawal and publishes it.",
        )
        return redirect("wagtailadmin_explore", self.page.get_parent().pk)


class LetBackView(AskView):
    page_title = "End the withdrawal"
    button = "Yes, it may go live again"
    template_name = "safety/let_back.html"

    def form_valid(self, form: WhyForm) -> HttpResponse:
        let_back(self.page, reason=form.cleaned_data["reason"], by=self.request.user)
        messages.success(self.request, "The page may go live again. Publish it when it is right.")
        return redirect("wagtailadmin_pages:edit", self.page.pk)


def tell_of_withdrawal(request: HttpRequest, page: Page) -> None:
    """Above the form of a page that is off the site: that it is, and the way back."""
    withdrawal = Withdrawal.objects.filter(page_id=page.pk).first()
    if withdrawal is None:
        return
    buttons = []
    if page.permissions_for_user(request.user).can_publish():
        url = reverse("safety:let_back", args=[page.pk])
        buttons.append(messages.button(url, "End the withdrawal…"))
    messages.error(
        request,
        f"This page is off the site, and no draft, schedule or workflow brings it back: "
        f"“{withdrawal.reason}”",
        buttons=buttons,
    )
