"""Which pages may leave the CMS: the one place that says so.

The export feed and API v2 both read through this queryset, so that nothing can be public in one
and private in the other. Everything is decided in SQL, by the clock it is given: a page past
its ``expire_at`` is out even when ``publish_scheduled`` has not run yet, and one whose review is
overdue for too long even when nobody has judged it since.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site

from cms.safety.grounds import day_of
from cms.safety.judged import judged_page_types
from cms.safety.models import PageVerdict

TREE_ROOT_DEPTH = 1


def public_pages(
    now: datetime | None = None, *, site: Site | None = None, using: str | None = None
) -> QuerySet[Page]:
    """The pages of a site that any reader may see at ``now``, in no particular order.

    Live, due, not expired and fit for the site, as are all their ancestors, and covered by no view
    restriction, their own or an ancestor's. ``site`` is the default site unless given; without one
    there are no pages. ``using`` names the database alias.
    """
    site = site or (
        Site.objects.using(using).select_related("root_page").filter(is_default_site=True).first()
    )
    pages = Page.objects.using(using)
    if site is None:
        return pages.none()
    now = now or timezone.now()
    # The front page stays whatever the rules say of it: without it there would be no site at all.
    is_open = _is_open(now) & (Q(pk=site.root_page_id) | _is_fit(now, using))
    closed = pages.filter(
        ~is_open | Q(pk__in=PageViewRestriction.objects.using(using).values("page"))
    )
    deepest = pages.order_by("-depth").values_list("depth", flat=True).first() or 0
    return pages.filter(
        is_open,
        ~Exists(closed.filter(path__in=_paths_of_lineage(deepest))),
        depth__gt=TREE_ROOT_DEPTH,
        path__startswith=site.root_page.path,
    )


def _is_open(now: datetime) -> Q:
    """A page by itself; a page without a date is due at once and never expires."""
    return (
        Q(live=True)
        & (Q(go_live_at__isnull=True) | Q(go_live_at__lte=now))
        & (Q(expire_at__isnull=True) | Q(expire_at__gt=now))
    )


def _is_fit(now: datetime, using: str | None) -> Q:
    """A page of ours by its verdict, which fails closed: without one it is not fit."""
    today = day_of(now)
    fit = PageVerdict.objects.using(using).filter(
        Q(fit_until=None) | Q(fit_until__gt=today), page=OuterRef("pk"), is_fit=True
    )
    types = ContentType.objects.db_manager(using).get_for_models(*judged_page_types()).values()
    return ~Q(content_type__in=[one.pk for one in types]) | Q(Exists(fit))


def _paths_of_lineage(deepest: int) -> list[Substr]:
    """The tree paths of a page and of all its ancestors, for a subquery on that page.

    ``000100020003`` has ``0001``, ``00010002`` and itself: a few probes of the index on ``path``
    a page, however many other pages are closed.
    """
    return [Substr(OuterRef("path"), 1, depth * Page.steplen) for depth in range(1, deepest + 1)]
