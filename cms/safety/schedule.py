"""A version that was to go live on its day, and that the rules refuse when the day has come."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task
from wagtail.log_actions import LogFormatter, log
from wagtail.models import Page, PageLogEntry, Revision

from cms.core.absolute import in_admin
from cms.core.letters import one_line
from cms.core.post import operators, send
from cms.safety.judged import RefusedToGoLive

logger = logging.getLogger(__name__)

REFUSED = "safety.schedule_refused"
# What makes such a refusal a thing of the past.
SETTLED = (
    "wagtail.publish",
    "wagtail.publish.schedule",
    "wagtail.publish.scheduled",
    "wagtail.unpublish",
)


class ScheduleRefused(LogFormatter):
    label = "Refuse what was scheduled"

    def format_message(self, log_entry: PageLogEntry) -> str:
        return "Was not published on its day. " + " ".join(log_entry.data.get("findings", ()))


def end_schedule(revision: Revision, refused: RefusedToGoLive) -> None:
    """Take the day away: the version is a draft again, and does not go live by itself later, when
    nobody expects it. The history of the page says why; whoever has to do with it gets mail."""
    page = revision.content_object
    with transaction.atomic():
        page.revisions.update(approved_go_live_at=None)
        tell_once(page, revision, refused)
    logger.error("%s It was to go live on its day, and is a draft again.", refused)


def keep_schedule(revision: Revision, refused: RefusedToGoLive) -> None:
    """Of a version whose address another page has: it goes live once that is mended, on either
    side."""
    tell_once(revision.content_object, revision, refused)
    logger.error("%s It was to go live on its day, and is tried again.", refused)


def tell_once(page: Page, revision: Revision, refused: RefusedToGoLive) -> None:
    """Not again while the same keeps it."""
    if refused_schedules([page.pk]).get(page.pk) == refused.messages:
        return
    log(instance=page, action=REFUSED, revision=revision, data={"findings": refused.messages})
    tell_of_refusal.enqueue(page.pk)


def refused_schedules(page_ids: Iterable[int]) -> dict[int, list[str]]:
    """By page, what kept it from going live on its day, while nothing has been done about it."""
    entries = PageLogEntry.objects.filter(
        page__in=page_ids, action__in=(REFUSED, *SETTLED)
    ).order_by("timestamp", "pk")
    last = {entry.page_id: entry for entry in entries}
    return {
        page_id: list(entry.data.get("findings", ()))
        for page_id, entry in last.items()
        if entry.action == REFUSED
    }


@task()
def tell_of_refusal(page_id: int) -> None:
    """The operators, the owner, and whoever wrote that version."""
    page = Page.objects.select_related("owner", "latest_revision__user").filter(pk=page_id).first()
    findings = refused_schedules([page_id]).get(page_id)
    if not page or not findings:
        return
    words = render_to_string(
        "safety/not_published.txt",
        {
            "title": one_line(page.title),
            "findings": findings,
            "address": in_admin(reverse("wagtailadmin_pages:edit", args=[page.pk])),
        },
    )
    for address in dict.fromkeys([*operators(), *_addresses(page)]):
        send(f"'{page.title}' was not published on its day", words, [address])


def _addresses(page: Page) -> list[str]:
    revision = page.latest_revision
    people: list[Any] = [page.owner, revision and revision.user]
    return [one.email for one in people if one and one.is_active and one.email]
