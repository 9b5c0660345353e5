"""Tell the operators, by mail, when exports fail or stand still, and when they go on again.

One mail when it begins, one a day while it lasts, one at its end. Two processes may look at the
same moment: whoever changes the row first sends the mail.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task
from wagtail.models import Site

from cms.core.absolute import in_admin
from cms.core.post import operators, send
from cms.export_feed.alarm import ExportAlarm
from cms.export_feed.contact import row_of
from cms.export_feed.runs import ExportRun
from cms.export_feed.site_status import SiteStatus, exported_sites, site_status

logger = logging.getLogger(__name__)

REMINDED_EVERY = timedelta(days=1)
# Trying again mends neither a wrong setting nor content of which no site can be made.
HOPELESS_EXIT_CODES = {2, 4}


def look_after_exports(now: datetime) -> None:
    """Begin, repeat or end the alarm of each site, as its runs and the clock say. Never fails for
    the mail."""
    for site_id in exported_sites():
        _look_after(site_id, now)


def _look_after(site_id: int | None, now: datetime) -> None:
    status, site = site_status(now, site_id), _Site.of(site_id)
    problem = problem_of(status)
    if problem:
        ExportAlarm.objects.get_or_create(pk=row_of(site_id))
        if _alarm(site_id, began_at=None).update(began_at=now, told_at=None):
            logger.error("%s%s", site.before_a_sentence, problem)
        untold = Q(told_at=None) | Q(told_at__lte=now - REMINDED_EVERY)
        # Claimed before it is sent, so that nobody sends it as well.
        is_claimed = _alarm(site_id).filter(untold).update(told_at=now)
        if is_claimed and not _tell(problem, status, site):
            _alarm(site_id, told_at=now).update(told_at=None)  # the next look tries again
        return
    ended = _alarm(site_id, began_at__isnull=False).first()
    if ended and _alarm(site_id, began_at=ended.began_at).update(began_at=None, told_at=None):
        logger.info("%sExports work again.", site.before_a_sentence)
        if ended.told_at:
            _tell("", status, site)


@task()
def look_now() -> None:
    look_after_exports(timezone.now())


def look_soon(run: ExportRun) -> None:
    """After a run that may begin or end the alarm; the worker does it, so nobody waits for mail."""
    if run.has_failed or _alarm(run.site_id, began_at__isnull=False).exists():
        look_now.enqueue()


def problem_of(status: SiteStatus) -> str:
    """What is wrong, in a sentence for the operators; nothing while a failure may mend itself."""
    last = status.last_run
    if last and last.has_failed:
        is_hopeless = last.exit_code in HOPELESS_EXIT_CODES
        if is_hopeless or status.failures >= settings.PLAINLEAF_ALERT_AFTER_FAILURES:
            return f"Exports fail ({status.failures} in a row). {last.error}".strip()
    if status.is_stalled:
        return (
            "Exports stand still: what was changed or asked for in the CMS has waited for more "
            f"than {settings.PLAINLEAF_ALERT_AFTER_MINUTES} minutes."
        )
    return ""


class _Site(NamedTuple):
    """As mails speak of it. The default site is the only one until there is another."""

    name: str
    url: str

    @classmethod
    def of(cls, site_id: int | None) -> _Site:
        if site_id is None:
            return cls("", settings.PLAINLEAF_SITE_URL)
        site = Site.objects.get(pk=site_id)
        return cls(site.site_name or site.hostname, site.root_url)

    @property
    def before_a_sentence(self) -> str:
        return f"Site '{self.name}': " if self.name else ""


def _alarm(site_id: int | None, **values: object) -> QuerySet[ExportAlarm]:
    return ExportAlarm.objects.filter(pk=row_of(site_id), **values)


def _tell(problem: str, status: SiteStatus, site: _Site) -> bool:
    """Whether the mail server took the mail; true as well where nobody wants one."""
    subject = "exports fail or stand still" if problem else "exports work again"
    body = render_to_string(
        "export_feed/alert.txt",
        {
            "problem": problem,
            "status": status,
            "site": site,
            "admin_url": in_admin(reverse("site_export:index")),
        },
    )
    return send(f"{subject}: {site.name}" if site.name else subject, body, operators())
