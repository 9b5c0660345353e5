"""Every change of the site is written down, in the order in which it was committed."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from cms.articles.models import GlossaryTerm, Helpline, Person
from cms.comments.models import ReaderComment, State
from cms.core.models import SiteSettings
from cms.export_feed.journal import forget_old_changes, number_changes, record_change
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
from tests.live import WITH_A_WORKER


def last_change() -> int:
    return Change.objects.aggregate(last=Max("pk"))["last"] or 0


def changes_since(before: int) -> set[tuple[str, int]]:
    return set(Change.objects.filter(pk__gt=before).values_list("kind", "object_id"))


@pytest.mark.django_db
class TestWhatIsRecorded:
    @pytest.fixture
    def ketamine(self):
        return article(topic())

    def test_publishing(self, ketamine):
        before = last_change()
        ketamine.title = "Ketamine, again"
        ketamine.save_revision().publish()
        assert changes_since(before) == {("page", ketamine.pk)}

    def test_saving_a_draft_is_no_change(self, ketamine):
        before = last_change()
        ketamine.title = "Not yet"
        ketamine.save_revision()
        assert changes_since(before) == set()

    def test_a_new_draft_is_no_change(self, ketamine):
        before = last_change()
        article(Page.objects.get(slug="medicines").specific, "draft", live=False)
        assert changes_since(before) <= {("page", ketamine.get_parent().pk)}

    def test_publication_that_is_only_scheduled_is_no_change(self, ketamine):
        draft = article(ketamine.get_parent().specific, "later", live=False)
        before = last_change()
        draft.go_live_at = timezone.now() + timedelta(days=1)
        draft.save_revision().publish()
        assert changes_since(before) == set()

    def test_unpublishing(self, ketamine):
        before = last_change()
        ketamine.unpublish()
        assert ("page", ketamine.pk) in changes_since(before)

    def test_deleting_a_topic_names_every_page_below(self, ketamine):
        before = last_change()
        parent = ketamine.get_parent().specific
        parent.delete()
        assert changes_since(before) >= {("page", parent.pk), ("page", ketamine.pk)}

    def test_moving(self, ketamine):
        other = topic("living-well")
        before = last_change()
        ketamine.move(other, pos="last-child")
        assert ("page", ketamine.pk) in changes_since(before)

    def test_new_slug(self, ketamine, django_capture_on_commit_callbacks):
        before = last_change()
        with django_capture_on_commit_callbacks(execute=True):
            ketamine.slug = "esketamine"
            ketamine.save()
        assert ("page", ketamine.pk) in changes_since(before)

    def test_redirect_from_an_old_slug_is_there_when_the_change_is_recorded(
        self, ketamine, django_capture_on_commit_callbacks, monkeypatch
    ):
        there = []
        monkeypatch.setattr(
            "cms.export_feed.signals.record_change",
            lambda *args, **kwargs: there.append(Redirect.objects.exists()),
        )
        with django_capture_on_commit_callbacks(execute=True):
            ketamine.slug = "esketamine"
            ketamine.save()
        assert there[-1] is True

    def test_alias(self, ketamine):
        before = last_change()
        alias = ketamine.create_alias(update_slug="copy")
        assert ("page", alias.pk) in changes_since(before)

    def test_page_made_private_and_public_again(self, ketamine):
        before = last_change()
        restriction = make_private(ketamine)
        assert changes_since(before) == {("page", ketamine.pk)}
        before = last_change()
        restriction.delete()
        assert changes_since(before) == {("page", ketamine.pk)}

    def test_collection_made_private(self):
        staff = collection("Staff")
        before = last_change()
        make_collection_private(staff)
        assert changes_since(before) == {("collection", staff.pk)}

    @pytest.mark.parametrize(("make", "kind"), [(image, "image"), (document, "document")])
    def test_file_saved_and_deleted(self, make, kind):
        before = last_change()
        saved = make()
        number = saved.pk
        assert changes_since(before) == {(kind, number)}
        before = last_change()
        saved.delete()
        assert changes_since(before) == {(kind, number)}

    def test_helpline(self):
        before = last_change()
        helpline = Helpline.objects.create(
            name="FRANK", country="UK", phone="0300 123 6600", last_checked=date(2026, 11, 1)
        )
        assert changes_since(before) == {("snippet", helpline.pk)}

    @pytest.mark.parametrize(
        "snippet",
        [Person(name="Dr Brown"), GlossaryTerm(term="anaesthetic", meaning="It numbs.")],
        ids=lambda snippet: type(snippet).__name__,
    )
    def test_person_and_term(self, snippet):
        before = last_change()
        snippet.save()
        assert changes_since(before) == {("snippet", snippet.pk)}

    def test_redirect(self):
        before = last_change()
        old = Redirect.objects.create(old_path="/old", redirect_page=home())
        assert changes_since(before) == {("redirect", old.pk)}

    def test_site_and_its_settings(self):
        site = Site.objects.get()
        before = last_change()
        SiteSettings.objects.create(site=site, strapline="Plain words.")
        assert changes_since(before) == {("site", site.pk)}
        before = last_change()
        site.save()
        assert changes_since(before) == {("site", site.pk)}

    def test_held_comment_is_no_change_and_an_approved_one_is(self, ketamine, admin_user):
        before = last_change()
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
        assert changes_since(before) == set()
        comment.move_to(State.APPROVED, by=admin_user)
        assert changes_since(before) == {("comment", comment.pk)}


@pytest.mark.django_db
class TestNumbers:
    def test_first_changes_are_batch_one_together_and_the_next_is_two(self):
        Change.objects.all().delete()
        JournalCounter.objects.all().delete()
        number_changes()
        assert JournalCounter.objects.get().last_number == 0
        record_change("page", 7)
        record_change("page", 8)
        number_changes()
        record_change("page", 9)
        number_changes()
        assert list(Change.objects.values_list("object_id", "number")) == [(7, 1), (8, 1), (9, 2)]
        assert JournalCounter.objects.get().last_number == 2

    def test_nothing_new_gets_no_number_and_costs_one_query(self, django_assert_num_queries):
        record_change("page", 7)
        number_changes()
        before = JournalCounter.objects.get().last_number
        with django_assert_num_queries(1):
            number_changes()
        assert JournalCounter.objects.get().last_number == before

    def test_change_that_is_rolled_back_leaves_no_entry(self):
        before = last_change()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            record_change("page", 7)
            1 / 0  # noqa: B018
        assert changes_since(before) == set()


@pytest.mark.django_db
class TestForgetting:
    def numbered(self, number: int, days_ago: int) -> None:
        counted_at = timezone.now() - timedelta(days=days_ago)
        Change.objects.create(kind="page", object_id=1, number=number, counted_at=counted_at)

    @pytest.fixture(autouse=True)
    def no_other_changes(self):
        Change.objects.all().delete()

    def numbers(self) -> list[int | None]:
        return list(Change.objects.values_list("number", flat=True))

    def test_old_changes_are_forgotten_but_the_newest_of_them(self, capsys):
        for number, days_ago in ((1, 90), (2, 40), (3, 31), (4, 29)):
            self.numbered(number, days_ago)
        call_command("forget_old_changes")
        assert self.numbers() == [3, 4]
        assert capsys.readouterr().out == "Forgot 2 changes.\n"

    def test_setting_says_for_how_long_they_are_kept(self, settings):
        settings.PLAINLEAF_JOURNAL_DAYS_KEPT = 60
        for number, days_ago in ((1, 90), (2, 70), (3, 31)):
            self.numbered(number, days_ago)
        assert forget_old_changes(timezone.now()) == 1
        assert self.numbers() == [2, 3]

    def test_what_nobody_has_read_is_never_forgotten(self):
        record_change("page", 7)
        Change.objects.update(made_at=timezone.now() - timedelta(days=90))
        assert forget_old_changes(timezone.now()) == 0
        assert self.numbers() == [None]


@pytest.mark.postgres
def test_two_publishers_of_one_page_do_not_lock_each_other_up(on_postgres):
    """One has written a change down and wants a page that the other holds, who writes one too."""
    output = on_postgres(
        """
        import threading
        from django.db import connection, transaction
        from wagtail.models import Page
        from cms.export_feed.journal import number_changes, record_change
        from cms.export_feed.models import Change

        page = Page.objects.filter(depth=1)
        number_changes()
        has_recorded, holds_page = threading.Event(), threading.Event()
        failed = []

        def one():
            with transaction.atomic():
                record_change("page", 1)
                has_recorded.set()
                holds_page.wait(10)
                page.update(title="One")

        def other():
            has_recorded.wait(10)
            with transaction.atomic():
                page.update(title="Other")
                holds_page.set()
                record_change("page", 1)

        def run(publish):
            try:
                publish()
            except Exception as error:
                failed.append(error)
            connection.close()

        publishers = [threading.Thread(target=run, args=[publish]) for publish in (one, other)]
        for publisher in publishers:
            publisher.start()
        for publisher in publishers:
            publisher.join(30)
        print(failed, Change.objects.filter(kind="page", object_id=1).count())
        """
    )
    assert output.strip() == "[] 2"


@pytest.mark.postgres
def test_eight_publishers_lose_nothing_for_a_reader_who_follows(on_postgres):
    output = on_postgres(
        """
        import logging
        logging.disable(logging.INFO)
        from tests.cms.publishers import publish_and_follow

        seen = publish_and_follow(publishers=8, changes=250)
        print(seen["done"] >= 2000, seen["journaled"] >= 2000, seen["full"], seen["readings"] > 10)
        """,
        DJANGO_SETTINGS_MODULE=WITH_A_WORKER,
    )
    assert output.split() == ["True", "True", "0", "True"]
