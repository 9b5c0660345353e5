"""Number the sources of a page, and note where each is cited. Pure.

Sources are counted in the order of the page's list. What cites one leads to it, and it leads back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Citation(NamedTuple):
    """One place at which a source is cited: ``anchor`` is its own, ``source_anchor`` leads on."""

    number: int
    source_anchor: str
    anchor: str


class Source(NamedTuple):
    """One source as the list shows it. ``cited_at``: the anchors of the places that cite it."""

    anchor: str
    value: Mapping[str, Any]
    cited_at: tuple[str, ...]


class Citations:
    """The sources of one page, ``[{"value": {"key": "who-2023", …}, "id": …}, …]`` as stored."""

    def __init__(self, stored: Any) -> None:
        self._values: list[Mapping[str, Any]] = []
        self._anchors: list[str] = []
        self._numbers: dict[str, int] = {}
        self._cited_at: dict[int, list[str]] = {}
        for item in stored if isinstance(stored, list) else ():
            value = item.get("value") if isinstance(item, Mapping) else None
            if isinstance(value, Mapping):
                self._add(value, str(item.get("id") or ""))

    def _add(self, value: Mapping[str, Any], block_id: str) -> None:
        number = len(self._values) + 1
        key = str(value.get("key") or "")
        anchor = f"source-{key or block_id[:8] or number}"
        if anchor in self._anchors:  # two have one key: the first is meant
            anchor = f"{anchor}-{number}"
        self._values.append(value)
        self._anchors.append(anchor)
        if key:
            self._numbers.setdefault(key, number)

    def cite(self, keys: Any) -> tuple[tuple[Citation, ...], list[str]]:
        """A citation for each of these keys that names a source, and the keys that name none."""
        cited: list[Citation] = []
        unknown: list[str] = []
        for key in _texts(keys):
            number = self._numbers.get(key)
            if number is None:
                unknown.append(key)
            else:
                places = self._cited_at.setdefault(number, [])
                anchor = f"cite-{key}-{len(places) + 1}"
                places.append(anchor)
                cited.append(Citation(number, self._anchors[number - 1], anchor))
        return tuple(cited), unknown

    def listed(self) -> list[Source]:
        """The sources in their order, as far as they are cited by now."""
        return [
            Source(anchor, value, tuple(self._cited_at.get(number, ())))
            for number, (anchor, value) in enumerate(
                zip(self._anchors, self._values, strict=True), start=1
            )
        ]


def _texts(keys: Any) -> Iterable[str]:
    """Each key once; a block of another time may hold anything under that name."""
    if not isinstance(keys, list):
        return ()
    return dict.fromkeys(key for key in keys if isinstance(key, str) and key)
