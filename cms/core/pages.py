"""What every page type shares: its readers are on the static site, not here."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from wagtail import hooks
from wagtail.models import COMMENTS_RELATION_NAME, Page
from wagtail_headless_preview.models import HeadlessMixin

from cms.core.site import address_of

# What saving a draft of a live page writes to the page itself: nothing a reader sees.
DRAFT_FIELDS = frozenset(
    {
        COMMENTS_RELATION_NAME,
        "draft_title",
        "has_unpublished_changes",
        "latest_revision",
        "latest_revision_created_at",
    }
)


def is_draft_only(update_fields: Collection[str] | None) -> bool:
    """Whether a save that is limited to these fields leaves what readers see as it is."""
    return update_fields is not None and DRAFT_FIELDS.issuperset(update_fields)


class SitePage(HeadlessMixin, Page):
    """A page whose every address, "View live" included, is on the public site it belongs to.

    That is ``PLAINLEAF_SITE_URL`` for the default site, and the address in its record for any
    other. Asked for on the CMS itself, it redirects there.
    """

    class Meta:
        abstract = True

    def get_url_parts(self, request: HttpRequest | None = None) -> Any:
        """Wagtail's ``(site id, root address, path)`` with the public site as the root.

        Of two sites that share the page it is the default one, whichever host was asked.
        """
        parts = super().get_url_parts()
        if parts is None:
            return None
        site_id, root_url, path = parts
        return site_id, address_of(site_id, root_url), path

    @property
    def site_address(self) -> str:
        """Where its site is: ``https://two.example.org``."""
        parts = self.get_url_parts()
        return parts[1] if parts else settings.PLAINLEAF_SITE_URL

    def get_url(self, request: HttpRequest | None = None, current_site: Any = None) -> str | None:
        """Never relative: a path alone would lead to the CMS."""
        return self.get_full_url(request)

    url = property(get_url)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The answer of the one hook named ``serve_page_preview``: ``cms.preview`` gives it."""
        [serve] = hooks.get_hooks("serve_page_preview")
        response: HttpResponse = serve(self, request)
        return response
