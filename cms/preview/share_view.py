"""The admin's page from which a draft is shown to somebody without a login."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log
from wagtail.models import Page

from cms.preview.shared import SharedDraft, may_share

SHARED, STOPPED = "plainleaf.share_draft", "plainleaf.stop_sharing"


class ShareForm(forms.ModelForm):
    class Meta:
        model = SharedDraft
        fields = ["note"]


class ShareView(WagtailAdminTemplateMixin, TemplateView):
    """The links to one page, the newest first, and the way to one more."""

    page_title = "Share draft"
    header_icon = "link-external"
    template_name = "preview/share.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.page = get_object_or_404(Page, pk=kwargs["page_id"])
        if not may_share(self.page, request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, page_id: int) -> HttpResponse:
        form = ShareForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        shared = SharedDraft.objects.share(
            self.page, by=request.user, note=form.cleaned_data["note"]
        )
        log(self.page, SHARED, user=request.user, data={"note": shared.note})
        messages.success(request, "The link is made. Copy it from the list and send it.")
        return redirect(share_url(self.page))

    def get_page_subtitle(self) -> str:
        return str(self.page.get_admin_display_title())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        edit_url = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
        return [
            *self.breadcrumbs_items,
            {"url": edit_url, "label": self.page.get_admin_display_title()},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        links = SharedDraft.objects.filter(page=self.page).select_related("made_by")
        return super().get_context_data(
            **{"form": ShareForm(), **kwargs},
            page=self.page,
            links=links,
            days=settings.PLAINLEAF_SHARE_DAYS,
        )


class StopView(ShareView):
    """The POST that ends one link of the page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, page_id: int, **kwargs: Any) -> HttpResponse:
        shared = get_object_or_404(SharedDraft, page=self.page, key=kwargs["key"])
        shared.end()
        log(self.page, STOPPED, user=request.user, data={"note": shared.note})
        messages.success(request, "The link has ended: it opens nothing any more.")
        return redirect(share_url(self.page))


class AllSharedView(WagtailAdminTemplateMixin, TemplateView):
    """Every open link to a page that whoever looks may edit."""

    page_title = "Shared drafts"
    header_icon = "link-external"
    template_name = "preview/shared.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        links = SharedDraft.objects.select_related("page", "made_by")
        mine = [one for one in links if one.is_open and may_share(one.page, self.request.user)]
        return super().get_context_data(links=mine, **kwargs)


def share_url(page: Page) -> str:
    return reverse("share_draft", args=[page.pk])
