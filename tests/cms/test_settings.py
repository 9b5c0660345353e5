import pytest
from django.db import connections
from wagtail.models import Page


@pytest.mark.django_db
def test_feed_sees_what_a_test_wrote():
    Page.objects.get(depth=1).add_child(instance=Page(title="New", slug="new"))
    assert Page.objects.using("feed").filter(slug="new").exists()


@pytest.mark.django_db(transaction=True, databases=["default", "feed"])
def test_feed_is_a_second_connection_to_one_database():
    assert connections["feed"] is not connections["default"]
    Page.objects.get(depth=1).add_child(instance=Page(title="New", slug="new"))
    assert Page.objects.using("feed").filter(slug="new").exists()
