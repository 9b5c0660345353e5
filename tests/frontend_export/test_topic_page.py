"""A topic lists its articles, over as many pages as it takes."""

from __future__ import annotations

import pytest

from frontend_export.content import Listing
from frontend_export.render.renderer import Renderer
from tests.frontend_export.site_in_view import LINKS, NOW, Outline, content, page

RENDERER = Renderer(site_url="https://example.org/health")
TOPIC = page("articles.TopicPage", 4, summary="What they do.", introduction="<p>Read on.</p>")
ARTICLES = tuple(link for link in LINKS if link.parent_id == 4)


def render(listing: Listing | None = None) -> Outline:
    return Outline(RENDERER.page(TOPIC, content(), now=NOW, listing=listing).body)


def test_topic_lists_its_articles_with_summary_and_date():
    outline = render()
    assert outline.is_in_order()
    assert outline.all("a", href="/health/medicines/ketamine/")
    assert "What is ketamine? Facts. Updated 25 November 2026 What is naloxone?" in outline.text


def test_one_page_of_articles_has_no_pagination():
    assert not render().all("nav", **{"aria-label": "Pages of this list"})


@pytest.mark.parametrize(
    ("number", "links"),
    [
        (1, {"next": "/health/medicines/page/2/"}),
        (2, {"prev": "/health/medicines/", "next": "/health/medicines/page/3/"}),
        (3, {"prev": "/health/medicines/page/2/"}),
    ],
)
def test_pagination_leads_one_page_back_and_forth(number, links):
    outline = render(Listing(number, 3, ARTICLES))
    found = {a["rel"]: a["href"] for a in outline.all("a") if a.get("rel") in {"prev", "next"}}
    assert found == links
    assert f"Page {number} of 3" in outline.text


def test_later_pages_have_their_own_address_and_title():
    html = RENDERER.page(TOPIC, content(), now=NOW, listing=Listing(2, 3, ARTICLES)).body.decode()
    assert '<link rel="canonical" href="https://example.org/health/medicines/page/2/">' in html
    assert "<title>Medicines (page 2 of 3) - Plainleaf</title>" in html
    assert "Read on." not in html


def test_empty_topic_says_so():
    html = RENDERER.page(TOPIC, content(pages=LINKS[:2]), now=NOW).body.decode()
    assert "Nothing has been published on this topic yet." in html


def test_topic_leads_to_its_feed():
    outline = render()
    feed = {"type": "application/atom+xml", "href": "/health/medicines/feed.xml"}
    assert outline.all("link", rel="alternate", title="Medicines", **feed)
    assert outline.all("a", **feed)
    html = RENDERER.page(TOPIC, content(has_feed=False), now=NOW).body
    assert b"feed.xml" not in html


def test_feed_of_a_topic_is_its_own():
    feed = RENDERER.feed(ARTICLES, content(), topic=TOPIC.link).body.decode()
    assert "<title>Medicines - Plainleaf</title>\n<subtitle>What they do.</subtitle>" in feed
    assert "<id>https://example.org/health/medicines/</id>" in feed
    assert (
        'rel="self" type="application/atom+xml" href="https://example.org/health/medicines/feed.xml"'
        in feed
    )
    assert feed.count("<entry>") == 2
