"""An article with the keyboard alone: every control is reached, in order, and does its work."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reader_pages import SITE, served_to

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 900}
CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']"
# What a reader can come to after what has the focus, such as what is wrong with a form; nothing
# that is hidden from everybody, or that closed details hold.
REACHABLE = f"""() => [...document.querySelectorAll("{CONTROLS}")].filter((one) =>
    document.activeElement.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING &&
    one.checkVisibility() && one.tabIndex >= 0 && one.type !== "hidden" &&
    !one.closest("[aria-hidden=true]")).map((one) => one.outerHTML)"""
FOCUSED = "document.activeElement.outerHTML"
HAS_RING = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""
MOST_STOPS = 200


@pytest.fixture
def site(page: Page) -> Page:
    served_to(page)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    return page


def tab_to(site: Page, selector: str) -> None:
    """Press Tab until what is meant has the focus."""
    for _ in range(MOST_STOPS):
        site.keyboard.press("Tab")
        if site.evaluate("what => document.activeElement.matches(what)", selector):
            return
    raise AssertionError(f"Tab never came to '{selector}'.")


@pytest.mark.parametrize("name", ["article", "form-errors", "a-to-z", "search"])
def test_tab_comes_to_every_control_in_the_order_of_the_page_and_shows_where(
    site: Page, name: str
) -> None:
    site.goto(f"{SITE}/{name}.html")
    expected, passed = site.evaluate(REACHABLE), []
    for _ in expected:
        site.keyboard.press("Tab")
        passed.append(site.evaluate(FOCUSED))
        assert (passed[-1], site.evaluate(HAS_RING)) == (passed[-1], True)
    assert passed == expected


def test_skip_link_leads_past_the_menu(site: Page) -> None:
    site.goto(f"{SITE}/article.html")
    site.keyboard.press("Tab")
    expect(site.get_by_role("link", name="Skip to the main content")).to_be_in_viewport()
    site.keyboard.press("Enter")
    site.keyboard.press("Tab")
    assert site.evaluate("document.activeElement.closest('main') !== null")


def test_menu_leads_to_a_topic(site: Page) -> None:
    site.goto(f"{SITE}/article.html")
    tab_to(site, ".site-header__menu a")
    with site.expect_request(f"{SITE}/medicines/"):
        site.keyboard.press("Enter")


def test_contents_list_leads_to_a_section_and_tab_goes_on_from_there(site: Page) -> None:
    site.goto(f"{SITE}/article.html")
    tab_to(site, ".contents li:last-child a")
    site.keyboard.press("Enter")
    assert site.url == f"{SITE}/article.html#comments"
    expect(site.locator("#comments")).to_be_in_viewport()
    site.keyboard.press("Tab")
    assert site.evaluate("document.activeElement.closest('.comments') !== null")


def test_details_open_and_close(site: Page) -> None:
    site.goto(f"{SITE}/article.html")
    tab_to(site, ".details > summary")
    text = site.locator(".details__text").first
    expect(text).to_be_hidden()
    site.keyboard.press("Enter")
    expect(text).to_be_visible()
    site.keyboard.press("Space")
    expect(text).to_be_hidden()


def test_wide_table_scrolls(site: Page) -> None:
    site.goto(f"{SITE}/article.html")
    site.locator(".table td").first.evaluate("cell => { cell.style.minInlineSize = '40rem' }")
    tab_to(site, ".table")
    site.keyboard.press("ArrowRight")
    expect(site.locator(".table:focus")).not_to_have_js_property("scrollLeft", 0)


def test_comment_is_written_and_sent(site: Page) -> None:
    site.goto(f"{SITE}/article.html")
    tab_to(site, "[name=name]")
    site.keyboard.type("Ada")
    tab_to(site, "[name=text]")
    site.keyboard.type("It helped.")
    tab_to(site, "#comment-form button")
    with site.expect_request(lambda request: request.method == "POST") as sent:
        site.keyboard.press("Enter")
    said = parse_qs(sent.value.post_data or "")
    assert (said["name"], said["text"]) == (["Ada"], ["It helped."])


def test_summary_of_errors_leads_to_the_field(site: Page) -> None:
    site.goto(f"{SITE}/form-errors.html")
    tab_to(site, ".error-summary a")
    site.keyboard.press("Enter")
    expect(site.locator(":focus")).to_have_attribute("aria-invalid", "true")
