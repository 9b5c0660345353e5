"""What every page type shares: its readers are on the static site, not here."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from wagtail import hooks
from wagtail.models import Page
from wagtail_headless_preview.models import HeadlessMixin


class SitePage(HeadlessMixin, Page):
    """A page whose every address, "View live" included, is on ``PLAINLEAF_SITE_URL``.

    Asked for on the CMS itself, it redirects there.
    """

    class Meta:
        abstract = True

    def get_url_parts(self, request: HttpRequest | None = None) -> Any:
        """Wagtail's ``(site id, root address, path)`` with the public site as the root."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        site_id, _, path = parts
        return site_id, settings.PLAINLEAF_SITE_URL, path

    def get_url(self, request: HttpRequest | None = None, current_site: Any = None) -> str | None:
        """Never relative: a path alone would lead to the CMS."""
        return self.get_full_url(request)

    url = property(get_url)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The answer of the one hook named ``serve_page_preview``: ``cms.preview`` gives it."""
        [serve] = hooks.get_hooks("serve_page_preview")
        response: HttpResponse = serve(self, request)
        return response
