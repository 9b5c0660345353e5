"""What a cursor leaves to tell, put upon what was known, is the whole site as it is now."""

from datetime import date

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection, transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection, Page

from cms.articles.models import ArticlePage
from cms.core.models import SiteSettings
from cms.export_feed.indexes import ALWAYS_SET
from tests.cms.changing_site import EVENTS, ChangingSite
from tests.cms.feed_site import make_collection_private
from tests.cms.follower import Follower, whole_site

pytestmark = pytest.mark.django_db

# No reader sees these.
HIDDEN = {
    "draft_is_saved",
    "draft_is_created",
    "comment_comes_in",
    "schedule_runs",
    "time_passes",
}
# What has to happen first, so that there is something for an event to happen to.
FIRST = {
    "page_is_published_again": {"page_is_unpublished": range(4)},
    "page_is_made_public": {"page_is_made_private": range(4)},
    "expiry_is_lifted": {"expiry_is_set": range(4)},
    "collection_is_made_public": {"collection_is_made_private": range(4)},
    "collection_is_moved": {"collection_is_made_private": [1]},
    "image_is_moved_to_another_collection": {"collection_is_made_private": [2]},
    "document_is_moved_to_another_collection": {"collection_is_made_private": [2]},
    "comment_is_approved": {"comment_comes_in": range(4)},
    "pages_are_reordered": {"page_is_created": range(4)},
    "redirect_is_deleted": {"redirect_is_added": range(4)},
}


@pytest.fixture
def site(admin_user, monkeypatch) -> ChangingSite:
    with TestCase.captureOnCommitCallbacks(execute=True):
        site = ChangingSite(admin_user)
    monkeypatch.setattr(timezone, "now", lambda: site.now)
    return site


def happen(site: ChangingSite, name: str, number: int) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        EVENTS[name](site, number)


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_told_after(site, name):
    for first, numbers in FIRST.get(name, {}).items():
        for number in numbers:
            happen(site, first, number)
    follower = Follower()
    follower.read(site.now)
    before = follower.site
    for number in (2, 1, 0, 3):
        happen(site, name, number)
        follower.read(site.now)
        assert follower.site == whole_site(site.now)
    assert (follower.site == before) == (name in HIDDEN)


@pytest.mark.parametrize("model", [Image, Document])
def test_files_that_the_admin_puts_into_a_private_collection_together(site, admin_client, model):
    private = Collection.objects.get(name="Staff")
    make_collection_private(private)
    follower = Follower()
    follower.read(site.now)
    shared = model.objects.get(collection__name="Public")
    address = reverse(
        "wagtail_bulk_action",
        args=[model._meta.app_label, model._meta.model_name, "add_to_collection"],
    )
    answer = admin_client.post(
        f"{address}?id={shared.pk}", {"collection": private.pk}, headers={"Host": "localhost"}
    )
    assert answer.status_code == 302
    follower.read(site.now)
    assert {"kind": "gone", "of": model._meta.model_name, "id": shared.pk} in follower.told
    assert follower.site == whole_site(site.now)


def test_pages_that_the_admin_unpublishes_together_are_gone_with_all_below(site, admin_client):
    about, medicines = Page.objects.get(slug="about"), Page.objects.get(slug="medicines")
    leaving = {
        one.pk for top in (about, medicines) for one in top.get_descendants(inclusive=True).live()
    }
    follower = Follower()
    follower.read(site.now)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"])
    answer = admin_client.post(
        f"{address}?id={about.pk}&id={medicines.pk}",
        {"include_descendants": "on"},
        headers={"Host": "localhost"},
    )
    assert answer.status_code == 302
    follower.read(site.now)
    gone = {one["id"] for one in follower.told if one["kind"] == "gone" and one["of"] == "page"}
    assert gone == leaving
    assert follower.site == whole_site(site.now)


def test_page_that_a_setting_names_and_that_is_deleted_is_named_no_more(site):
    follower = Follower()
    follower.read(site.now)
    SiteSettings.objects.get().comment_policy_page.specific.delete()
    follower.read(site.now)
    [told] = [record for record in follower.told if record["kind"] == "site"]
    assert told["comment_policy_page"] is None


def test_withdrawn_article_leads_nowhere_when_its_replacement_is_deleted(site):
    withdrawn, replacement = ArticlePage.objects.live().order_by("pk")[:2]
    withdrawn.withdrawn_on, withdrawn.withdrawn_reason = date(2026, 3, 1), "It changed."
    withdrawn.replacement_page = replacement
    withdrawn.save()
    follower = Follower()
    follower.read(site.now)
    replacement.delete()
    follower.read(site.now)
    assert follower.site == whole_site(site.now)
    assert withdrawn.pk in {one["id"] for one in follower.told if one["kind"] == "page"}


def test_indexes_that_keep_an_edit_cheap_are_there_after_migrating():
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, Page._meta.db_table)
    assert {f"export_feed_page_{name}" for name in ALWAYS_SET} <= {*names}


@pytest.fixture
def files_stay(monkeypatch) -> None:
    """What one history deletes the next one needs: no rollback brings a file back."""
    monkeypatch.setattr(FileSystemStorage, "delete", lambda storage, name: None)


STEP = st.tuples(st.sampled_from(sorted(EVENTS)), st.integers(0, 999), st.booleans())


@settings(
    phases=[Phase.explicit, Phase.generate],
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEP, min_size=1, max_size=25))
def test_whatever_happens_in_whatever_order(site, files_stay, history):
    start = site.now, site.count
    with transaction.atomic():
        follower = Follower()
        follower.read(site.now)
        for name, number, is_read in history:
            happen(site, name, number)
            if is_read:
                follower.read(site.now)
                assert follower.site == whole_site(site.now)
        follower.read(site.now)
        assert follower.site == whole_site(site.now)
        transaction.set_rollback(True)
    site.now, site.count = start
