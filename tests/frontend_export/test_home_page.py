"""The home page introduces the site and leads to its topics."""

from __future__ import annotations

from frontend_export.render.renderer import Renderer
from tests.frontend_export.site_in_view import LINKS, NOW, Outline, block, content, page

RENDERER = Renderer(site_url="https://example.org")
HEADING = block("heading", {"text": "Before you read", "size": "section"})
HOME = page("articles.HomePage", 1, HEADING, introduction="<p>Plain words.</p>")


def test_home_page_leads_to_its_topics_and_not_to_its_other_pages():
    outline = Outline(RENDERER.page(HOME, content(), now=NOW).body)
    assert outline.is_in_order()
    assert "Topics Medicines What they do. Before you read" in outline.text
    assert [link["href"] for link in outline.all("a", href="/privacy/")] == []


def test_home_page_without_topics_has_no_empty_list():
    html = RENDERER.page(HOME, content(pages=LINKS[:1]), now=NOW).body.decode()
    assert "Topics" not in html
    assert "<ul" not in html.split("<main", 1)[1].split("</main>")[0]


def test_home_page_is_titled_by_the_site_alone():
    html = RENDERER.page(HOME, content(), now=NOW).body.decode()
    assert "<title>Plainleaf</title>" in html
    assert '<a class="site-header__name" href="/" aria-current="page">' in html


def test_home_page_can_be_reported_like_any_other():
    outline = Outline(RENDERER.page(HOME, content(), now=NOW).body)
    assert outline.all("a", href="/comments/report?page=key-1&locale=en")
