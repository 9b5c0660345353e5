"""One page that is not published, in the feed's shape, with stubs of all that it shows.

Whoever renders the answer needs nothing else, and gets what the feed will say of the page once
it is published: the same columns, through the same record maker. What is not public stays out
here too, so that a preview unlinks what the export would unlink. The exceptions are the pages
above a draft, which its breadcrumbs name.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Field, Model, QuerySet
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Page

from cms.core.models import SiteSettings
from cms.export_feed.columns import own_fields
from cms.export_feed.records import (
    Reading,
    Record,
    comment_records,
    document_records,
    image_records,
    page_record,
    page_records,
    site_records,
    snippet_records,
)
from cms.export_feed.stream import FEED_VERSION, default_site, line, sealed_line

NEVER_SAVED = 0
STUB_FIELDS = {"summary"}


class DraftElsewhereError(Exception):
    """The page is in no site that is exported."""


@dataclass(frozen=True, slots=True)
class DraftReading(Reading):
    """Reads as much of the site as one draft shows."""

    draft: Page
    shown: dict[type[Model], set[int]]

    def pages(self, model: type[Page] = Page) -> QuerySet[Any]:
        """Links, children and what the menus lead to, where public; and the pages above."""
        public = super(DraftReading, self).pages(model).filter(pk__in=self.shown[Page])
        above = model.objects.using(self.using).filter(pk__in=[page.pk for page in self.above()])
        return public.exclude(pk=self.draft.pk) | above

    def images(self) -> QuerySet[Any]:
        return super(DraftReading, self).images().filter(pk__in=self.shown[get_image_model()])

    def documents(self) -> QuerySet[Any]:
        shown = self.shown[get_document_model()]
        return super(DraftReading, self).documents().filter(pk__in=shown)
