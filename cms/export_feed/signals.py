"""Which events of the CMS are changes of the site, and which prepare a file for it.

A signal is a wake-up, not the truth: what is public is asked of the database whenever a feed is
read. Bulk updates and SQL send none; the exporter's regular reconcile finds those.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection as Container
from typing import Any

from django.db import transaction
from django.db.models import Model, Q
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.http import HttpRequest
from treebeard.mp_tree import path_updated
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Locale,
    Page,
    PageViewRestriction,
    Site,
    get_page_models,
)
from wagtail.signals import page_slug_changed, post_page_move

from cms.articles.models import ArticlePage
from cms.comments.models import CommentSettings, ReaderComment
from cms.core.models import SiteSettings
from cms.core.pages import is_draft_only
from cms.export_feed.files import measure_document
from cms.export_feed.journal import ChangeKind, record_change
from cms.export_feed.records import SNIPPET_MODELS
from cms.export_feed.renditions import is_ours, make_renditions
from cms.safety.keeping import fitness_changed

# What decides whether the pages below are public, and where they are.
LINEAGE_FIELDS = ("live", "go_live_at", "expire_at", "url_path")
# Where an instance keeps, from before it is saved until it has been, what was stored.
LINEAGE_BEFORE = "_export_feed_lineage_before"
PATH_BEFORE = "_export_feed_path_before"
SETTINGS_BEFORE = "_export_feed_settings_before"


def connect_signals() -> None:
    for page_model in get_page_models():
        pre_save.connect(remember_lineage, sender=page_model)
        post_save.connect(page_saved, sender=page_model)
    # A page of any type is deleted as its type and as a ``Page``: once is enough.
    pre_delete.connect(page_about_to_be_deleted, sender=Page)
    post_delete.connect(page_deleted, sender=Page)
    path_updated.connect(page_put_elsewhere, sender=Page)
    post_page_move.connect(page_moved)
    page_slug_changed.connect(page_renamed)
    for signal in (post_save, post_delete):
        signal.connect(page_restricted, sender=PageViewRestriction)

    watch(CollectionViewRestriction, "collection", lambda restriction: restriction.collection_id)
    path_updated.connect(collection_put_elsewhere, sender=Collection)
    watch(get_image_model(), "image")
    watch(get_document_model(), "document")
    watch(Site, "site")
    watch(SiteSettings, "site", lambda shared: shared.site_id)
    for snippet_model in SNIPPET_MODELS:
        watch(snippet_model, "snippet", type=snippet_model._meta.label)
    pre_save.connect(remember_path, sender=Redirect)
    for signal in (post_save, post_delete):
        signal.connect(redirect_changed, sender=Redirect)
    post_save.connect(locale_saved, sender=Locale)

    fitness_changed.connect(page_fit_or_not)
    post_save.connect(comment_saved, sender=ReaderComment)
    post_delete.connect(comment_deleted, sender=ReaderComment)
    pre_save.connect(remember_comment_settings, sender=CommentSettings)
    post_save.connect(comment_settings_saved, sender=CommentSettings)
    post_save.connect(image_saved, sender=get_image_model())
    post_delete.connect(rendition_deleted, sender=get_image_model().get_rendition_model())
    post_save.connect(document_saved, sender=get_document_model())


def watch(
    model: type[Model],
    kind: ChangeKind,
    id_of: Callable[[Any], int] = lambda instance: instance.pk,
    *,
    type: str = "",
) -> None:
    """Record every save and every deletion of this model as a change of ``kind``."""

    def record(instance: Model, **kwargs: Any) -> None:
        record_change(kind, id_of(instance), type=type)

    post_save.connect(record, sender=model, weak=False)
    post_delete.connect(record, sender=model, weak=False)


def remember_lineage(instance: Page, **kwargs: Any) -> None:
    """Keep what is stored until the save is done: afterwards nobody knows what it changed."""
    stored = Page.objects.filter(pk=instance.pk).values(*LINEAGE_FIELDS).first()
    setattr(instance, LINEAGE_BEFORE, stored)


def page_saved(instance: Page, update_fields: Container[str] | None, **kwargs: Any) -> None:
    before = instance.__dict__.pop(LINEAGE_BEFORE, None)
    was_live = before is not None and before["live"]
    if (instance.live or was_live) and not is_draft_only(update_fields):
        after = {name: getattr(instance, name) for name in LINEAGE_FIELDS}
        record_change("page", instance.pk, with_descendants=before not in (None, after))


def page_about_to_be_deleted(instance: Page, **kwargs: Any) -> None:
    """Settings and withdrawn articles that name it will name nothing: Django writes that without
    a signal."""
    names_it = Q(comment_policy_page=instance.pk) | Q(privacy_page=instance.pk)
    for site_id in SiteSettings.objects.filter(names_it).values_list("site", flat=True):
        record_change("site", site_id)
    led_to_it = ArticlePage.objects.filter(replacement_page=instance.pk)
    for page_id in led_to_it.values_list("pk", flat=True):
        record_change("page", page_id)


def page_deleted(instance: Page, **kwargs: Any) -> None:
    """Those below it are deleted with it, one by one."""
    record_change("page", instance.pk)


def page_put_elsewhere(old_path: str, new_path: str, **kwargs: Any) -> None:
    """A page with all below it was moved, or makes room for one that was put before it."""
    stays_below_its_parent = old_path[: -Page.steplen] == new_path[: -Page.steplen]
    for page_id in Page.objects.filter(path=new_path).values_list("pk", flat=True):
        record_change("page", page_id, with_descendants=not stays_below_its_parent)


def page_moved(instance: Page, url_path_before: str, url_path_after: str, **kwargs: Any) -> None:
    """By now Wagtail has written the redirects from the old paths, past every signal."""
    if url_path_before != url_path_after:
        record_change("page", instance.pk, with_descendants=True)


def page_renamed(instance: Page, **kwargs: Any) -> None:
    """As ``page_moved``: here too the redirects come after the save, and past every signal."""
    record_change("page", instance.pk, with_descendants=True)


def page_restricted(instance: PageViewRestriction, **kwargs: Any) -> None:
    record_change("page", instance.page_id, with_descendants=True)


def page_fit_or_not(page_id: int, **kwargs: Any) -> None:
    """By its verdict it leaves the site or comes back, and with it what lies below."""
    record_change("page", page_id, with_descendants=True)


def collection_put_elsewhere(new_path: str, **kwargs: Any) -> None:
    for collection_id in Collection.objects.filter(path=new_path).values_list("pk", flat=True):
        record_change("collection", collection_id)


def remember_path(instance: Redirect, **kwargs: Any) -> None:
    stored = Redirect.objects.filter(pk=instance.pk).values_list("old_path", flat=True).first()
    setattr(instance, PATH_BEFORE, stored)


def files_put_elsewhere(
    request: HttpRequest, action_type: str, objects: list[Model], action: Any
) -> None:
    """Hook of Wagtail's bulk actions, inside their transaction: "Add to collection" is an update
    that sends no signal."""
    if action_type == "add_to_collection":
        kind: ChangeKind = "image" if action.model is get_image_model() else "document"
        for stored in objects:
            record_change(kind, stored.pk)


def redirect_changed(instance: Redirect, **kwargs: Any) -> None:
    """With all of the same path: a site's own redirect hides the global one, and uncovers it."""
    paths = {instance.old_path, instance.__dict__.pop(PATH_BEFORE, None)} - {None}
    same_path = Redirect.objects.filter(old_path__in=paths).values_list("pk", flat=True)
    for redirect_id in {instance.pk, *same_path}:
        record_change("redirect", redirect_id)


def locale_saved(instance: Locale, created: bool, **kwargs: Any) -> None:
    """Every page of a language says its code."""
    if not created:
        record_change("everything", instance.pk)


def comment_saved(instance: ReaderComment, created: bool, **kwargs: Any) -> None:
    """Of what readers neither saw nor see, they need not be told."""
    if instance.concerns_readers:
        record_change("comment", instance.pk)


def comment_deleted(instance: ReaderComment, **kwargs: Any) -> None:
    record_change("comment", instance.pk)


def remember_comment_settings(instance: CommentSettings, **kwargs: Any) -> None:
    setattr(instance, SETTINGS_BEFORE, CommentSettings.in_force())


def comment_settings_saved(instance: CommentSettings, **kwargs: Any) -> None:
    """Whether a page takes comments may differ on any; how many one shows, the site record says."""
    before = instance.__dict__.pop(SETTINGS_BEFORE)
    for site in Site.objects.all():
        if before.commenting != instance.commenting:
            record_change("page", site.root_page_id, with_descendants=True)
        if before.page_size != instance.page_size:
            record_change("site", site.pk)


def image_saved(instance: Model, **kwargs: Any) -> None:
    _after_commit(make_renditions, instance)


def rendition_deleted(instance: Any, **kwargs: Any) -> None:
    """Not what Wagtail's admin shows: only the sizes that the feed names."""
    if is_ours(instance.filter_spec):
        record_change("image", instance.image_id)


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
