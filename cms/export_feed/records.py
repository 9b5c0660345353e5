"""Read every record of the feed: a few queries a kind, one more for each 500 pages.

A record is a ``dict`` in the order of docs/export-feed.md, without its fingerprint. Rows stream
through; no page becomes a model instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Length, Substr
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.images import get_image_model
from wagtail.models import Page, Site, get_page_models

from cms.articles.models import GlossaryTerm, Helpline, Person
from cms.articles.notice import leave_the_notice
from cms.comments.models import (
    CommentSettings,
    ReaderComment,
    ReaderCommentQuerySet,
    State,
)
from cms.core.models import SiteSettings
from cms.core.public import public_documents, public_images
from cms.export_feed.columns import as_stored, as_value, own_fields
from cms.export_feed.renditions import fingerprint_of, mime_of, preset_of
from cms.safety.public import public_pages

T = TypeVar("T")
Record = dict[str, Any]

CHUNK_ROWS = 500
SNIPPET_MODELS: tuple[type[Model], ...] = (Helpline, Person, GlossaryTerm)


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read from: a site at an instant, and which objects of it, as querysets without an
    order.

    ``redirects`` and ``comments`` may hold more than is public: of them, only what belongs to
    ``pages`` is read. All go through the database alias ``using``.
    """

    site: Site
    now: datetime
    pages: QuerySet[Page]
    images: QuerySet[Any]
    documents: QuerySet[Any]
    snippets: Mapping[type[Model], QuerySet[Any]]
    redirects: QuerySet[Redirect]
    comments: ReaderCommentQuerySet
    comment_settings: CommentSettings
    using: str


def reading_of(site: Site, now: datetime, *, using: str) -> Reading:
    """All that is public of a site at ``now``."""
    return Reading(
        site=site,
        now=now,
        pages=public_pages(now, site=site, using=using).order_by(),
        images=public_images(using=using).order_by(),
        documents=public_documents(using=using).order_by(),
        snippets={
            model: model._default_manager.using(using).order_by() for model in SNIPPET_MODELS
        },
        redirects=Redirect.objects.using(using),
        comments=ReaderComment.objects.using(using),
        comment_settings=CommentSettings.in_force(using),
        using=using,
    )


def read_records(reading: Reading) -> Iterator[tuple[Record, str]]:
    """Every record, and what its fingerprint covers beside the record itself."""
    for read in (
        site_records,
        page_records,
        image_records,
        document_records,
        snippet_records,
        redirect_records,
        comment_records,
    ):
        yield from read(reading)


def site_records(reading: Reading) -> Iterator[tuple[Record, str]]:
    site = reading.site
    shared = getattr(site, "sitesettings", None) or SiteSettings(site=site)
    yield (
        {
            "kind": "site",
            "id": site.pk,
            "name": site.site_name or settings.WAGTAIL_SITE_NAME,
            "language": settings.LANGUAGE_CODE,
            "root_page": site.root_page_id,
            "strapline": shared.strapline,
            "main_menu": _menu(shared.main_menu),
            "footer_menu": _menu(shared.footer_menu),
            "footer_text": shared.footer_text,
            "comment_policy_page": shared.comment_policy_page_id,
            "privacy_page": shared.privacy_page_id,
            "lists_page_size": shared.lists_page_size,
            "comments_page_size": reading.comment_settings.page_size,
            "advice_statement": shared.advice_statement,
            "side_effect_reporting": [
                {name: block["value"][name] for name in ("country", "label", "url")}
                for block in shared.side_effect_reporting.get_prep_value()
            ],
            "alert": _alert(shared, reading.now),
        },
        "",
    )


def _alert(shared: SiteSettings, now: datetime) -> Record | None:
    """What stands above every page at this instant, if anything does."""
    if not shared.alert_text or (shared.alert_until and shared.alert_until <= now):
        return None
    return {"text": shared.alert_text, "level": shared.alert_level, "until": shared.alert_until}


def page_records(
    reading: Reading, types: Iterable[type[Page]] | None = None
) -> Iterator[tuple[Record, str]]:
    """Page type by page type, each in the order of the tree; ``types`` are all unless given."""
    for model in page_types() if types is None else types:
        keys = reading.pages.filter(**_exactly(model)).order_by("path").values_list("pk", flat=True)
        record_of = page_record_maker(model, reading)
        # Their numbers first: a database that puts whole rows in order reads the last of them
        # before it gives the first.
        for chunk in slices(list(keys), CHUNK_ROWS):
            rows = (
                model.objects.using(reading.using)
                .filter(pk__in=chunk)
                .order_by("path")
                .values_list(
                    *PAGE_COLUMNS, _parent_id(reading.using), *map(as_stored, own_fields(model))
                )
            )
            for row in rows:
                yield record_of(row), ""


def slices(items: list[T], size: int) -> Iterator[list[T]]:
    """``slices([1, 2, 3], 2)`` is ``[1, 2]``, then ``[3]``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def page_types() -> list[type[Page]]:
    """Always in the same order."""
    return sorted(
        (model for model in get_page_models() if model is not Page),
        key=lambda model: model._meta.label,
    )


PAGE_COLUMNS = (
    "pk",
    "url_path",
    "path",
    "slug",
    "title",
    "seo_title",
    "search_description",
    "locale__language_code",
    "translation_key",
    "first_published_at",
    "last_published_at",
)


def page_record_maker(model: type[Page], reading: Reading) -> Callable[[Sequence[Any]], Record]:
    """A function from a row to a record, with everything that all rows share worked out once.

    A row holds ``PAGE_COLUMNS``, the number of the parent, and the columns of the type itself as
    ``own_fields`` orders and ``as_stored`` selects them.
    """
    own = own_fields(model)
    names = [field.name for field in own]
    type_name = model._meta.label
    root, commenting = reading.site.root_page, reading.comment_settings.commenting
    # "/home/medicines/" below "/home/" is "/medicines/": the slash at the end of the root stays.
    below = len(root.url_path) - 1

    def record_of(row: Sequence[Any]) -> Record:
        (
            page_id,
            url_path,
            path,
            slug,
            title,
            seo_title,
            search_description,
            locale,
            translation_key,
            first_published_at,
            last_published_at,
            parent_id,
            *stored,
        ) = row
        fields = {
            name: as_value(field, value)
            for name, field, value in zip(names, own, stored, strict=True)
        }
        if fields.get("withdrawn_on"):
            leave_the_notice(fields)
        if "comments_mode" in fields:  # what the page says, put together with the whole site
            fields["comments_mode"], fields["comments_close_on"] = commenting.on(
                fields["comments_mode"], fields["comments_close_on"], last_published_at
            )
        return {
            "kind": "page",
            "id": page_id,
            "type": type_name,
            "path": url_path[below:],
            "parent": None if page_id == root.pk else parent_id,
            # Its place among its siblings: the last step of the tree's path. More of it would
            # change a whole section whenever another one is put before it.
            "position": path[-Page.steplen :],
            "slug": slug,
            "title": title,
            "seo_title": seo_title,
            "search_description": search_description,
            "locale": locale,
            "translation_key": translation_key,
            "first_published_at": first_published_at,
            "last_published_at": last_published_at,
            "fields": fields,
        }

    return record_of


def _exactly(model: type[Page]) -> dict[str, str]:
    """A lookup for pages of this type and of none derived from it."""
    return {
        "content_type__app_label": model._meta.app_label,
        "content_type__model": model._meta.model_name,
    }


def _parent_id(using: str) -> Subquery:
    parent_path = Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Page.steplen)
    return Subquery(Page.objects.using(using).filter(path=parent_path).order_by().values("pk")[:1])


def image_records(reading: Reading) -> Iterator[tuple[Record, str]]:
    """Public images with the renditions of their present file; one without any is left out."""
    rows = (
        get_image_model()
        .get_rendition_model()
        .objects.using(reading.using)
        .filter(image__in=reading.images)
        .order_by("image_id", "width", "filter_spec", "pk")
        .values_list(
            "image_id",
            "image__title",
            "image__width",
            "image__height",
            "image__file_hash",
            "pk",
            "width",
            "height",
            "filter_spec",
            "focal_point_key",
        )
        .iterator(chunk_size=CHUNK_ROWS)
    )
    for image, rows_of_image in groupby(rows, itemgetter(slice(5))):
        image_id, title, width, height, file_hash = image
        renditions = rendition_records([row[5:] for row in rows_of_image], file_hash)
        if renditions:
            yield (
                {
                    "kind": "image",
                    "id": image_id,
                    "title": title,
                    "width": width,
                    "height": height,
                    "renditions": renditions,
                },
                "",
            )


def rendition_records(rows: Iterable[tuple[Any, ...]], file_hash: str) -> list[Record]:
    """From their number, width, height, filter spec and focal point key, in the order of width.

    The narrowest first, no width twice in one format: a photo turned by its camera's note of
    how it was held can come out narrower than was asked for."""
    renditions: dict[tuple[str, int], Record] = {}
    for rendition_id, width, height, filter_spec, focal_point_key in rows:
        mime = mime_of(filter_spec, file_hash)
        if mime and (mime, width) not in renditions:
            renditions[mime, width] = {
                "id": rendition_id,
                "preset": preset_of(filter_spec),
                "width": width,
                "height": height,
                "mime": mime,
                "url": reverse("export_feed:rendition", args=[rendition_id]),
                "fingerprint": fingerprint_of(filter_spec, file_hash, focal_point_key),
            }
    return list(renditions.values())


def document_records(reading: Reading) -> Iterator[tuple[Record, str]]:
    """Public documents whose size and hash are known; the hash is part of the fingerprint only."""
    rows = (
        reading.documents.exclude(file_hash="")
        .exclude(file_size=None)
        .order_by("pk")
        .values_list("pk", "title", "file", "file_size", "file_hash")
    )
    for document_id, title, file, size, file_hash in rows.iterator(chunk_size=CHUNK_ROWS):
        yield (
            {
                "kind": "document",
                "id": document_id,
                "title": title,
                "filename": PurePosixPath(file).name,
                "size": size,
                "url": reverse("export_feed:document", args=[document_id]),
            },
            file_hash,
        )


def snippet_records(reading: Reading) -> Iterator[tuple[Record, str]]:
    """Only the types listed above: a snippet may be private, as reader comments are."""
    for model, snippets in reading.snippets.items():
        own = own_fields(model)
        rows = snippets.order_by("pk").values_list("pk", *map(as_stored, own))
        for snippet_id, *stored in rows.iterator(chunk_size=CHUNK_ROWS):
            yield (
                {
                    "kind": "snippet",
                    "type": model._meta.label,
                    "id": snippet_id,
                    "fields": {
                        field.name: as_value(field, value)
                        for field, value in zip(own, stored, strict=True)
                    },
                },
                "",
            )


def redirect_records(reading: Reading) -> Iterator[tuple[Record, str]]:
    """Redirects of this site and global ones; a site's own beats a global one of the same path.

    One that leads to a page which is not public is left out: it would tell of that page.
    """
    own = Redirect.objects.using(reading.using).filter(
        site=reading.site, old_path=OuterRef("old_path")
    )
    rows = (
        reading.redirects.filter(Q(site=reading.site) | Q(site=None) & ~Exists(own))
        .filter(Q(redirect_page=None) | Q(redirect_page__in=reading.pages))
        .exclude(redirect_page=None, redirect_link="")
        .order_by("pk")
        .values_list("pk", "old_path", "redirect_page_id", "redirect_link", "is_permanent")
    )
    for redirect_id, old_path, page_id, link, is_permanent in rows.iterator(chunk_size=CHUNK_ROWS):
        yield (
            {
                "kind": "redirect",
                "id": redirect_id,
                "path": old_path,
                "target_page": page_id,
                "target_url": "" if page_id else link,
                "permanent": is_permanent,
            },
            "",
        )


def comment_records(reading: Reading) -> Iterator[tuple[Record, str]]:
    """Approved comments of the pages in this feed: a name, a text and a time, the reply of the
    staff, and nothing else. Of an erased one only that reply."""
    rows = (
        reading.comments.publishable()
        .filter(page__in=reading.pages)
        .order_by("pk")
        .values_list(
            *("pk", "page_id", "state", "name", "text", "posted_at", "edition"),
            *("reply__name", "reply__text", "reply__posted_at"),
        )
    )
    for row in rows.iterator(chunk_size=CHUNK_ROWS):
        comment_id, page_id, state, name, text, posted_at, edition, *reply = row
        replier, answer, replied_at = reply
        is_removed = state == State.ERASED
        yield (
            {
                "kind": "comment",
                "id": comment_id,
                "page": page_id,
                "name": "" if is_removed else name,
                "text": "" if is_removed else text,
                "posted_at": replied_at if is_removed else posted_at,
                "reply": answer and {"name": replier, "text": answer, "posted_at": replied_at},
                "edition": edition,
            },
            "",
        )


def _menu(stream: Any) -> list[Record]:
    return [
        {
            "label": value.get("label") or "",
            "page": value.get("page"),
            "url": value.get("url") or "",
        }
        for value in (block["value"] for block in stream.get_prep_value())
    ]
