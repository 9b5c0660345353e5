"""The queue says whether what a moderator decided is what readers get."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms.articles.models import ArticlePage
from cms.comments.admin.queue_list import comment_url, list_url
from cms.comments.models import ReaderComment, State
from cms.comments.redacting import redact, written_spans
from cms.core.groups import EDITORS, MODERATORS
from cms.export_feed.moments import moment
from tests.cms.comment_site import comment
from tests.cms.export_site import export, failure, finding, member, report, send
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine() -> ArticlePage:
    return article(topic())


@pytest.fixture
def moderator() -> Client:
    return member(MODERATORS)


def told(client: Client, one: ReaderComment) -> str:
    """What the page of the comment says, which is what its row says."""
    said = re.compile(r"<fresh-part[^>]*><span>(.*?)</span></fresh-part>", re.DOTALL)
    on_page = said.findall(client.get(comment_url(one, list="")).content.decode())
    in_list = said.findall(client.get(list_url(tab="all")).content.decode())
    assert on_page == in_list
    return on_page[0] if on_page else ""


def is_asked_again(client: Client, one: ReaderComment) -> bool:
    return f'/comments/{one.pk}/"' in client.get(comment_url(one, list="")).content.decode()


def test_approved_comment_waits_and_is_live_since_the_export(moderator, ketamine):
    one = comment(ketamine)
    export()
    assert told(moderator, one) == ""  # nobody but moderators ever saw it
    one.move_to(State.APPROVED, by=None)
    assert told(moderator, one) == "Waiting for export"
    assert is_asked_again(moderator, one)
    export()
    assert told(moderator, one).startswith("Live since ")
    assert moment(timezone.now(), timezone.now())[:2] in told(moderator, one)
    assert not is_asked_again(moderator, one)


@pytest.mark.parametrize("state", [State.HIDDEN, State.HELD, State.SPAM, State.ERASED])
def test_what_was_taken_off_is_there_until_the_next_export(moderator, ketamine, state):
    one = comment(ketamine, State.APPROVED)
    export()
    one.move_to(state, by=None)
    assert told(moderator, one) == "On the site until the next export"
    export()
    assert told(moderator, one) == ""


def test_redacted_comment_says_that_readers_get_the_earlier_version(moderator, ketamine):
    one = comment(ketamine, State.APPROVED, text="I am Sam Smith")
    export()
    redact(one, written_spans(one, "Sam Smith"), by=None)
    assert told(moderator, one).startswith("Changed; readers get the earlier version")
    export()
    assert told(moderator, one).startswith("Live since ")


def test_edit_of_the_article_does_not_make_its_comments_wait(moderator, ketamine):
    one = comment(ketamine, State.APPROVED)
    export()
    ketamine.refresh_from_db()
    ketamine.save_revision().publish()
    assert told(moderator, one).startswith("Live since ")


def test_reason_why_it_is_not_there_is_said(moderator, ketamine):
    one = comment(ketamine)
    export()
    one.move_to(State.APPROVED, by=None)
    send(failure("The disk is full."))
    assert told(moderator, one) == "Not exported: The disk is full."
    export(outcome="published", findings=[finding(ketamine, message="No heading.")])
    assert told(moderator, one) == "Not exported: No heading."


def test_comment_of_a_page_that_is_not_public_is_not_said_to_be_live(moderator, ketamine):
    one = comment(ketamine, State.APPROVED)
    export()
    ketamine.unpublish()
    export()
    assert told(moderator, one) == ""


def test_rollback_is_told(moderator, ketamine):
    one = comment(ketamine)
    export()
    one.move_to(State.APPROVED, by=None)
    send(report(outcome="held", pinned="r0", minutes_ago=-1))
    assert told(moderator, one) == "Not on the site: a rollback holds it at an earlier release"


def test_part_that_is_asked_for_is_for_whoever_may_see_comments(moderator, ketamine):
    one = comment(ketamine, State.APPROVED)
    page = moderator.get(comment_url(one, list="")).content.decode()
    [address] = re.findall(r'<fresh-part src="([^"]+)"', page)
    assert b"Waiting for export" in moderator.get(address).content
    export()
    assert b"Live since" in moderator.get(address).content
    assert b"Live since" not in member(EDITORS).get(address, follow=True).content


def test_rows_cost_the_same_however_many_they_are(moderator, ketamine):
    for _ in range(3):
        comment(ketamine, State.APPROVED)
    export()

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            moderator.get(list_url(tab="approved"))
        return len(asked)

    queries()
    few = queries()
    for _ in range(30):
        comment(ketamine, State.APPROVED, received_at=timezone.now() - timedelta(days=1))
    export()
    assert queries() == few
