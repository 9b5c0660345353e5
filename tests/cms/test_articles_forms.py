"""The form of an article: what it begins with, what it refuses, and what it bears."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from wagtail.models import Site
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from cms.articles.forms import NOTE_IS_MISSING
from cms.articles.models import ArticlePage, Person
from cms.core.models import SiteSettings
from tests.cms import feed_site

pytestmark = pytest.mark.django_db

EMPTY = streamfield([])
SOURCE = {"key": "", "title": "K", "publisher": "WHO", "url": "https://who.example/"}
PUBLISH = {"action-publish": "1"}


def source(**changes: str) -> dict[str, str]:
    return {**SOURCE, "published": "2023-05-01", "accessed": "", **changes}


def typed(article: ArticlePage, **changes: Any) -> dict[str, str]:
    streams = ("key_points", "synonyms", "body", "legal_status", "authors", "sources")
    fields = {
        "title": article.title,
        "slug": article.slug,
        "summary": "What it is.",
        "topic_type": "medicine",
        "audience": "everyone",
        "jurisdiction": "GB",
        "change_kind": "major",
        "change_note": "It numbs.",
        "funding": "",
        "conflicts": "",
        "withdrawn_on": "",
        "withdrawn_reason": "",
        "replacement_page": "",
        "comments_mode": "site",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        **dict.fromkeys(streams, EMPTY),
        "body": streamfield([("rich_text", rich_text("<p>It numbs.</p>"))]),
        **changes,
    }
    return nested_form_data(fields)


def save(client: Client, article: ArticlePage, **changes: Any):
    address = reverse("wagtailadmin_pages:edit", args=(article.pk,))
    return client.post(address, typed(article, **changes))


def draft(article: ArticlePage) -> ArticlePage:
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()


def benefit(cited: str) -> dict[str, Any]:
    item = {"term": "Fast", "text": rich_text("<p>Yes.</p>"), "strength": "", "figure": ""}
    items = streamfield([("item", {**item, "sources": cited})])
    # A list is posted as a stream whose parts have no type.
    return {"heading": "Benefits", "items": items}


@pytest.fixture
def ketamine() -> ArticlePage:
    return feed_site.article(feed_site.topic())


def test_a_new_article_begins_with_what_the_site_discloses(admin_client):
    SiteSettings.objects.create(
        site=Site.objects.get(),
        default_funding="The site itself pays for it.",
        default_conflicts="Nobody gains by it.",
    )
    parent = feed_site.topic()
    address = reverse("wagtailadmin_pages:add", args=("articles", "articlepage", parent.pk))
    form = admin_client.get(address).text
    assert "The site itself pays for it.</textarea>" in form
    assert "Nobody gains by it.</textarea>" in form


def test_an_article_that_discloses_nothing_is_left_so(ketamine, admin_client):
    SiteSettings.objects.create(site=Site.objects.get(), default_funding="The site pays.")
    form = admin_client.get(reverse("wagtailadmin_pages:edit", args=(ketamine.pk,))).text
    assert "The site pays." not in form


def test_the_form_is_short_first():
    tabs = ArticlePage.get_edit_handler().children
    assert [tab.heading for tab in tabs] == [
        "Content",
        "Facts",
        "Review and sources",
        "Reader comments",
        "Promote",
        "Settings",
    ]
    first = [panel.field_name for panel in tabs[0].children]
    assert first == ["title", "summary", "key_points", "body"]


def test_sources_get_their_keys_when_a_draft_is_saved(ketamine, admin_client):
    sources = streamfield([("source", source()), ("source", source())])
    assert save(admin_client, ketamine, sources=sources).status_code == 302
    keys = [one.value["key"] for one in draft(ketamine).sources]
    assert keys == ["who-2023", "who-2023-2"]


def test_a_draft_may_cite_a_source_that_is_not_there_yet(ketamine, admin_client):
    body = streamfield([("benefits", benefit("who-2023"))])
    assert save(admin_client, ketamine, body=body).status_code == 302
    assert draft(ketamine).body[0].value["items"][0]["sources"] == ["who-2023"]


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        ([], "The article has no sources yet"),
        ([("source", source())], "The keys are who-2023"),
    ],
)
def test_what_goes_live_cites_only_its_own_sources(ketamine, admin_client, sources, sentence):
    body = streamfield([("benefits", benefit("nice-2022, who-2023"))])
    refused = save(admin_client, ketamine, body=body, sources=streamfield(sources), **PUBLISH)
    assert "No source of this article has the key" in refused.text
    assert sentence in refused.text


def test_article_with_a_picture_goes_live(ketamine, admin_client):
    """Its block is one of several fields, but what it holds is an image."""
    leaf = feed_site.image()
    value = {
        "image": {"image": str(leaf.pk), "alt_text": "A leaf", "decorative": ""},
        "caption": "",
        "credit": "",
    }
    body = streamfield([("image", value)])
    assert save(admin_client, ketamine, body=body, **PUBLISH).status_code == 302
    assert ArticlePage.objects.get(pk=ketamine.pk).body[0].value["image"].pk == leaf.pk


def test_the_citations_of_a_part_are_offered_the_keys(ketamine, admin_client):
    form = admin_client.get(reverse("wagtailadmin_pages:edit", args=(ketamine.pk,))).text
    assert "core/js/citations.js" in form
    assert "data-citations" in form


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://example.org/", "data:text/html,x"])
def test_the_address_of_a_source_is_https(ketamine, admin_client, url):
    sources = streamfield([("source", source(url=url))])
    refused = save(admin_client, ketamine, sources=sources, **PUBLISH)
    assert refused.status_code == 200
    assert url not in str(ArticlePage.objects.get(pk=ketamine.pk).sources.get_prep_value())


def test_a_title_of_ten_megabytes_is_refused_and_nothing_is_saved(ketamine, admin_client):
    refused = save(admin_client, ketamine, title="x" * 10_000_000)
    assert refused.status_code == 413
    said = refused.content.decode()
    assert f"/admin/pages/{ketamine.pk}/edit/" in said
    assert "its text is longer than 2.5" in said
    assert "Shorten the longest field" in said
    assert ArticlePage.objects.get(pk=ketamine.pk).latest_revision is None
    ketamine.title = "x" * 10_000_000
    with pytest.raises(ValidationError, match="at most 255"):
        ketamine.save()


def test_a_form_of_too_many_fields_is_refused_in_words(ketamine, admin_client):
    many = {f"field-{number}": "" for number in range(10_001)}
    refused = save(admin_client, ketamine, **many)
    assert refused.status_code == 413
    assert "it has more than 10,000 fields" in refused.content.decode()


ODD_WORDS = "ما هو الكيتامين؟ \u202eabc\u202c 🧠👩🏽‍⚕️ ＫＥＴ"


def test_right_to_left_and_emoji_stay_as_they_were_typed(ketamine, admin_client, client):
    points = streamfield([("point", ODD_WORDS)])
    assert save(admin_client, ketamine, title=ODD_WORDS, key_points=points).status_code == 302
    draft(ketamine).save()
    [record] = [one for one in feed_site.records(client, "page") if one["id"] == ketamine.pk]
    assert record["title"] == ODD_WORDS
    assert record["fields"]["key_points"][0]["value"] == ODD_WORDS


def store(article: ArticlePage, name: str, value: list[dict]) -> None:
    """Past every block, as SQL or an older version would have left it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE articles_articlepage SET {name} = %s WHERE page_ptr_id = %s",  # noqa: S608
            [json.dumps(value), article.pk],
        )


def opens(client: Client, article: ArticlePage) -> bool:
    address = reverse("wagtailadmin_pages:edit", args=(article.pk,))
    return client.get(address).status_code == 200


def test_a_part_that_nobody_knows_hinders_no_form(ketamine, admin_client):
    store(ketamine, "body", [{"type": "hologram", "value": {"beam": 1}, "id": "x"}])
    assert opens(admin_client, ketamine)


def test_what_is_deleted_and_still_shown_hinders_no_form_and_is_asked_for(ketamine, admin_client):
    body = [
        {"type": "helpline", "value": {"helpline": 999}, "id": "1"},
        {"type": "glossary_term", "value": {"glossary_term": 999}, "id": "2"},
        {
            "type": "image",
            "value": {
                "image": {"image": 999, "alt_text": "x", "decorative": False},
                "caption": "",
                "credit": "",
            },
            "id": "3",
        },
        {
            "type": "next_step",
            "value": {"label": "Go", "purpose": "find_help", "page": 999, "url": ""},
            "id": "4",
        },
        {
            "type": "rich_text",
            "value": '<p><a linktype="document" id="999">x</a></p>',
            "id": "5",
        },
    ]
    store(ketamine, "body", body)
    store(ketamine, "authors", [{"type": "author", "value": {"person": 999}, "id": "6"}])
    assert opens(admin_client, ketamine)
    stored = ArticlePage.objects.get(pk=ketamine.pk)
    for name in ("body", "authors"):
        stream = getattr(stored, name)
        with pytest.raises(ValidationError) as refused:
            stream.stream_block.clean(stream)
        expected = {0, 1, 2, 3} if name == "body" else {0}
        assert set(refused.value.block_errors) == expected
        assert stream.stream_block.clean_deferred(stream)


def test_who_reviewed_an_article_cannot_be_deleted(ketamine):
    doctor = Person.objects.create(name="Dr Brown")
    ArticlePage.objects.update(reviewer=doctor)
    with pytest.raises(ProtectedError):
        doctor.delete()


def test_nobody_chooses_the_kind_of_topic_for_a_new_article(admin_client):
    parent = feed_site.topic()
    address = reverse("wagtailadmin_pages:add", args=("articles", "articlepage", parent.pk))
    field = admin_client.get(address).context["form"]["topic_type"]
    assert not field.value()
    assert field.field.choices[0][0] == ""


def test_draft_may_lack_the_kind_of_topic(ketamine, admin_client):
    save(admin_client, ketamine, topic_type="")
    assert draft(ketamine).topic_type == ""


def test_what_goes_live_has_a_kind_of_topic(ketamine, admin_client):
    answer = save(admin_client, ketamine, topic_type="", **PUBLISH)
    [error] = answer.context["form"].errors["topic_type"]
    assert error.startswith("Say what the article is about")


@pytest.mark.parametrize("button", ["publish", "submit"])
@pytest.mark.parametrize("note", ["", "It numbs faster than we said."])
def test_a_major_change_of_a_live_article_needs_a_new_note(admin_client, ketamine, button, note):
    """The note of the change before is none of this one."""
    ArticlePage.objects.filter(pk=ketamine.pk).update(change_note=note)
    response = save(admin_client, ketamine, change_note=note, **{f"action-{button}": "1"})
    assert response.context["form"].errors["change_note"] == [NOTE_IS_MISSING]


@pytest.mark.parametrize(
    ("kind", "note"), [("major", "It numbs."), ("minor", "")], ids=["a note", "a minor change"]
)
def test_a_change_with_a_note_or_a_minor_one_goes_live(admin_client, ketamine, kind, note):
    said = {"change_kind": kind, "change_note": note}
    assert save(admin_client, ketamine, **said, **PUBLISH).status_code == 302
    assert "It numbs." in ArticlePage.objects.get(pk=ketamine.pk).body[0].value.source


def test_what_nobody_reads_about_needs_no_note(admin_client, ketamine):
    """Nor does a first version, or a draft."""
    save(admin_client, ketamine, **PUBLISH)
    assert save(admin_client, ketamine, comments_mode="hidden", **PUBLISH).status_code == 302
    without = {"title": "Another", "change_note": ""}
    assert save(admin_client, ketamine, **without).status_code == 302
    ArticlePage.objects.filter(pk=ketamine.pk).update(live=False)
    assert save(admin_client, ketamine, **without, **PUBLISH).status_code == 302


@pytest.mark.parametrize("count", [1, 2, 6])
def test_key_points_are_three_to_five_or_none(admin_client, ketamine, count):
    few = streamfield([("point", f"Point {number}.") for number in range(count)])
    refused = save(admin_client, ketamine, key_points=few, **PUBLISH)
    assert "key_points" in refused.context["form"].errors
    assert save(admin_client, ketamine, key_points=few).status_code == 302  # a draft
    enough = streamfield([("point", f"Point {number}.") for number in range(3)])
    assert save(admin_client, ketamine, key_points=enough, **PUBLISH).status_code == 302
