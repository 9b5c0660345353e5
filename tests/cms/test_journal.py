"""Every change of the site is written down, in the order in which it was committed."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from cms.articles.models import Helpline
from cms.comments.models import ReaderComment, State
from cms.core.models import SiteSettings
from cms.export_feed.journal import current_cursor, record_change
from cms.export_feed.models import Change, JournalCounter
from tests.cms.feed_site import (
    article,
    collection,
    document,
    home,
    image,
    make_collection_private,
    make_private,
    topic,
)


def changes_since(cursor: str) -> set[tuple[str, int]]:
    return set(Change.objects.filter(number__gt=int(cursor)).values_list("kind", "object_id"))


@pytest.mark.django_db
class TestWhatIsRecorded:
    @pytest.fixture
    def ketamine(self):
        return article(topic())

    def test_publishing(self, ketamine):
        cursor = current_cursor()
        ketamine.title = "Ketamine, again"
        ketamine.save_revision().publish()
        assert changes_since(cursor) == {("page", ketamine.pk)}

    def test_saving_a_draft_is_no_change(self, ketamine):
        cursor = current_cursor()
        ketamine.title = "Not yet"
        ketamine.save_revision()
        assert changes_since(cursor) == set()

    def test_a_new_draft_is_no_change(self, ketamine):
        cursor = current_cursor()
        article(Page.objects.get(slug="medicines").specific, "draft", live=False)
        assert changes_since(cursor) <= {("page", ketamine.get_parent().pk)}

    def test_publication_that_is_only_scheduled_is_no_change(self, ketamine):
        draft = article(ketamine.get_parent().specific, "later", live=False)
        cursor = current_cursor()
        draft.go_live_at = timezone.now() + timedelta(days=1)
        draft.save_revision().publish()
        assert changes_since(cursor) == set()

    def test_unpublishing(self, ketamine):
        cursor = current_cursor()
        ketamine.unpublish()
        assert ("page", ketamine.pk) in changes_since(cursor)

    def test_deleting_a_topic_names_every_page_below(self, ketamine):
        cursor = current_cursor()
        parent = ketamine.get_parent().specific
        parent.delete()
        assert changes_since(cursor) >= {("page", parent.pk), ("page", ketamine.pk)}

    def test_moving(self, ketamine):
        other = topic("living-well")
        cursor = current_cursor()
        ketamine.move(other, pos="last-child")
        assert ("page", ketamine.pk) in changes_since(cursor)

    def test_new_slug(self, ketamine, django_capture_on_commit_callbacks):
        cursor = current_cursor()
        with django_capture_on_commit_callbacks(execute=True):
            ketamine.slug = "esketamine"
            ketamine.save()
        assert ("page", ketamine.pk) in changes_since(cursor)

    def test_redirect_from_an_old_slug_is_there_when_the_change_is_recorded(
        self, ketamine, django_capture_on_commit_callbacks, monkeypatch
    ):
        there = []
        monkeypatch.setattr(
            "cms.export_feed.signals.record_change",
            lambda kind, number: there.append(Redirect.objects.exists()),
        )
        with django_capture_on_commit_callbacks(execute=True):
            ketamine.slug = "esketamine"
            ketamine.save()
        assert there[-1] is True

    def test_alias(self, ketamine):
        cursor = current_cursor()
        alias = ketamine.create_alias(update_slug="copy")
        assert ("page", alias.pk) in changes_since(cursor)

    def test_page_made_private_and_public_again(self, ketamine):
        cursor = current_cursor()
        restriction = make_private(ketamine)
        assert changes_since(cursor) == {("page", ketamine.pk)}
        cursor = current_cursor()
        restriction.delete()
        assert changes_since(cursor) == {("page", ketamine.pk)}

    def test_collection_made_private(self):
        staff = collection("Staff")
        cursor = current_cursor()
        make_collection_private(staff)
        assert changes_since(cursor) == {("collection", staff.pk)}

    @pytest.mark.parametrize(("make", "kind"), [(image, "image"), (document, "document")])
    def test_file_saved_and_deleted(self, make, kind):
        cursor = current_cursor()
        saved = make()
        number = saved.pk
        assert changes_since(cursor) == {(kind, number)}
        cursor = current_cursor()
        saved.delete()
        assert changes_since(cursor) == {(kind, number)}

    def test_helpline(self):
        cursor = current_cursor()
        helpline = Helpline.objects.create(
            name="FRANK", country="UK", phone="0300 123 6600", last_checked=date(2026, 11, 1)
        )
        assert changes_since(cursor) == {("snippet", helpline.pk)}

    def test_redirect(self):
        cursor = current_cursor()
        old = Redirect.objects.create(old_path="/old", redirect_page=home())
        assert changes_since(cursor) == {("redirect", old.pk)}

    def test_site_and_its_settings(self):
        site = Site.objects.get()
        cursor = current_cursor()
        SiteSettings.objects.create(site=site, strapline="Plain words.")
        assert changes_since(cursor) == {("site", site.pk)}
        cursor = current_cursor()
        site.save()
        assert changes_since(cursor) == {("site", site.pk)}

    def test_held_comment_is_no_change_and_an_approved_one_is(self, ketamine, admin_user):
        cursor = current_cursor()
        comment = ReaderComment.objects.create(
            page=ketamine,
            translation_key=ketamine.translation_key,
            locale="en-gb",
            idempotency_key="key",
            name="Sam",
            text="Thank you.",
            received_at=timezone.now(),
            posted_at=timezone.now(),
        )
        assert changes_since(cursor) == set()
        comment.move_to(State.APPROVED, by=admin_user)
        assert changes_since(cursor) == {("comment", comment.pk)}


@pytest.mark.django_db
def test_journal_begins_at_zero_and_counts_one_by_one():
    Change.objects.all().delete()
    JournalCounter.objects.all().delete()
    assert current_cursor() == "0"
    assert [record_change("page", 7) for _ in range(3)] == [1, 2, 3]
    assert current_cursor() == "3"


@pytest.mark.django_db
def test_entry_that_cannot_be_written_counts_nothing():
    cursor = current_cursor()
    with pytest.raises(IntegrityError):
        record_change("page", None)
    assert current_cursor() == cursor


@pytest.mark.django_db
def test_change_that_is_rolled_back_leaves_no_entry_and_no_gap():
    cursor = current_cursor()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record_change("page", 7)
        1 / 0  # noqa: B018
    assert current_cursor() == cursor
    assert record_change("page", 8) == int(cursor) + 1
