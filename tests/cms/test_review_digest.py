"""What counts as another text, and what does not: the digest that an approval is bound to."""

from __future__ import annotations

from typing import Any

import pytest

from cms.articles.article import ArticlePage
from cms.articles.blocks.body import BodyBlock
from cms.articles.digest import DETAILS, NOT_READ, WORDS, digest_of, same_words
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db

BLOCKS = {
    "heading",
    "rich_text",
    "image",
    "table",
    "inset",
    "details",
    "faq",
    "glossary_term",
    "video",
    "conclusion",
    "medicine_facts",
    "medical_uses",
    "benefits",
    "risks",
    "suitability",
    "how_used",
    "interactions",
    "pregnancy",
    "overdose",
    "driving",
    "risk_callout",
    "care_card",
    "do_dont",
    "helpline",
    "next_step",
}


def page(**values: Any) -> ArticlePage:
    return ArticlePage(
        **{"pk": 7, "title": "Ketamine", "summary": "What it is.", "body": [], **values}
    )


def raw(*children: dict[str, Any]) -> Any:
    return ArticlePage._meta.get_field("body").stream_block.to_python(list(children))


def test_every_field_is_decided():
    """A new field belongs to the words, to the details, or is not read: say which."""
    sets = (WORDS, DETAILS, NOT_READ)
    assert {field.name for field in ArticlePage._meta.concrete_fields} == set().union(*sets)
    assert sum(len(one) for one in sets) == len(set().union(*sets))


def test_every_block_is_decided():
    """All are read. A new one is too, and whether its parts are belongs into this test."""
    assert set(BodyBlock().child_blocks) == BLOCKS


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Esketamine"},
        {"seo_title": "Other"},
        {"search_description": "Other"},
        {"summary": "What it was."},
        {"key_points": [("point", "It is a medicine.")]},
        {"body": [("rich_text", "<p>Do not take it.</p>")]},
        {"jurisdiction": "IE"},
        {"legal_status": [("status", {"country": "GB", "legal_class": "POM"})]},
        {"funding": "A charity paid."},
        {"conflicts": "The author holds shares."},
        {
            "sources": [
                ("source", {"key": "nice", "title": "T", "publisher": "N", "url": "https://x.org"})
            ]
        },
        {"pk": 8},
    ],
    ids=str,
)
def test_words_change_the_first_half(change):
    assert not same_words(digest_of(page()), digest_of(page(**change)))


@pytest.mark.parametrize(
    "change",
    [
        {"topic_type": "medicine"},
        {"audience": "carers"},
        {"synonyms": [("synonym", "K")]},
    ],
    ids=str,
)
def test_details_change_the_second_half_alone(change):
    before, after = digest_of(page()), digest_of(page(**change))
    assert before != after
    assert same_words(before, after)


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "other"},
        {"comments_mode": "hidden"},
        {"change_kind": "minor"},
        {"change_note": "New dose form."},
        {"withdrawn_reason": "No longer sold."},
        {"sample_content": True},
    ],
    ids=str,
)
def test_what_nobody_reads_changes_nothing(change):
    assert digest_of(page()) == digest_of(page(**change))


def test_ids_and_the_keys_of_the_editor_are_not_read():
    one = raw({"type": "rich_text", "id": "a", "value": '<p data-block-key="x1">Rest.</p>'})
    other = raw({"type": "rich_text", "id": "b", "value": "<p>Rest.</p>"})
    assert digest_of(page(body=one)) == digest_of(page(body=other))


def test_part_of_a_block_that_is_new_and_empty_clears_no_review():
    before = raw({"type": "heading", "id": "a", "value": {"text": "Risks"}})
    after = raw({"type": "heading", "id": "a", "value": {"text": "Risks", "size": "section"}})
    other = raw({"type": "heading", "id": "a", "value": {"text": "Risks", "size": "subsection"}})
    assert digest_of(page(body=before)) == digest_of(page(body=after))
    assert digest_of(page(body=after)) != digest_of(page(body=other))


def test_order_of_what_stands_in_the_body_is_read():
    first, second = ("rich_text", "<p>One.</p>"), ("rich_text", "<p>Two.</p>")
    assert digest_of(page(body=[first, second])) != digest_of(page(body=[second, first]))


def test_single_word_in_a_table_is_read():
    def table(word: str) -> Any:
        value = {
            "caption": "Doses",
            "header_column": False,
            "table": {
                "columns": [{"type": "text", "heading": "When"}],
                "rows": [{"values": [word]}],
                "caption": "",
            },
        }
        return raw({"type": "table", "id": "a", "value": value})

    assert digest_of(page(body=table("Daily"))) != digest_of(page(body=table("Weekly")))


def test_stored_and_freshly_written_text_are_the_same():
    """Before it is looked into, a stored stream is raw; after that it is made of values."""
    stored = raw(
        {
            "type": "faq",
            "id": "a",
            "value": {
                "heading": "Questions",
                "items": [
                    {"type": "item", "id": "b", "value": {"question": "Q?", "answer": "<p>A.</p>"}}
                ],
            },
        }
    )
    before = digest_of(page(body=stored))
    assert stored[0].value["items"][0]["question"] == "Q?"
    assert digest_of(page(body=stored)) == before


def test_version_and_page_have_one_digest():
    saved = article(topic(), body=[("rich_text", "<p>Rest and drink water.</p>")])
    revision = saved.save_revision()
    revision.publish()
    fresh = ArticlePage.objects.get(pk=saved.pk)
    assert digest_of(revision.as_object()) == digest_of(fresh) == digest_of(saved)


def test_copy_says_the_same_and_is_another_article():
    saved = article(topic())
    copied = saved.copy(update_attrs={"slug": "copied"})
    assert not same_words(digest_of(copied), digest_of(saved))
