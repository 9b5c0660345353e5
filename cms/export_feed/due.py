"""Publish what is due when the exporter asks, so that no page waits for a cron job.

The exporter wakes at ``next_change_at`` and asks. A page that goes live for the first time is not
live until somebody publishes its approved revision: the schedule does it each minute, where it
runs; this does it before the answer. What expires needs nothing: the feed reads the clock.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.core.cache import cache
from django.core.management import call_command
from wagtail.models import Revision

logger = logging.getLogger(__name__)

# The exporter asks many times a second; a revision that cannot be published is not tried as often.
TRIED_AGAIN_AFTER_SECONDS = 60


def publish_due(now: datetime) -> bool:
    """Whether anything was due that was not tried just now. Whatever fails is logged and stays for
    the schedule: it must not keep the rest of the site from the exporter."""
    due = Revision.objects.filter(approved_go_live_at__lte=now).values_list("pk", flat=True)
    fresh = [pk for pk in due if cache.add(f"due-{pk}", True, TRIED_AGAIN_AFTER_SECONDS)]
    if fresh:
        try:
            call_command("publish_scheduled", verbosity=0)
        except Exception:  # the command names what failed and why
            logger.exception("Something that is due could not be published; it is tried again.")
    return bool(fresh)
