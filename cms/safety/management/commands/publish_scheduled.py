"""``manage.py publish_scheduled``: in place of Wagtail's, which stops at the first page that fails.

Each page is a transaction of its own. One that is refused loses its schedule, and everyone who
looks at the page learns why; one whose address another page has, or that fails for a reason that
nobody knows, keeps it and is tried again.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from wagtail.management.commands import publish_scheduled
from wagtail.models import Page, Revision

from cms.safety.judged import RefusedToGoLive
from cms.safety.schedule import end_schedule, keep_schedule

logger = logging.getLogger(__name__)


class Command(publish_scheduled.Command):
    help = "Publishes and expires pages when they are due; a refused page stops no other one."

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dryrun"]:
            super().handle(*args, **options)
            return
        now = timezone.now()
        due = Revision.objects.filter(approved_go_live_at__lt=now).order_by("approved_go_live_at")
        expired = Page.objects.filter(live=True, expire_at__lt=now).order_by("expire_at")
        failed = [pk for pk in expired.values_list("pk", flat=True) if not expire(pk)]
        failed += [pk for pk in due.values_list("pk", flat=True) if not publish(pk)]
        if failed:
            raise CommandError(
                f"{len(failed)} pages could not be published or taken off; the log says why. They "
                "are tried again the next time."
            )


def expire(page_id: int) -> bool:
    """Whether that is settled; the page is read anew, since a stale one would harm the tree."""
    try:
        with transaction.atomic():
            if page := Page.objects.filter(pk=page_id, live=True).first():
                page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    except Exception:  # whatever it is, the others are due as well
        logger.exception("Page %s could not be taken off the site on its day.", page_id)
        return False
    return True


def publish(revision_id: int) -> bool:
    """Whether that is settled: the revision is live, refused, or not to be published any more."""
    revision = None
    try:
        with transaction.atomic():
            if revision := still_due(revision_id):
                revision.publish(log_action="wagtail.publish.scheduled")
    except RefusedToGoLive as refused:
        assert revision is not None  # noqa: S101 - only publishing it raises this
        if refused.is_of_another_page:
            keep_schedule(revision, refused)
            return False
        end_schedule(revision, refused)
    except Exception:  # whatever it is, the others are due as well
        logger.exception("Revision %s could not be published on its day.", revision_id)
        return False
    return True


def still_due(revision_id: int) -> Revision | None:
    """The revision as it is once nobody else can publish its page: whoever publishes a newer one
    meanwhile ends the schedule of this one."""
    page_id = Revision.objects.filter(pk=revision_id).values_list("object_id", flat=True).first()
    Page.objects.select_for_update().filter(pk=page_id).order_by().first()
    due = Revision.objects.filter(pk=revision_id, approved_go_live_at__lt=timezone.now())
    return due.first()
