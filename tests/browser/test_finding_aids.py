"""The pages that lead readers to others, as a browser shows them: long names, many letters."""

from __future__ import annotations

import mimetypes

import pytest
from playwright.sync_api import Page, Route, expect

from frontend_export.content import Branch, ContentIndex, Letter, NamedLink
from frontend_export.render.renderer import Renderer
from tests.browser.axe import faults
from tests.frontend_export.every_block import surroundings
from tests.frontend_export.site_in_view import LINKS, NOW, page

pytestmark = pytest.mark.browser

SITE = "http://plainleaf.test"
RENDERER = Renderer(site_url=SITE)
HOME = page("articles.HomePage", 1, introduction="")
LETTERS = [Letter(letter, 1) for letter in "abcdefghijklmnopqrstuvwxyzж"]
NAMES = [
    NamedLink("What is ketamine?", LINKS[2]),
    NamedLink("Unbrokenwordofapharmacist" * 8, LINKS[2]),
]
TREE = [Branch(LINKS[1], [Branch(LINKS[2], []), Branch(LINKS[3], [])]), Branch(LINKS[4], [])]


def bodies(there: ContentIndex) -> dict[str, bytes]:
    terms = there.snippets("articles.GlossaryTerm")
    made = {
        "a-z": RENDERER.a_to_z(LETTERS, {"k": NAMES}, there, home=HOME),
        "letter": RENDERER.a_to_z(LETTERS, {"k": NAMES}, there, home=HOME, letter="k", count=2),
        "site-map": RENDERER.site_map(TREE, there, home=HOME),
        "glossary": RENDERER.glossary(terms, there, home=HOME),
        "404": RENDERER.not_found(there, home=HOME),
        "topic": RENDERER.page(
            page("articles.TopicPage", 4, summary="", introduction=""), there, now=NOW
        ),
    }
    return {name: rendered.body for name, rendered in made.items()}


@pytest.fixture
def site(page: Page) -> Page:
    files = {f"/{path}": body for path, body in RENDERER.assets().items()}
    files |= {f"/{name}.html": body for name, body in bodies(surroundings()).items()}

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE).partition("#")[0]
        mime, _ = mimetypes.guess_type(path)
        found = files.get(path)
        route.fulfill(
            status=404 if found is None else 200,
            body=found or b"",
            content_type=f"{mime}; charset=utf-8",
        )

    page.route("**/*", answer)
    return page


@pytest.mark.parametrize("name", ["a-z", "letter", "site-map", "glossary", "404", "topic"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1100)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    site: Page, name: str, scheme: str, width: int
) -> None:
    site.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    site.set_viewport_size({"width": width, "height": 900})
    site.goto(f"{SITE}/{name}.html")
    assert faults(site) == []
    assert site.evaluate("document.documentElement.scrollWidth") == width


def test_letter_leads_to_its_names(site: Page) -> None:
    site.goto(f"{SITE}/a-z.html")
    site.get_by_role("navigation", name="Letters").get_by_role("link", name="K", exact=True).click()
    expect(site.get_by_role("link", name="What is ketamine?", exact=True)).to_be_in_viewport()
