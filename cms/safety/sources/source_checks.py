"""Whether the sources that live pages cite are still on the web: one row an address.

The addresses are noted when a page is judged, and visited by the schedule: never while somebody
publishes. A server must say on two days that a page is gone before its source is called dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from wagtail.models import Page

from cms.safety.sources.visiting import Visit, visit

ROUND_SECONDS = 20.0
EVERY = timedelta(days=7)
AFTER_FAILURE = timedelta(hours=20)
LONGEST_ADDRESS = 500  # what is longer is not checked: an index holds no more


class SourceCheck(models.Model):
    url = models.CharField(
        "address",
        max_length=LONGEST_ADDRESS,
        unique=True,
        help_text="The address of a source, as pages cite it.",
    )
    pages = models.ManyToManyField(
        Page, related_name="+", help_text="The live pages that cite the address."
    )
    status = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="What the server answered last; empty where it did not."
    )
    error = models.CharField(
        max_length=100, blank=True, help_text="Why there was no answer, in words."
    )
    checked_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was last visited; empty until it is."
    )
    failing_since = models.DateField(
        null=True, blank=True, help_text="Since when no visit found it."
    )
    gone_on = models.DateField(
        null=True, blank=True, help_text="The first day on which the server said that it is gone."
    )
    dead_since = models.DateField(
        null=True,
        blank=True,
        db_index=True,
        help_text="The day on which it was called dead; empty while it is not.",
    )

    class Meta:
        verbose_name = "check of a source"
        verbose_name_plural = "checks of sources"
        ordering = ["pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["checked_at"], name="source_check_next")]

    def __str__(self) -> str:
        return self.url

    @property
    def in_words(self) -> str:
        """``"Dead since 3 May 2026: the server answers 404"``."""
        why = self.error or (f"the server answers {self.status}" if self.status else "")
        if self.dead_since:
            return f"Dead since {self.dead_since:%-d %B %Y}: {why}"
        if self.failing_since:
            return f"Not found since {self.failing_since:%-d %B %Y}: {why}"
        return "It is there" if self.status else "Not visited yet"


def cite(page: Page, addresses: Iterable[str]) -> None:
    """Note what a live page cites now, and no longer what it does not."""
    named = {url for url in addresses if url and len(url) <= LONGEST_ADDRESS}
    with transaction.atomic():
        SourceCheck.objects.bulk_create(
            [SourceCheck(url=url) for url in sorted(named)], ignore_conflicts=True
        )
        cited = SourceCheck.objects.filter(url__in=named)
        links = SourceCheck.pages.through.objects
        links.filter(page_id=page.pk).exclude(sourcecheck__in=cited).delete()
        links.bulk_create(
            [SourceCheck.pages.through(sourcecheck=one, page_id=page.pk) for one in cited],
            ignore_conflicts=True,
        )


def dead_since(addresses: Iterable[str]) -> dict[str, date]:
    """By address, for those that are dead; one query for all."""
    dead = SourceCheck.objects.filter(url__in=set(addresses)).exclude(dead_since=None)
    return dict(dead.values_list("url", "dead_since"))


def check_due(
    now: datetime,
    *,
    seconds: float = ROUND_SECONDS,
    look: Callable[[str], Visit] | None = None,
    told: Callable[[list[int]], object] = lambda pages: None,
) -> int:
    """Visit what is due, for as long as one round may take, one address of a host; how many.

    ``told`` gets the pages whose source died, or came back.
    """
    look = look or partial(visit, agent=agent())
    until, hosts, visited = monotonic() + seconds, set[str](), 0
    for check in due(now).iterator(chunk_size=100):
        host = urlsplit(check.url).hostname or ""
        if monotonic() > until:
            break
        if host in hosts or not _claimed(check, now):
            continue
        hosts.add(host)
        visited += 1
        was_dead = check.dead_since is not None
        _note(check, look(check.url), now.astimezone(UTC).date())
        if (check.dead_since is not None) != was_dead:
            told(list(check.pages.values_list("pk", flat=True)))
    return visited


def due(now: datetime) -> QuerySet[SourceCheck]:
    """What live pages cite and was not visited for long, the longest first. One that failed is
    tried again the next day, to tell an accident from a death."""
    cited = SourceCheck.pages.through.objects.filter(sourcecheck=OuterRef("pk"), page__live=True)
    return SourceCheck.objects.filter(
        Exists(cited),
        Q(checked_at=None)
        | Q(checked_at__lte=now - EVERY)
        | Q(checked_at__lte=now - AFTER_FAILURE, failing_since__isnull=False),
    ).order_by(F("checked_at").asc(nulls_first=True), "pk")


def agent() -> str:
    """Who asks, as a server's owner reads it in the log."""
    return f"Plainleaf source check (+{settings.PLAINLEAF_SITE_URL})"


def _claimed(check: SourceCheck, now: datetime) -> bool:
    """Whether it is ours alone to visit: the schedule and a person may be at it together."""
    ours = SourceCheck.objects.filter(pk=check.pk, checked_at=check.checked_at)
    return bool(ours.update(checked_at=now))


def _note(check: SourceCheck, seen: Visit, today: date) -> None:
    """Only a page that is there ends a failure: a server that is away proves nothing."""
    check.status, check.error = seen.status or None, seen.error
    if seen.is_there:
        check.failing_since = check.gone_on = check.dead_since = None
    else:
        check.failing_since = check.failing_since or today
        if seen.is_gone:
            check.gone_on = check.gone_on or today
            if check.gone_on < today:
                check.dead_since = check.dead_since or today
    check.save(update_fields=["status", "error", "failing_since", "gone_on", "dead_since"])
