"""The home page and standard pages: nobody reviews them, so that no health claim stands there."""

from __future__ import annotations

import pytest

from cms.articles.models import ArticlePage, HomePage, StandardPage
from cms.safety.judged import RefusedToGoLive
from cms.safety.rule import WITH_BODY
from cms.safety.rules.balance import ABOUT_A_MEDICINE
from tests.cms.feed_site import home
from tests.cms.safety.sound_page import (
    benefits,
    body,
    button,
    found,
    heading,
    risks,
    section,
    sound,
    uses,
)

TYPES = ["homepage", "standardpage"]


@pytest.mark.parametrize("page_type", TYPES)
@pytest.mark.parametrize("part", [uses(), benefits(), risks(), section("overdose")])
def test_what_a_medicine_does_is_told_in_articles_only(page_type, part):
    page = sound(risks(), part, page_type=page_type)
    assert found("S1", page)[-1].place.path == "body.2"
    assert "Move this part to an article" in found("S1", page)[-1].message


@pytest.mark.parametrize("page_type", TYPES)
def test_page_about_a_crisis_names_whom_to_call(page_type):
    page = sound(heading("Thoughts of suicide"), page_type=page_type)
    assert [one.about for one in found("S10", page)] == ["helpline"]
    with_help = body(heading("Thoughts of suicide"), ("helpline", {"helpline": 1}))
    assert found("S10", sound(*[(one.type, one.value) for one in with_help])) == []


@pytest.mark.parametrize("page_type", TYPES)
def test_button_has_a_purpose_of_the_list(page_type):
    page = sound(button(purpose="order"), page_type=page_type)
    assert [one.about for one in found("S7", page)] == ["purpose"]


def test_rules_for_pages_with_a_body_are_for_each_of_our_types_with_one():
    types = {ArticlePage, HomePage, StandardPage}
    assert {model._meta.model_name for model in types} == set(WITH_BODY)


@pytest.mark.parametrize("model", [HomePage, StandardPage])
def test_parts_about_a_medicine_are_not_offered(model):
    counts = model.body.field.stream_block.meta.block_counts
    assert {name for name, limit in counts.items() if limit["max_num"] == 0} == set(
        ABOUT_A_MEDICINE
    )


@pytest.mark.django_db
def test_page_that_has_such_a_part_from_before_keeps_its_text_and_does_not_go_live(rules):
    items = [{"term": "Rest", "text": "You feel rested.", "sources": []}]
    page = home().add_child(
        instance=StandardPage(
            title="Sleep",
            slug="sleep",
            live=False,
            body=[("benefits", {"heading": "Benefits", "items": items})],
        )
    )
    revision = page.save_revision(clean=False)
    with pytest.raises(RefusedToGoLive, match="Move this part to an article"):
        revision.publish()
    kept = StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert kept.body[0].value["items"][0]["term"] == "Rest"
