"""Whatever happened between two exports, the site is the one that a first export would make."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontend_export.check import check_release
from frontend_export.config import Settings
from frontend_export.edge.published import read_part
from frontend_export.errors import OutputError
from frontend_export.pipeline import Options, Report, export
from frontend_export.pipeline.exporter import Exporter
from frontend_export.pipeline.publish import resume, roll_back
from frontend_export.release import Releases
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import THEME
from frontend_export.source.chosen import source_of

from .edits import EDITS, heal
from .fake_cms import FakeCms, cms, files_of, settings_for
from .newsroom import Newsroom

NAMED_BY_THEIR_BYTES = ("assets/", "images/", "documents/")


class Way(NamedTuple):
    """How the site is exported.

    ``is_large``: as a large one is, with folders that are links and a sitemap in parts;
    ``is_watch``: by one exporter that stays, as ``watch`` does.
    """

    is_large: bool = False
    is_watch: bool = False


class Round(NamedTuple):
    """Some edits, what else happens, and an export."""

    edits: list[tuple[str, int, int]]
    event: str
    at: int


# What happens beside the edits of a round, half of the time nothing.
EVENTS = (
    *["nothing"] * 12,
    "the export is a full one",
    "the export is tried out before",
    "the export is killed before",
    "the CMS forgets the cursor",
    "the CMS sends more than it must",
    "the CMS sends everything",
    "nothing tells of the edits",
    "all of the state is lost",
    "a file of the state is lost",
    "a file of the state is cut",
    "the site is rolled back",
    "the site is resumed",
)
ENDS_A_WATCH = (
    "the export is killed before",
    "all of the state is lost",
    "a file of the state is lost",
    "a file of the state is cut",
)
USUAL = Options()
ROUNDS = st.lists(
    st.builds(
        Round,
        st.lists(
            st.tuples(
                st.sampled_from(sorted(EDITS)),
                st.sampled_from(range(12)),  # evenly; integers() prefers the ends
                st.sampled_from(range(6)),
            ),
            min_size=1,
            max_size=4,
        ),
        st.sampled_from(EVENTS),
        st.sampled_from(range(200)),
    ),
    min_size=2,
    max_size=6,
)
WAYS = st.builds(Way, st.sampled_from([False, True]), st.sampled_from([False, True]))


@dataclass(slots=True)
class Site:
    """A newsroom, the CMS that speaks for it, and a site that follows."""

    room: Newsroom
    fake: FakeCms
    folder: Path
    themes: tuple[Path | None, ...]
    way: Way
    exporter: Exporter | None = None
    theme: int = 0

    def settings(self, name: str) -> Settings:
        return settings_for(
            self.fake,
            self.folder / name,
            theme_dir=self.themes[self.room.theme],
            plain_tree_files=0 if self.way.is_large else 1_000,
        )

    def live_through(self, one: Round) -> None:
        for edit, a, b in one.edits:
            EDITS[edit](self.room, a, b)
        with self.fake.unnoticed() if one.event == "nothing tells of the edits" else nullcontext():
            self.room.tell(self.fake)
        edited, options = self.settings("edited"), Options()
        if one.event in ENDS_A_WATCH:
            self.end_watch()
        match one.event:
            case "nothing tells of the edits":
                self.export_now(Options())  # finds little or nothing
                options = Options(compare=True)
            case "the export is a full one":
                options = Options(full=True)
            case "the export is tried out before":
                self.export_now(Options(dry_run=True))
            case "the export is killed before":
                export_and_die(edited, at=one.at)
            case "the CMS forgets the cursor":
                self.fake.forget()
            case "all of the state is lost":
                shutil.rmtree(edited.state_dir)
            case "a file of the state is lost":
                file_of(edited.state_dir, one.at).unlink()
            case "a file of the state is cut":
                cut = file_of(edited.state_dir, one.at)
                os.truncate(cut, cut.stat().st_size // 2)
            case "the site is rolled back":
                with suppress(OutputError):  # there may be nothing to return to
                    roll_back(edited, None)
            case "the site is resumed":
                resume(edited)
        self.fake.over_sends = one.event == "the CMS sends more than it must"
        self.fake.is_always_full = one.event == "the CMS sends everything"
        self.export(options)
        self.fake.over_sends = self.fake.is_always_full = False

    def export(self, options: Options = USUAL) -> Report:
        report = self.export_now(options)
        assert not list(withdrawn_words(self.room, self.settings("edited").output_dir))
        return report

    def export_now(self, options: Options) -> Report:
        edited = self.settings("edited")
        if not self.way.is_watch:
            return export(edited, options)
        if self.theme != self.room.theme:
            self.end_watch()
        if self.exporter is None:
            self.exporter, self.theme = (
                Exporter(edited, source_of(edited)),
                self.room.theme,
            )
        return self.exporter.export(options)

    def end_watch(self) -> None:
        if self.exporter:
            with self.exporter:
                self.exporter = None

    def assert_as_new(self) -> None:
        """The site that was edited beside one that is made of nothing."""
        edited, new = self.settings("edited"), self.settings("new")
        shutil.rmtree(self.folder / "new", ignore_errors=True)
        follows, starts = self.export(), export(new)
        one, other = files_of(edited), files_of(new)
        lingers = {path for path in one.keys() - other if path.startswith(NAMED_BY_THEIR_BYTES)}
        assert one.keys() - lingers == other.keys()
        assert {path for path in other if one[path] != other[path]} == set()
        assert known_to_the_edge(edited) == known_to_the_edge(new)
        assert (follows.pages, follows.exit_code) == (starts.pages, starts.exit_code)
        assert check_release(edited) == []
        assert not self.export().switched


def export_and_die(site_settings: Settings, *, at: int) -> None:
    """``kill -9`` when the export opens, links, makes, renames or removes its nth file."""
    child = os.fork()
    if child == 0:
        left = at

        def count(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal left
            left -= event == "open" or event.startswith("os.")
            if left < 0:
                os._exit(9)

        try:
            sys.addaudithook(count)
            export(site_settings)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def known_to_the_edge(site_settings: Settings) -> list[str]:
    """What the edge would say of the site while the CMS is away."""
    current = (site_settings.output_dir / "current").readlink().name
    releases = Releases(site_settings.output_dir, site_settings.state_dir)
    parts = releases.edge_records(current)
    return sorted(str(record) for part in parts for record in read_part(part))


def file_of(folder: Path, at: int) -> Path:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return files[at % len(files)]


def withdrawn_words(room: Newsroom, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Where on disk something is left of what may be nowhere."""
    words = room.withdrawn()
    seen: set[int] = set()
    for path in folder.rglob("*") if words else ():
        if path.is_file() and not path.is_symlink() and path.stat().st_ino not in seen:
            seen.add(path.stat().st_ino)
            body = path.read_bytes()
            yield from ((str(path.relative_to(folder)), word) for word in words if word in body)


@pytest.fixture(scope="module")
def one_renderer() -> Iterator[None]:
    """Most of a small export is Jinja reading the templates: here it does so once a theme."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("frontend_export.pipeline.exporter.Renderer", lru_cache(Renderer))
        yield


@pytest.fixture(scope="module")
def themes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path | None, ...]:
    """The theme as it is, one with another template, one with another style."""
    folders = []
    for name, mark in (
        ("templates/base.html", "<!-- x -->"),
        ("static/css/tokens.css", "/* x */"),
    ):
        changed = tmp_path_factory.mktemp("theme") / name
        changed.parent.mkdir(parents=True)
        changed.write_text((THEME / name).read_text("utf-8") + mark, "utf-8")
        folders.append(changed.parents[len(Path(name).parents) - 1])
    return None, *folders


@contextmanager
def a_site(themes: tuple[Path | None, ...], way: Way) -> Iterator[Site]:
    with (
        tempfile.TemporaryDirectory() as folder,
        cms() as fake,
        pytest.MonkeyPatch.context() as patch,
    ):
        if way.is_large:
            patch.setattr("frontend_export.pipeline.build.MIN_UNIT_FILES", 3)
            patch.setattr("frontend_export.pipeline.planning.MAX_PAGES_OF_ONE_SITEMAP", 6)
            patch.setattr("frontend_export.pipeline.finding_aids.MAX_PAGES_OF_A_SITE_MAP", 6)
            patch.setattr("frontend_export.plan.site.MAX_NAMES_OF_ONE_A_TO_Z", 3)
            patch.setattr("frontend_export.plan.site.NAMES_ON_A_PAGE", 2)
            patch.setattr("frontend_export.pipeline.finding_aids.NAMES_ON_A_PAGE", 2)
        site = Site(Newsroom(), fake, Path(folder), themes, way)
        site.room.tell(fake)
        try:
            site.export()
            yield site
        finally:
            site.end_watch()


@pytest.mark.parametrize("edit", EDITS)
def test_one_edit_reaches_every_file_it_must(one_renderer, themes, edit):
    with a_site(themes, Way(is_large=True, is_watch=True)) as site:
        for number in range(8):
            EDITS[edit](site.room, number, number // 2)
            site.room.tell(site.fake)
            if site.room.is_whole:
                site.assert_as_new()
            else:
                site.export()


# What went wrong once, as the test below found it.
HISTORIES = {
    "an image is withdrawn after the pages that show it": [
        Round([("delete", 1, 0)], "nothing", 0),
        Round([("withdraw_image", 1, 0)], "nothing", 0),
    ],
    "the last page below a folder leaves": [Round([("unpublish", 0, 0)], "nothing", 0)],
    "the last page below a folder leaves while another page cannot be made": [
        Round([("break_page", 8, 0), ("delete", 2, 0)], "nothing", 0),
        Round([("delete", 0, 0)], "nothing", 0),
    ],
    "a page leaves while it waits for its image": [
        Round([("lose_file", 0, 1), ("mark_as_sample", 11, 2)], "nothing", 0),
        Round([("restrict", 2, 5)], "nothing", 0),
    ],
    "a page leaves, and the export that sees it is killed": [
        Round([("mark_as_sample", 10, 0)], "the export is killed before", at)
        for at in range(0, 300, 10)
    ],
    "a page leaves that is named on a held page, and nowhere else since": [
        Round([("break_page", 5, 0)], "nothing", 0),
        Round([("change_menu", 7, 4)], "nothing", 0),
        Round([("mark_as_sample", 8, 5)], "nothing", 0),
    ],
    "a page leaves that could not be rendered when the state was lost": [
        Round([("break_page", 1, 5)], "a file of the state is cut", 139),
        Round([("mark_as_sample", 1, 5)], "nothing", 0),
    ],
    "a page comes back that a redirect leads to, and its image cannot be had": [
        Round([("add_redirect", 5, 1), ("unpublish", 4, 0)], "nothing", 0),
        Round([("come_back", 0, 0), ("lose_file", 1, 0)], "nothing", 0),
        Round([("delete", 4, 0)], "nothing", 0),
    ],
    "an alert ends": [
        Round([("change_alert", 2, 1)], "nothing", 0),
        Round([("wait", 0, 1)], "nothing", 0),
    ],
    "a topic stands elsewhere among its siblings, and no byte below it changes": [
        Round([("add_block", 0, 0)], "nothing", 0),
        Round([("add_block", 0, 0), ("reorder", 0, 0)], "nothing", 0),
    ],
}


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("way", [Way(), Way(is_large=True), Way(True, True)], ids=str)
def test_history_that_once_went_wrong(one_renderer, themes, history, way):
    end_as_new(themes, HISTORIES[history], way)


@pytest.mark.parametrize(
    "sequences",
    [
        pytest.param(40, id="some"),
        pytest.param(500, id="many", marks=pytest.mark.fault),
    ],
)
def test_site_that_was_edited_is_the_site_that_is_new(one_renderer, themes, sequences):
    @settings(max_examples=sequences, deadline=None, derandomize=True)
    @given(ROUNDS, WAYS)
    def holds(rounds: list[Round], way: Way) -> None:
        end_as_new(themes, rounds, way)

    holds()


def end_as_new(themes: tuple[Path | None, ...], rounds: list[Round], way: Way) -> None:
    """Once all is mended, the site that lived through this is the one that starts there."""
    with a_site(themes, way) as site:
        for one in rounds:
            site.live_through(one)
        heal(site.room)
        site.room.tell(site.fake)
        resume(site.settings("edited"))
        site.assert_as_new()
