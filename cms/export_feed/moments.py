"""An instant as a person says it, in the time zone of whoever is looking."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.timesince import timesince


def moment(instant: datetime, now: datetime) -> str:
    """``14:02`` today, ``25 Nov, 14:02`` this year, ``25 Nov 2025, 14:02`` before that."""
    local, today = timezone.localtime(instant), timezone.localtime(now)
    if local.date() == today.date():
        pattern = "H:i"
    elif local.year == today.year:
        pattern = "j M, H:i"
    else:
        pattern = "j M Y, H:i"
    return str(formats.date_format(local, pattern))


def ago(instant: datetime, now: datetime) -> str:
    """``just now`` within a minute, then ``3 minutes ago``."""
    if now - instant < timedelta(minutes=1):
        return "just now"
    return f"{timesince(instant, now)} ago"
