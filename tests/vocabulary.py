"""What schema.org (release 30.0) says of the types that pages use, and of nothing else.

``schema_org.json`` was made from the release's lists of types and properties. The vocabulary is
published by schema.org under CC BY-SA 3.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_FROZEN = json.loads(Path(__file__).with_name("schema_org.json").read_text())
PARENTS: Mapping[str, list[str]] = _FROZEN["types"]
PROPERTIES: Mapping[str, Mapping[str, list[str]]] = _FROZEN["properties"]
SELLS = {"offers", "price", "priceRange", "aggregateRating", "review", "reviews", "starRating"}


def faults_in(thing: Any, at: str = "") -> Iterator[str]:
    """A sentence for each type or property that is unknown or out of its place."""
    if isinstance(thing, list):
        for part in thing:
            yield from faults_in(part, at)
    if not isinstance(thing, dict):
        return
    kind = thing.get("@type", "")
    if kind not in PARENTS:
        yield f"{at}: there is no type '{kind}'"
        return
    for name, value in thing.items():
        if name.startswith("@"):
            continue
        place = f"{at}/{kind}.{name}"
        known = PROPERTIES.get(name)
        if known is None:
            yield f"{place}: there is no such property"
        elif not _line_of(kind) & {*known["domains"]}:
            yield f"{place}: a {kind} has no such property"
        else:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and not _line_of(one.get("@type")) & {*known["ranges"]}:
                    yield f"{place}: cannot be a {one.get('@type')}"
        if name in SELLS:
            yield f"{place}: this site sells and rates nothing"
        yield from faults_in(value, place)


def _line_of(kind: Any) -> set[str]:
    """The type and all that it is a kind of."""
    if kind not in PARENTS:
        return set()
    return {kind}.union(*(_line_of(parent) for parent in PARENTS[kind]))
