from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.models import Page

from cms.preview.models import Preview
from cms.preview.user_bar import let_frames_talk


@hooks.register("serve_page_preview")
def show_at_the_edge(page: Page, request: HttpRequest) -> HttpResponseRedirect:
    preview = Preview.objects.keep(
        page, user=request.user, is_editing=getattr(request, "is_editing", False)
    )
    return redirect(preview.url(in_panel=getattr(request, "in_preview_panel", False)))


@hooks.register("insert_editor_js")
def follow_quickly() -> str:
    return format_html('<script src="{}"></script>', static("preview/js/quick-preview.js"))


hooks.register("construct_wagtail_userbar", let_frames_talk)
