"""All that is held about one person, in the admin: found, handed out as JSON, erased together.

An address is asked for and answered by POST alone, so that it stands in no address and no log.

| field | |
|---|---|
| `asked` | an e-mail address, or a receipt |
| `do` | `find`, `hand_out` or `erase` |
| `chosen` | `12:3`, a comment and its version, or `report:4`: all that was shown |
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from cms.comments.admin.export_view import as_file
from cms.comments.admin.queue_list import A_PERSONS_DATA, comment_url, list_url
from cms.comments.data_log import DataAction, DataEvent, note
from cms.comments.export import FORMATS
from cms.comments.models import Channel, ModerationError, ReaderComment
from cms.comments.person import (
    Asked,
    asked_for,
    comments_of,
    erase,
    handed_out,
    left_of,
    reports_of,
)
from cms.comments.report import Report

MOST_SHOWN = 100
LATEST = 20  # entries of the log


class PersonForm(forms.Form):
    asked = forms.CharField(
        max_length=320,
        label="E-mail address or receipt",
        help_text="The address that the person wrote with, or the code that the site showed.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PersonView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    model: type[ReaderComment] | None = None
    any_permission_required = ["export", "erase"]
    page_title = A_PERSONS_DATA
    header_icon = "comment"
    template_name = "comments/person.html"
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> Any:
        return self.show(PersonForm())

    def post(self, request: HttpRequest) -> Any:
        form = PersonForm(request.POST)
        try:
            if not form.is_valid():
                return self.show(form, status=422)
            asked = asked_for(form.cleaned_data["asked"])
        except ModerationError as error:
            form.add_error("asked", str(error))
            return self.show(form, status=422)
        match request.POST.get("do"):
            case "hand_out":
                return self.hand_out(asked)
            case "erase":
                return self.erase(form, asked)
        return self.show(form, asked)

    def hand_out(self, asked: Asked) -> Any:
        if not self.user_has_permission("export"):
            raise PermissionDenied
        number = comments_of(asked).count() + reports_of(asked).count()
        note(DataAction.HANDED_OUT, number, by=self.request.user, by_way_of="admin")
        return as_file(handed_out(asked), "what-is-held-about-you.json", FORMATS["json"])

    def erase(self, form: PersonForm, asked: Asked) -> Any:
        if not self.user_has_permission("erase"):
            raise PermissionDenied
        comments, reports = left_of(asked)
        seen = {*map(as_seen, comments), *map(as_seen, reports)}
        if set(self.request.POST.getlist("chosen")) != seen:
            messages.error(
                self.request,
                "Nothing was erased: these comments changed since you looked. Look again.",
            )
            return self.show(form, asked, status=409)
        try:
            number = erase(comments, reports, by=self.request.user, channel=Channel.ADMIN)
        except ModerationError as error:
            messages.error(self.request, str(error))
            return self.show(form, asked, status=409)
        messages.success(self.request, f"Erased: {number}.")
        return self.show(PersonForm())

    def show(self, form: PersonForm, asked: Asked | None = None, *, status: int = 200) -> Any:
        comments = comments_of(asked) if asked else ReaderComment.objects.none()
        number = comments.count()
        chosen = left_of(asked) if asked and self.user_has_permission("erase") else ([], [])
        return self.render_to_response(
            self.get_context_data(
                form=form,
                asked=asked,
                number=number,
                comments=[
                    (one, comment_url(one, list=list_url(tab="all")))
                    for one in comments.select_related("page")[:MOST_SHOWN]
                ],
                not_shown=max(0, number - MOST_SHOWN),
                same_address=self.same_address(comments) if asked and asked.receipt else None,
                reports=reports_of(asked) if asked else [],
                chosen=[as_seen(one) for some in chosen for one in some],
                can_view=self.user_has_permission("view"),
                can_export=self.user_has_permission("export"),
                log=DataEvent.objects.select_related("actor")[:LATEST],
            ),
            status=status,
        )

    def same_address(self, comments: Any) -> dict[str, Any] | None:
        """Others that name the address of the one comment that a receipt found."""
        address = next((one.email for one in comments if one.email), "")
        others = comments_of(asked_for(address)).count() - 1 if address else 0
        return {"address": address, "number": others} if others else None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": list_url(), "label": "Reader comments"},
            {"url": "", "label": self.page_title},
        ]


def as_seen(one: ReaderComment | Report) -> str:
    return f"report:{one.pk}" if isinstance(one, Report) else f"{one.pk}:{one.version}"
