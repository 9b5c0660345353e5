import pytest
from django.db import connections
from wagtail.models import Page


def add_page() -> None:
    Page.objects.get(depth=1).add_child(instance=Page(title="New", slug="new"))


@pytest.mark.django_db
def test_feed_sees_what_a_test_wrote():
    add_page()
    assert Page.objects.using("feed").filter(slug="new").exists()


@pytest.mark.django_db(transaction=True, databases=["default", "feed"])
def test_feed_is_a_second_connection_to_one_database():
    assert connections["feed"] is not connections["default"]
    add_page()
    assert Page.objects.using("feed").filter(slug="new").exists()


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_starts_from_the_migrations():
    add_page()
    assert Page.objects.filter(slug="new").count() == 1
