from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from cms.preview.models import Preview
from cms.preview.share_view import (
    SHARED,
    STOPPED,
    AllSharedView,
    ShareView,
    StopView,
    share_url,
)
from cms.preview.shared import may_share
from cms.preview.user_bar import let_frames_talk
from cms.safety.admin.policy import works_on_pages


class SharedDraftsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(settings.PLAINLEAF_SHARE_DAYS) and works_on_pages(request.user)


@hooks.register("serve_page_preview")
def show_at_the_edge(page: Page, request: HttpRequest) -> HttpResponseRedirect:
    preview = Preview.objects.keep(
        page, user=request.user, is_editing=getattr(request, "is_editing", False)
    )
    return redirect(preview.url(in_panel=getattr(request, "in_preview_panel", False)))


@hooks.register("insert_editor_js")
def follow_quickly() -> str:
    return format_html('<script src="{}"></script>', static("preview/js/quick-preview.js"))


@hooks.register("register_admin_urls")
def register_share_urls() -> list[URLPattern]:
    return [
        path("shared-drafts/", AllSharedView.as_view(), name="shared_drafts"),
        path("shared-drafts/<int:page_id>/", ShareView.as_view(), name="share_draft"),
        path(
            "shared-drafts/<int:page_id>/<uuid:key>/end/", StopView.as_view(), name="stop_sharing"
        ),
    ]


@hooks.register("register_page_header_buttons")
def offer_sharing(
    page: Page, user: Any, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    if may_share(page, user):
        yield Button("Share draft", share_url(page), icon_name="link-external", priority=68)


@hooks.register("register_reports_menu_item")
def list_shared() -> MenuItem:
    return SharedDraftsMenuItem(
        "Shared drafts", reverse("shared_drafts"), icon_name="link-external", order=900
    )


@hooks.register("register_log_actions")
def name_log_actions(actions: Any) -> None:
    actions.register_action(SHARED, "Share draft", "Made a link to the draft")
    actions.register_action(STOPPED, "End shared link", "Ended a link to the draft")


hooks.register("construct_wagtail_userbar", let_frames_talk)
