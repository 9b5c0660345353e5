"""Of a withdrawn article nothing leaves the CMS but the notice: nobody judges the rest any more."""

import datetime as dt

import pytest

from cms.articles.models import ArticlePage
from cms.articles.notice import KEPT, LISTS, REVIEW, TEXTS
from cms.articles.people import Person
from tests.cms.feed_site import article, records, topic

pytestmark = pytest.mark.django_db

CANARY = "canary-4711"


@pytest.fixture
def withdrawn() -> ArticlePage:
    author = Person.objects.create(name=CANARY)
    page = article(
        topic(),
        live=False,
        summary="What it was about.",
        key_points=[("point", CANARY)],
        synonyms=[("synonym", CANARY)],
        body=[("rich_text", f"<p>{CANARY}</p>")],
        authors=[("author", {"person": author})],
        reviewer=author,
        change_note=CANARY,
        funding=CANARY,
        conflicts=CANARY,
        withdrawn_on=dt.date(2026, 3, 1),
        withdrawn_reason="The advice has changed.",
    )
    page.save_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


def test_every_field_is_part_of_the_notice_or_is_emptied():
    """A new field is one or the other: say which."""
    told = {field.name for field in ArticlePage.api_fields}
    assert told == KEPT | LISTS | TEXTS | REVIEW


def test_feed_tells_the_notice_alone(withdrawn, client):
    [told] = [one for one in records(client, "page") if one["id"] == withdrawn.pk]
    assert CANARY not in str(told)
    assert (told["fields"]["body"], told["fields"]["reviewer"]) == ([], None)
    assert told["fields"]["withdrawn_reason"] == "The advice has changed."
    assert told["fields"]["summary"] == "What it was about."


@pytest.mark.parametrize("address", ["{pk}/", "?type=articles.ArticlePage&fields=*"])
def test_api_tells_the_notice_alone(withdrawn, client, address):
    answer = client.get("/api/v2/pages/" + address.format(pk=withdrawn.pk)).content.decode()
    assert CANARY not in answer
    assert "The advice has changed." in answer
