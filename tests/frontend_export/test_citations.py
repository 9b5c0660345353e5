"""A statement leads to its source and back; a key that names none is left out and reported."""

from __future__ import annotations

import re

from frontend_export.citations import Citations
from frontend_export.render.renderer import Renderer

from .every_block import every_block_article, surroundings
from .site_in_view import NOW, Outline, block, stored

RENDERER = Renderer(site_url="https://example.org")


def source(key: str, title: str = "A review") -> dict[str, object]:
    value = {"key": key, "title": title, "publisher": "WHO", "url": "https://example.org/review"}
    value |= dict.fromkeys(("published", "accessed"))
    return {"type": "source", "value": value, "id": f"id-of-{key}"}


def benefit(*keys: object) -> dict[str, object]:
    return {
        "term": "Pain",
        "text": "<p>Less of it.</p>",
        "strength": "",
        "figure": "",
        "sources": list(keys),
    }


def page_citing(*keys: object, sources: list[dict[str, object]]):
    benefits = block("benefits", {"heading": "Benefits", "items": stored(benefit(*keys))})
    page = every_block_article(
        block("inset", {"text": "<p>x</p>"}, "i1"), benefits, sources=sources
    )
    return RENDERER.page(page, surroundings(), now=NOW)


def test_every_citation_leads_to_its_source_and_every_source_back_to_its_citations():
    outline = Outline(RENDERER.page(every_block_article(), surroundings(), now=NOW).body)
    links = {str(link["href"])[1:] for link in outline.all("a") if link["href"].startswith("#")}
    citations = {anchor for anchor in outline.ids if anchor.startswith("cite-")}
    assert len(citations) == 9
    assert citations <= links
    assert {"source-who-2023", "source-nice-2022"} <= links
    assert links <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))


def test_number_is_the_place_in_the_list_and_words_say_what_it_is():
    html = page_citing("b", sources=[source("a"), source("b")]).body.decode()
    assert '<span class="visually-hidden">Source </span>[2]</a>' in html
    assert '<li id="source-b">' in html


def test_source_that_is_cited_once_leads_back_to_the_text_and_one_that_is_not_nowhere():
    html = page_citing("a", sources=[source("a"), source("b", "Unread")]).body.decode()
    cited, uncited = re.findall(r'<li id="source-.*?</li>', html, re.S)
    assert 'href="#cite-a-1">the text<' in cited
    assert "Back to" not in uncited


def test_unknown_key_is_left_out_and_reported_with_page_and_block():
    rendered = page_citing("who-2023", "a", sources=[source("a")])
    (finding,) = rendered.findings
    assert finding.message == (
        "Block 2 (benefits) of page 5 cites the source 'who-2023', which the page does not have: "
        "its number was left out. Add the source, or correct the key."
    )
    assert finding.subject == ("page", 5)
    assert [a["href"] for a in Outline(rendered.body).all("a", **{"class": "citation"})] == [
        "#source-a"
    ]


def test_where_nothing_is_cited_there_is_no_sign_of_it():
    rendered = page_citing(sources=[source("a")])
    assert rendered.findings == ()
    assert b'class="citation' not in rendered.body


def test_key_that_is_given_twice_in_one_place_is_one_citation():
    cited, unknown = Citations([source("a")]).cite(["a", "a", None, 7, ""])
    assert [one.anchor for one in cited] == ["cite-a-1"]
    assert unknown == []


def test_two_sources_of_one_key_have_ids_of_their_own_and_the_first_is_cited():
    citations = Citations([source("a"), source("a")])
    (citation,), _ = citations.cite(["a"])
    assert citation.source_anchor == "source-a"
    assert [one.anchor for one in citations.listed()] == ["source-a", "source-a-2"]


def test_source_of_a_draft_without_a_key_is_known_by_its_block():
    (listed,) = Citations([source("") | {"id": "abcdef0123"}]).listed()
    assert listed.anchor == "source-abcdef01"


def test_whatever_else_is_stored_as_sources_is_no_source():
    for stored_value in (None, "x", {}, [None, 7, {"value": None}]):
        assert Citations(stored_value).listed() == []
    assert Citations([source("a")]).cite("a") == ((), [])
