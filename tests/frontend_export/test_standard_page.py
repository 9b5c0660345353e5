"""Pages about the site itself: a title, a summary, a body."""

from __future__ import annotations

from frontend_export.render.renderer import Renderer
from tests.frontend_export.site_in_view import NOW, Outline, block, content, page


def test_standard_page_has_its_body_and_no_comments():
    privacy = page(
        "articles.StandardPage", 10, block("rich_text", "<p>We keep little.</p>"), summary="Short."
    )
    rendered = Renderer(site_url="https://example.org").page(privacy, content(), now=NOW)
    outline = Outline(rendered.body)
    assert outline.is_in_order()
    assert "Privacy Short. We keep little." in outline.text
    assert b"<form" not in rendered.body
