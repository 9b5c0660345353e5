"""A reader's visit to the example page as it is published: few requests, to nobody else.

It takes a site of its own, since what is asserted is of the real page with its pictures, as it is
served: a page that is rendered for a test names no other files than the test thought of.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.live import Stack

pytestmark = pytest.mark.browser

KETAMINE = "/medicines/ketamine/"
MOST_REQUESTS = 5
KEPT = "[localStorage.length, sessionStorage.length, document.cookie]"


def visit(context: BrowserContext, stack: Stack) -> tuple[list[str], list[str]]:
    """The addresses of what a browser asks for until the page is loaded, and until its end has
    been read."""
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    reader = context.new_page()
    reader.goto(stack.site_url + KETAMINE, wait_until="networkidle")
    at_once = list(asked)
    for part in reader.locator("main img, .site-footer").all():
        part.scroll_into_view_if_needed()
    reader.wait_for_load_state("networkidle")
    return at_once, asked


def test_page_comes_in_five_requests_from_one_host_and_leaves_nothing_behind(
    stack: Stack, browser: Browser
) -> None:
    with browser.new_context() as context:
        at_once, asked = visit(context, stack)
        assert 3 <= len(at_once) <= MOST_REQUESTS, at_once
        host = urlsplit(stack.site_url).netloc
        assert {urlsplit(one).netloc for one in asked} == {host}
        assert context.cookies() == []
        assert context.pages[0].evaluate(KEPT) == [0, 0, ""]


def test_page_is_whole_without_a_byte_of_script(stack: Stack, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        _, asked = visit(context, stack)
        assert not [one for one in asked if urlsplit(one).path.endswith(".js")]
        reader = context.pages[0]
        reader.get_by_role("link", name="Comments", exact=True).click()
        expect(reader.get_by_role("button", name="Send comment")).to_be_enabled()
        for heading in ("Medical uses", "Benefits", "Risks and considerations"):
            expect(reader.get_by_role("heading", name=heading, exact=True)).to_be_visible()
