"""A reader of the feed that keeps what it has read, as the exporter does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from cms.export_feed.stream import feed_chunks, manifest_chunks

Key = tuple[str, str, int]
Record = dict[str, Any]


class Follower:
    """``state`` is the site as far as it was told; ``told`` are the records of the last reading."""

    def __init__(self) -> None:
        self.cursor = ""
        self.state: dict[Key, Record] = {}
        self.told: list[Record] = []
        self.was_full = False

    def read(self, now: datetime) -> None:
        begin, *self.told, end = lines(feed_chunks(now, since=self.cursor))
        assert end["counts"] == count_by_kind(self.told)
        self.was_full = begin["full"]
        if self.was_full:
            self.state = {}
        for record in self.told:
            if record["kind"] == "gone":
                self.state.pop((record["of"], record.get("type", ""), record["id"]), None)
            else:
                self.state[key_of(record)] = record
        self.cursor = begin["cursor"]

    @property
    def site(self) -> dict[Key, Record]:
        """Without the comments of pages that have left: those nobody takes back one by one."""
        return {
            key: record
            for key, record in self.state.items()
            if record["kind"] != "comment" or ("page", "", record["page"]) in self.state
        }


def whole_site(now: datetime) -> dict[Key, Record]:
    begin, *records, _ = lines(feed_chunks(now))
    assert begin["full"]
    return {key_of(record): record for record in records}


def manifest(now: datetime) -> list[Record]:
    return lines(manifest_chunks(now))


def lines(chunks: Any) -> list[Record]:
    found = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    assert (found[0]["kind"], found[-1]["kind"]) == ("begin", "end")
    return found


def key_of(record: Record) -> Key:
    return (
        record["kind"],
        record.get("type", "") if record["kind"] == "snippet" else "",
        record["id"],
    )


def count_by_kind(records: list[Record]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in records:
        counts[record["kind"]] = counts.get(record["kind"], 0) + 1
    return counts
