"""Months and days from a day, which never leave the calendar. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def months_after(day: date, months: int) -> date:
    """``months_after(date(2026, 1, 31), 1)`` is the 28th of February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def days_after(day: date, days: int) -> date:
    return day + timedelta(days=min(days, (date.max - day).days))
