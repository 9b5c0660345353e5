"""An article with every block, as a browser shows it: wide, narrow, light, dark and on paper."""

from __future__ import annotations

import mimetypes

import pytest
from playwright.sync_api import Page, Route, expect

from frontend_export.render.renderer import Renderer
from tests.browser.axe import faults
from tests.frontend_export.every_block import ALERT, every_block_article, surroundings
from tests.frontend_export.site_in_view import NOW

pytestmark = pytest.mark.browser

SITE = "http://plainleaf.test"
RENDERER = Renderer(site_url=SITE)
WITHDRAWN = {
    "withdrawn_on": "2026-11-01",
    "withdrawn_reason": "It was wrong.",
    "replacement_page": 6,
}
PAGES = {
    "whole": every_block_article(),
    "sample": every_block_article(sample_content=True, next_review_due="2026-01-01"),
    "withdrawn": every_block_article(**WITHDRAWN),
}


@pytest.fixture
def site(page: Page) -> Page:
    """A browser that finds these pages and the files of the theme, and nothing else."""
    there = surroundings(alert=ALERT)
    files = {f"/{path}": body for path, body in RENDERER.assets().items()}
    for name, one in PAGES.items():
        files[f"/{name}.html"] = RENDERER.page(one, there, now=NOW).body

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE).partition("#")[0]
        if path in files:
            mime, _ = mimetypes.guess_type(path)
            route.fulfill(body=files[path], content_type=f"{mime}; charset=utf-8")
        else:
            route.fulfill(status=404, body="")

    page.route("**/*", answer)
    return page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1100])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    site: Page, name: str, scheme: str, width: int
) -> None:
    site.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    site.set_viewport_size({"width": width, "height": 900})
    site.goto(f"{SITE}/{name}.html")
    assert faults(site) == []
    assert site.evaluate("document.documentElement.scrollWidth") == width


def test_citation_leads_to_its_source_and_back(site: Page) -> None:
    site.goto(f"{SITE}/whole.html")
    site.get_by_role("link", name="Source [2]").first.click()
    expect(site.locator("#source-nice-2022")).to_be_in_viewport()
    site.locator("#source-nice-2022").get_by_role("link", name="place 1").click()
    expect(site.locator("#cite-nice-2022-1")).to_be_in_viewport()


def test_paper_shows_what_is_closed_and_what_a_colour_said(site: Page) -> None:
    site.goto(f"{SITE}/whole.html")
    closed = site.get_by_text("It blocks a receptor.")
    urgency = site.get_by_text("Immediate action required:")
    expect(closed).not_to_be_visible()
    assert urgency.evaluate("element => element.offsetWidth") == 1
    site.emulate_media(media="print")
    assert closed.evaluate("element => element.getBoundingClientRect().height") > 0
    assert urgency.evaluate("element => element.getBoundingClientRect().width") > 50
