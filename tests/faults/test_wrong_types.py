"""Any value may be of a wrong type: it is refused by its name, and never stumbled over."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.faults.nursery import Nursery, Place
from tests.faults.small_site import seen_below
from tests.faults.unruly import records_rewritten, unruly
from tests.frontend_export.fake_cms import cms

GOLDEN = Path(__file__).parent.parent / "contract/feed.golden.ndjson"
ABSENT = object()
WRONG = [ABSENT, None, True, 7, "x", [], {}]
# What a site record got later: a CMS of before does not tell it.
LATER = {("advice_statement",), ("side_effect_reporting",), ("alert",)}
ODD = [-1, 2**80, 1.5, "", "\x00\ud800", [["x"]], {"x": 1}]

Where = tuple[str | int, ...]


def golden() -> list[dict[str, Any]]:
    text = re.sub("image/(jpeg|webp)", "image/png", GOLDEN.read_text())  # what the fake has
    return [json.loads(line) for line in text.splitlines()]


def wrongs(records: list[dict[str, Any]]) -> Iterator[tuple[int, Where, object]]:
    """Each field of each kind of record with every wrong value; what is inside of it with some."""
    some = cycle([*WRONG, *ODD])
    odd = cycle(ODD)
    kinds = set()
    for number, record in enumerate(records):
        is_new = record["kind"] not in kinds
        kinds.add(record["kind"])
        for where in places_in(record):
            if len(where) > 1:
                yield number, where, next(some)
            elif is_new:
                yield from ((number, where, value) for value in (*WRONG, next(odd)))


def places_in(value: Any, below: Where = ()) -> Iterator[Where]:
    """The way to every value in a record, the outer ones first."""
    if below:
        yield below
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places_in(inner, (*below, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from places_in(inner, (*below, at))


def replaced(record: dict[str, Any], where: Where, value: object) -> dict[str, Any]:
    record = copy.deepcopy(record)
    holder: Any = record
    for key in where[:-1]:
        holder = holder[key]
    if value is ABSENT:
        del holder[where[-1]]
    else:
        holder[where[-1]] = value
    return record


def is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one["kind"], one.get("id")) == (other["kind"], other.get("id"))


def is_of_another_type(value: object, than: object) -> bool:
    """Whether no reading of the field can take it; one that may be null may be anything."""
    return value is ABSENT or (
        value is not None and than is not None and type(value) is not type(than)
    )


@pytest.mark.fault
def test_value_of_a_wrong_type_is_refused_by_its_name(nursery: Nursery, tmp_path: Path) -> None:
    records = golden()
    refused = 0
    with cms(*records[1:-1]) as fake, unruly(fake.url) as between:
        place = Place(tmp_path, between.url)
        assert nursery.run(place, "export").exit_code == 0
        before = seen_below(place.public)
        for number, where, value in wrongs(records):
            right = records[number]
            between.faults["feed"] = records_rewritten(
                lambda said, right=right, where=where, value=value: [
                    replaced(one, where, value) if is_same(one, right) else one for one in said
                ]
            )
            fake.forget()  # so that it says everything again
            ended = nursery.run(place, "export")
            case = f"{right['kind']} {where} {value!r}: {ended}"
            assert "Traceback" not in ended.stderr, case
            is_untold = value is ABSENT and where in LATER
            if len(where) == 1 and not is_untold and is_of_another_type(value, right[where[0]]):
                assert ended.exit_code == 3, case
            if ended.exit_code in {3, 7}:
                refused += 1
                assert re.fullmatch(r"Error: .+\n", ended.stderr), case
                assert between.url in ended.stderr, case
                assert seen_below(place.public) == before, case
            else:
                assert ended.exit_code in {0, 4}, case
                between.faults.clear()
                fake.forget()
                assert nursery.run(place, "export").exit_code == 0, case
                before = seen_below(place.public)
    assert refused > 300
