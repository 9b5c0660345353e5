"""What may leave the CMS: the one place that says which pages and files are public.

The export feed and API v2 both read through these querysets, so that nothing can be public in
one and private in the other. Everything is decided in SQL, by the clock it is given: a page past
its ``expire_at`` is out even when ``publish_scheduled`` has not run yet.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Length, Substr
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Page,
    PageViewRestriction,
    Site,
)

TREE_ROOT_DEPTH = 1


def public_pages(
    now: datetime | None = None, *, site: Site | None = None, using: str | None = None
) -> QuerySet[Page]:
    """The pages of a site that any reader may see at ``now``, in no particular order.

    Live, due and not expired, as are all their ancestors, and covered by no view restriction,
    their own or an ancestor's. ``site`` is the default site unless given; without one there are
    no pages. ``using`` names the database alias.
    """
    site = site or (
        Site.objects.using(using).select_related("root_page").filter(is_default_site=True).first()
    )
    pages = Page.objects.using(using)
    if site is None:
        return pages.none()
    now = now or timezone.now()
    closed = pages.filter(
        ~_is_open(now) | Q(pk__in=PageViewRestriction.objects.using(using).values("page"))
    )
    deepest = pages.order_by("-depth").values_list("depth", flat=True).first() or 0
    return pages.filter(
        _is_open(now),
        ~Exists(closed.filter(path__in=_paths_of_lineage(deepest))),
        depth__gt=TREE_ROOT_DEPTH,
        path__startswith=site.root_page.path,
    )


def public_images(*, using: str | None = None) -> QuerySet[Any]:
    """The images of every collection that is restricted neither itself nor by an ancestor."""
    return _in_public_collections(get_image_model(), using)


def public_documents(*, using: str | None = None) -> QuerySet[Any]:
    """The documents of every collection that is restricted neither itself nor by an ancestor."""
    return _in_public_collections(get_document_model(), using)


def _is_open(now: datetime) -> Q:
    """A page by itself; a page without a date is due at once and never expires."""
    return (
        Q(live=True)
        & (Q(go_live_at__isnull=True) | Q(go_live_at__lte=now))
        & (Q(expire_at__isnull=True) | Q(expire_at__gt=now))
    )


def _paths_of_lineage(deepest: int) -> list[Substr]:
    """The tree paths of a page and of all its ancestors, for a subquery on that page.

    ``000100020003`` has ``0001``, ``00010002`` and itself: a few probes of the index on ``path``
    a page, however many other pages are closed.
    """
    return [Substr(OuterRef("path"), 1, depth * Page.steplen) for depth in range(1, deepest + 1)]


def _in_public_collections(model: type[Model], using: str | None) -> QuerySet[Any]:
    restrictions = CollectionViewRestriction.objects.using(using).filter(
        collection__path=Substr(OuterRef("path"), 1, Length("collection__path"))
    )
    public = Collection.objects.using(using).filter(~Exists(restrictions)).order_by()
    return model.objects.using(using).filter(collection__in=public)
