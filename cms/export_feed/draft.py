"""One page that is not published, in the feed's shape, with stubs of all that it shows.

Whoever renders the answer needs nothing else, and gets what the feed will say of the page once
it is published: the same columns, through the same record makers. What is not public stays out
here too, so that a preview unlinks what the export would unlink. The exceptions are the pages
above a draft, which its breadcrumbs name.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Field, ForeignKey, Model, Q
from django.http import Http404
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Page

from cms.articles.models import ArticlePage
from cms.articles.reviewed import review_stands
from cms.core.models import SiteSettings
from cms.core.site import site_named
from cms.export_feed.columns import columns_of, own_fields
from cms.export_feed.cursor import read_head
from cms.export_feed.journal import number_changes
from cms.export_feed.records import (
    Reading,
    Record,
    comment_records,
    document_records,
    image_records,
    page_record_maker,
    page_records,
    reading_of,
    site_records,
    snippet_records,
)
from cms.export_feed.stream import FEED_VERSION, line, sealed_line

NEVER_SAVED = 0
STUB_FIELDS = ("summary", "withdrawn_on")
# No clinician has approved a draft whose words are others: it names none.
REVIEW_FIELDS = ("reviewer", "last_reviewed", "next_review_due")


class DraftElsewhereError(Http404):
    """The page is not below the root of the site that is asked; a view answers 404."""


def draft_answer(
    page: Page, *, site: str, now: datetime, user_bar: str, shared_until: datetime | None
) -> bytes:
    """NDJSON as the feed's; ``begin`` also has ``draft``, the page's id, ``user_bar``, and until
    when the link is good by which somebody without a login looks.

    ``page`` is an instance as an editor typed it; ``draft`` is 0 when it was never saved. Raises
    ``DraftElsewhereError``, or ``NoSuchSiteError`` where nothing is exported.
    """
    reading = reading_of(site_named(site, using=DEFAULT_DB_ALIAS), now, using=DEFAULT_DB_ALIAS)
    if not page.path.startswith(reading.site.root_page.path):
        raise DraftElsewhereError(f"'{page.title}' is not in the site of this edge.")
    number_changes()
    commenting = reading.comment_settings.commenting
    cursor = str(read_head(now, commenting, site=site, using=DEFAULT_DB_ALIAS).cursor)
    begin = {
        "kind": "begin",
        "version": FEED_VERSION,
        "now": now,
        "cursor": cursor,
        "full": False,
        "next_change_at": None,
        "draft": page.pk or NEVER_SAVED,
        "user_bar": user_bar,
        "shared_until": shared_until,
    }
    lines = [line(begin)]
    counts: Counter[str] = Counter()
    for record, beside in draft_records(page, reading):
        lines.append(sealed_line(record, beside))
        counts[record["kind"]] += 1
    lines.append(line({"kind": "end", "cursor": cursor, "counts": dict(counts)}))
    return b"".join(lines)


def draft_records(page: Page, reading: Reading) -> Iterator[tuple[Record, str]]:
    """The site, the draft in full, and as much of everything else as the draft shows."""
    narrow = reading_for(page, reading)
    yield from site_records(narrow)
    yield page_record(page, reading), ""
    for stub, beside in page_records(narrow):
        stub["fields"] = {
            name: stub["fields"][name] for name in STUB_FIELDS & stub["fields"].keys()
        }
        yield stub, beside
    yield from image_records(narrow)
    yield from document_records(narrow)
    yield from snippet_records(narrow)
    yield from comment_records(replace(reading, pages=reading.pages.filter(pk=page.pk)))


def page_record(page: Page, reading: Reading) -> Record:
    """The record of an instance, which need not be in the database."""
    record = page_record_maker(type(page), reading)(
        [
            page.pk or NEVER_SAVED,
            page.url_path,
            page.path,
            page.slug,
            page.title,
            page.seo_title,
            page.search_description,
            page.locale.language_code,
            page.translation_key,
            page.first_published_at,
            page.last_published_at,
            page.get_parent().pk,
            *(stored(field, page) for field in own_fields(type(page))),
        ]
    )
    if isinstance(page, ArticlePage) and not review_stands(page):
        record["fields"] |= dict.fromkeys(REVIEW_FIELDS)
    return record


def stored(field: Field, page: Page) -> Any:
    """The value of a column as the database would give it to the feed."""
    if isinstance(field, StreamField):
        return json.dumps(
            field.get_prep_value(field.value_from_object(page)), cls=DjangoJSONEncoder
        )
    return field.value_from_object(page)


def reading_for(page: Page, reading: Reading) -> Reading:
    """Narrowed to what the page and the menus lead to, the children, the page in other languages,
    and the pages above."""
    shown: defaultdict[type[Model], set[int]] = defaultdict(set)
    for instance in (page, getattr(reading.site, "sitesettings", None) or SiteSettings()):
        for model, object_id in references_of(instance):
            shown[model].add(object_id)
    root = reading.site.root_page
    above = [page.path[:end] for end in range(len(root.path), len(page.path), page.steplen)]
    children = Q(path__startswith=page.path, depth=page.depth + 1)
    translations = Q(translation_key=page.translation_key)
    led_to = reading.pages.filter(Q(pk__in={*shown[Page], root.pk}) | children | translations)
    return replace(
        reading,
        pages=Page.objects.filter(Q(pk__in=led_to) | Q(path__in=above)).exclude(pk=page.pk),
        images=reading.images.filter(pk__in=shown[get_image_model()]),
        documents=reading.documents.filter(pk__in=shown[get_document_model()]),
    )


def references_of(instance: Model) -> Iterator[tuple[type[Model], int]]:
    """What its own fields choose or link to, in blocks and rich text too: ``(Page, 12)``."""
    for field in columns_of(type(instance)):
        value = field.value_from_object(instance)
        if isinstance(field, ForeignKey):
            found = [] if value is None else [(field.related_model, value)]
        else:
            extract = getattr(field, "extract_references", lambda value: ())
            found = [(model, object_id) for model, object_id, *_ in extract(value)]
        for model, object_id in found:
            if str(object_id).isdecimal():
                yield (Page if issubclass(model, Page) else model), int(object_id)
