"""The search page in a real browser, under the site's own policy: with its script and without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from frontend_export import search_index
from frontend_export.config import Settings
from frontend_export.edge.app import create_app
from frontend_export.pipeline import Options, export
from frontend_export.pipeline.exporter import Exporter
from frontend_export.source.chosen import source_of
from tests.browser.axe import faults
from tests.frontend_export import fake_cms
from tests.frontend_export.edge_site import KEY, serving
from tests.frontend_export.fake_cms import (
    FakeCms,
    article,
    block,
    cms,
    rich_text,
    settings_for,
    topic,
)

pytestmark = pytest.mark.browser

BASE = "/health"
STATUS = "#search-status"
KETAMINE = article(
    3,
    "/drugs/ketamine/",
    parent=2,
    title="What is ketamine?",
    body=[rich_text("<p>An anaesthetic, of which <b>0 &lt; 1</b>.</p>")],
    fields={"synonyms": [block("name", "Ketalar"), block("name", "special K")]},
)
MANY = [
    article(number, f"/drugs/leaflet-{number}/", parent=2, body=[rich_text("<p>Leaflets.</p>")])
    for number in range(10, 22)
]


class Site(NamedTuple):
    address: str
    settings: Settings
    fake: FakeCms


@contextmanager
def site_of(folder: Path, *pages: dict[str, Any]) -> Iterator[Site]:
    records = (fake_cms.page(1, "/"), topic(2, "/drugs/", title="Drugs"), KETAMINE, *MANY, *pages)
    with cms(*records) as fake:
        settings = settings_for(
            fake, folder, search=True, comment_keys=KEY, site_url=f"http://127.0.0.1{BASE}"
        )
        export(settings)
        with serving(create_app(settings, serve_site=True)) as edge:
            yield Site(edge.address + BASE, settings, fake)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    with site_of(tmp_path_factory.mktemp("search")) as site:
        yield site


def search(reader: Page, words: str) -> None:
    reader.get_by_role("searchbox", name="Words to look for").fill(words)
    reader.keyboard.press("Enter")


@pytest.mark.parametrize("words", ["ketalar", "special k"])
def test_page_is_found_by_another_name_with_the_keyboard_alone(
    site: Site, page: Page, words: str
) -> None:
    problems: list[str] = []
    page.on("console", lambda said: said.type == "error" and problems.append(said.text))
    page.goto(f"{site.address}/")
    page.get_by_role("link", name="Search").press("Enter")
    search(page, words)
    expect(page.locator(STATUS)).to_have_text(f"Pages found for “{words}”: 1")
    assert page.url == f"{site.address}/search/?q={words.replace(' ', '+')}"
    assert "of which 0 < 1." in page.locator("#search-results").inner_text()
    page.get_by_role("link", name="What is ketamine?").press("Enter")
    expect(page).to_have_url(f"{site.address}/drugs/ketamine/")
    page.go_back()
    expect(page.locator(STATUS)).to_have_text(f"Pages found for “{words}”: 1")
    assert problems == []


def test_word_that_is_everywhere_is_not_asked_for_beside_another(site: Site, page: Page) -> None:
    page.route("**/common-words.json", lambda route: route.fulfill(json=["leaflets", "what"]))
    page.goto(f"{site.address}/search/?q=What leaflets of Ketalar")
    expect(page.locator(STATUS)).to_contain_text(": 1")
    search(page, "What? Leaflets")
    expect(page.locator(STATUS)).to_contain_text(": 12")


def test_phrase_is_asked_for_whole_unless_it_is_long_and_everywhere(site: Site, page: Page) -> None:
    def common(*words: str) -> None:
        page.route("**/common-words.json", lambda route: route.fulfill(json=[*words]))

    common("special", "k")
    page.goto(f'{site.address}/search/?q="special k"')
    expect(page.locator(STATUS)).to_contain_text(": 1")
    common("leaflets", "that", "nobody", "here", "wrote")
    page.goto(f'{site.address}/search/?q="that nobody here wrote"')
    expect(page.locator(STATUS)).to_contain_text("No page was found")
    page.goto(f'{site.address}/search/?q="leaflets that nobody here wrote"')
    expect(page.locator(STATUS)).to_contain_text(": 12")


def test_words_of_which_only_the_first_places_are_kept_are_found(
    browser: Browser, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "MOST_CHUNK_BYTES", 1)
    text = "<p>Tea before bed. Then more tea, and tea again.</p>"
    tea = article(4, "/drugs/tea/", parent=2, title="Evenings", body=[rich_text(text)])
    with site_of(tmp_path, tea) as site:
        for words, count in {
            "tea": 1,
            '"tea before bed"': 1,
            "evening tea": 1,
            "leaflets": 12,
        }.items():
            page.goto(f"{site.address}/search/?q={words}")
            expect(page.locator(STATUS)).to_have_text(f"Pages found for “{words}”: {count}")
        page.goto(f"{site.address}/search/?q=tea")
        expect(page.locator("#search-results mark")).to_have_text(["Tea"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_among_the_results(site: Site, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.address}/search/?q=leaflets")
    expect(page.locator("#search-results > li")).to_have_count(10)
    for width in (1280, 768, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found = faults(page, also=["color-contrast-enhanced"])
        assert (width, found) == (width, [])
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Show more").press("Enter")
    expect(page.locator("#search-results > li")).to_have_count(12)
    expect(page.locator("#search-results > li:nth-child(11) a")).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_nothing_found_is_said_and_topics_are_offered(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/search/?q=<b>xyzzy")
    expect(page.locator(STATUS)).to_contain_text("No page was found for “<b>xyzzy”")
    expect(page.get_by_role("main").get_by_role("link", name="Drugs")).to_be_visible()
    expect(page.get_by_role("link", name="special K")).to_be_visible()


def test_without_a_script_the_page_says_so_and_lists_topics_and_names(
    site: Site, browser: Browser
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        reader = context.new_page()
        reader.goto(f"{site.address}/search/?q=ketalar")
        expect(reader.get_by_text("The search needs JavaScript")).to_be_visible()
        expect(reader.get_by_role("main").get_by_role("link", name="Drugs")).to_be_visible()
        expect(reader.get_by_role("searchbox")).to_be_hidden()
        reader.get_by_role("link", name="S", exact=True).click()
        reader.get_by_role("link", name="special K").click()
        expect(reader).to_have_url(f"{site.address}/drugs/ketamine/")


def test_page_that_left_is_not_found_in_a_window_that_was_open(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/search/?q=leaflets")
    expect(page.locator(STATUS)).to_contain_text(": 12")
    site.fake.unpublish("page", 21)
    with Exporter(site.settings, source_of(site.settings)) as exporter:
        exporter.export(Options())
    search(page, "leaflets")
    expect(page.get_by_text("will be back in a few minutes")).to_be_visible()
    export(site.settings)
    search(page, "leaflets")
    expect(page.locator(STATUS)).to_contain_text(": 11")
    site.fake.publish(MANY[-1])
    export(site.settings)
