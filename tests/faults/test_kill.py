"""``kill -9`` at any instant leaves a complete site; the next export clears up behind it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import count
from pathlib import Path

import pytest

from frontend_export.edge.published import PublishedSite
from tests.faults.editions import EDITIONS, Editions, editions
from tests.faults.injector import KILL, KINDS, Fault
from tests.faults.nursery import Nursery, Place

LAYOUTS = {"plain": {}, "units": {"PLAINLEAF_PLAIN_TREE_FILES": "0"}}
KEPT = 3
SEARCH = {"PLAINLEAF_SEARCH": "true"}


def place_at(made: Editions, folder: Path, layout: str, *, kept: int = KEPT, **more: str) -> Place:
    more = {"PLAINLEAF_RELEASES_KEPT": str(kept), **LAYOUTS[layout], **more}
    return Place(folder, made.fake.url, more=more)


def must_have_cleared_up(made: Editions, place: Place) -> None:
    """Nothing of a killed run is left, and the edge can read what is served."""
    made.must_pass_its_check(place)
    names = [path.name for path in (place.public / "releases").iterdir()]
    assert not [name for name in names if name.startswith(".")]
    assert len(names) <= KEPT
    assert not list(place.folder.rglob("*.new"))
    assert not list(place.public.glob("search/.*"))
    PublishedSite(output_dir=place.public, state_dir=place.state).current()


@pytest.fixture(scope="module")
def made(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editions]:
    with editions(nursery, tmp_path_factory.mktemp("clean")) as made:
        yield made


def killed_at_each_call(run: Callable[[Fault], bool]) -> int:
    """How many times ``run`` was killed: at the first call of each kind, the second, the third…"""
    kills = 0
    for kind in KINDS:
        for number in count(1):
            if not run(Fault(kind, number, KILL)):
                break
            kills += 1
    return kills


@pytest.mark.fault
@pytest.mark.parametrize("layout", LAYOUTS)
def test_first_export_killed_at_any_call_leaves_no_site_or_a_whole_one(
    made: Editions, nursery: Nursery, quick_folder: Path, layout: str
) -> None:
    made.turn_to("first")
    numbers = count()

    def run(fault: Fault) -> bool:
        place = place_at(made, quick_folder / str(next(numbers)), layout)
        ended = nursery.run(place, "export", fault=fault)
        assert made.served_at(place) == "first" or (ended.was_killed and not place.current.exists())
        made.heal(place, "first")
        return ended.was_killed

    assert killed_at_each_call(run) > 30


@pytest.mark.fault
@pytest.mark.parametrize("layout", LAYOUTS)
def test_export_killed_at_any_call_leaves_the_old_site_or_the_new(
    made: Editions, nursery: Nursery, quick_folder: Path, layout: str
) -> None:
    """With pages that leave, and with older releases to remove."""
    place = place_at(made, quick_folder, layout, kept=1)
    made.turn_to("first")
    made.heal(place, "first")
    turns = iter(lambda: made.served_at(place), None)

    def run(fault: Fault) -> bool:
        before = next(turns)
        after = "second" if before == "first" else "first"
        made.turn_to(after)
        ended = nursery.run(place, "export", fault=fault)
        assert made.served_at(place) in ({before, after} if ended.was_killed else {after})
        made.heal(place, after)
        return ended.was_killed

    assert killed_at_each_call(run) > 30
    must_have_cleared_up(made, place)


@pytest.mark.fault
@pytest.mark.parametrize("layout", LAYOUTS)
def test_rollback_and_resume_killed_at_any_call_leave_either_release(
    made: Editions, nursery: Nursery, quick_folder: Path, layout: str
) -> None:
    place = place_at(made, quick_folder, layout)
    for edition in ("second", "third"):
        made.turn_to(edition)
        made.heal(place, edition)

    def rolled_back(fault: Fault) -> bool:
        ended = nursery.run(place, "rollback", fault=fault)
        assert made.served_at(place) in ({"second", "third"} if ended.was_killed else {"second"})
        assert nursery.run(place, "resume").exit_code == 0
        made.heal(place, "third")
        return ended.was_killed

    def resumed(fault: Fault) -> bool:
        assert nursery.run(place, "rollback").exit_code == 0
        ended = nursery.run(place, "resume", fault=fault)
        assert made.served_at(place) == "second"
        assert nursery.run(place, "resume").exit_code == 0
        made.heal(place, "third")
        return ended.was_killed

    assert killed_at_each_call(rolled_back) > 5
    assert killed_at_each_call(resumed) > 2
    must_have_cleared_up(made, place)


def lived_through(kills: int, folder: Path, *, layout: str, seed: int, **more: str) -> None:
    """So many kills at random instants, each run going on from what the one before left."""
    chance = random.Random(seed)
    with Nursery() as nursery, editions(nursery, folder / "clean", **more) as made:
        place = place_at(made, folder, layout, **more)
        made.heal(place, "first")
        made.turn_to("second")
        usual_seconds = nursery.run(place, "export").seconds
        done, edition = 0, "second"
        possible = {edition}
        while done < kills:
            command = chance.choices(["export", "rollback", "resume"], [8, 1, 1])[0]
            if command == "export":
                edition = chance.choice(list(EDITIONS))
                made.turn_to(edition)
            ended = nursery.run(
                place, command, kill_after_seconds=usual_seconds * chance.uniform(0.05, 1.1)
            )
            possible = {*possible, edition} if command == "export" else set(EDITIONS)
            served = made.served_at(place)
            assert served in possible, (command, ended)
            made.must_find_only_what_is_there(place)
            done += ended.was_killed
            if chance.random() < 0.2:
                nursery.run(place, "resume")
                made.heal(place, edition)
                made.must_find_all(place, edition)
                possible = {edition}
        nursery.run(place, "resume")
        made.heal(place, edition)
        made.must_find_all(place, edition)
        must_have_cleared_up(made, place)


@pytest.mark.parametrize("more", [{}, SEARCH], ids=["without search", "with search"])
def test_run_killed_at_random_instants_leaves_a_whole_site(
    quick_folder: Path, more: dict[str, str]
) -> None:
    lived_through(20, quick_folder, layout="plain", seed=1, **more)


def test_watch_killed_at_random_instants_leaves_a_whole_site(quick_folder: Path) -> None:
    """While editors go on: between two editions that have the same files, since a file that is
    replaced while it is fetched makes a page wait."""
    chance = random.Random(2)
    with (
        Nursery() as nursery,
        editions(nursery, quick_folder / "clean", **SEARCH) as made,
        ThreadPoolExecutor(1) as beside,
    ):
        place = place_at(made, quick_folder, "units", PLAINLEAF_POLL_SECONDS="0.05", **SEARCH)
        made.heal(place, "first")
        possible = {"first"}
        for _ in range(12):
            seconds = chance.uniform(0.05, 1.2)
            edition = chance.choice(list(EDITIONS))
            made.turn_to(edition)
            possible.add(edition)
            watch = beside.submit(nursery.run, place, "watch", kill_after_seconds=seconds)
            while edition != "first" and not watch.done():
                edition = "third" if edition == "second" else "second"
                made.turn_at_once_to(edition)
                possible.add(edition)
                wait([watch], timeout=chance.uniform(0.02, 0.5))
            assert watch.result().was_killed
            assert made.served_at(place) in possible
            made.must_find_only_what_is_there(place)
            if chance.random() < 0.4:
                made.heal(place, edition)
                made.must_find_all(place, edition)
                possible = {edition}
        made.heal(place, edition)
        made.must_find_all(place, edition)
        must_have_cleared_up(made, place)


@pytest.mark.fault
def test_a_thousand_kills_leave_a_whole_site(quick_folder: Path) -> None:
    """At random instants, in two lives of a site beside each other: one for each core."""
    with ThreadPoolExecutor(2) as lives:
        each = [
            lives.submit(lived_through, 500, quick_folder / layout, layout=layout, seed=seed)
            for seed, layout in enumerate(LAYOUTS)
        ]
    for life in each:
        life.result()
