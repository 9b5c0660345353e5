"""What an editor sees of two versions of an article: labels and words, for every block."""

import datetime as dt
import json
import re

import pytest
from django.urls import reverse
from wagtail.fields import StreamField

from cms.articles.blocks.body import BodyBlock
from cms.articles.models import ArticlePage, GlossaryTerm, Helpline, Person
from cms.core.comparison import Comparison
from tests.cms import block_samples, feed_site

pytestmark = pytest.mark.django_db

BODY = BodyBlock()
STREAMS = {
    field.name: field.stream_block
    for field in ArticlePage._meta.get_fields()
    if isinstance(field, StreamField)
}


@pytest.fixture
def chosen() -> block_samples.Chosen:
    line = Helpline.objects.create(
        name="Samaritans", country="UK", phone="116 123", last_checked=dt.date(2026, 1, 1)
    )
    person = Person.objects.create(name="Dr Brown", role="Anaesthetist")
    term = GlossaryTerm.objects.create(term="Anaesthetic", meaning="It numbs.")
    return block_samples.Chosen(
        page=feed_site.topic("living-well", title="Living well").pk,
        image=feed_site.image("Leaf").pk,
        snippets={
            "articles.Helpline": line.pk,
            "articles.Person": person.pk,
            "articles.GlossaryTerm": term.pk,
        },
    )


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def compared(block, before, after) -> str:
    html = str(Comparison(block, block.to_python(before), block.to_python(after)).htmldiff())
    for marker in ("{", "[", "None", "&lt;", "object at", "off_label", "very_low"):
        assert marker not in html
    return html


@pytest.mark.parametrize("name", BODY.child_blocks)
def test_a_changed_part_shows_what_it_said_and_says(name, chosen):
    block = BODY.child_blocks[name]
    before = block_samples.stored(block, "Before", chosen)
    after = block_samples.stored(block, "After", chosen, choice=1)
    html = compared(block, before, after)
    if before == after:  # nothing in it but a choice of one thing
        assert "deletion" not in html
        return
    assert "deletion" in html
    assert "addition" in html


@pytest.mark.parametrize("name", BODY.child_blocks)
def test_an_unchanged_part_shows_no_change(name, chosen):
    block = BODY.child_blocks[name]
    value = block_samples.stored(block, "Same", chosen)
    html = compared(block, value, value)
    assert "deletion" not in html
    assert "addition" not in html


@pytest.mark.parametrize("name", BODY.child_blocks)
def test_a_part_that_came_or_went_is_shown_whole(name, chosen):
    value = [{**block_samples.stream(BODY, "Words", chosen)[list(BODY.child_blocks).index(name)]}]
    for before, after, change in (([], value, "addition"), (value, [], "deletion")):
        html = compared(BODY, before, after)
        assert f'class="{change}"' in html
        assert str(BODY.child_blocks[name].label) in words_of(html)


def test_choices_and_choosers_are_named(chosen):
    block = BODY.child_blocks["medical_uses"]
    html = compared(
        block,
        block_samples.stored(block, "Pain", chosen),
        block_samples.stored(block, "Pain", chosen, choice=1),
    )
    said = words_of(html)
    assert "Off" in said
    assert "Ireland" in said
    for name, words in (
        ("helpline", "Samaritans (UK)"),
        ("glossary_term", "Anaesthetic"),
        ("next_step", "Living well"),
        ("image", "Leaf: “Words”"),
        ("table", "Words heading / Words"),
        ("care_card", "Not urgent: ask a professional"),
        ("video", "1 March 2026"),
    ):
        block = BODY.child_blocks[name]
        value = block_samples.stored(block, "Words", chosen)
        assert words in words_of(compared(block, value, value)), name


def test_another_alt_text_of_the_same_image_is_a_change(chosen):
    block = BODY.child_blocks["image"]
    before, after = (block_samples.stored(block, "Leaf", chosen) for _ in range(2))
    after["image"]["alt_text"] = "Tree"
    html = compared(block, before, after)
    assert '<span class="deletion">Leaf' in html
    assert '<span class="addition">Tree' in html


def test_a_part_that_went_from_between_two_stands_where_it_was(chosen):
    three = [
        {"type": "heading", "value": {"text": text, "size": "section"}, "id": text}
        for text in ("One", "Two", "Three")
    ]
    said = words_of(compared(BODY, three, [three[0], three[2]]))
    assert said.index("One") < said.index("Two") < said.index("Three")


def test_what_was_chosen_and_is_gone_says_nothing(chosen):
    Helpline.objects.all().delete()
    block = BODY.child_blocks["helpline"]
    value = {"helpline": chosen.snippets["articles.Helpline"]}
    assert words_of(compared(block, value, value)) == ""


def test_the_admin_compares_two_versions_of_an_article_that_has_everything(chosen, admin_client):
    article = feed_site.article(feed_site.topic())
    revisions = []
    for number, words in enumerate(("Before", "After")):
        for name, block in STREAMS.items():
            value = block_samples.stream(block, words, chosen, choice=number)
            setattr(article, name, json.dumps(value))
        revisions.append(article.save_revision(clean=False))
    answer = admin_client.get(
        reverse(
            "wagtailadmin_pages:revisions_compare",
            args=(article.pk, *(revision.pk for revision in revisions)),
        )
    )
    assert answer.status_code == 200
    text = words_of(answer.text)
    for said in (
        "Key points",
        "Legal status",
        "Samaritans (UK)",
        "On general sale",
        "Medical uses",
    ):
        assert said in text, said
