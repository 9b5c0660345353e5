"""Comments belong to their page, whatever becomes of it, and reach readers with it alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from cms.articles.models import ArticlePage
from cms.comments.models import ReaderComment, State
from cms.export_feed.models import Change
from tests.cms.comment_site import comment, submission, told
from tests.cms.feed_site import article, ids, make_private, records, topic

pytestmark = pytest.mark.django_db

REACHED_BY = {
    State.APPROVED: [State.APPROVED],
    State.HIDDEN: [State.APPROVED, State.HIDDEN],
    State.ERASED: [State.APPROVED, State.ERASED],
    State.REJECTED: [State.REJECTED],
    State.SPAM: [State.SPAM],
    State.URGENT: [State.URGENT],
}


@pytest.fixture
def ketamine():
    return article(topic())


def journal() -> list[tuple[str, int]]:
    return [(one.kind, one.object_id) for one in Change.objects.order_by("pk")]


@pytest.mark.parametrize("state", REACHED_BY)
def test_decision_puts_the_comment_in_the_journal_where_readers_see_the_difference(
    ketamine, admin_user, state
):
    one = comment(ketamine)
    *before, last = REACHED_BY[state]
    for earlier in before:
        one.move_to(earlier, by=admin_user)
    Change.objects.all().delete()
    one.move_to(last, by=admin_user)
    is_seen = State.APPROVED in (state, *before)
    assert journal() == ([("comment", one.pk)] if is_seen else [])


def test_decision_on_a_comment_that_readers_never_saw_is_in_no_journal(ketamine, admin_user):
    one = comment(ketamine)
    Change.objects.all().delete()
    for state in (State.URGENT, State.HELD, State.SPAM, State.REJECTED, State.ERASED):
        one.move_to(state, by=admin_user)
    assert journal() == []


def test_page_that_is_renamed_twice_and_back_and_moved_keeps_its_comments(client, ketamine):
    one = comment(ketamine, State.APPROVED)
    for slug in ("ket", "esketamine", "ketamine"):
        ketamine.slug = slug
        ketamine.save_revision().publish()
        assert [record["page"] for record in records(client, "comment")] == [ketamine.pk]
    Page.objects.get(pk=ketamine.pk).move(topic("living"), pos="last-child")
    Site.objects.update(hostname="another.example")
    assert ids(client, "comment") == {one.pk}
    assert told(submission(ketamine))["status"] == 201
    assert set(ReaderComment.objects.values_list("page", flat=True)) == {ketamine.pk}


def test_new_page_with_the_number_of_a_deleted_one_has_none_of_its_comments(client, ketamine):
    one, number, key = comment(ketamine, State.APPROVED), ketamine.pk, ketamine.translation_key
    parent = ketamine.get_parent()
    ketamine.delete()
    reused = ArticlePage(
        pk=number, topic_type="wellbeing", title="Sleep", slug="sleep", summary="About it.", body=[]
    )
    reused.content_type = ContentType.objects.get_for_model(ArticlePage)
    reused.locale, reused.path, reused.depth = Locale.objects.get(), f"{parent.path}00ZZ", 4
    reused.set_url_path(parent)
    reused.save_base()
    assert number in ids(client, "page")
    assert records(client, "comment") == []
    orphan = ReaderComment.objects.get(pk=one.pk)
    assert (orphan.page_id, orphan.translation_key) == (None, key)


@pytest.mark.parametrize("what", ["draft", "scheduled", "expired", "private", "deleted"])
def test_comments_of_a_page_that_is_not_public_are_not_told(client, ketamine, what):
    comment(ketamine, State.APPROVED, text="My own words.")
    match what:
        case "draft":
            ketamine.unpublish()
        case "scheduled":
            Page.objects.filter(pk=ketamine.pk).update(
                go_live_at=timezone.now() + timedelta(days=1)
            )
        case "expired":
            Page.objects.filter(pk=ketamine.pk).update(expire_at=timezone.now() - timedelta(days=1))
        case "private":
            make_private(ketamine)
        case "deleted":
            ketamine.delete()
    assert "My own words." not in str(records(client))


def test_comments_are_told_in_utc_wherever_they_were_sent(client, ketamine, settings):
    """In the night in which clocks go back an hour comes twice: an instant does not."""
    settings.TIME_ZONE = "Australia/Sydney"
    for at in ("2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"):
        told(submission(ketamine, text=at, received_at=at))
    ReaderComment.objects.all().update(state=State.APPROVED)
    assert {record["text"]: record["posted_at"] for record in records(client, "comment")} == {
        "2026-10-25T01:30:00+01:00": "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00+00:00": "2026-10-25T01:30:00Z",
    }
    assert ReaderComment.objects.publishable().first().posted_at == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
