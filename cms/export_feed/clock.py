"""What time alone does to the site: pages go live, expire and become unfit for it, reviews become
overdue, comments close, and an alert ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from wagtail.models import Page, Revision

from cms.articles.models import ArticlePage
from cms.core.commenting import Mode, SiteCommenting, start_of
from cms.core.models import SiteSettings
from cms.safety.models import PageVerdict


@dataclass(frozen=True, slots=True)
class Clock:
    """The changes by time on either side of an instant.

    ``last_change_at`` is the latest ``go_live_at`` or ``expire_at`` that has passed, of any page,
    or the start of the latest day that made one unfit for the site, or the latest end of an alert.

    ``next_change_at`` is the earliest ``go_live_at`` or ``expire_at`` ahead of a live page, or of
    a revision that was approved to go live later, or the end of the day, in UTC, on which the
    review of a live article is due: from then on its page says that it is overdue; or the start of
    the day on which comments on a live article, or of the whole site, close; or the end of an
    alert.
    """

    last_change_at: datetime | None
    next_change_at: datetime | None

    @classmethod
    def read(cls, columns: Sequence[Any], commenting: SiteCommenting, now: datetime) -> Clock:
        """From the values of ``clock_columns``, in their order."""
        went_live, expired, ended, ends, became_unfit, becomes_unfit, *columns = columns
        goes_live, expires, publishes, review_due, closes_on, published = columns
        overdue = start_of(review_due + timedelta(days=1)) if review_due else None
        closes = start_of(closes_on) if closes_on else None
        grows_old = (
            start_of(published.astimezone(UTC).date() + timedelta(days=commenting.close_after_days))
            if published
            else None
        )
        site_closes = start_of(commenting.close_on) if commenting.close_on else None
        left = start_of(became_unfit) if became_unfit else None
        leaves = start_of(becomes_unfit) if becomes_unfit else None
        return cls(
            last_change_at=max(filter(None, (went_live, expired, ended, left)), default=None),
            next_change_at=min(
                filter(
                    None,
                    (
                        *(goes_live, expires, publishes, overdue, closes, grows_old, leaves, ends),
                        site_closes if site_closes and site_closes > now else None,
                    ),
                ),
                default=None,
            ),
        )


def clock_columns(now: datetime, close_after_days: int, *, using: str) -> list[Subquery | Value]:
    """For any query of one row. Each takes the first row of an index: see ``indexes.py``."""
    pages, live = Page.objects.using(using), Page.objects.using(using).filter(live=True)
    approved = Revision.objects.using(using).filter(approved_go_live_at__gt=now)
    today = now.astimezone(UTC).date()
    articles = ArticlePage.objects.using(using).filter(live=True)
    follows_site = ArticlePage.objects.using(using).filter(
        pk=OuterRef("pk"), comments_mode=Mode.SITE, comments_close_on=None
    )
    alerts = SiteSettings.objects.using(using).exclude(alert_text="")
    fit = PageVerdict.objects.using(using).filter(is_fit=True)
    oldest_open = start_of(today - timedelta(days=close_after_days - 1))
    aging = live.filter(Exists(follows_site), last_published_at__gte=oldest_open)
    return [
        _first(pages.filter(go_live_at__lte=now), "-go_live_at"),
        _first(pages.filter(expire_at__lte=now), "-expire_at"),
        _first(alerts.filter(alert_until__lte=now), "-alert_until"),
        _first(alerts.filter(alert_until__gt=now), "alert_until"),
        _first(fit.filter(fit_until__lte=today), "-fit_until"),
        _first(fit.filter(fit_until__gt=today), "fit_until"),
        _first(live.filter(go_live_at__gt=now), "go_live_at"),
        _first(live.filter(expire_at__gt=now), "expire_at"),
        _first(approved, "approved_go_live_at"),
        _first(articles.filter(next_review_due__gte=today), "next_review_due"),
        _first(articles.filter(comments_close_on__gt=today), "comments_close_on"),
        _first(aging, "last_published_at")
        if close_after_days
        else Value(None, output_field=DateTimeField()),
    ]


def pages_changed_by_time(then: datetime, now: datetime, *, using: str) -> QuerySet[Page]:
    """Those that went live, expired or became unfit after ``then``, up to and with ``now``."""
    unfit = PageVerdict.objects.using(using).filter(
        fit_until__gt=then.astimezone(UTC).date(), fit_until__lte=now.astimezone(UTC).date()
    )
    return Page.objects.using(using).filter(
        Q(go_live_at__gt=then, go_live_at__lte=now)
        | Q(expire_at__gt=then, expire_at__lte=now)
        | Q(pk__in=unfit.values("page"))
    )


def has_alert_ended(then: datetime, now: datetime, *, using: str) -> bool:
    """Whether one ended after ``then``, up to and with ``now``."""
    ended = SiteSettings.objects.using(using).filter(alert_until__gt=then, alert_until__lte=now)
    return ended.exists()


def _first(rows: QuerySet, order: str) -> Subquery:
    return Subquery(rows.order_by(order).values(order.removeprefix("-"))[:1])
