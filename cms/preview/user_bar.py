"""Wagtail's user bar for a page that another origin serves.

The editor's preview panel needs it: its script asks the panel for the scroll position, and
without that message the panel waits ten seconds before it shows an update.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from wagtail.admin.userbar import ContentCheckerItem, Userbar
from wagtail.models import Page

from cms.core.addresses import origin_of
from cms.core.site import site_addresses


def user_bar(page: Page, *, user: Any, in_panel: bool) -> str:
    """Its HTML, every address absolute and at ``PLAINLEAF_ADMIN_URL``."""
    request = AdminRequest()
    request.user = user
    request.in_preview_panel = in_panel
    html = Userbar(object=page).render_html({"request": request}) + format_html(
        '<script src="{}"></script>', static("preview/js/show-then-check.js")
    )
    admin = origin_of(settings.PLAINLEAF_ADMIN_URL)
    # Wagtail leaves out the protocol, which the site need not share with the admin.
    html = html.replace(f'"//{request.get_host()}', f'"{admin}')
    return html.replace(f'"{settings.STATIC_URL}', f'"{admin}{settings.STATIC_URL}')


class AdminRequest(HttpRequest):
    """A request as if made to the admin's public address.

    The one at hand comes from the edge, and names a host that no browser may know.
    """

    is_preview = True
    is_editing = True
    in_preview_panel: bool
    user: Any

    def __init__(self) -> None:
        super().__init__()
        self.method = "GET"

    def get_host(self) -> str:
        return urlsplit(settings.PLAINLEAF_ADMIN_URL).netloc

    def _get_scheme(self) -> str:
        return urlsplit(settings.PLAINLEAF_ADMIN_URL).scheme


class CrossOriginContentChecker(ContentCheckerItem):
    """Wagtail's content checks, run from the admin in a frame of a public site and back."""

    def get_axe_spec(self, request: HttpRequest) -> dict[str, Any]:
        return {
            **super().get_axe_spec(request),
            "allowedOrigins": sorted(
                {
                    origin_of(settings.PLAINLEAF_ADMIN_URL),
                    *map(origin_of, site_addresses()),
                }
            ),
        }


def let_frames_talk(request: HttpRequest, items: list[Any], page: Page | None) -> None:
    """Hook: put our content checker in place of Wagtail's."""
    items[:] = [
        CrossOriginContentChecker(item.in_editor) if isinstance(item, ContentCheckerItem) else item
        for item in items
    ]
