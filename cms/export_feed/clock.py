"""What time alone does to the site: pages go live and expire, and reviews become overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet, Subquery
from wagtail.models import Page, Revision

from cms.articles.models import ArticlePage


@dataclass(frozen=True, slots=True)
class Clock:
    """The changes by time on either side of an instant.

    ``last_change_at`` is the latest ``go_live_at`` or ``expire_at`` that has passed, of any page.

    ``next_change_at`` is the earliest ``go_live_at`` or ``expire_at`` ahead of a live page, or of
    a revision that was approved to go live later, or the end of the day, in UTC, on which the
    review of a live article is due: from then on its page says that it is overdue.
    """

    last_change_at: datetime | None
    next_change_at: datetime | None

    @classmethod
    def read(cls, instants: Sequence[datetime | None], review_due: date | None) -> Clock:
        """From the values of ``clock_columns``, in their order."""
        went_live, expired, goes_live, expires, publishes = instants
        overdue = (
            datetime.combine(review_due + timedelta(days=1), time.min, UTC) if review_due else None
        )
        return cls(
            last_change_at=max(filter(None, (went_live, expired)), default=None),
            next_change_at=min(
                filter(None, (goes_live, expires, publishes, overdue)), default=None
            ),
        )


def clock_columns(now: datetime, *, using: str) -> list[Subquery]:
    """For any query of one row. Each takes the first row of an index: see ``indexes.py``."""
    pages, live = Page.objects.using(using), Page.objects.using(using).filter(live=True)
    approved = Revision.objects.using(using).filter(approved_go_live_at__gt=now)
    today = now.astimezone(UTC).date()
    reviewed = ArticlePage.objects.using(using).filter(live=True, next_review_due__gte=today)
    return [
        _first(pages.filter(go_live_at__lte=now), "-go_live_at"),
        _first(pages.filter(expire_at__lte=now), "-expire_at"),
        _first(live.filter(go_live_at__gt=now), "go_live_at"),
        _first(live.filter(expire_at__gt=now), "expire_at"),
        _first(approved, "approved_go_live_at"),
        _first(reviewed, "next_review_due"),
    ]


def pages_changed_by_time(then: datetime, now: datetime, *, using: str) -> QuerySet[Page]:
    """Those that went live or expired after ``then``, up to and with ``now``."""
    return Page.objects.using(using).filter(
        Q(go_live_at__gt=then, go_live_at__lte=now) | Q(expire_at__gt=then, expire_at__lte=now)
    )


def _first(rows: QuerySet, order: str) -> Subquery:
    return Subquery(rows.order_by(order).values(order.removeprefix("-"))[:1])
