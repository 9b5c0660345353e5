"""Where a site stands: what readers get, what waits, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import Min, QuerySet
from django.utils.dateparse import parse_datetime

from cms.export_feed.contact import last_contact
from cms.export_feed.models import Change
from cms.export_feed.requests import ExportRequest
from cms.export_feed.runs import ExportRun, ExportRunQuerySet, Outcome, Served, served

# Longer than any pause of an exporter that is well: it asks every second, and a full export of a
# very large site takes minutes.
SILENT_AFTER = timedelta(minutes=5)


# The admin shows and steers the export of one site: ``runs`` knows it by no id.
DEFAULT_SITE = None


class SiteState(StrEnum):
    """The worst that is true."""

    NEVER = "never"
    STOPPED = "stopped"
    FAILED = "failed"
    HELD = "held"
    WAITING = "waiting"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Changes that readers do not see yet: how many, and since when the oldest waits."""

    changes: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """One that the exporter could roll back to."""

    id: str
    created_at: datetime | None
    pages: int
    is_current: bool
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """``live_since`` is when the release that is served was switched in, as far as runs tell;
    ``failures`` counts the runs that failed since the last one that did not. ``last_run`` is none
    of a rollback that could not be done: if that is the very last one, it is ``failed_rollback``.
    """

    now: datetime
    served: Served | None
    live_since: datetime | None
    last_success_at: datetime | None
    last_run: ExportRun | None
    failed_rollback: ExportRun | None
    failures: int
    waiting: Waiting | None
    heard_at: datetime | None
    open_requests: tuple[ExportRequest, ...]
    releases: tuple[Release, ...]

    @property
    def is_silent(self) -> bool:
        return is_silent(self.heard_at, self.now)

    @property
    def is_stalled(self) -> bool:
        """Whether something has waited for longer than it should, and nobody holds it back."""
        limit = self.now - timedelta(minutes=settings.PLAINLEAF_ALERT_AFTER_MINUTES)
        waits = [request.asked_at for request in self.open_requests]
        if self.waiting and not (self.served and self.served.is_held):
            waits.append(self.waiting.since)
        return min(waits, default=self.now) <= limit

    @property
    def state(self) -> SiteState:
        if self.last_run is None:
            return SiteState.NEVER
        if self.is_silent or self.is_stalled and not self.failures:
            return SiteState.STOPPED
        if self.failures:
            return SiteState.FAILED
        if self.served and self.served.is_held:
            return SiteState.HELD
        return SiteState.WAITING if self.waiting or self.open_requests else SiteState.LIVE


def is_silent(heard_at: datetime | None, now: datetime) -> bool:
    return heard_at is None or now - heard_at >= SILENT_AFTER


def site_status(now: datetime, site_id: int | None = DEFAULT_SITE) -> SiteStatus:
    """Asked of the database, in a fixed number of queries."""
    runs = ExportRun.objects.of(site_id)
    now_served = served(site_id)
    newest = runs.select_related("request").first()
    last_run = runs.attempts().first()
    return SiteStatus(
        now=now,
        served=now_served,
        live_since=_last_end(runs.filter(outcome=Outcome.PUBLISHED)),
        last_success_at=_last_end(runs.successful()),
        last_run=last_run,
        failed_rollback=newest if newest != last_run else None,
        failures=_failures_in_a_row(runs),
        waiting=_waiting(now_served.journal_number if now_served else 0),
        heard_at=last_contact(site_id),
        open_requests=_open_requests() if site_id == DEFAULT_SITE else (),
        releases=_releases(runs),
    )


def exported_sites() -> list[int | None]:
    """The default one, and every other that an exporter has told of."""
    others = ExportRun.objects.exclude(site=DEFAULT_SITE).order_by("site")
    return [DEFAULT_SITE, *others.values_list("site", flat=True).distinct()]


def _open_requests() -> tuple[ExportRequest, ...]:
    return tuple(ExportRequest.objects.filter(answered_at=None).select_related("asked_by"))


def _last_end(runs: QuerySet[ExportRun]) -> datetime | None:
    return runs.values_list("finished_at", flat=True).first()


def _failures_in_a_row(runs: ExportRunQuerySet) -> int:
    failed = runs.attempts().filter(outcome=Outcome.FAILED)
    if last := runs.successful().first():
        failed = failed.filter(finished_at__gt=last.finished_at)
    return failed.count()


def _waiting(number: int) -> Waiting | None:
    changed = Change.objects.after(number)
    since = changed.aggregate(since=Min("made_at"))["since"]
    things = changed.order_by().values("kind", "type", "object_id").distinct().count()
    return Waiting(things, since) if since else None


def _releases(runs: ExportRunQuerySet) -> tuple[Release, ...]:
    run = runs.exclude(releases=[]).first()
    return tuple(
        Release(
            id=one["id"],
            created_at=parse_datetime(one["created_at"]),
            pages=one["pages"],
            is_current=one["is_current"],
            is_pinned=one["is_pinned"],
        )
        for one in (run.releases if run else ())
    )
