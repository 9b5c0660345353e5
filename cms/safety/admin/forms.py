"""Forms of the admin that put a page before readers: they say all that is to be mended, and keep
what was typed. Saving a draft, or copying as a draft, asks nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.forms.pages import CopyForm
from wagtail.models import Page

from cms.safety.findings import Finding

PUBLISH_BUTTON = "action-publish"
SUBMIT_BUTTON = "action-submit"
# What is submitted asks for a review: that it has none is no news.
OF_THE_REVIEW = frozenset({"S5", "S6"})


class JudgedPageForm(WagtailAdminPageForm):
    """``refused_by_rules`` is what they say, with its words: of a version that was to go live, and
    of one that a field kept from being submitted, so that all is read at once."""

    refused_by_rules: Mapping[Finding, str] = MappingProxyType({})

    def _post_clean(self) -> None:
        """After the page has everything that was typed; before anything is stored."""
        super()._post_clean()
        if self.is_deferred_validation:
            return
        if PUBLISH_BUTTON in self.data:
            self._refuse(dict(self._refusals()))
        elif SUBMIT_BUTTON in self.data and self.errors:
            refusals = dict(self._refusals())
            self._refuse({one: refusals[one] for one in refusals if one.rule not in OF_THE_REVIEW})

    def _refusals(self) -> Iterator[tuple[Finding, str]]:
        try:
            self.as_typed.require_fit()
        except ValidationError as refused:
            yield from zip(refused.findings, refused.messages, strict=True)

    def _refuse(self, refusals: Mapping[Finding, str]) -> None:
        self.refused_by_rules = dict(refusals)
        if refusals:
            self.add_error(None, list(refusals.values()))

    @cached_property
    def as_typed(self) -> Any:
        """The page with what a field refuses, too, as a draft would keep it."""
        if not self.errors:
            return self.instance
        draft = type(self)(
            self.data,
            self.files,
            instance=copy(self.instance),
            parent_page=self.parent_page,
            subscription=self.subscription,
            for_user=self.for_user,
        )
        draft.defer_required_fields()
        draft.is_valid()
        return draft.instance


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
