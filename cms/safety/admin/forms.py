"""Forms of the admin that put a page before readers: they say all that is to be mended, and keep
what was typed. Saving a draft, or copying as a draft, asks nothing."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.forms.pages import CopyForm
from wagtail.models import Page

PUBLISH_BUTTON = "action-publish"


class JudgedPageForm(WagtailAdminPageForm):
    is_refused = False  # every field is fine, and the rules keep the page off the site

    def _post_clean(self) -> None:
        """After the page has everything that was typed; before anything is stored."""
        super()._post_clean()
        if PUBLISH_BUTTON in self.data and not self.is_deferred_validation and not self.errors:
            try:
                self.instance.require_fit()
            except ValidationError as refused:
                self.is_refused = True
                self.add_error(None, refused)


class JudgedCopyForm(CopyForm):
    def clean(self) -> dict[str, Any]:
        """A copy is a page of its own: a review of its original is none of it."""
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("publish_copies") and not cleaned.get("alias"):
            pages = Page.objects.filter(pk=self.page.pk)
            if cleaned.get("copy_subpages"):
                pages = self.page.get_descendants(inclusive=True)
            for page in pages.live().specific().iterator(chunk_size=50):
                try:
                    _as_copied(page).require_fit()
                except ValidationError as refused:
                    first = refused.messages[0]
                    self.add_error(
                        "publish_copies",
                        f"The copy of “{page.title}” would be refused: {first} Copy it as a draft.",
                    )
        return cleaned


def _as_copied(page: Any) -> Any:
    """The page as one that is not stored yet."""
    copied = copy(page)
    copied.id = copied.pk = None
    return copied
