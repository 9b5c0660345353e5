"""Blocks as an editor meets them: what each refuses, and in which words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.template.loader import get_template
from django.urls import reverse
from wagtail import blocks
from wagtail.images.blocks import ImageBlock
from wagtail.models import Page

from cms.articles.blocks import facts, help, medicine, text
from cms.articles.blocks.body import BodyBlock
from cms.articles.blocks.sources import SourceBlock, SourcesBlock
from cms.core.blocks import MenuItemBlock, SideEffectLineBlock
from cms.core.citations import CitationsBlock
from frontend_export.render.theme_files import THEME

BLOCKS_OF_OUR_OWN = {
    **BodyBlock().child_blocks,
    **facts.KeyPointsBlock().child_blocks,
    **facts.SynonymsBlock().child_blocks,
    **facts.LegalStatusBlock().child_blocks,
    **facts.AuthorsBlock().child_blocks,
    "source": SourceBlock(),
    "menu_item": MenuItemBlock(),
    "line": SideEffectLineBlock(),
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
    typed = block.to_python(value) if isinstance(value, dict) else block.normalize(value)
    with pytest.raises(ValidationError) as refused:
        block.clean(typed)
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
    assert "This leads nowhere." in refusal(help.NextStepBlock(), next_step(url=""))


@pytest.mark.django_db
def test_a_next_step_leads_to_one_place_only():
    both = next_step(page=Page.objects.get(slug="home").pk)
    assert "Remove one of them." in refusal(help.NextStepBlock(), both)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "javascript:alert(1)", "ftp://example.org/", "https:///path"]
)
def test_an_address_is_https(url):
    assert refusal(help.NextStepBlock(), next_step(url=url))


def test_an_address_in_plain_http_is_told_what_it_needs():
    said = refusal(help.NextStepBlock(), next_step(url="http://example.org/"))
    assert "must start with https://" in said


def test_a_draft_of_a_next_step_may_lead_nowhere_yet():
    block = help.NextStepBlock()
    assert block.clean_deferred(block.normalize(next_step(url="")))["url"] == ""


def test_a_next_step_never_sells():
    purposes = dict(help.NextStepBlock().child_blocks["purpose"].field.choices)
    assert set(purposes) - {""} == {
        "find_help",
        "talk_to_professional",
        "read_next",
        "report_side_effect",
        "leave_comment",
    }
    assert "not one of the available choices" in refusal(
        help.NextStepBlock(), next_step(purpose="buy")
    )


@pytest.mark.parametrize(
    ("block", "value"),
    [
        (medicine.MedicalUsesBlock(), {"heading": "Uses", "introduction": "", "items": []}),
        (medicine.BenefitsBlock(), {"heading": "Benefits", "items": []}),
        (medicine.RisksBlock(), {"heading": "Risks", "introduction": "<p>Some.</p>", "groups": []}),
    ],
)
def test_a_list_has_at_least_one_item(block, value):
    assert "minimum" in refusal(block, value)


def test_a_use_may_do_without_bullets():
    uses = medicine.MedicalUsesBlock()
    item = {"term": "Anaesthesia", "text": "<p>For surgery.</p>", "points": []}
    cleaned = uses.clean(
        uses.normalize({"heading": "Medical uses", "introduction": "", "items": [item]})
    )
    assert list(cleaned["items"][0]["points"]) == []


def test_an_empty_bullet_is_refused():
    item = {"term": "Anaesthesia", "text": "<p>For surgery.</p>", "points": [""]}
    value = {"heading": "Medical uses", "introduction": "", "items": [item]}
    assert "required" in refusal(medicine.MedicalUsesBlock(), value)


def test_risks_need_an_introduction():
    value = {
        "heading": "Risks",
        "introduction": "",
        "groups": [{"items": [{"term": "", "text": "<p>Nausea.</p>"}]}],
    }
    assert "required" in refusal(medicine.RisksBlock(), value)


def test_a_callout_has_one_of_three_severities():
    value = {"severity": "mild", "title": "Overdose", "text": "<p>Call.</p>", "helpline": None}
    assert "not one of the available choices" in refusal(help.RiskCalloutBlock(), value)


def test_a_heading_has_a_longest_length():
    assert "at most 120 characters" in refusal(
        text.HeadingBlock(), {"text": "x" * 121, "size": "section"}
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


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({}, "Write the section, or tick that it does not apply."),
        ({"text": "<p></p>"}, "Write the section, or tick that it does not apply."),
        ({"not_applicable": True}, "Say why this section does not apply."),
        (
            {"not_applicable": True, "reason": "In hospital only", "text": "<p>No.</p>"},
            "does not apply, but has a text",
        ),
    ],
)
def test_a_section_is_written_or_says_why_it_does_not_apply(value, sentence):
    assert sentence in refusal(medicine.PregnancyBlock(), value)


@pytest.mark.parametrize(
    "value",
    [{"text": "<p>Ask first.</p>"}, {"not_applicable": True, "reason": "Given in hospital only"}],
)
def test_a_section_that_does_either_is_taken(value):
    block = medicine.DrivingBlock()
    assert block.clean(block.to_python(value))


def test_a_draft_of_a_section_may_be_empty():
    block = medicine.OverdoseBlock()
    assert block.clean_deferred(block.to_python({}))["reason"] == ""


def test_advice_says_what_to_do_or_what_to_leave():
    assert "Both lists are empty" in refusal(help.DoDontBlock(), {"do": [], "dont": []})
    one = help.DoDontBlock().normalize({"do": [], "dont": ["drive"]})
    assert list(help.DoDontBlock().clean(one)["dont"]) == ["drive"]


def test_a_video_is_an_address_and_its_words():
    value = {"title": "How to use it", "url": "javascript:alert(1)", "transcript": ""}
    said = refusal(text.VideoBlock(), value)
    assert "required" in said
    assert "valid URL" in said


def table(columns: int, rows: int = 1, heading: str = "Dose form") -> dict:
    return {
        "columns": [{"type": "text", "heading": heading} for _ in range(columns)],
        "rows": [{"values": ["x"] * columns} for _ in range(rows)],
        "caption": "",
    }


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (table(200), "This table has 200 columns and 1 rows"),
        (table(2, rows=61), "This table has 2 columns and 61 rows"),
        (table(0), "This table is empty."),
        (table(2, rows=0), "This table is empty."),
        (table(2, heading=" "), "Column 1 has no heading."),
    ],
)
def test_a_table_can_be_read(cells, sentence):
    block = text.TableBlock()
    value = {"caption": "Forms", "header_column": True, "table": cells}
    with pytest.raises(ValidationError) as refused:
        block.clean(block.to_python(value))
    assert sentence in " ".join(sentences(refused.value))


def test_a_draft_keeps_a_table_that_nobody_can_read():
    block = text.TableBlock()
    kept = block.clean_deferred(block.to_python({"caption": "", "table": table(200)}))
    assert len(kept["table"].columns) == 200


def test_a_source_without_a_key_gets_one_of_publisher_and_year():
    sources = SourcesBlock()
    cleaned = sources.clean(
        sources.to_python(
            [
                {"type": "source", "value": source(publisher="WHO", published="2023-05-01")},
                {"type": "source", "value": source(publisher="WHO", accessed="2023-06-01")},
                {"type": "source", "value": source(key="mine")},
            ]
        )
    )
    assert [one.value["key"] for one in cleaned] == ["who-2023", "who-2023-2", "mine"]


def test_a_draft_of_a_source_gets_its_key_too():
    sources = SourcesBlock()
    value = sources.to_python([{"type": "source", "value": source(publisher="")}])
    assert sources.clean_deferred(value)[0].value["key"] == "source"


def test_two_sources_have_two_keys():
    sources = SourcesBlock()
    twice = sources.to_python([{"type": "source", "value": source(key="who-2023")}] * 2)
    with pytest.raises(ValidationError) as refused:
        sources.clean(twice)
    assert "“who-2023” is the key of another source." in " ".join(sentences(refused.value))
    assert len(sources.clean_deferred(twice)) == 2


@pytest.mark.parametrize("key", ["WHO 2023", "who_2023", "-who", "x" * 61, "<b>"])
def test_the_key_of_a_source_can_be_cited(key):
    assert refusal(SourceBlock(), source(key=key))


def test_citations_are_typed_as_a_line_and_kept_as_a_list():
    block = CitationsBlock()
    typed = block.value_from_form(" WHO-2023, nice-2022;nice-2022  ")
    assert block.clean(typed) == ["who-2023", "nice-2022"]
    assert block.get_form_state(typed) == "who-2023, nice-2022"
    assert block.get_prep_value(typed) == ["who-2023", "nice-2022"]


@pytest.mark.parametrize("stored", [None, "", "who-2023", {"a": 1}, 7])
def test_citations_stored_as_anything_else_are_none(stored):
    assert CitationsBlock().to_python(stored) == []


def test_a_citation_is_a_key():
    assert "“who_2023” is not the key of a source." in refusal(CitationsBlock(), ["who_2023"])


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
    assert block.meta.icon != "placeholder"
    assert get_template(f"wagtailadmin/icons/{block.meta.icon}.svg")


@pytest.mark.django_db
@pytest.mark.parametrize("name", BodyBlock().child_blocks)
def test_the_picker_shows_a_small_picture_of_every_part(name, admin_client):
    block = BodyBlock().child_blocks[name]
    assert block.is_previewable
    answer = admin_client.get(
        reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix}
    )
    assert answer.status_code == 200
    assert f"articles/blocks/{name}." in answer.text
    assert f'alt="{block.label}, as readers see it"' in answer.text
    picture = finders.find(f"articles/blocks/{name}.webp")
    assert picture, "Take it: python -m tests.browser.block_pictures"
    assert Path(picture).stat().st_size <= 8 * 1024


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


def samples_of(name: str) -> list[Any]:
    """What the style guide of the theme shows of a block, state by state."""
    file = THEME / "samples" / "blocks" / f"{name}.json"
    return list(json.loads(file.read_text()).values()) if file.exists() else []


def parts_of(block: blocks.Block, values: list[Any]) -> Iterator[tuple[blocks.Block, list[Any]]]:
    """The block, and all that it consists of, each with all values that the samples have for it."""
    yield block, values
    if isinstance(block, blocks.StructBlock) and not isinstance(block, ImageBlock):
        for name, child in block.child_blocks.items():
            yield from parts_of(child, [value[name] for value in values])
    elif isinstance(block, blocks.ListBlock):
        items = [item["value"] for value in values for item in value]
        yield from parts_of(block.child_block, items)


@pytest.mark.parametrize("name", BodyBlock().child_blocks)
def test_style_guide_shows_every_block_in_its_form_with_every_choice(name):
    values = samples_of(name)
    assert values
    for block, found in parts_of(BodyBlock().child_blocks[name], values):
        if isinstance(block, blocks.StructBlock) and not isinstance(block, ImageBlock):
            assert all(set(value) == set(block.child_blocks) for value in found)
        elif isinstance(block, blocks.ChoiceBlock) and "country" not in block.name:
            assert {value for value, _ in block.field.choices if value} <= set(found)
