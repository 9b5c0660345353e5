"""One h1, no level skipped: whatever order an editor chose."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from frontend_export.content import Block
from frontend_export.render.renderer import Renderer

from .every_block import BODY, every_block_article, many_blocks, surroundings
from .site_in_view import NOW, Outline, article, block, content

RENDERER = Renderer(site_url="https://example.org")
SECTION = block("heading", {"text": "Section", "size": "section"}, "s1")
PART = block("heading", {"text": "Part", "size": "subsection"}, "p1")
CARD = block(
    "care_card",
    {"level": "urgent", "action": "Call 111", "conditions": [], "note": "", "helpline": None},
    "c1",
)
BLOCKS = [Block(one["type"], one["value"], one["id"]) for one in BODY]


def outline_of(*body: Block) -> Outline:
    page = every_block_article(*body, comments_mode="hidden")
    return Outline(RENDERER.page(page, surroundings(), now=NOW).body)


def levels(*body: Block) -> list[int]:
    """Of the headings of these blocks, without those around them."""
    page = article(*body, comments_mode="hidden")
    return Outline(RENDERER.page(page, content(), now=NOW).body).headings[1:]


@given(st.lists(st.sampled_from(BLOCKS), max_size=12))
def test_no_order_of_blocks_skips_a_level(body):
    assert outline_of(SECTION, *body).is_in_order()
    assert outline_of(PART, *body).is_in_order()


def test_every_block_together_is_in_order():
    assert outline_of().is_in_order()


def test_article_of_three_hundred_blocks_is_in_order_and_has_no_id_twice():
    page = every_block_article(*many_blocks(300))
    html = RENDERER.page(page, surroundings(), now=NOW).body
    outline = Outline(html)
    assert outline.is_in_order()
    assert [one for one, count in Counter(outline.ids).items() if count > 1] == []
    contents = Outline(html.partition(b'<nav class="contents"')[2].partition(b"</nav>")[0])
    anchors = [str(link["href"]) for link in contents.all("a")]
    assert len(anchors) == len(set(anchors)) > 100
    assert set(anchors) <= {f"#{one}" for one in outline.ids}


def test_block_that_was_copied_with_its_id_has_anchors_of_its_own():
    for one in BLOCKS:
        ids = outline_of(one, one, one).ids
        assert [each for each, count in Counter(ids).items() if count > 1] == [], one.type


def test_card_is_a_section_at_the_top_and_lies_within_what_it_follows_elsewhere():
    assert levels(CARD) == [2]
    assert levels(SECTION, CARD) == [2, 3]
    assert levels(SECTION, PART, CARD) == [2, 3, 4]
    assert levels(SECTION, PART, SECTION, CARD) == [2, 3, 2, 3]


def test_part_of_nothing_is_no_lower_than_a_section():
    assert levels(PART, CARD) == [2, 3]


def test_card_does_not_carry_the_next_one_down():
    assert levels(SECTION, CARD, CARD) == [2, 3, 3]


def test_heading_without_words_is_not_there():
    empty = block("heading", {"text": "", "size": "section"}, "e1")
    assert levels(empty, CARD) == [2]


def test_groups_and_questions_are_one_level_below_their_heading_or_in_its_place():
    item = {"type": "item", "value": {"question": "Why?", "answer": "<p>So.</p>"}, "id": "q"}
    headed = block("faq", {"heading": "Questions", "items": [item]}, "f1")
    bare = block("faq", {"heading": "", "items": [item]}, "f2")
    assert levels(headed) == [2, 3]
    assert levels(SECTION, bare) == [2, 3]
    assert levels(bare) == [2]


def test_section_with_the_theme_s_heading_is_in_the_contents_list():
    section = {"not_applicable": False, "reason": "", "text": "<p>x</p>", "sources": []}
    outline = outline_of(SECTION, SECTION, block("pregnancy", section, "12345678-9"))
    assert outline.all("a", href="#pregnancy-and-breastfeeding-12345678")
    assert outline.all("h2", id="pregnancy-and-breastfeeding-12345678")
