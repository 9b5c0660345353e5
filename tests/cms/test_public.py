"""What any reader may see, by the clock, and nothing else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page, Site

from cms.core.public import public_documents, public_images
from cms.safety.public import public_pages
from tests.cms.feed_site import (
    article,
    collection,
    document,
    home,
    image,
    make_collection_private,
    make_private,
    read,
    topic,
)

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)


def test_live_pages_are_public_and_the_tree_root_is_not():
    medicines = topic()
    ketamine = article(medicines)
    assert set(public_pages()) == {
        Page.objects.get(pk=page.pk) for page in (home(), medicines, ketamine)
    }


def test_draft_is_not_public():
    draft = article(topic(), live=False)
    assert draft.pk not in numbers(public_pages())


def test_page_below_a_draft_is_not_public():
    medicines = topic()
    ketamine = article(medicines)
    medicines.unpublish()
    assert numbers(public_pages()) == {home().pk}
    assert ketamine.live


def test_page_is_public_until_it_expires_by_the_clock():
    now = timezone.now()
    ketamine = article(topic(), expire_at=now)
    assert ketamine.pk in numbers(public_pages(now - AN_HOUR))
    assert ketamine.pk not in numbers(public_pages(now))


def test_page_below_an_expired_one_is_not_public():
    now = timezone.now()
    ketamine = article(topic(expire_at=now))
    assert ketamine.pk not in numbers(public_pages(now))


def test_live_page_is_public_once_it_is_due_by_the_clock():
    now = timezone.now()
    ketamine = article(topic(), go_live_at=now)
    assert ketamine.pk not in numbers(public_pages(now - AN_HOUR))
    assert ketamine.pk in numbers(public_pages(now))


def test_restriction_covers_a_page_and_all_below_but_nothing_beside():
    medicines, living_well = topic("medicines"), topic("living-well")
    ketamine, sleep = article(medicines), article(living_well, "sleep")
    make_private(medicines)
    assert numbers(public_pages()) == {home().pk, living_well.pk, sleep.pk}
    assert ketamine.live


def test_restriction_on_the_home_page_leaves_nothing():
    article(topic())
    make_private(home())
    assert not public_pages().exists()


def test_pages_outside_the_default_site_are_not_public():
    root = Page.objects.get(depth=1)
    elsewhere = root.add_child(instance=Page(title="Elsewhere", slug="elsewhere"))
    other = Site.objects.create(hostname="other.test", root_page=elsewhere)
    assert elsewhere.pk not in numbers(public_pages())
    assert numbers(public_pages(site=other)) == {elsewhere.pk}


def test_without_a_default_site_nothing_is_public():
    Site.objects.update(is_default_site=False)
    assert not public_pages().exists()


@pytest.mark.parametrize("private", [1, 50])
def test_pages_cost_three_queries_however_many_are_private(private, django_assert_num_queries):
    article(topic("open"), "seen")
    for number in range(private):
        section = topic(f"topic-{number}")
        article(section, f"article-{number}")
        make_private(section)
    with django_assert_num_queries(3):
        assert {page.slug for page in public_pages()} >= {"open", "seen"}


def test_manifest_costs_the_same_however_many_are_private(client):
    """Neither more queries nor longer ones: what was slow was a condition for each restriction."""
    article(topic("open"), "seen")
    make_private(topic("staff"))
    few = asked_of_manifest(client)
    for number in range(30):
        make_private(topic(f"topic-{number}"))
    many = asked_of_manifest(client)
    assert len(many) == len(few)
    assert sum(map(len, many)) < sum(map(len, few)) + 100


def asked_of_manifest(client):
    read(client, "/api/export/v1/manifest").getvalue()  # counts what has changed
    with CaptureQueriesContext(connection) as asked:
        assert b"/open/seen/" in read(client, "/api/export/v1/manifest").getvalue()
    return [query["sql"] for query in asked.captured_queries]


@pytest.mark.parametrize(("make", "public"), [(image, public_images), (document, public_documents)])
class TestFiles:
    def test_file_of_a_private_collection_is_not_public(self, make, public):
        shared, private = make(), make(collection=collection("Staff"))
        make_collection_private(private.collection)
        assert set(public()) == {shared}

    def test_file_in_a_child_of_a_private_collection_is_not_public(self, make, public):
        private = collection("Staff")
        make(collection=collection("Rota", private))
        make_collection_private(private)
        assert not public().exists()

    def test_file_beside_a_private_collection_is_public(self, make, public):
        shared = make(collection=collection("Press"))
        make_collection_private(collection("Staff"))
        assert set(public()) == {shared}

    def test_everything_is_private_below_a_private_root_collection(self, make, public):
        saved = make()
        make_collection_private(saved.collection)
        assert not public().exists()


def numbers(pages) -> set[int]:
    return set(pages.values_list("pk", flat=True))
