"""Which events of the CMS are changes of the site, and which prepare a file for it.

A signal is a wake-up, not the truth: what is public is asked of the database whenever a feed is
read. Bulk updates and SQL send none; the exporter's regular reconcile finds those.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection as Container
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    COMMENTS_RELATION_NAME,
    Collection,
    CollectionViewRestriction,
    Page,
    PageViewRestriction,
    Site,
    get_page_models,
)
from wagtail.signals import page_slug_changed, page_unpublished, post_page_move

from cms.comments.models import ReaderComment, State
from cms.core.models import SiteSettings
from cms.export_feed.files import measure_document
from cms.export_feed.journal import ChangeKind, record_change
from cms.export_feed.records import SNIPPET_MODELS
from cms.export_feed.renditions import make_renditions

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


def connect_signals() -> None:
    for page_model in get_page_models():
        post_save.connect(page_saved, sender=page_model)
    # A page of any type is deleted as its type and as a ``Page``: once is enough.
    post_delete.connect(page_changed, sender=Page)
    for signal in (page_unpublished, post_page_move, page_slug_changed):
        signal.connect(page_changed)

    watch(PageViewRestriction, "page", lambda restriction: restriction.page_id)
    watch(CollectionViewRestriction, "collection", lambda restriction: restriction.collection_id)
    watch(Collection, "collection")
    watch(get_image_model(), "image")
    watch(get_document_model(), "document")
    watch(Redirect, "redirect")
    watch(Site, "site")
    watch(SiteSettings, "site", lambda shared: shared.site_id)
    for snippet_model in SNIPPET_MODELS:
        watch(snippet_model, "snippet")

    post_save.connect(comment_saved, sender=ReaderComment)
    post_delete.connect(comment_changed, sender=ReaderComment)
    post_save.connect(image_saved, sender=get_image_model())
    post_save.connect(document_saved, sender=get_document_model())


def watch(
    model: type[Model],
    kind: ChangeKind,
    id_of: Callable[[Any], int] = lambda instance: instance.pk,
) -> None:
    """Record every save and every deletion of this model as a change of ``kind``."""

    def record(instance: Model, **kwargs: Any) -> None:
        record_change(kind, id_of(instance))

    post_save.connect(record, sender=model, weak=False)
    post_delete.connect(record, sender=model, weak=False)


def page_saved(instance: Page, update_fields: Container[str] | None, **kwargs: Any) -> None:
    is_draft_only = update_fields is not None and DRAFT_FIELDS.issuperset(update_fields)
    if instance.live and not is_draft_only:
        record_change("page", instance.pk)


def page_changed(instance: Page, **kwargs: Any) -> None:
    record_change("page", instance.pk)


def comment_saved(instance: ReaderComment, created: bool, **kwargs: Any) -> None:
    """A comment that has just come in is held: readers see no change."""
    if not created or instance.state == State.APPROVED:
        record_change("comment", instance.pk)


def comment_changed(instance: ReaderComment, **kwargs: Any) -> None:
    record_change("comment", instance.pk)


def image_saved(instance: Model, **kwargs: Any) -> None:
    _after_commit(make_renditions, instance)


def document_saved(instance: Model, **kwargs: Any) -> None:
    _after_commit(measure_document, instance)


def _after_commit(prepare: Callable[[Any], object], saved: Model) -> None:
    """Prepare the file of what was saved, unless it is gone by then.

    After the commit, since the admin's form deletes renditions once it has saved the image. A
    file that cannot be read must not fail the request that has saved it: Django logs the error,
    the file stays out of the feed, and ``manage.py make_renditions`` names it again.
    """

    def prepare_stored() -> None:
        if stored := type(saved)._base_manager.filter(pk=saved.pk).first():
            prepare(stored)

    transaction.on_commit(prepare_stored, robust=True)
