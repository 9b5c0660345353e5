"""Blocks as an editor meets them: what each refuses, and in which words."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.models import Page

from cms.articles import blocks as ours
from cms.articles.blocks import BodyBlock, SourceBlock
from cms.core.blocks import MenuItemBlock

BLOCKS_OF_OUR_OWN = {
    **BodyBlock().child_blocks,
    "source": SourceBlock(),
    "menu_item": MenuItemBlock(),
}


def sentences(error: Any) -> list[str]:
    """Every message of a block's error, at any depth, as the editor reads them."""
    if isinstance(error, str):
        return [error]
    if hasattr(error, "block_errors"):
        nested = [*(error.block_errors or {}).values(), *(error.non_block_errors or [])]
    else:
        nested = error.messages
    return [sentence for one in nested for sentence in sentences(one)]


def refusal(block: blocks.Block, value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        block.clean(block.normalize(value))
    return " ".join(sentences(refused.value))


def next_step(**changes) -> dict:
    return {
        "label": "Find a support service",
        "purpose": "find_help",
        "page": None,
        "url": "https://example.org/help",
        **changes,
    }


def test_a_next_step_leads_somewhere():
    assert "This leads nowhere." in refusal(ours.NextStepBlock(), next_step(url=""))


@pytest.mark.django_db
def test_a_next_step_leads_to_one_place_only():
    both = next_step(page=Page.objects.get(slug="home"))
    assert "Remove one of them." in refusal(ours.NextStepBlock(), both)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "javascript:alert(1)", "ftp://example.org/", "https:///path"]
)
def test_an_address_is_https(url):
    assert refusal(ours.NextStepBlock(), next_step(url=url))


def test_an_address_in_plain_http_is_told_what_it_needs():
    said = refusal(ours.NextStepBlock(), next_step(url="http://example.org/"))
    assert "must start with https://" in said


def test_a_draft_of_a_next_step_may_lead_nowhere_yet():
    block = ours.NextStepBlock()
    assert block.clean_deferred(block.normalize(next_step(url="")))["url"] == ""


def test_a_next_step_never_sells():
    purposes = dict(ours.NextStepBlock().child_blocks["purpose"].field.choices)
    assert set(purposes) - {""} == {
        "find_help",
        "talk_to_professional",
        "read_next",
        "report_side_effect",
        "leave_comment",
    }
    assert "not one of the available choices" in refusal(
        ours.NextStepBlock(), next_step(purpose="buy")
    )


@pytest.mark.parametrize(
    ("block", "value"),
    [
        (ours.MedicalUsesBlock(), {"heading": "Uses", "introduction": "", "items": []}),
        (ours.BenefitsBlock(), {"heading": "Benefits", "items": []}),
        (ours.RisksBlock(), {"heading": "Risks", "introduction": "<p>Some.</p>", "items": []}),
    ],
)
def test_a_list_has_at_least_one_item(block, value):
    assert "minimum" in refusal(block, value)


def test_a_use_may_do_without_bullets():
    uses = ours.MedicalUsesBlock()
    item = {"term": "Anaesthesia", "text": "<p>For surgery.</p>", "points": []}
    cleaned = uses.clean(
        uses.normalize({"heading": "Medical uses", "introduction": "", "items": [item]})
    )
    assert list(cleaned["items"][0]["points"]) == []


def test_an_empty_bullet_is_refused():
    item = {"term": "Anaesthesia", "text": "<p>For surgery.</p>", "points": [""]}
    value = {"heading": "Medical uses", "introduction": "", "items": [item]}
    assert "required" in refusal(ours.MedicalUsesBlock(), value)


def test_risks_need_an_introduction():
    value = {
        "heading": "Risks",
        "introduction": "",
        "items": [{"term": "", "text": "<p>Nausea.</p>"}],
    }
    assert "required" in refusal(ours.RisksBlock(), value)


def test_a_callout_has_one_of_three_severities():
    value = {"severity": "mild", "title": "Overdose", "text": "<p>Call.</p>", "helpline": None}
    assert "not one of the available choices" in refusal(ours.RiskCalloutBlock(), value)


def test_a_heading_has_a_longest_length():
    assert "at most 120 characters" in refusal(
        ours.HeadingBlock(), {"text": "x" * 121, "size": "section"}
    )


def test_an_article_has_one_conclusion():
    conclusion = {"heading": "Conclusion", "text": "<p>Remember.</p>"}
    twice = [{"type": "conclusion", "value": conclusion}] * 2
    body = BodyBlock()
    with pytest.raises(ValidationError) as refused:
        body.clean(body.to_python(twice))
    assert "maximum number" in " ".join(sentences(refused.value))


def source(**changes) -> dict:
    return {
        "title": "Ketamine",
        "publisher": "An agency",
        "url": "https://example.org/ketamine",
        "published": None,
        "accessed": None,
        **changes,
    }


def test_a_source_is_not_read_before_it_is_published():
    value = SourceBlock().to_python(source(published="2026-03-01", accessed="2026-02-28"))
    assert "before the source was published" in refusal(SourceBlock(), value)


def test_a_draft_of_a_source_may_have_its_dates_the_wrong_way_round():
    value = SourceBlock().to_python(source(published="2026-03-01", accessed="2026-02-28"))
    assert SourceBlock().clean_deferred(value)["title"] == "Ketamine"


def test_a_source_may_have_no_dates():
    assert SourceBlock().clean(SourceBlock().normalize(source()))["published"] is None


def test_a_menu_item_elsewhere_needs_a_label():
    value = {"label": "", "page": None, "url": "https://example.org/"}
    assert "needs a label" in refusal(MenuItemBlock(), value)


def test_a_menu_item_leads_somewhere():
    assert "leads nowhere" in refusal(MenuItemBlock(), {"label": "X", "page": None, "url": ""})


def walk(block: blocks.Block, path: str) -> Iterator[tuple[str, blocks.Block]]:
    yield path, block
    if isinstance(block, blocks.ListBlock):
        yield from walk(block.child_block, f"{path}.item")
    elif hasattr(block, "child_blocks") and type(block).__module__.startswith("cms."):
        for name, child in block.child_blocks.items():
            yield from walk(child, f"{path}.{name}")


EVERY_BLOCK = [
    pytest.param(block, id=path)
    for name, top in BLOCKS_OF_OUR_OWN.items()
    for path, block in walk(top, name)
]


@pytest.mark.parametrize("block", BLOCKS_OF_OUR_OWN.values(), ids=BLOCKS_OF_OUR_OWN)
def test_every_block_introduces_itself_in_the_picker(block):
    assert block.label
    assert block.meta.description.endswith(".")
    assert block.meta.group
    assert block.meta.icon not in {"placeholder", ""}


@pytest.mark.parametrize("block", EVERY_BLOCK)
def test_every_field_of_a_block_helps_the_editor(block):
    helped = getattr(block.meta, "help_text", "") or getattr(
        getattr(block, "field", None), "help_text", ""
    )
    assert helped or block.meta.description


@pytest.mark.parametrize("block", EVERY_BLOCK)
def test_every_text_has_a_longest_length(block):
    if isinstance(block, blocks.CharBlock | blocks.URLBlock):
        assert block.field.max_length
    if isinstance(block, blocks.RichTextBlock):
        assert block.max_length


@pytest.mark.parametrize("block", EVERY_BLOCK)
def test_no_rich_text_offers_headings_images_or_embeds(block):
    if isinstance(block, blocks.RichTextBlock):
        assert set(block.features) <= {"bold", "italic", "ol", "ul", "link", "document-link"}
