"""What makes a verdict: a page is saved, or something changes that pages are judged by."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.db.models.signals import post_delete, post_migrate, post_save, pre_delete
from django.utils import timezone
from django_tasks import task
from wagtail.images import get_image_model
from wagtail.models import Page, ReferenceIndex, Site, get_page_models
from wagtail.signals import post_page_move

from cms.core.models import SiteSettings
from cms.core.pages import is_draft_only
from cms.safety.grounds import day_of, grounds_now
from cms.safety.judged import JUDGED, JudgedPage, judged
from cms.safety.keeping import forget, judge_due, judge_pages, keep
from cms.safety.limit_settings import LimitSettings

# Where what is deleted keeps the pages that used it.
USERS = "_safety_users"


def connect_signals() -> None:
    for model in get_page_models():
        post_save.connect(page_saved, sender=model)
    for shared in (LimitSettings, SiteSettings, Site):
        for signal in (post_save, post_delete):
            signal.connect(grounds_changed, sender=shared)
    post_page_move.connect(page_moved)
    judge_users_of(get_image_model())
    post_migrate.connect(tables_changed, sender=apps.get_app_config("safety"))


def judge_users_of(model: type[Model]) -> None:
    """Judge anew the pages that show an instance of ``model`` when it changes or goes."""
    post_save.connect(used_saved, sender=model)
    # Before, since Wagtail forgets who used it as it is deleted.
    pre_delete.connect(used_about_to_be_deleted, sender=model)
    post_delete.connect(used_deleted, sender=model)


def page_saved(
    instance: Page, update_fields: Collection[str] | None, raw: bool = False, **kwargs: Any
) -> None:
    """Also of a page that is saved as a plain ``Page``, as code may do."""
    verdict, grounds = instance.__dict__.pop(JUDGED, (None, None))
    if raw or is_draft_only(update_fields):
        return
    if not instance.live:
        forget(instance.pk)
        return
    now = timezone.now()
    page = instance.specific if update_fields is None else _as_stored(instance)
    if not isinstance(page, JudgedPage):
        return
    if verdict is None:
        grounds = grounds_now()
        verdict = judged(page, grounds, day_of(now))
    keep(page, verdict, grounds, now)


def _as_stored(page: Page) -> Page:
    """What was saved was a few of its columns; the instance may hold a draft in the others."""
    stored: Page = Page.objects.get(pk=page.pk).specific
    return stored


def page_moved(instance: Page, **kwargs: Any) -> None:
    """It may be another site's now, and so may all below it, or a site may lie elsewhere."""
    judge_tree.enqueue(instance.pk)


def grounds_changed(raw: bool = False, **kwargs: Any) -> None:
    """What all pages are judged by: each is due now, and the comparison finds them.

    Not while a dump is read: half of what a page refers to may not be there yet.
    """
    if not raw:
        judge_all_due.enqueue()


def tables_changed(**kwargs: Any) -> None:
    """After ``migrate``: the rules may be others than those that the pages were judged by."""
    judge_due(timezone.now())


def used_saved(instance: Model, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if not created and not raw:
        judge_those_that_use.enqueue(instance._meta.label, instance.pk)


def used_about_to_be_deleted(instance: Model, **kwargs: Any) -> None:
    setattr(instance, USERS, users_of(type(instance), instance.pk))


def used_deleted(instance: Model, **kwargs: Any) -> None:
    if ids := instance.__dict__.pop(USERS, []):
        judge_some.enqueue(ids)


@task()
def judge_all_due() -> None:
    judge_due(timezone.now())


@task()
def judge_tree(page_id: int) -> None:
    moved = Page.objects.filter(pk=page_id).first()
    if moved:
        tree = moved.get_descendants(inclusive=True).live()
        judge_pages(tree.values_list("pk", flat=True))
    judge_due(timezone.now())


@task()
def judge_those_that_use(label: str, pk: int) -> None:
    """After Wagtail's own task that notes what a page uses: it was enqueued before."""
    judge_pages(users_of(apps.get_model(label), pk))


@task()
def judge_some(page_ids: list[int]) -> None:
    judge_pages(page_ids)


def users_of(model: type[Model], pk: int) -> list[int]:
    """The pages that show it, by Wagtail's index of references."""
    references = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(model),
        to_object_id=str(pk),
        base_content_type=ContentType.objects.get_for_model(Page),
    )
    return sorted(int(one) for one in references.values_list("object_id", flat=True).distinct())
