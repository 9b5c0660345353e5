"""What a reader, a screen reader and a printer find of each block of an article."""

from __future__ import annotations

import re
from typing import Any

import pytest

from frontend_export.content import Rendered
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import THEME

from .every_block import (
    BIOAVAILABILITY,
    BODY,
    every_block_article,
    surroundings,
)
from .site_in_view import NOW, Outline, article, block, content, stored

RENDERER = Renderer(site_url="https://example.org")


def rendered(block_type: str, value: Any) -> Rendered:
    return RENDERER.page(article(block(block_type, value)), surroundings(), now=NOW)


def html_of(block_type: str, **changes: Any) -> str:
    """The block as ``every_block`` has it first, with changes, as HTML of its page."""
    own = next(one["value"] for one in BODY if one["type"] == block_type)
    return rendered(block_type, own | changes).body.decode()


def text_of(block_type: str, **changes: Any) -> str:
    return Outline(html_of(block_type, **changes).encode()).text


def test_every_block_of_the_theme_is_in_the_article_of_every_block():
    names = {path.stem for path in (THEME / "templates/blocks").glob("[a-z]*.html")}
    assert names == {one["type"] for one in BODY}


def test_nothing_of_the_cms_is_in_the_article_of_every_block():
    page = RENDERER.page(every_block_article(), surroundings(), now=NOW)
    assert page.findings == ()
    html = page.body.decode()
    for trace in ("linktype", "data-block-key", "None", "undefined", "off_label", "GSL", "POM"):
        assert trace not in re.sub(r'class="[^"]*"', "", html)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<iframe", html)


def use(**changes: Any) -> list[dict[str, Any]]:
    own = {"term": "Pain", "text": "<p>x</p>", "points": [], "status": "licensed", "country": "GB"}
    return stored(own | {"sources": []} | changes)


@pytest.mark.parametrize(
    ("status", "country", "words"),
    [
        ("licensed", "GB", "Licensed for this use in the United Kingdom"),
        ("off_label", "US", "Not licensed for this use in the United States (“off-label”)"),
        ("under_study", "IE", "Still being studied, not approved for this use in Ireland"),
        ("off_label", "", "Not licensed for this use (“off-label”)"),
    ],
)
def test_status_of_a_use_is_said_in_words_with_its_country(status, country, words):
    assert words in text_of("medical_uses", items=use(status=status, country=country))


def test_strength_and_figure_of_a_benefit_are_said_in_words():
    text = text_of("benefits")
    assert "In figures: 9 of 10 people" in text
    assert "Strength of the evidence: very low" in text
    assert text.count("Strength of the evidence") == 1


def group(kind: str, frequency: str = "") -> dict[str, Any]:
    items = stored({"term": "", "text": f"<p>Risk of {kind}.</p>"})
    return {"kind": kind, "frequency": frequency, "items": items, "sources": []}


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        ("common", "Common side effects"),
        ("serious", "Serious side effects"),
        ("misuse", "Risks of misuse and dependence"),
        ("long_term", "Risks of long-term use"),
        ("avoid", "Who should not take it"),
    ],
)
def test_group_of_risks_has_a_heading_and_its_frequency(kind, heading):
    html = html_of("risks", groups=stored(group(kind, "1 in 10 people")))
    assert re.search(rf"<h3[^>]*>{heading}</h3>\s*<p[^>]*>How often: 1 in 10 people</p>", html)


def test_risks_in_general_stand_below_the_introduction_and_never_under_another_heading():
    first = html_of("risks", groups=stored(group("general"), group("common")))
    assert "Other risks" not in first
    assert first.index("Risk of general.") < first.index("Common side effects")
    last = html_of("risks", groups=stored(group("common"), group("general")))
    assert re.search(r"Other risks</h3>\s*<ul[^>]*>\s*<li>Risk of general", last)


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("non_urgent", "Non-urgent advice: Call 111 if:"),
        ("urgent", "Urgent advice: Call 111 if:"),
        ("emergency", "Immediate action required: Call 111 if:"),
        ("unheard_of", "Immediate action required: Call 111 if:"),
        (None, "Immediate action required: Call 111 if:"),
    ],
)
def test_care_card_says_how_urgent_it_is_and_never_too_little(level, words):
    assert words in text_of("care_card", level=level, action="Call 111")


def test_words_that_a_colour_says_are_hidden_on_screens_alone():
    assert '<span class="said">Immediate action required: </span>' in html_of(
        "care_card", level="emergency"
    )
    base = (THEME / "static/css/base.css").read_text()
    assert re.search(r"@media not print \{\s*\.said \{", base)
    assert base.count(".said") == 1


def test_dont_begins_with_do_not_and_do_with_nothing():
    html = html_of("do_dont")
    assert "<li>Do not drive</li>" in html
    assert "<li>rest</li>" in html
    assert "Do not</h2>" not in html_of("do_dont", dont=[])


@pytest.mark.parametrize(
    ("kind", "severity", "words"),
    [
        ("general", "caution", "Caution: It"),
        ("law", "caution", "The law . Important: It"),
        ("mistake", "caution", "A common mistake . Important: It"),
        ("mistake", "serious", "A common mistake . Serious risk: It"),
        ("unheard_of", "serious", "Serious risk: It"),
    ],
)
def test_safety_notice_says_of_which_kind_it_is(kind, severity, words):
    assert words in text_of("risk_callout", kind=kind, severity=severity)


@pytest.mark.parametrize(
    ("kind", "title", "said"),
    [
        ("law", "Important: it is controlled", "The law . Important: it is controlled"),
        ("general", "CAUTION: it is strong", "CAUTION: it is strong"),
        ("general", "Cautious people ask", "Caution: Cautious people ask"),
        ("general", None, "Caution:"),
    ],
)
def test_word_of_a_callout_that_its_editor_wrote_is_not_said_twice(kind, title, said):
    html = html_of("risk_callout", kind=kind, severity="caution", title=title)
    heading = html.partition('<section class="callout')[2].partition("</h2>")[0]
    assert Outline(f'<section class="{heading}</h2>'.encode()).text == said


def test_fact_that_nobody_gave_has_no_row():
    text = text_of("medicine_facts", brand_names=[], route="", drug_class=None)
    assert "Generic name Ketamine" in text
    assert "Comes as injection, infusion" in text
    for name in ("Brand name", "How it is given", "Type of medicine"):
        assert name not in text


@pytest.mark.parametrize(
    ("block_type", "heading"),
    [
        ("suitability", "Who can and cannot take it"),
        ("how_used", "How it is used"),
        ("interactions", "Other medicines, food and alcohol"),
        ("pregnancy", "Pregnancy and breastfeeding"),
        ("overdose", "Taking too much"),
        ("driving", "Driving and using machines"),
    ],
)
def test_section_of_a_medicine_has_the_heading_of_the_theme(block_type, heading):
    section = {"not_applicable": False, "reason": "", "text": "<p>Ask first.</p>", "sources": []}
    html = rendered(block_type, section).body.decode()
    assert re.search(rf"<h2[^>]*>{heading}</h2>\s*<div[^>]*><p>Ask first\.</p>", html)


def test_section_that_does_not_apply_says_why():
    section = {"not_applicable": True, "reason": "Nobody drives.", "text": "", "sources": []}
    assert "This does not apply: Nobody drives." in text_of("driving", **section)


def test_section_that_says_nothing_is_not_there():
    empty = {"not_applicable": False, "reason": "x", "text": "", "sources": []}
    without_reason = {"not_applicable": True, "reason": "", "text": "<p>x</p>", "sources": []}
    for section in (empty, without_reason):
        assert "Driving" not in text_of("driving", **section)


def test_inset_says_that_it_is_information():
    assert "Information: The team writes" in text_of("inset")


def test_details_can_be_opened_and_are_open_on_paper():
    html = html_of("details")
    assert re.search(r"<details[^>]*>\s*<summary[^>]*>How it works</summary>", html)
    style = (THEME / "static/css/components/details.css").read_text()
    on_paper = style[style.index("@media print") :]
    assert "::details-content" in on_paper
    assert "content-visibility: visible" in on_paper


def test_question_is_a_heading_with_an_anchor_of_its_own():
    outline = Outline(html_of("faq").encode())
    assert [h["id"] for h in outline.all("h3") if h.get("id")] == [
        "common-questions-01234567-1",
        "common-questions-01234567-2",
    ]


def test_glossary_term_is_defined():
    html = html_of("glossary_term")
    assert re.search(r"<dfn[^>]*>Bioavailability</dfn> <span[^>]*>\(also called absorbed", html)
    assert "<dd>How much of a medicine reaches the blood.</dd>" in html


def test_glossary_term_that_is_gone_leaves_nothing_but_a_warning():
    page = article(block("glossary_term", {"glossary_term": 2}))
    found = RENDERER.page(page, surroundings(without=(BIOAVAILABILITY,)), now=NOW)
    assert b"<dl" not in found.body
    assert [one.message for one in found.findings] == [
        "Block 1 (glossary_term) of page 5: Glossary term 2 is not exported and was left out."
    ]


def test_table_has_a_caption_and_headers_with_their_scope_in_a_group_for_keys():
    outline = Outline(html_of("table").encode())
    (group,) = outline.all("div", role="group", tabindex="0")
    (caption,) = outline.all("caption")
    assert group["aria-labelledby"] == caption["id"]
    assert [th["scope"] for th in outline.all("th")] == ["col", "col", "col", "row", "row"]


def test_table_without_a_header_column_has_none():
    outline = Outline(html_of("table", header_column=False).encode())
    assert {th["scope"] for th in outline.all("th")} == {"col"}


def test_corner_of_a_table_without_words_is_no_empty_header():
    table = {
        "columns": [{"type": "text", "heading": ""}, {"type": "text", "heading": "Lasts"}],
        "rows": [{"values": ["A", "B"]}],
    }
    html = html_of("table", table=table)
    assert '<td></td>\n<th scope="col">Lasts</th>' in html


def test_row_of_a_table_without_words_at_its_head_has_no_empty_header():
    table = {"columns": [], "rows": [{"values": ["", "10 minutes"]}]}
    html = html_of("table", table=table, header_column=True)
    assert "<td></td>\n<td>10 minutes</td>" in html


def test_table_of_many_columns_is_shown_whole():
    columns = [{"type": "text", "heading": f"C{at}"} for at in range(200)]
    table = {"columns": columns, "rows": [{"values": [f"<{at}>" for at in range(200)]}]}
    html = html_of("table", table=table)
    assert html.count('scope="col"') == 200
    assert "<td>&lt;199&gt;</td>" in html


def test_video_is_a_link_and_its_words_and_nothing_is_embedded():
    html = html_of("video")
    assert 'href="https://video.example/waking-up" rel="noopener"' in html
    assert "<p>You may see odd things.</p>" in html
    assert "Last reviewed" in html
    assert not re.search(r"<(iframe|video|embed|object)\b", html)


def test_video_at_an_address_that_could_act_keeps_its_words():
    value = next(one["value"] for one in BODY if one["type"] == "video")
    found = rendered("video", value | {"url": "javascript:alert(1)"})
    assert b"javascript:" not in found.body
    assert b"You may see odd things." in found.body
    assert len(found.findings) == 1


def test_picture_says_who_made_it():
    assert "Picture: Plainleaf" in text_of("image")
    assert "Picture:" not in text_of("image", credit="")


@pytest.mark.parametrize("number", range(len(BODY)), ids=lambda number: BODY[number]["type"])
def test_unfinished_block_renders_without_the_word_none(number):
    own = BODY[number]["value"]
    value = dict.fromkeys(own) if isinstance(own, dict) else None
    found = RENDERER.page(
        article(block(BODY[number]["type"], value), summary=None), content(), now=NOW
    )
    assert "None" not in found.body.decode()
    assert found.findings == ()


@pytest.mark.parametrize("number", range(len(BODY)), ids=lambda number: BODY[number]["type"])
def test_unfinished_lists_of_a_block_render(number):
    value = hollow(BODY[number]["value"])
    found = RENDERER.page(article(block(BODY[number]["type"], value)), content(), now=NOW)
    assert "None" not in found.body.decode()


def hollow(value: Any) -> Any:
    """The same lists and structures, with nothing in any field."""
    if isinstance(value, dict):
        return {key: one if key in ("type", "id") else hollow(one) for key, one in value.items()}
    if isinstance(value, list):
        return [hollow(one) for one in value]
    return False if isinstance(value, bool) else None


def test_number_of_a_helpline_stays_on_one_line():
    assert '<a class="helpline__number" href="tel:116123">116\u00a0123</a>' in html_of("helpline")
