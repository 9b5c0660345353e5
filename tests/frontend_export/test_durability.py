"""The order in which a release is made durable: nothing has its name before it is on the disk.

What a disk would still have after a power cut is worked out of the calls that an export makes:
what was synced since it changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from frontend_export import disk
from frontend_export.pipeline import export
from frontend_export.pipeline.publish import roll_back

from .fake_cms import article, cms, image, image_block, page, settings_for, topic

HOME, DRUGS = page(1, "/"), topic(2, "/drugs/")
MANY = [article(10 + n, f"/drugs/a{n}/", parent=2, body=[image_block(7)]) for n in range(8)]
LAYOUTS = {"plain": 1_000, "units": 0}


class Disk:
    """Stands between an export and ``os``: knows what of ``folder`` was synced since it changed.

    ``named`` are the final names in the order in which they were given. A name that is given to
    what was not synced fails the test, and so does a ``current`` that leads to any such thing.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, *, has_syncfs: bool) -> None:
        self.named: list[str] = []
        self._folder = folder
        self._kept: dict[int, object] = {}
        for name in ("rename", "replace"):
            patch.setattr(os, name, partial(self._rename, getattr(os, name)))
        patch.setattr(os, "fsync", partial(self._sync, os.fsync, lambda path: [path]))
        whole = partial(self._sync, disk._LIBC.syncfs, lambda _: everything_in(folder))
        patch.setattr(disk, "_LIBC", SimpleNamespace(syncfs=whole))
        patch.setattr(disk, "_HAS_SYNCFS", has_syncfs)

    def must_keep(self, path: Path) -> None:
        """All that is in it, and every name that leads to it from the folder of the output."""
        self._must_keep_content(path)
        while path.parent != self._folder:
            names = self._kept.get(path.parent.stat().st_ino, {})
            is_kept = names.get(path.name) == path.lstat().st_ino
            assert is_kept, f"The name of '{path}' may be lost."
            path = path.parent

    def _must_keep_content(self, path: Path) -> None:
        for one in everything_in(path):
            is_kept = self._kept.get(one.lstat().st_ino) == state_of(one)
            # a link is in the folder that has its name
            assert is_kept or one.is_symlink(), f"What is in '{one}' may be lost."

    def _rename(self, call: Callable[..., None], source: Any, target: Any) -> None:
        new, final = Path(source), Path(target)
        if final.is_relative_to(self._folder) and ".old-" not in final.name:
            self._must_keep_content(new)
            self.named.append(final.relative_to(self._folder).as_posix())
        if final.name == "current":
            release = new.resolve()
            for one in (*self._folder.rglob(f"{release.name}*"), *release.iterdir()):
                self.must_keep(one.resolve())
        call(source, target)

    def _sync(self, call: Callable[[int], Any], what: Any, handle: int) -> Any:
        synced = {
            one.lstat().st_ino: state_of(one)
            for one in what(Path(f"/proc/self/fd/{handle}").resolve())
        }
        answer = call(handle)
        self._kept |= synced
        return answer


def everything_in(path: Path) -> Iterator[Path]:
    yield path
    if not path.is_symlink():
        yield from path.rglob("*")


def state_of(path: Path) -> object:
    """What changes when it does: the names in a folder, the time and the size of a file."""
    if path.is_dir() and not path.is_symlink():
        return {one.name: one.lstat().st_ino for one in path.iterdir()}
    found = path.lstat()
    return found.st_mtime_ns, found.st_size


@pytest.mark.parametrize("has_syncfs", [True, False], ids=["syncfs", "fsync"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_release_is_on_the_disk_before_it_is_served(tmp_path, monkeypatch, layout, has_syncfs):
    """The files, then their final names, the release's last, then ``current``, then its name."""
    with cms(HOME, DRUGS, *MANY, image(7)) as fake:
        settings = settings_for(fake, tmp_path, plain_tree_files=LAYOUTS[layout])
        watched = Disk(tmp_path, monkeypatch, has_syncfs=has_syncfs)
        for number in range(2):
            watched.named.clear()
            fake.publish(MANY[0] | {"title": f"Version {number}"})
            release = export(settings).release
            of_units = [f"public/store/{release}", f"state/units/{release}"]
            assert watched.named == [
                *(of_units if layout == "units" else []),
                f"state/releases/{release}.json",
                f"public/releases/{release}",
                "public/current",
            ]
            watched.must_keep(tmp_path / "public/current")
        watched.named.clear()
        roll_back(settings, None)
    assert watched.named == ["state/pinned", "public/current"]
    watched.must_keep(tmp_path / "public/current")
