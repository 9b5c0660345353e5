"""A disk that fails at any call leaves the site that stands, and says which path it was.

The loop is SQLite's: the first call of a kind fails, then the second, until a run ends in which
none was left to fail.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

import pytest

from tests.faults.editions import Editions, editions, sentence_of
from tests.faults.injector import KINDS, Fault
from tests.faults.nursery import Ended, Nursery, Place
from tests.faults.small_disk import shrink, small_disk

pytestmark = pytest.mark.fault

LAYOUTS = {"plain": {}, "units": {"PLAINLEAF_PLAIN_TREE_FILES": "0"}}
FULL, BROKEN = ("ENOSPC", True), ("EIO", False)
MODES = [("plain", BROKEN), ("units", FULL)]
# These four make a release what it is; for the others each layout and each error comes up once.
CASES = [(kind, *mode) for kind in KINDS for mode in MODES] + [
    (kind, *mode)
    for kind in ("write", "fsync", "rename", "link")
    for mode in (("plain", FULL), ("units", BROKEN))
]
OF_THE_DISK = 5
CMS_NOT_READ = 3


@pytest.fixture(scope="module")
def made(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editions]:
    with editions(nursery, tmp_path_factory.mktemp("clean")) as made:
        yield made


def must_be_told(ended: Ended, *, exit_codes: tuple[int, ...] = (OF_THE_DISK,)) -> None:
    assert ended.exit_code in exit_codes, ended
    assert re.search(r"'(/|http://127\.0\.0\.1)", sentence_of(ended)), ended


def place_at(made: Editions, folder: Path, layout: str, **more: str) -> Place:
    kept = {"PLAINLEAF_RELEASES_KEPT": "2"}  # so that every export has something to remove
    return Place(folder, made.fake.url, more={**LAYOUTS[layout], **kept, **more})


@pytest.mark.parametrize(
    ("kind", "layout", "mode"),
    CASES,
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_call_that_fails_leaves_one_edition_whole(
    made: Editions,
    nursery: Nursery,
    quick_folder: Path,
    kind: str,
    layout: str,
    mode: tuple[str, bool],
) -> None:
    place = place_at(made, quick_folder, layout)
    made.turn_to("first")
    made.heal(place, "first")
    struck, unstruck = 0, 0
    for turn, edition in zip(count(), cycle(("second", "first"))):
        made.turn_to(edition)
        fault = Fault(kind, turn // 2 + 1, *mode)
        ended = nursery.run(place, "export", fault=fault)
        served = made.served_at(place)
        assert served in {"first", "second"}
        if ended.exit_code == 0:
            assert served == edition, fault
            assert kind != "fsync" or not ended.fired, fault  # durable is what it was told
        else:
            must_be_told(ended)
        struck += ended.fired
        unstruck = 0 if ended.fired else unstruck + 1
        if unstruck == 2:  # on the way there and on the way back
            break
        made.heal(place, edition)
    made.must_pass_its_check(place)
    assert struck > 1


@pytest.mark.parametrize("kind", KINDS)
def test_disk_that_was_mounted_read_only_is_named(
    made: Editions, nursery: Nursery, quick_folder: Path, kind: str
) -> None:
    place = place_at(made, quick_folder, "plain")
    made.turn_to("first")
    made.heal(place, "first")
    made.turn_to("second")
    ended = nursery.run(place, "export", fault=Fault(kind, 1, "EROFS", lasting=True))
    must_be_told(ended)
    assert "Read-only file system" in ended.stderr
    made.heal(place, "second")


@pytest.mark.parametrize("error", ["ENOSPC", "EMFILE"])
@pytest.mark.parametrize("kind", KINDS)
def test_call_that_fails_in_a_first_export_leaves_no_site_or_a_whole_one(
    made: Editions, nursery: Nursery, quick_folder: Path, kind: str, error: str
) -> None:
    made.turn_to("first")
    for number in count(1):
        place = place_at(made, quick_folder / str(number), "plain")
        ended = nursery.run(place, "export", fault=Fault(kind, number, error, lasting=True))
        if not ended.fired:
            break
        if ended.exit_code:
            must_be_told(ended)
        assert made.served_at(place) == "first" or (ended.exit_code and not place.current.exists())
        made.heal(place, "first")


def test_process_with_too_few_open_files_says_so(
    made: Editions, nursery: Nursery, quick_folder: Path
) -> None:
    place = place_at(made, quick_folder, "plain")
    made.turn_to("first")
    made.heal(place, "first")
    made.turn_to("second")
    for allowed in count(4):
        ended = nursery.run(place, "export", limits={"NOFILE": allowed})
        if ended.exit_code == 0:
            break
        must_be_told(ended, exit_codes=(OF_THE_DISK, CMS_NOT_READ))
        assert "open files" in ended.stderr or "unable to open" in ended.stderr, ended
        assert made.served_at(place) in {"first", "second"}  # it may fail at clearing up
    assert allowed > 6
    assert made.served_at(place) == "second"


def test_process_whose_files_may_not_grow_says_so(
    made: Editions, nursery: Nursery, quick_folder: Path
) -> None:
    place = place_at(made, quick_folder, "plain")
    made.turn_to("first")
    made.heal(place, "first")
    failed = 0
    for size, edition in zip(range(1024, 256 * 1024, 1024), cycle(("second", "first"))):
        made.turn_to(edition)
        ended = nursery.run(place, "export", limits={"FSIZE": size})
        assert made.served_at(place) in {"first", "second"}
        if ended.exit_code:
            failed += 1
            must_be_told(ended)
            made.heal(place, edition)
        else:
            assert made.served_at(place) == edition
    assert failed > 5


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "small") as disk:
        if disk is None:
            pytest.skip("NOT TESTED: a really full disk, which takes root and the right to mount.")
        yield disk


@pytest.mark.parametrize("limit", ["size", "nr_inodes"])
def test_disk_that_is_really_full_leaves_the_site(
    made: Editions, nursery: Nursery, disk: Path, limit: str
) -> None:
    """From no room at all upwards, a page or an inode at a time, until an export fits."""
    place = place_at(made, disk, "plain")
    made.turn_to("first")
    made.heal(place, "first")
    failed = 0
    for more in count(0, 8 if limit == "size" else 4):
        edition = ("second", "first")[failed % 2]
        made.turn_to(edition)
        shrink(disk, limit, more)
        ended = nursery.run(place, "export")
        assert made.served_at(place) in {"first", "second"}
        shrink(disk, "size", 10_000)
        shrink(disk, "nr_inodes", 10_000)
        if ended.exit_code == 0:
            break
        failed += 1
        must_be_told(ended)
        made.heal(place, edition)
    assert failed > 3
    assert made.served_at(place) == edition


SYSTEM_CALLS = {
    "pwrite64": ("ENOSPC", "EIO"),
    "fdatasync": ("EIO",),
    "fsync": ("EIO",),
    "ftruncate": ("EIO",),
    "openat": ("EMFILE",),
}


@pytest.fixture(scope="session")
def strace() -> None:
    """Reaches SQLite's own calls, and any that Python makes below its modules."""
    found = shutil.which("strace")
    if found is None or subprocess.run([found, "-o", os.devnull, "true"]).returncode:
        pytest.skip("NOT TESTED: faults of single system calls, which take 'strace' and ptrace.")


@pytest.mark.parametrize("call", SYSTEM_CALLS)
def test_system_call_that_fails_leaves_one_edition_whole(
    made: Editions, nursery: Nursery, quick_folder: Path, strace: None, call: str
) -> None:
    place = place_at(made, quick_folder, "plain")
    made.turn_to("first")
    made.heal(place, "first")
    for error in SYSTEM_CALLS[call]:
        unstruck = 0
        for turn, edition in zip(count(), cycle(("second", "first"))):
            made.turn_to(edition)
            fault = f"inject={call}:error={error}:when={turn // 2 + 1}"
            ended = nursery.run(place, "export", strace=("-e", f"trace={call}", "-e", fault))
            served = made.served_at(place)
            assert served in {"first", "second"}
            if ended.exit_code == 0:
                assert served == edition, fault
            else:
                must_be_told(ended, exit_codes=(OF_THE_DISK, CMS_NOT_READ))
            unstruck = 0 if ended.fired else unstruck + 1
            if unstruck == 2:
                break
            made.heal(place, edition)
