"""The page that hands out the comments of a list as a file. It asks first, and is noted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from cms.comments.admin.queue_list import QueueView, list_at, list_url
from cms.comments.data_log import DataAction, note
from cms.comments.export import COLUMNS, EMAIL, FORMATS, exported
from cms.comments.models import ReaderComment

NAMES_A_READER = ("q", "network")  # filters whose words are not kept in the log


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=[("csv", "CSV, for a spreadsheet"), ("json", "JSON, for a program")],
        initial="csv",
        widget=forms.RadioSelect,
    )
    with_email = forms.BooleanField(
        required=False,
        label="With the readers' e-mail addresses",
        help_text="They are private. Leave them out unless you need them.",
    )


class ExportView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """``?list=`` is the address of the list, with its tab, its search and its filters."""

    model: type[ReaderComment] | None = None
    permission_required = "export"
    page_title = "Export reader comments"
    header_icon = "comment"
    template_name = "comments/export.html"
    http_method_names = ["get", "post"]

    @cached_property
    def shown(self) -> QueueView:
        return list_at(self.request, self.request.GET.get("list", ""))

    @property
    def misses_a_filter(self) -> bool:
        """A filter that makes no sense filters nothing, so all comments would go out."""
        return bool(self.shown.filters) and not self.shown.filters.is_valid()

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(ExportForm())

    def post(self, request: HttpRequest) -> Any:
        form = ExportForm(request.POST)
        if self.misses_a_filter or not form.is_valid():
            return self.show(form, status=422)
        comments = self.shown.get_queryset()
        format, with_email = form.cleaned_data["format"], form.cleaned_data["with_email"]
        note(
            DataAction.EXPORTED,
            comments.count(),
            by=request.user,
            format=format,
            **({"with": "e-mail addresses"} if with_email else {}),
            **filters_in_words(self.shown),
        )
        name = f"reader-comments-{timezone.localdate().isoformat()}.{format}"
        return as_file(exported(comments, format, with_email=with_email), name, FORMATS[format])

    def show(self, form: ExportForm, *, status: int = 200) -> HttpResponse:
        context = self.get_context_data(
            form=form,
            comments=self.shown.get_queryset().count(),
            misses_a_filter=self.misses_a_filter,
            columns=COLUMNS,
            email_column=EMAIL,
            back=self.shown.here,
        )
        return self.render_to_response(context, status=status)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": list_url(), "label": "Reader comments"},
            {"url": "", "label": "Export"},
        ]


def filters_in_words(shown: QueueView) -> dict[str, str]:
    """``{"tab": "approved", "age": "last-week", "q": "(not kept)"}``."""
    asked = {"tab": shown.tab.code}
    for name in ("q", *(shown.filters.filters if shown.filters else ())):
        if value := shown.request.GET.get(name, "").strip():
            asked[name] = "(not kept)" if name in NAMES_A_READER else value[:100]
    return asked


def as_file(pieces: Any, name: str, content_type: str) -> StreamingHttpResponse:
    """A download. Wagtail forbids whatever is on its way to keep anything of the admin."""
    return StreamingHttpResponse(
        pieces,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
