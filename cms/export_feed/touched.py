"""What may have changed, as the journal says, becomes records, and ``gone`` of what is not there.

The journal says where to look and nothing more: whether a page is public now, and what it says,
is asked of the database as for a full feed. So too much in the journal costs time and is never
wrong. Only what was touched is looked at: one edit costs the same in a site of any size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Page

from cms.export_feed.clock import has_alert_ended, pages_changed_by_time
from cms.export_feed.cursor import Cursor, can_tell_since
from cms.export_feed.models import Change
from cms.export_feed.records import (
    Reading,
    Record,
    comment_records,
    document_records,
    image_records,
    page_records,
    page_types,
    redirect_records,
    site_records,
    slices,
    snippet_records,
)

GONE = "gone"
# SQLite takes 32,766 values in one statement, and an OR of a thousand parts.
CHUNK_IDS = 500
CHUNK_BRANCHES = 50
LONGEST_PATH = 255
Told = Iterator[tuple[Record, str]]


@dataclass(frozen=True, slots=True)
class Touched:
    """The ids of what may have changed, come or left; ``snippets`` by the label of their type."""

    site: bool
    pages: set[int]
    images: set[int]
    documents: set[int]
    snippets: dict[str, set[int]]
    redirects: set[int]
    comments: set[int]


def touched_since(
    seen: Cursor | None, head: Cursor, now: datetime, *, using: str
) -> Touched | None:
    """What to look at for a reader who has read up to ``seen``; ``None`` for everything."""
    if seen is None or not can_tell_since(seen, head, using=using):
        return None
    ids: defaultdict[str, set[int]] = defaultdict(set)
    snippets: defaultdict[str, set[int]] = defaultdict(set)
    branches: set[int] = set()
    changes = Change.objects.using(using).after(seen.number).order_by()
    for kind, label, object_id, with_descendants in changes.values_list(
        "kind", "type", "object_id", "with_descendants"
    ).distinct():
        (snippets[label] if label else ids[kind]).add(object_id)
        if with_descendants:
            branches.add(object_id)
    if ids["everything"]:
        return None
    has_time_passed = head.clock > seen.clock
    if has_time_passed:
        branches |= _ids(pages_changed_by_time(seen.clock, now, using=using))
    collections = _with_descendants(Collection, ids["collection"], using)
    return Touched(
        site=bool(ids["site"])
        or (has_time_passed and has_alert_ended(seen.clock, now, using=using)),
        pages=ids["page"] | _with_descendants(Page, branches, using),
        images=ids["image"] | _in_collections(get_image_model(), collections, using),
        documents=ids["document"] | _in_collections(get_document_model(), collections, using),
        snippets=dict(snippets),
        redirects=ids["redirect"],
        comments=ids["comment"],
    )


def read_touched(touched: Touched, reading: Reading) -> Told:
    """The records of what is public, kind by kind as in a full feed, then ``gone`` of the rest."""
    gone: list[Record] = []
    if touched.site:
        yield from site_records(reading)
    for ids in _chunks(touched.pages):
        yield from _told(_page_records(ids, reading), "page", ids, gone)
    public = touched.pages - {one["id"] for one in gone}
    for ids in _chunks(touched.images):
        narrow = replace(reading, images=reading.images.filter(pk__in=ids))
        yield from _told(image_records(narrow), "image", ids, gone)
    for ids in _chunks(touched.documents):
        narrow = replace(reading, documents=reading.documents.filter(pk__in=ids))
        yield from _told(document_records(narrow), "document", ids, gone)
    for model, snippets in reading.snippets.items():
        label = model._meta.label
        for ids in _chunks(touched.snippets.get(label, ())):
            narrow = replace(reading, snippets={model: snippets.filter(pk__in=ids)})
            yield from _told(snippet_records(narrow), "snippet", ids, gone, type=label)
    for ids in _chunks(touched.redirects | _redirects_to(touched.pages, reading)):
        redirects = reading.redirects.filter(pk__in=ids)
        targets = list(redirects.values_list("redirect_page", flat=True))
        narrow = replace(reading, redirects=redirects, pages=reading.pages.filter(pk__in=targets))
        yield from _told(redirect_records(narrow), "redirect", ids, gone)
    for ids in _chunks(touched.comments | _comments_on(public, reading)):
        comments = reading.comments.filter(pk__in=ids)
        pages = list(comments.values_list("page", flat=True))
        narrow = replace(reading, comments=comments, pages=reading.pages.filter(pk__in=pages))
        yield from _told(comment_records(narrow), "comment", ids, gone)
    for record in gone:
        yield record, ""


def _page_records(ids: list[int], reading: Reading) -> Told:
    """Asked once which of them are public, and then only for the types that these have."""
    public = dict(reading.pages.filter(pk__in=ids).values_list("pk", "content_type"))
    pages = Page.objects.using(reading.using).filter(pk__in=public).order_by()
    found = {ContentType.objects.get_for_id(one).model_class() for one in public.values()}
    types = [model for model in page_types() if model in found]
    return page_records(replace(reading, pages=pages), types)


def _told(records: Told, kind: str, ids: Iterable[int], gone: list[Record], **named: str) -> Told:
    """The records, and behind them into ``gone`` what is not among them."""
    found = set()
    for record, beside in records:
        found.add(record["id"])
        yield record, beside
    gone += ({"kind": GONE, "of": kind, **named, "id": one} for one in ids if one not in found)


def _redirects_to(pages: set[int], reading: Reading) -> set[int]:
    """Those that come and go with these pages, and those that Wagtail made past every signal."""
    redirects = Redirect.objects.using(reading.using)
    return {one for ids in _chunks(pages) for one in _ids(redirects.filter(redirect_page__in=ids))}


def _comments_on(pages: set[int], reading: Reading) -> set[int]:
    """Those that come and go with these pages, whether they show comments now or not. With a page
    that left, the exporter drops them."""
    comments = reading.comments.for_readers()
    return {one for ids in _chunks(pages) for one in _ids(comments.filter(page__in=ids))}


def _in_collections(model: type[Model], collections: set[int], using: str) -> set[int]:
    files = model._default_manager.using(using)
    return {one for ids in _chunks(collections) for one in _ids(files.filter(collection__in=ids))}


def _with_descendants(model: type[Page | Collection], ids: set[int], using: str) -> set[int]:
    """These and what lies below them now. What was below them and is not any more has left by a
    change of its own."""
    nodes = model.objects.using(using)
    found = set(ids)
    paths = [
        path
        for some in _chunks(ids)
        for path in nodes.filter(pk__in=some).order_by().values_list("path", flat=True)
    ]
    for branches in slices(_outermost(paths), CHUNK_BRANCHES):
        below = Q()
        for path in branches:
            # As a range, which both databases find by the index on the path.
            below |= Q(path__range=(path, path.ljust(LONGEST_PATH, "Z")))
        found |= _ids(nodes.filter(below))
    return found


def _outermost(paths: list[str]) -> list[str]:
    """Without those that lie below another one."""
    outermost: list[str] = []
    for path in sorted(paths):
        if not outermost or not path.startswith(outermost[-1]):
            outermost.append(path)
    return outermost


def _ids(rows: QuerySet) -> set[int]:
    return set(rows.order_by().values_list("pk", flat=True))


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    return slices(sorted(ids), CHUNK_IDS)
