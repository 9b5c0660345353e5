"""The key that a source gets when nobody gave it one: its publisher and its year. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.text import slugify

from cms.core.citations import LONGEST_KEY

ROOM_FOR_NUMBER = 4
NAMELESS = "source"


def keys_for(sources: Iterable[Mapping[str, Any]]) -> list[str]:
    """A key for each, in their order. Those that have one keep it; no new one repeats another.

    ``{"publisher": "WHO", "published": "2023-05-01"}`` gets ``who-2023``, the next such one
    ``who-2023-2``. Dates may be dates or texts.
    """
    sources = list(sources)
    taken = {key for source in sources if (key := source.get("key"))}
    keys = []
    for source in sources:
        key = source.get("key") or _free(_made_of(source), taken)
        taken.add(key)
        keys.append(key)
    return keys


def _made_of(source: Mapping[str, Any]) -> str:
    name = slugify(source.get("publisher") or "").replace("_", "-").strip("-")
    year = _year(source.get("published")) or _year(source.get("accessed"))
    room = LONGEST_KEY - ROOM_FOR_NUMBER - len(year) - 1
    return "-".join(part for part in ((name or NAMELESS)[:room].strip("-"), year) if part)


def _year(date: object) -> str:
    if isinstance(date, dt.date):
        return f"{date.year:04}"
    return date[:4] if isinstance(date, str) else ""


def _free(key: str, taken: set[str]) -> str:
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    return free
