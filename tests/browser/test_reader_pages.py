"""Every kind of page in every scheme and width, on paper, in forced colours, from right to left."""

from __future__ import annotations

from io import BytesIO

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.browser.axe import faults
from tests.browser.reader_pages import PAGES, SITE, served_to

pytestmark = pytest.mark.browser

EVERY_WAY = [(scheme, width) for scheme in ("light", "dark") for width in (320, 768, 1280)]
# The article once more, with other words in it.
VARIANTS = {
    "sample",
    "right-to-left",
    "long",
    "many-blocks",
    "one-block",
    "callout-first",
    "topic-empty",
}
VARIANT_WAYS = [("dark", 320), ("light", 1280)]


@pytest.fixture
def site(page: Page) -> Page:
    return served_to(page)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(site: Page, name: str) -> None:
    """Text of a contrast below 7:1 is a fault too (4.5:1 where it is large); 320 px is also what
    a screen of 1280 px has at a zoom of 400%."""
    site.goto(f"{SITE}/{name}.html")
    for scheme, width in VARIANT_WAYS if name in VARIANTS else EVERY_WAY:
        site.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        site.set_viewport_size({"width": width, "height": 900})
        found = faults(site, also=["color-contrast-enhanced"])
        assert (scheme, width, found) == (scheme, width, [])
        assert site.evaluate("document.documentElement.scrollWidth") == width


WITH_SCRIPT = [name for name, rendered in PAGES.items() if b"<script src" in rendered.body]


def test_pages_with_a_script_are_whole_without_it(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 900})
    site = served_to(context.new_page())
    assert {"article", "form-errors", "thanks"} <= set(WITH_SCRIPT)
    for name in set(WITH_SCRIPT) - VARIANTS:
        site.goto(f"{SITE}/{name}.html")
        assert site.get_by_role("heading", level=1).count() == 1
        for form in site.locator("form:not([hidden])").all():  # the search's needs its script
            expect(form.get_by_role("button")).to_be_enabled()
        assert site.get_by_role("main").bounding_box()["width"] == 320  # type: ignore[index]
    context.close()


def test_paper_says_where_it_came_from_and_hides_nothing(site: Page) -> None:
    site.emulate_media(color_scheme="dark")
    site.goto(f"{SITE}/article.html")
    sheets = [sheet.extract_text() for sheet in PdfReader(BytesIO(site.pdf(format="A4"))).pages]
    text = " ".join(" ".join(sheets).split())
    for printed in (
        f"This page: {SITE}/medicines/ketamine/",
        *("Last reviewed 1 March 2026", "Next review due 1 March 2029"),
        "Guidance on depression (https://example.org/nice-2022), NICE, 26 July 2023.",
        "It blocks a receptor.",  # in details that are closed
        "You may see odd things.",  # what is said in a video
        *("Immediate action required: Call 999 if:", "Do not drive"),
    ):
        assert printed in text
    for left_out in ("Skip to the main content", "On this page", "Send comment", "Back to place"):
        assert left_out not in text


def test_closed_details_are_printed_and_colours_are_those_of_paper(site: Page) -> None:
    site.emulate_media(media="print", color_scheme="dark")
    site.goto(f"{SITE}/article.html")
    ground, ink = (
        site.evaluate(f"getComputedStyle(document.documentElement).{of}")
        for of in ("backgroundColor", "color")
    )
    assert (ground, ink) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    title = site.locator(".care-card__heading").last
    assert title.evaluate("element => getComputedStyle(element).color") == "rgb(0, 0, 0)"


def test_paper_has_the_address_of_a_next_step_elsewhere(site: Page) -> None:
    site.emulate_media(media="print")
    site.goto(f"{SITE}/article.html")
    said = site.locator(".next-step__link").first.evaluate(
        "element => { element.href = 'https://example.org/help';"
        " return getComputedStyle(element, '::after').content; }"
    )
    assert said == '" (https://example.org/help)"'


# A side of each that has a border, by the page to look at.
BOXES = {
    "article": {
        ".site-alert--urgent": "Bottom",
        ".callout": "Top",
        ".care-card": "Top",
        ".key-points": "Top",
        ".conclusion": "Top",
        ".inset": "Left",
        ".do-dont__part": "Right",
        ".form": "Top",
        ".helpline": "Top",
        ".button": "Top",
    },
    "long": {".site-alert--information": "Bottom"},
    "sample": {".notice--sample": "Left", ".notice--overdue": "Left"},
    "withdrawn": {".notice--withdrawn": "Left"},
    "form-errors": {".error-summary": "Top"},
}


@pytest.mark.parametrize("name", BOXES)
def test_forced_colours_leave_every_box_its_border(site: Page, name: str) -> None:
    """A ground is taken away there, and a border of no colour gets one."""
    site.emulate_media(forced_colors="active")
    site.goto(f"{SITE}/{name}.html")
    for box, side in BOXES[name].items():
        width, style, colour = site.locator(box).first.evaluate(
            "(element, side) => ['Width', 'Style', 'Color'].map("
            "(what) => getComputedStyle(element)[`border${side}${what}`])",
            side,
        )
        assert (box, style) == (box, "solid")
        assert float(width.removesuffix("px")) >= 1
        assert colour != "rgba(0, 0, 0, 0)"


def test_forced_colours_leave_the_focus_its_ring(site: Page) -> None:
    site.emulate_media(forced_colors="active")
    site.goto(f"{SITE}/article.html")
    site.keyboard.press("Tab")
    ring = site.locator(":focus").evaluate(
        "element => { const style = getComputedStyle(element);"
        " return [style.outlineStyle, parseFloat(style.outlineWidth)]; }"
    )
    assert ring[0] == "solid"
    assert ring[1] >= 2


@pytest.mark.parametrize("name", ["article", "callout-first"])
def test_title_of_an_emergency_fills_the_top_of_its_box(site: Page, name: str) -> None:
    site.goto(f"{SITE}/{name}.html")
    above, beside = site.locator(".callout--emergency").first.evaluate(
        """box => {
          const outer = box.getBoundingClientRect();
          const title = box.firstElementChild.getBoundingClientRect();
          return [title.top - outer.top - box.clientTop, title.left - outer.left - box.clientLeft];
        }"""
    )
    assert (round(above), round(beside)) == (0, 0)


def test_right_to_left_mirrors_the_page(site: Page) -> None:
    def edge(selector: str) -> float:
        box = site.locator(selector).first.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2

    site.set_viewport_size({"width": 1280, "height": 900})
    sides = []
    for name in ("article", "right-to-left"):
        site.goto(f"{SITE}/{name}.html")
        sides.append([edge(of) > 640 for of in (".contents", ".page-header", ".site-header__menu")])
    assert sides == [[True, False, True], [False, True, False]]
    mark = site.locator(".callout").first.evaluate(
        "element => { const style = getComputedStyle(element);"
        " return [style.borderRightWidth, style.borderLeftWidth]; }"
    )
    assert mark == ["8px", "1px"]


def test_plus_of_a_telephone_number_stays_in_front_of_it_from_right_to_left(site: Page) -> None:
    site.goto(f"{SITE}/right-to-left.html")
    plus, digit = site.locator(".helpline__number").first.evaluate(
        """element => {
          element.previousSibling.textContent = "اتصل ";
          element.textContent = "+44 116 123";
          return [0, 1].map((at) => {
            const range = document.createRange();
            range.setStart(element.firstChild, at);
            range.setEnd(element.firstChild, at + 1);
            return range.getBoundingClientRect().x;
          });
        }"""
    )
    assert plus < digit


def test_nothing_moves_by_itself(site: Page) -> None:
    """A page that still scrolls to what Tab came to would lose the link that is pressed there."""
    site.goto(f"{SITE}/article.html")
    for motion in ("no-preference", "reduce"):
        site.emulate_media(reduced_motion="reduce" if motion == "reduce" else "no-preference")
        scrolling = site.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
        assert (motion, scrolling) == (motion, "auto")
        assert site.evaluate("document.getAnimations().length") == 0


def test_footer_of_a_short_page_stands_at_the_foot_of_the_screen(site: Page) -> None:
    site.set_viewport_size({"width": 1280, "height": 1400})
    site.goto(f"{SITE}/mail-done.html")
    box = site.locator(".site-footer").bounding_box()
    assert box is not None
    assert round(box["y"] + box["height"]) == 1400
