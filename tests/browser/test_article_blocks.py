"""An article with every block, as a browser shows it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reader_pages import SITE, served_to

pytestmark = pytest.mark.browser


@pytest.fixture
def site(page: Page) -> Page:
    return served_to(page)


def test_citation_leads_to_its_source_and_back(site: Page) -> None:
    site.goto(f"{SITE}/article.html")
    site.get_by_role("link", name="Source [2]").first.click()
    expect(site.locator("#source-nice-2022")).to_be_in_viewport()
    site.locator("#source-nice-2022").get_by_role("link", name="place 1").click()
    expect(site.locator("#cite-nice-2022-1")).to_be_in_viewport()


def test_paper_shows_what_is_closed_and_what_a_colour_said(site: Page) -> None:
    site.goto(f"{SITE}/article.html")
    closed = site.get_by_text("It blocks a receptor.")
    urgency = site.get_by_text("Immediate action required:")
    expect(closed).not_to_be_visible()
    assert urgency.evaluate("element => element.offsetWidth") == 1
    site.emulate_media(media="print")
    assert closed.evaluate("element => element.getBoundingClientRect().height") > 0
    assert urgency.evaluate("element => element.getBoundingClientRect().width") > 50
