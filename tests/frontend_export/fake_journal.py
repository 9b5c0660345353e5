"""What changed in the fake CMS and when: found by comparing its records with those seen before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

Record = dict[str, Any]
Key = tuple[str, str, int]  # kind, type of a snippet, id


class Journal:
    """The history of one CMS. ``number`` is where it is now, and grows with every change."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.number = 1
        self._oldest = 1
        self._rows: dict[Key, int] = {}
        self.overlook(records)

    def notice(self, records: Iterable[Record], *, saved: Iterable[Key] = ()) -> None:
        """Note what differs from the last time, and what was ``saved`` whether it differs or not.

        A page that came back brings what points at it; one that left takes nothing along.
        """
        before, root = self._seen, self._root
        self.overlook(records)
        changed = {
            key
            for key in before.keys() | self._seen.keys()
            if before.get(key) != self._seen.get(key)
        }
        came = {key[2] for key in changed if key[0] == "page" and key not in before}
        changed.update(saved)
        changed.update(key for key, page in self._pages.items() if page in came)
        if changed:
            self.number += 1
            self._rows.update(dict.fromkeys(changed, self.number))
        if self._root != root:
            self._oldest = self.number

    def overlook(self, records: Iterable[Record]) -> None:
        """Take these for what was there before: a change that no signal told of."""
        known = {key_of(record): record for record in records}
        self._seen = {key: digest_of(record) for key, record in known.items()}
        self._pages = {key: page_of(record) for key, record in known.items()}
        self._root = [(one["id"], one["root_page"]) for one in known.values() if _is_site(one)]

    def forget(self) -> None:
        """From now on no earlier cursor is known."""
        self.number += 1
        self._oldest = self.number

    def since(self, cursor: str) -> set[Key] | None:
        """What may have changed; ``None`` where the journal does not reach back so far."""
        if not cursor.isdecimal() or not self._oldest <= int(cursor) <= self.number:
            return None
        return {key for key, number in self._rows.items() if number > int(cursor)}


def public(records: Iterable[Record]) -> list[Record]:
    """The records without the comments and redirects of pages that are not among them."""
    records = list(records)
    pages = {record["id"] for record in records if record["kind"] == "page"}
    return [record for record in records if page_of(record) in {None, *pages}]


def page_of(record: Record) -> int | None:
    """The page that a comment stands on or a redirect leads to: without it, neither is public."""
    return record.get({"comment": "page", "redirect": "target_page"}.get(record["kind"], ""))


def key_of(record: Record) -> Key:
    kind = record["kind"]
    return kind, record["type"] if kind == "snippet" else "", record["id"]


def gone(key: Key) -> Record:
    kind, type_name, number = key
    return {"kind": "gone", "of": kind, "id": number} | ({"type": type_name} if type_name else {})


def digest_of(record: Record) -> str:
    return blake2b(json.dumps(record, sort_keys=True).encode(), digest_size=8).hexdigest()


def _is_site(record: Record) -> bool:
    return record["kind"] == "site"
