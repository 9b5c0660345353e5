"""A page that asks whether all comments of an article are to be looked at again, and its POST."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views import View
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.models import Page

from cms.comments.admin.queue_list import list_url
from cms.comments.models import ReaderComment
from cms.comments.rereview import ask_again, to_ask_about


class RereviewView(PermissionCheckedMixin, View):
    any_permission_required = ["moderate"]
    model: type[ReaderComment] | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.page = get_object_or_404(Page, pk=kwargs["page_id"])

    def get(self, request: HttpRequest, page_id: int) -> HttpResponse:
        number = to_ask_about(self.page).count()
        queue_url = list_url(tab="all", page=page_id)
        return TemplateResponse(
            request,
            "comments/rereview.html",
            {"page": self.page, "number": number, "queue_url": queue_url},
        )

    def post(self, request: HttpRequest, page_id: int) -> HttpResponse:
        number = ask_again(to_ask_about(self.page), by=request.user)
        noun = "comment comes" if number == 1 else "comments come"
        messages.success(request, f"{number} {noun} up for another look. Readers still see them.")
        return redirect(list_url(tab="rereview", page=page_id))
