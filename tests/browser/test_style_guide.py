"""The style guide as a browser shows it: accessible, and looking as it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.axe import faults
from tests.browser.guide_snapshots import (
    COMPONENTS,
    FONT,
    GUIDE,
    LEVELS,
    SCHEMES,
    SNAPSHOTS,
    WHOLE_PAGES,
    differences,
    differences_of_pages,
    file_of,
    file_of_page,
    has_font,
    kept,
    open_page,
    picture_of,
    picture_of_page,
    save,
    show_guide,
)

pytestmark = pytest.mark.browser

MOST_BYTES = 300 * 1024
IF_MEANT = (
    "If it is meant, take all snapshots again with 'python -m tests.browser.guide_snapshots', and "
    "look at what changed."
)
PATHS = ["", *(path for path in GUIDE.paths() if path.startswith(tuple(COMPONENTS)))]


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    tab = browser.new_page()
    show_guide(tab)
    yield tab
    tab.close()


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_in_the_guide(tab: Page, path: str) -> None:
    for scheme in SCHEMES:
        open_page(tab, path, scheme)
        assert faults(tab) == []


@pytest.mark.skipif(not has_font(), reason=f"the font '{FONT}', which snapshots are in, is missing")
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("component", COMPONENTS)
def test_component_looks_as_it_did(tab: Page, component: str, scheme: str, tmp_path) -> None:
    now, file = picture_of(tab, component, scheme), file_of(component, scheme)
    save(now, tmp_path / file.name)
    assert [*differences(kept(file), now)] == [], f"It is in '{tmp_path / file.name}'. {IF_MEANT}"


@pytest.mark.skipif(not has_font(), reason=f"the font '{FONT}', which snapshots are in, is missing")
@pytest.mark.parametrize("name", WHOLE_PAGES)
def test_whole_page_looks_as_it_did(tab: Page, name: str, tmp_path) -> None:
    now, file = picture_of_page(tab, name), file_of_page(name)
    save(now, tmp_path / file.name)
    assert [*differences_of_pages(kept(file), now)] == [], (
        f"It is in '{tmp_path / file.name}'. {IF_MEANT}"
    )


def test_snapshots_are_those_of_components_and_whole_pages_and_light() -> None:
    files = [*SNAPSHOTS.iterdir()]
    of_components = {file_of(one, scheme) for one in COMPONENTS for scheme in SCHEMES}
    assert {*files} == of_components | {*map(file_of_page, WHOLE_PAGES)}
    assert sum(file.stat().st_size for file in files) <= MOST_BYTES


def test_snapshot_is_kept_as_it_was_taken(tmp_path) -> None:
    picture = Image.new("L", (20, 10), LEVELS - 1)
    picture.putpixel((3, 4), 5)
    save(picture, tmp_path / "one.png")
    assert kept(tmp_path / "one.png").tobytes() == picture.tobytes()


def test_what_letters_do_is_no_difference_and_what_blocks_do_is_one() -> None:
    before = Image.new("L", (100, 100), 15)
    before.paste(4, (10, 10, 90, 40))
    moved = Image.new("L", (100, 100), 15)
    moved.paste(4, (10, 11, 90, 41))
    tinted = before.point(lambda grey: 6 if grey == 4 else grey)
    assert [*differences(before, before.point(lambda grey: grey - 1))] == []
    assert [*differences(before, before.crop((0, 0, 100, 99)))] == []
    assert [*differences(before, moved)] == ["1.6% of it changed by 3 of 16 levels of grey or more"]
    assert [*differences(before, tinted)] == [
        "24.0% of it changed by 2 of 16 levels of grey or more"
    ]
    page = Image.new("L", (256, 900), 15)
    without = page.copy()
    page.paste(4, (200, 100, 216, 110))
    assert [*differences(page, without)] == []
    assert [*differences_of_pages(page, without)] == [
        "15.6% changed at 960, 480 pixels of the page"
    ]
    assert [*differences(before, before.crop((0, 0, 100, 97)))] == [
        "was (100, 100), is (100, 97), in pixels of 5 each way"
    ]
