"""Whether what an editor published is what readers get, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce
from wagtail.models import Page, Site

from cms.core.site import sites_of
from cms.export_feed.contact import last_contact
from cms.export_feed.models import Change
from cms.export_feed.moments import moment
from cms.export_feed.private_pages import IS_PRIVATE, private_pages
from cms.export_feed.runs import ExportFinding, ExportRun, ExportRunQuerySet, Served, served
from cms.export_feed.site_status import is_silent
from cms.safety.public import TREE_ROOT_DEPTH, public_pages
from cms.safety.refused import refusals

NOT_READ = 2**62


class PageState(StrEnum):
    NOT_PUBLIC = "not_public"
    REFUSED = "refused"
    LEAVING = "leaving"
    FAILED = "failed"
    HELD = "held"
    WAITING = "waiting"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class PageStatus:
    """``since`` is when readers first got the page as it is now, where that is known; ``reason``
    why they do not get it; ``warnings`` what the exporter found and let pass."""

    state: PageState
    since: datetime | None = None
    reason: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """False while the next run of the exporter may make it another; it tries failures again."""
        return self.state in {
            PageState.LIVE,
            PageState.NOT_PUBLIC,
            PageState.REFUSED,
            PageState.HELD,
        }


def page_status(page: Page, now: datetime) -> PageStatus:
    return page_statuses([page], now)[page.pk]


def page_statuses(pages: Sequence[Page], now: datetime) -> dict[int, PageStatus]:
    """By page id, in a number of queries that does not grow with the pages."""
    ids = [page.pk for page in pages]
    sites = sites_of({page.pk: page.url_path for page in pages})
    public = public_among(sites, now)
    exports = exports_of(sites, now)
    changes = _last_changes(pages)
    refused = refusals([page for page in pages if page.pk not in public], now)
    private = set(private_pages().filter(pk__in=ids).values_list("pk", flat=True))
    return {
        page.pk: (
            exports[page.pk].of_public(page, changes[page.pk])
            if page.pk in public
            else exports[page.pk].of_hidden(
                page, changes[page.pk], refused.get(page.pk, ""), is_private=page.pk in private
            )
        )
        for page in pages
    }


def public_among(sites: Mapping[int, int | None], now: datetime) -> set[int]:
    """Of pages, by id, each with its site: those that readers may see there."""
    public: set[int] = set()
    for site_id in set(sites.values()):
        site = Site.objects.select_related("root_page").get(pk=site_id) if site_id else None
        ids = [page for page in sites if sites[page] == site_id]
        public.update(public_pages(now, site=site).filter(pk__in=ids).values_list("pk", flat=True))
    return public


def exports_of(sites: Mapping[int, int | None], now: datetime) -> dict[int, Exports]:
    """By page id: what the exporter of its own site told."""
    by_site = {
        site: Exports.about([page for page in sites if sites[page] == site], now, site)
        for site in set(sites.values())
    }
    return {page: by_site[site] for page, site in sites.items()}


@dataclass(frozen=True, slots=True)
class LastChange:
    """Numbers of the journal: of the page's own change, and of one that changed it from above."""

    own: int
    nearby: int


@dataclass(frozen=True, slots=True)
class Exports:
    """What the runs tell: asked once for many pages. ``first_served`` are numbers of the journal
    and when readers got the change with that number, both rising."""

    served: Served | None
    error: str
    silence: str
    first_served: Sequence[tuple[int, datetime | None]]
    findings: Mapping[int, Sequence[ExportFinding]]

    @classmethod
    def about(cls, page_ids: Iterable[int], now: datetime, site_id: int | None) -> Exports:
        runs = ExportRun.objects.of(site_id)
        return cls(
            served=served(site_id),
            error=_error_of_last(runs),
            silence=_silence(now, site_id),
            first_served=_first_served(runs, now),
            findings=_standing_findings(runs, page_ids),
        )

    def of_hidden(
        self, page: Page, change: LastChange, refusal: str, *, is_private: bool
    ) -> PageStatus:
        """A page below a moved or closed one has no change of its own, so both numbers count."""
        was_public = self.served is not None and page.first_published_at is not None
        if was_public and not self._is_served(change):
            return PageStatus(PageState.LEAVING, reason=refusal)
        if refusal:
            return PageStatus(PageState.REFUSED, reason=refusal)
        return PageStatus(PageState.NOT_PUBLIC, reason=IS_PRIVATE if is_private else "")

    def of_public(self, page: Page, change: LastChange) -> PageStatus:
        if not self._is_served(change):
            if self.error:
                return PageStatus(PageState.FAILED, reason=self.error)
            if self.served and self.served.is_held:
                return PageStatus(PageState.HELD, reason=self.served.release)
            return PageStatus(PageState.WAITING, reason=self.silence)
        found = [
            one
            for one in self.findings.get(page.pk, ())
            if (one.run.journal_number or 0) >= change.own
        ]
        if refusals := [one.message for one in found if one.severity == "refused"]:
            return PageStatus(PageState.FAILED, reason=refusals[0])
        return PageStatus(
            PageState.LIVE,
            since=self._since(change.own),
            warnings=tuple(one.message for one in found),
        )

    def _is_served(self, change: LastChange) -> bool:
        return self.served is not None and change.nearby <= self.served.journal_number

    def _since(self, number: int) -> datetime | None:
        if not number:
            return None
        return next((at for last, at in self.first_served if last >= number), None)


def _last_changes(pages: Iterable[Page]) -> dict[int, LastChange]:
    lineages = {page.pk: _lineage(page) for page in pages}
    paths = {path for lineage in lineages.values() for path in lineage}
    ids = dict(Page.objects.filter(path__in=paths).values_list("path", "pk"))
    changes = Change.objects.filter(kind="page", object_id__in=ids.values())
    own = last_numbers(changes)
    below = last_numbers(changes.filter(with_descendants=True))
    return {
        pk: LastChange(
            own=own.get(pk, 0),
            nearby=max(own.get(pk, 0), *(below.get(ids.get(path, 0), 0) for path in lineage)),
        )
        for pk, lineage in lineages.items()
    }


def last_numbers(changes: QuerySet[Change]) -> dict[int, int]:
    """By object id; a change that nobody has read yet comes after all others."""
    return dict(
        changes.order_by()
        .values("object_id")
        .annotate(last=Max(Coalesce("number", NOT_READ)))
        .values_list("object_id", "last")
    )


def _lineage(page: Page) -> list[str]:
    """The tree paths of the page and of all above it, but for the root of the tree."""
    return [
        page.path[: depth * Page.steplen] for depth in range(TREE_ROOT_DEPTH + 1, page.depth + 1)
    ]


def _error_of_last(runs: ExportRunQuerySet) -> str:
    last = runs.attempts().first()
    return last.error if last and last.has_failed else ""


def _silence(now: datetime, site_id: int | None) -> str:
    """A sentence where it will take more than a moment."""
    heard_at = last_contact(site_id)
    if heard_at is None:
        return "No exporter has been heard of yet."
    if is_silent(heard_at, now):
        return f"The exporter seems to have stopped: last heard of at {moment(heard_at, now)}."
    return ""


def _first_served(runs: ExportRunQuerySet, now: datetime) -> list[tuple[int, datetime | None]]:
    """Without a time where an older run, since forgotten, may have been the first."""
    first = list(
        runs.exports()
        .filter(pinned="")
        .order_by("finished_at")
        .values_list("journal_number", "finished_at")
    )
    days = timedelta(days=settings.PLAINLEAF_RUN_DAYS_KEPT - 1)
    is_complete = runs.count() < settings.PLAINLEAF_RUNS_KEPT
    if first and not (is_complete and now - first[0][1] < days):
        return [(first[0][0], None), *first[1:]]
    return first


def _standing_findings(
    runs: ExportRunQuerySet, ids: Iterable[int]
) -> dict[int, list[ExportFinding]]:
    """By page. Each export tries again what was refused and names what still is; it warns only of
    what it made, so that a warning stands until a later run has another finding of the page."""
    about_pages = ExportFinding.objects.filter(run__in=runs, kind="page", object_id__in=ids)
    last_mentions = dict(
        about_pages.order_by()
        .values("object_id")
        .annotate(last=Max("run__finished_at"))
        .values_list("object_id", "last")
    )
    if not last_mentions:
        return {}
    last_export = runs.exports().first()
    standing: dict[int, list[ExportFinding]] = {}
    for finding in about_pages.filter(
        run__finished_at__in=set(last_mentions.values())
    ).select_related("run"):
        is_last = finding.run.finished_at == last_mentions[finding.object_id]
        if is_last and (finding.severity == "warning" or finding.run == last_export):
            standing.setdefault(finding.object_id, []).append(finding)
    return standing
