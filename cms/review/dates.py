"""When an article is due for its next review."""

from __future__ import annotations

import datetime as dt

from cms.safety.dates import months_after
from cms.safety.limit_settings import LimitSettings

DEFAULT_MONTHS = 24


def default_due(today: dt.date) -> dt.date:
    return min(months_after(today, DEFAULT_MONTHS), latest_due(today))


def latest_due(today: dt.date) -> dt.date:
    """What the rules let pass."""
    return months_after(today, LimitSettings.in_force().review_months)
