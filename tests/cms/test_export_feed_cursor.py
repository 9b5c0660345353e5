"""What a cursor is good for: as long as the CMS can tell what changed, and not one read longer."""

from datetime import date, timedelta

import orjson
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Site

from cms.articles.models import Helpline
from cms.comments.models import CommentSettings
from cms.core.commenting import Mode
from cms.core.models import SiteSettings
from cms.export_feed.cursor import number_in
from cms.export_feed.models import Change, JournalCounter
from tests.cms.feed_site import FEED, Record, article, home, image, picture, read, topic
from tests.cms.follower import key_of, manifest, whole_site
from tests.cms.test_export_feed import CURSOR, reader_comment

pytestmark = pytest.mark.django_db


def feed_since(client, cursor: str) -> list[Record]:
    response = read(client, f"{FEED}?cursor={cursor}")
    assert response.status_code == 200
    return [orjson.loads(line) for line in response.getvalue().splitlines()]


def cursor_now(client) -> str:
    return read(client, CURSOR).json()["cursor"]


@pytest.fixture
def medicines():
    return topic()


@pytest.fixture
def ketamine(medicines):
    return article(medicines)


class TestIncrementalFeed:
    def test_nothing_changed(self, client, ketamine):
        cursor = cursor_now(client)
        begin, end = feed_since(client, cursor)
        assert begin["full"] is False
        assert begin["cursor"] == cursor
        assert end == {"kind": "end", "cursor": cursor, "counts": {}}

    def test_one_edit_is_one_page_and_its_comments(self, client, medicines, ketamine):
        article(medicines, "lithium")
        comment = reader_comment(ketamine)
        cursor = cursor_now(client)
        ketamine.title = "Changed"
        ketamine.save_revision().publish()
        begin, *told, end = feed_since(client, cursor)
        assert begin["full"] is False
        assert [(one["kind"], one["id"]) for one in told] == [
            ("page", ketamine.pk),
            ("comment", comment.pk),
        ]
        assert end["counts"] == {"page": 1, "comment": 1}
        assert feed_since(client, begin["cursor"])[1]["kind"] == "end"

    def test_what_left_is_gone_and_says_no_more_than_what_it_was(self, client, medicines, ketamine):
        helpline = Helpline.objects.create(
            name="Line", country="UK", phone="1", last_checked="2026-11-01"
        )
        cursor = cursor_now(client)
        number = helpline.pk
        helpline.delete()
        medicines.unpublish()
        _, *told, end = feed_since(client, cursor)
        assert told == [
            {"kind": "gone", "of": "page", "id": medicines.pk},
            {"kind": "gone", "of": "page", "id": ketamine.pk},
            {"kind": "gone", "of": "snippet", "type": "articles.Helpline", "id": number},
        ]
        assert end["counts"] == {"gone": 3}

    def test_page_that_comes_back_brings_its_comments_and_redirects(self, client, ketamine):
        reader_comment(ketamine)
        Redirect.objects.create(old_path="/old", redirect_page=ketamine)
        ketamine.unpublish()
        cursor = cursor_now(client)
        ketamine.save_revision().publish()
        _, *told, _ = feed_since(client, cursor)
        assert [one["kind"] for one in told] == ["page", "redirect", "comment"]

    def test_page_that_expires_is_gone_with_all_below_though_nobody_did_anything(
        self, client, medicines, ketamine, monkeypatch
    ):
        now = timezone.now()
        medicines.expire_at = now + timedelta(hours=1)
        medicines.save()
        cursor = cursor_now(client)
        monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
        assert cursor_now(client) != cursor
        begin, *told, _ = feed_since(client, cursor)
        assert begin["full"] is False
        assert {one["id"] for one in told if one["kind"] == "gone"} == {medicines.pk, ketamine.pk}
        assert begin["cursor"] == cursor_now(client)

    def test_alert_that_ends_changes_the_site_though_nobody_did_anything(
        self, client, ketamine, monkeypatch
    ):
        now = timezone.now()
        SiteSettings.objects.create(
            site=Site.objects.get(), alert_text="A recall.", alert_until=now + timedelta(hours=1)
        )
        cursor = cursor_now(client)
        assert feed_since(client, cursor)[1]["kind"] == "end"
        monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
        _, told, end = feed_since(client, cursor)
        assert (told["kind"], told["alert"]) == ("site", None)
        assert end["counts"] == {"site": 1}

    def test_draft_leaves_the_cursor_as_it_is(self, client, ketamine):
        cursor = cursor_now(client)
        ketamine.title = "Not yet"
        ketamine.save_revision()
        assert cursor_now(client) == cursor

    def test_topic_that_is_only_edited_tells_nothing_of_its_articles(
        self, client, medicines, ketamine
    ):
        cursor = cursor_now(client)
        medicines.title = "Changed"
        medicines.save_revision().publish()
        assert [one["id"] for one in feed_since(client, cursor)[1:-1]] == [medicines.pk]

    def test_reordered_topics_tell_nothing_of_their_articles(self, client, medicines, ketamine):
        living = topic("living-well")
        article(living, "sleep")
        cursor = cursor_now(client)
        living.move(medicines, pos="left")
        told = {one["id"] for one in feed_since(client, cursor) if one["kind"] == "page"}
        assert told == {medicines.pk, living.pk}


class TestWhenTheWholeSiteIsTold:
    @pytest.mark.parametrize(
        "cursor",
        ["", "41", "x", "0123456789ab.1.2.3", "0123456789ab.1.2.999999999999999999", "%00", "é"],
    )
    def test_cursor_is_not_one_of_ours(self, client, ketamine, cursor):
        assert feed_since(client, cursor)[0]["full"] is True

    @pytest.fixture
    def cursor(self, client, ketamine) -> str:
        cursor = cursor_now(client)
        assert feed_since(client, cursor)[0]["full"] is False
        return cursor

    def assert_full(self, client, cursor):
        begin, *told, _ = feed_since(client, cursor)
        assert begin["full"] is True
        assert {one["kind"] for one in told} == {"site", "page"}

    def test_another_database(self, client, cursor):
        JournalCounter.objects.update(epoch="another")
        self.assert_full(client, cursor)

    def test_a_backup_that_had_not_come_so_far(self, client, cursor):
        JournalCounter.objects.update(last_number=number_in(cursor) - 1)
        self.assert_full(client, cursor)

    def test_a_backup_that_has_come_just_as_far_again(self, client, cursor):
        later = timezone.now()
        Change.objects.filter(number=number_in(cursor)).update(counted_at=later)
        JournalCounter.objects.update(counted_at=later)
        self.assert_full(client, cursor)

    def test_a_backup_that_has_come_further_since(self, client, cursor, ketamine):
        Change.objects.filter(number=number_in(cursor)).update(counted_at=timezone.now())
        ketamine.save()
        self.assert_full(client, cursor)

    def test_changes_that_were_forgotten(self, client, cursor, ketamine):
        Change.objects.all().delete()
        ketamine.save()
        self.assert_full(client, cursor)

    def test_another_root_page(self, client, cursor, medicines):
        Site.objects.update(root_page=medicines)
        self.assert_full(client, cursor)

    def test_another_default_site(self, client, cursor):
        root = home()
        Site.objects.update(is_default_site=False)
        Site.objects.create(hostname="new.test", root_page=root, is_default_site=True)
        self.assert_full(client, cursor)

    def test_a_migration_since_then(self, client, cursor):
        """It may have written anything, and sends no signal."""
        MigrationRecorder.Migration.objects.create(app="articles", name="9999_later")
        self.assert_full(client, cursor)


class TestCommentSettings:
    """Whatever they change for readers is told by the next feed, and nothing else is."""

    @pytest.fixture
    def comment_settings(self):
        return CommentSettings.load()

    def told(self, client, cursor: str) -> list[tuple[str, int]]:
        begin, *between, _ = feed_since(client, cursor)
        assert begin["full"] is False
        return [
            (one["kind"] if one["kind"] != "gone" else f"gone {one['of']}", one["id"])
            for one in between
        ]

    def test_comments_leave_with_a_site_that_hides_them_and_come_back(
        self, client, ketamine, comment_settings
    ):
        comment, cursor = reader_comment(ketamine), cursor_now(client)
        comment_settings.mode = Mode.HIDDEN
        comment_settings.save()
        hidden = cursor_now(client)
        assert ("gone comment", comment.pk) in self.told(client, cursor)
        assert ("page", ketamine.pk) in self.told(client, cursor)
        comment_settings.mode = Mode.OPEN
        comment_settings.save()
        assert ("comment", comment.pk) in self.told(client, hidden)

    def test_comments_leave_with_a_page_that_hides_them_and_come_back(self, client, ketamine):
        comment, cursor = reader_comment(ketamine), cursor_now(client)
        ketamine.comments_mode = Mode.HIDDEN
        ketamine.save_revision().publish()
        hidden = cursor_now(client)
        assert self.told(client, cursor) == [("page", ketamine.pk), ("gone comment", comment.pk)]
        ketamine.comments_mode = Mode.SITE
        ketamine.save_revision().publish()
        assert self.told(client, hidden) == [("page", ketamine.pk), ("comment", comment.pk)]

    def test_closing_by_age_reaches_every_page(self, client, ketamine, comment_settings):
        cursor = cursor_now(client)
        comment_settings.close_after_days = 30
        comment_settings.save()
        assert ("page", ketamine.pk) in self.told(client, cursor)

    def test_closing_day_of_the_site_reaches_every_page(self, client, ketamine, comment_settings):
        cursor = cursor_now(client)
        comment_settings.close_on = date(2027, 1, 1)
        comment_settings.save()
        assert ("page", ketamine.pk) in self.told(client, cursor)

    def test_length_of_a_page_of_comments_is_told_by_the_site_alone(
        self, client, ketamine, comment_settings
    ):
        cursor = cursor_now(client)
        comment_settings.page_size = 10
        comment_settings.save()
        assert self.told(client, cursor) == [("site", Site.objects.get().pk)]

    def test_saving_them_as_they_were_changes_nothing(self, client, ketamine, comment_settings):
        cursor = cursor_now(client)
        comment_settings.save()
        assert cursor_now(client) == cursor


def selects(client, monkeypatch, cursor: str) -> int:
    # Those through a cursor on the server of Postgres are not captured.
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    with CaptureQueriesContext(connection) as captured:
        feed_since(client, cursor)
    return sum(query["sql"].lstrip("(").startswith("SELECT") for query in captured)


def test_feed_of_no_change_costs_seven_queries(client, ketamine, monkeypatch):
    assert selects(client, monkeypatch, cursor_now(client)) == 7


def test_edit_costs_the_same_queries_in_a_larger_site(client, medicines, ketamine, monkeypatch):
    reader_comment(ketamine)
    counts = []
    for title in ("one", "two"):
        cursor = cursor_now(client)
        ketamine.refresh_from_db()
        ketamine.title = title
        ketamine.save_revision().publish()
        counts.append(selects(client, monkeypatch, cursor))
        for number in range(20):
            article(medicines, f"{title}-{number}")
    assert counts[0] == counts[1] <= 16


def test_pages_that_changed_together_cost_no_query_each(client, medicines, monkeypatch):
    counts = []
    for pages in (5, 50):
        cursor = cursor_now(client)
        for number in range(pages):
            article(medicines, f"{pages}-{number}")
        counts.append(selects(client, monkeypatch, cursor))
    assert counts[0] == counts[1] <= 16


class TestManifest:
    def test_names_everything_with_the_fingerprints_of_the_feed(self, ketamine):
        reader_comment(ketamine)
        image(file=picture(100, 50))
        Helpline.objects.create(name="Line", country="UK", phone="1", last_checked="2026-11-01")
        now = timezone.now()
        begin, *named, end = manifest(now)
        site = whole_site(now)
        assert begin["full"] is True
        assert {key_of(one): one["fingerprint"] for one in named} == {
            key: record["fingerprint"] for key, record in site.items()
        }
        assert end["counts"] == {
            "site": 1,
            "page": 3,
            "image": 1,
            "snippet": 1,
            "comment": 1,
        }

    def test_says_where_a_page_is_and_nothing_of_what_it_says(self, client, ketamine):
        response = read(client, "/api/export/v1/manifest")
        assert response["Content-Type"] == "application/x-ndjson"
        [told] = [
            orjson.loads(line) for line in response.getvalue().splitlines() if b"ketamine" in line
        ]
        assert told.keys() == {"kind", "id", "fingerprint", "path"}
        assert told["path"] == "/medicines/ketamine/"

    def test_without_a_default_site_it_is_503(self, client):
        Site.objects.update(is_default_site=False)
        assert read(client, "/api/export/v1/manifest").status_code == 503
