"""Of any number of exporters on one site one writes; the others say so at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.faults.editions import sentence_of
from tests.faults.nursery import Nursery, Place
from tests.faults.small_site import small_site
from tests.faults.unruly import Exchange, Unruly, passed_on, silent, unruly
from tests.frontend_export.fake_cms import cms

LOCKED = 6


@pytest.fixture
def between() -> Iterator[Unruly]:
    with cms(*small_site()) as fake, unruly(fake.url) as between:
        yield between


def slowly(exchange: Exchange) -> None:
    """So that nobody is through before the last has begun."""
    time.sleep(2)
    passed_on(exchange)


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.fault)])
def test_one_of_twenty_exporters_writes(
    nursery: Nursery, between: Unruly, tmp_path: Path, rounds: int
) -> None:
    between.faults["feed"] = slowly
    for number in range(rounds):
        place = Place(tmp_path / str(number), between.url)
        ended = nursery.run_many(place, "export", times=20)
        assert sorted(one.exit_code for one in ended) == [0] + [LOCKED] * 19
        assert len(list(place.public.glob("releases/*"))) == 1
        assert nursery.run(place, "check").exit_code == 0


def test_nineteen_exporters_are_told_while_the_first_still_writes(
    nursery: Nursery, between: Unruly, tmp_path: Path
) -> None:
    all_told = Event()

    def until_all_are_told(exchange: Exchange) -> None:
        all_told.wait(60)
        passed_on(exchange)

    between.faults["feed"] = until_all_are_told
    place = Place(tmp_path, between.url)
    with Nursery() as another, ThreadPoolExecutor(1) as beside:
        first = beside.submit(another.run, place, "export")
        while not between.requests:
            time.sleep(0.01)
        ended = nursery.run_many(place, "export", times=19)
        assert not first.done()
        all_told.set()
        assert first.result().exit_code == 0
    for one in ended:
        assert one.exit_code == LOCKED
        assert one.cpu_seconds < 1
        assert f"'{place.folder}/" in sentence_of(one)


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.fault)])
def test_lock_of_a_killed_exporter_is_free(
    nursery: Nursery, between: Unruly, tmp_path: Path, rounds: int
) -> None:
    place = Place(tmp_path, between.url)
    with Nursery() as another, ThreadPoolExecutor(1) as beside:
        for _ in range(rounds):
            asked = len(between.requests)
            between.faults["feed"] = silent
            holder = beside.submit(another.run, place, "export", kill_after_seconds=1.5)
            while len(between.requests) == asked:
                time.sleep(0.01)
            between.faults.clear()
            assert nursery.run(place, "export").exit_code == LOCKED
            assert holder.result().was_killed
            assert nursery.run(place, "export").exit_code == 0


def test_processes_of_a_killed_exporter_end_and_let_go_of_its_lock(
    nursery: Nursery, between: Unruly, tmp_path: Path
) -> None:
    """They render pages, and hold what was open when they were forked."""
    between.faults["files"] = silent
    place = Place(tmp_path, between.url, more={"PLAINLEAF_PROCESSES": "2"})
    many = {"frontend_export.pipeline.build.PAGES_WORTH_A_PROCESS": 1}
    killed = nursery.run(place, "export", constants=many, kill_after_seconds=3)
    assert killed.was_killed
    assert any("/files" in request for request in between.requests)  # so they had been forked
    between.faults.clear()
    deadline = time.monotonic() + 20
    while (after := nursery.run(place, "export", constants=many)).exit_code == LOCKED:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert after.exit_code == 0


def test_exporter_with_a_state_of_its_own_is_kept_from_the_same_output(
    nursery: Nursery, between: Unruly, tmp_path: Path
) -> None:
    between.faults["feed"] = slowly
    place = Place(tmp_path, between.url)
    rival = Place(tmp_path, between.url, more={"PLAINLEAF_STATE_DIR": str(tmp_path / "other")})
    with Nursery() as another, ThreadPoolExecutor(1) as beside:
        holder = beside.submit(another.run, place, "export")
        while not between.requests:
            time.sleep(0.01)
        assert nursery.run(rival, "export").exit_code == LOCKED
        assert holder.result().exit_code == 0
