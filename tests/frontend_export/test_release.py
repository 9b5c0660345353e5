"""Releases: complete or absent, kept and removed, rolled back, and safe from the disk."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from frontend_export.disk import sync_trees
from frontend_export.errors import LockedError, OutputError, SettingsError
from frontend_export.pipeline import Options, export
from frontend_export.pipeline.exporter import Exporter
from frontend_export.pipeline.publish import listed_releases, locked_releases, resume, roll_back
from frontend_export.release import sha256_of
from frontend_export.source.chosen import source_of
from frontend_export.state import lock
from frontend_export.targets.directory import Directory

from .fake_cms import article, cms, comment, files_of, page, settings_for, topic

HOME = page(1, "/")
ABOUT = page(2, "/about/")


def released(settings) -> list[str]:
    return sorted(path.name for path in (settings.output_dir / "releases").iterdir())


def titled(number: int) -> dict:
    return ABOUT | {"title": f"Version {number}"}


def test_current_is_a_relative_link_to_a_release(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    assert str((settings.output_dir / "current").readlink()) == f"releases/{report.release}"


def test_changed_file_is_told_from_the_one_before_by_its_time(tmp_path):
    """Of one size, and written within one second: a server's tag must differ all the same."""
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        seconds = []
        for number in range(3):
            fake.publish(titled(number))
            export(settings)
            file = (settings.output_dir / "current/about/index.html").stat()
            seconds.append(int(file.st_mtime))
    assert seconds == sorted(set(seconds))


def test_five_releases_stay_and_foreign_folders_are_left_alone(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        (settings.output_dir / "releases/by-hand").mkdir()
        made = []
        for number in range(7):
            fake.publish(titled(number))
            made.append(export(settings).release)
    assert released(settings) == [*made[-5:], "by-hand"]
    assert made == sorted(made)
    records = {path.name.partition(".")[0] for path in (settings.state_dir / "releases").iterdir()}
    assert records == set(made[-5:])


def test_clock_that_goes_back_a_day_changes_no_order(tmp_path, monkeypatch):
    class Yesterday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=1)

    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        monkeypatch.setattr("frontend_export.release.datetime", Yesterday)
        fake.publish(titled(2))
        second = export(settings)
        fake.publish(titled(3))
        third = export(settings)
        assert second.switched
        assert first < second.release < third.release
        assert roll_back(settings, None) == second.release


def test_release_whose_record_is_lost_does_not_stay(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        (settings.output_dir / "releases/by-hand").mkdir()
        shutil.rmtree(settings.state_dir)
        fake.unpublish("page", 2)
        report = export(settings)
    assert released(settings) == [report.release, "by-hand"]


def test_export_that_ended_before_the_switch_is_finished_by_the_next(tmp_path, monkeypatch):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        fake.publish(titled(2))
        with monkeypatch.context() as patch:
            patch.setattr(Directory, "serve", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                export(settings)
        assert Directory(settings.output_dir).current() == first
        report = export(settings)
    assert (report.rendered, report.switched) == (0, True)
    assert b"Version 2" in files_of(settings)["about/index.html"]


def test_record_of_a_release_that_was_killed_before_it_had_its_name_is_cleared(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        records = settings.state_dir / "releases"
        shutil.copy(records / f"{first}.json", records / "20990101T000000Z-00000000.json")
        report = export(settings)
    assert (report.release, report.rendered) == (first, 0)
    assert [one.id for one in listed_releases(settings)] == [first]


@pytest.mark.parametrize("prefix", [".new-", ".old-"])
def test_release_that_was_killed_while_it_was_made_or_removed_is_cleared(tmp_path, prefix):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        (settings.output_dir / f"releases/{prefix}20990101T000000Z-00000000/about").mkdir(
            parents=True
        )
        export(settings)
    assert released(settings) == [first]


def test_rollback_holds_the_site_until_resumed(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        before = files_of(settings)
        fake.publish(titled(2))
        export(settings)
        assert roll_back(settings, None) == first
        assert files_of(settings) == before
        fake.publish(titled(3))
        held = export(settings)
        assert (held.switched, held.pinned) == (False, first)
        assert files_of(settings) == before
        assert resume(settings) == first
        moved = export(settings)
    assert (moved.switched, moved.release) == (True, held.release)
    assert b"Version 3" in files_of(settings)["about/index.html"]


def test_release_that_a_rollback_holds_is_never_too_old(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path, releases_kept=2)
        first = export(settings).release
        fake.publish(titled(2))
        export(settings)
        roll_back(settings, None)
        for number in range(3, 6):
            fake.publish(titled(number))
            export(settings)
    assert first in released(settings)
    assert files_of(settings)["about/index.html"]


def test_pin_outlives_a_damaged_state(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        fake.publish(titled(2))
        export(settings)
        roll_back(settings, first)
        (settings.state_dir / "state.db").write_bytes(b"x" * 4096)
        assert export(settings).pinned == first


def test_release_that_shows_what_was_removed_is_gone_for_good(tmp_path):
    pages = (HOME, topic(2, "/medicines/"), article(3, "/medicines/k/", parent=2))
    with cms(*pages, comment(1, on=3)) as fake:
        settings = settings_for(fake, tmp_path)
        with_comment = export(settings).release
        fake.unpublish("comment", 1)
        without = export(settings).release
        assert released(settings) == [without]
        with pytest.raises(OutputError, match=f"There is no release '{with_comment}'"):
            roll_back(settings, with_comment)


def test_words_that_were_taken_back_are_in_no_release_that_is_kept(tmp_path):
    """A comment that was redacted, or whose reply was changed, says so by its edition."""
    pages = (HOME, topic(2, "/medicines/"), article(3, "/medicines/k/", parent=2))
    others = [comment(number, on=3, text="Thank you. " * 99) for number in range(2, 9)]
    typed = "I am canary-7f, hello" + " and canary-7f again" * 400
    with cms(*pages, comment(1, on=3, text=typed), *others) as fake:
        settings = settings_for(fake, tmp_path)
        with Exporter(settings, source_of(settings)) as exporter:  # as one that follows does
            first = exporter.export(Options()).release
            assert words_anywhere(tmp_path, b"canary-7f") != []
            fake.publish(comment(1, on=3, text="I am [removed], hello", edition=2))
            second = exporter.export(Options()).release
            assert released(settings) == [second] != [first]
            assert b"I am [removed], hello" in files_of(settings)["medicines/k/index.html"]
            assert words_anywhere(tmp_path, b"canary-7f") == []


def test_reply_that_comes_later_leaves_earlier_releases_to_return_to(tmp_path):
    pages = (HOME, topic(2, "/medicines/"), article(3, "/medicines/k/", parent=2))
    answer = {"name": "", "text": "Thank you.", "posted_at": "2026-11-04T09:00:00Z"}
    with cms(*pages, comment(1, on=3)) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        fake.publish(comment(1, on=3, reply=answer))
        second = export(settings).release
        assert released(settings) == [first, second]


def words_anywhere(folder: Path, words: bytes) -> list[Path]:
    """The files below that hold them: pages, releases, and what the exporter remembers."""
    return [one for one in folder.rglob("*") if one.is_file() and words in one.read_bytes()]


def test_removal_ends_a_rollback_that_shows_what_was_removed(tmp_path):
    pages = (HOME, topic(2, "/medicines/"), article(3, "/medicines/k/", parent=2))
    with cms(*pages, comment(1, on=3, text="canary-7f")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        fake.publish(topic(2, "/medicines/", title="Medicines now"))
        export(settings)
        held = roll_back(settings, None)
        fake.unpublish("comment", 1)
        report = export(settings)
    assert not any(b"canary-7f" in body for body in files_of(settings).values())
    assert report.switched
    assert f"rolled back to release '{held}'" in report.findings[-1].message


def test_rollback_without_an_earlier_release_says_so(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        with pytest.raises(OutputError, match="There is no earlier release"):
            roll_back(settings, None)


def test_rollback_to_a_damaged_release_is_refused(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        fake.publish(titled(2))
        second = export(settings).release
        (settings.output_dir / f"releases/{first}/404.html").write_text("x")
        # 404.html is one inode in both releases; the other differs
        (settings.output_dir / f"releases/{first}/about/index.html").write_text("x")
        with pytest.raises(OutputError, match="were changed or removed on disk"):
            roll_back(settings, first)
    assert (settings.output_dir / "current").readlink().name == second


@pytest.mark.parametrize("units", [False, True])
def test_rollback_reads_what_the_served_release_has_not(tmp_path, monkeypatch, units):
    """So that a large site is back as soon as a small one."""
    if units:
        monkeypatch.setattr("frontend_export.pipeline.build.MIN_UNIT_FILES", 2)
    read = []
    with cms(HOME, topic(2, "/about/"), article(3, "/about/us/", parent=2)) as fake:
        settings = settings_for(fake, tmp_path, plain_tree_files=0 if units else 10_000)
        first = export(settings).release
        fake.publish(article(3, "/about/us/", parent=2) | {"title": "Version 2"})
        export(settings)
        hashed = sha256_of
        monkeypatch.setattr(
            "frontend_export.release.sha256_of", lambda path: read.append(path) or hashed(path)
        )
        roll_back(settings, first)
    assert (settings.output_dir / "current").readlink().name == first
    names = {"/".join(path.parts[-3:]) for path in read}
    assert "about/us/index.html" in names
    assert not any(name.endswith(("404.html", ".css")) for name in names)


def test_releases_are_listed_newest_first(tmp_path):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        fake.publish(titled(2))
        second = export(settings).release
        roll_back(settings, first)
    listed = listed_releases(settings)
    assert [(one.id, one.pages, one.is_current, one.is_pinned) for one in listed] == [
        (second, 2, False, False),
        (first, 2, True, True),
    ]


@pytest.mark.parametrize(
    ("call", "error", "remedy"),
    [
        ("os.open", errno.EMFILE, "Raise the limit of open files (ulimit -n)."),
        ("os.open", errno.EACCES, "Give the exporter's user the right to read and write there."),
        ("fcntl.flock", errno.ENOLCK, "Move the folder to a disk that has locks."),
    ],
)
def test_folder_that_cannot_be_locked_is_named_with_the_remedy(
    tmp_path, monkeypatch, call, error, remedy
):
    def fail(*arguments):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(call, fail)
    with pytest.raises(OutputError) as caught, lock(tmp_path):
        pass
    monkeypatch.undo()
    assert str(caught.value).startswith(
        f"Could not lock '{tmp_path}': {os.strerror(error)}. {remedy} "
    )


def test_second_export_is_told_at_once_that_one_is_running(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with locked_releases(settings):
            with pytest.raises(LockedError) as locked:
                export(settings)
            with pytest.raises(LockedError):
                export(settings_for(fake, tmp_path, state_dir=tmp_path / "other"))
    assert str(locked.value) == (
        f"Another export is running on '{settings.state_dir}'. Wait for it or stop it."
    )


def test_folder_that_is_not_ours_is_refused(tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public/letter.txt").write_text("Dear Ada")
    with cms(HOME) as fake, pytest.raises(OutputError, match="files that are not the exporter's"):
        export(settings_for(fake, tmp_path))
    assert [path.name for path in (tmp_path / "public").iterdir()] == ["letter.txt"]


def test_home_is_no_output_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "public"))
    with cms(HOME) as fake, pytest.raises(OutputError, match="is no place for a site"):
        export(settings_for(fake, tmp_path))


def test_root_is_no_output_folder(tmp_path):
    with cms(HOME) as fake, pytest.raises(SettingsError, match="Set it to another folder"):
        export(settings_for(fake, tmp_path, output_dir=Path("/")))


def test_state_below_the_output_is_refused(tmp_path):
    settings = {"output_dir": tmp_path / "public", "state_dir": tmp_path / "public/state"}
    with cms(HOME) as fake, pytest.raises(SettingsError, match="would be served"):
        export(settings_for(fake, tmp_path, **settings))


def test_planted_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        (settings.output_dir / "releases").rename(tmp_path / "moved")
        (settings.output_dir / "releases").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OutputError, match="is a link"):
            export(settings)
    assert list((tmp_path / "elsewhere").iterdir()) == []


class FailsOnce:
    """Stands for a function of ``os`` whose call number ``at`` fails."""

    def __init__(self, works: Callable[..., Any], at: int, number: int = errno.ENOSPC) -> None:
        self._works = works
        self._left = at
        self._number = number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            raise OSError(self._number, os.strerror(self._number))
        return self._works(*args, **kwargs)


@pytest.mark.parametrize("name", ["write", "link", "fsync"])
def test_full_disk_leaves_the_old_site_whichever_call_meets_it(tmp_path, monkeypatch, name):
    works = getattr(os, name)
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        old = files_of(settings)
        fake.publish(titled(2))
        for at in range(1, 100):
            monkeypatch.setattr(os, name, FailsOnce(works, at))
            try:
                export(settings)
            except OutputError as error:
                assert "No space left on device. Free some space" in str(error)
            else:
                break
            finally:
                monkeypatch.undo()
            now = files_of(settings)
            assert now == old or b"Version 2" in now["about/index.html"]
            assert not [name for name in released(settings) if name.startswith(".")]
        assert at > 1
        assert b"Version 2" in files_of(settings)["about/index.html"]


def test_release_that_the_disk_cannot_keep_is_none(tmp_path, monkeypatch):
    with cms(HOME, ABOUT) as fake:
        settings = settings_for(fake, tmp_path)
        first = export(settings).release
        fake.publish(titled(2))
        with monkeypatch.context() as patch:
            patch.setattr("frontend_export.release.sync_trees", FailsOnce(sync_trees, 1, errno.EIO))
            with pytest.raises(OutputError, match="Input/output error"):
                export(settings)
    assert released(settings) == [first]


def test_error_of_the_early_sync_of_a_large_draft_is_not_lost(tmp_path, monkeypatch):
    """The kernel tells of it once: the sync that seals the release would hear nothing of it."""
    monkeypatch.setattr("frontend_export.pipeline.build.PAGES_WORTH_A_PROCESS", 1)
    monkeypatch.setattr("frontend_export.pipeline.build.PAGES_AT_ONCE", 1)
    early = FailsOnce(sync_trees, 1, errno.EIO)
    monkeypatch.setattr("frontend_export.release.Releases.seal", lambda *_: pytest.fail("sealed"))
    monkeypatch.setattr("frontend_export.release.sync_trees", early)
    with cms(HOME, *(page(number, f"/page-{number}/") for number in range(2, 12))) as fake:
        settings = settings_for(fake, tmp_path, processes=2)
        with pytest.raises(OutputError, match="Input/output error"):
            export(settings)
    assert released(settings) == []


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EROFS, "Read-only file system. Mount it for writing"),
        (errno.EACCES, "Permission denied. Give the exporter's user the right"),
        (errno.EIO, "Input/output error. See what is wrong with that disk."),
    ],
)
def test_disk_that_refuses_is_named_with_the_remedy(tmp_path, monkeypatch, number, remedy):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        monkeypatch.setattr(os, "write", FailsOnce(os.write, 1, number))
        with pytest.raises(OutputError) as refused:
            export(settings)
    assert str(settings.output_dir) in str(refused.value)
    assert remedy in str(refused.value)
    assert not (settings.output_dir / "current").exists()
