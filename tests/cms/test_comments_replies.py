"""The staff answer readers: together with the comment, once, and never by a login name."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from cms.articles.models import ArticlePage
from cms.comments.admin.queue_list import comment_url
from cms.comments.comment_settings import CommentSettings
from cms.comments.models import Event, ReaderComment, StaffReply, State
from cms.core.groups import MODERATORS
from cms.export_feed.models import Change
from tests.cms.comment_site import comment
from tests.cms.feed_site import article, records, topic

QUEUE = "wagtailsnippets_comments_readercomment"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ketamine() -> ArticlePage:
    return article(topic())


@pytest.fixture
def maria() -> User:
    user = User.objects.create_user("mkowalska", "m@example.org", first_name="Maria")
    user.groups.add(Group.objects.get(name=MODERATORS))
    return user


@pytest.fixture
def moderator(maria) -> Client:
    client = Client()
    client.force_login(maria)
    return client


def answer(client: Client, to: ReaderComment, text: str = "Thank you, Sam.", **fields):
    """What the form on the page of the comment posts."""
    return client.post(
        reverse(f"{QUEUE}:reply", args=[to.pk]),
        {"version": to.version, "name": "", "text": text, "act": "save", **fields},
    )


def page_of(client: Client, one: ReaderComment) -> str:
    return unescape(client.get(comment_url(one, list="")).content.decode())


def actions(of: ReaderComment) -> list[str]:
    return list(of.events.values_list("action", flat=True))


def journal() -> list[tuple[str, int]]:
    return list(Change.objects.values_list("kind", "object_id"))


def test_reply_is_published_together_with_its_comment(client, moderator, ketamine):
    held = comment(ketamine)
    answer(moderator, held, name="Maria, pharmacist")
    assert records(client, "comment") == []
    held.refresh_from_db()
    held.move_to(State.APPROVED, by=None)
    [told] = records(client, "comment")
    assert (told["text"], told["edition"]) == ("Thank you.", 1)
    assert told["reply"].keys() == {"name", "text", "posted_at"}
    assert (told["reply"]["name"], told["reply"]["text"]) == (
        "Maria, pharmacist",
        "Thank you, Sam.",
    )


def test_reply_and_approval_are_one_press(client, moderator, ketamine):
    held = comment(ketamine)
    answer(moderator, held, act="approve")
    [told] = records(client, "comment")
    assert told["reply"]["text"] == "Thank you, Sam."
    assert actions(held) == ["replied", "moved"]


def test_nothing_of_who_wrote_it_is_public_but_the_name_they_gave(client, moderator, ketamine):
    shown = comment(ketamine, State.APPROVED)
    answer(moderator, shown)
    [told] = records(client, "comment")
    assert told["reply"]["name"] == ""
    assert "mkowalska" not in str(told)
    assert "m@example.org" not in str(told)


def test_form_starts_with_the_writers_own_name_and_never_with_the_login(moderator, maria, ketamine):
    held = comment(ketamine)
    assert 'id="reply-name" value="Maria"' in page_of(moderator, held)
    for first_name in ("", "mkowalska", "m@example.org"):
        User.objects.filter(pk=maria.pk).update(first_name=first_name)
        assert 'id="reply-name" value=""' in page_of(moderator, held)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "m@example.org"}, "give no e-mail address"),
        ({"name": "MKowalska"}, "it is what you log in with"),
        ({"name": "N" * 81}, "The name must be 80 characters or fewer."),
        ({"text": "x"}, "Write a reply of 2 characters or more."),
        ({"text": "👩‍👩‍👧 " * 1501}, "The reply must be 3,000 characters or fewer. It has 3,001."),
    ],
)
def test_reply_that_cannot_be_comes_back_as_it_was_typed(moderator, ketamine, fields, sentence):
    held = comment(ketamine)
    typed = {"name": "Maria", "text": "Words that took an hour. 🫂", **fields}
    again = answer(moderator, held, **typed)
    page = unescape(again.content.decode())
    assert again.status_code == 422
    assert sentence in page
    assert f">{typed['text'].strip()}" in page
    assert f'value="{typed["name"]}"' in page
    assert 'aria-invalid="true"' in page
    assert not StaffReply.objects.exists()


def test_longest_reply_is_a_setting_counted_in_what_readers_see(moderator, ketamine):
    CommentSettings.objects.create(reply_characters=3)
    assert b"3 characters or fewer" in answer(moderator, comment(ketamine), "four").content
    answer(moderator, comment(ketamine), text="👩‍👩‍👧🇬🇧e\u0301")
    assert StaffReply.objects.get().text == "👩‍👩‍👧🇬🇧e\u0301"


def test_second_moderator_keeps_what_they_typed_and_is_told_who_was_first(moderator, ketamine):
    held = comment(ketamine)
    first = User.objects.create_superuser("anna")
    held.move_to(State.REJECTED, by=first)
    held.version = 1  # what the second one saw
    again = answer(moderator, held, "My own words")
    page = unescape(again.content.decode())
    assert again.status_code == 409
    assert "was changed by 'anna' since you opened it: it is now 'Rejected'" in page
    assert not StaffReply.objects.exists()
    assert actions(held) == ["moved"]


def test_changed_reply_keeps_its_time_and_its_old_words_leave_kept_releases(
    client, moderator, ketamine
):
    shown = comment(ketamine, State.APPROVED)
    answer(moderator, shown)
    [before] = records(client, "comment")
    shown.refresh_from_db()
    answer(moderator, shown, "Thanks, all of you.")
    [after] = records(client, "comment")
    assert after["reply"] == {**before["reply"], "text": "Thanks, all of you."}
    assert (before["edition"], after["edition"]) == (1, 2)
    assert actions(shown) == ["replied", "reply_changed"]
    assert "Its reply was changed" in page_of(moderator, shown)


def test_removed_reply_leaves_and_is_in_the_history_without_its_words(client, moderator, ketamine):
    shown = comment(ketamine, State.APPROVED)
    answer(moderator, shown, "Secret of the staff")
    shown.refresh_from_db()
    answer(moderator, shown, act="remove")
    [told] = records(client, "comment")
    assert (told["reply"], told["edition"]) == (None, 2)
    assert actions(shown) == ["replied", "reply_removed"]
    assert "Secret" not in str(list(Event.objects.values()))
    assert "Secret" not in page_of(moderator, shown)


def test_reply_to_what_is_public_puts_exactly_its_comment_into_the_journal(moderator, ketamine):
    shown, held = comment(ketamine, State.APPROVED), comment(ketamine)
    Change.objects.all().delete()
    answer(moderator, held)
    assert journal() == []
    answer(moderator, shown)
    assert journal() == [("comment", shown.pk)]
    shown.refresh_from_db()
    answer(moderator, shown, act="remove")
    assert journal() == [("comment", shown.pk)] * 2


def test_erased_comment_that_was_answered_in_public_is_a_place_with_its_reply(
    client, moderator, ketamine
):
    shown = comment(ketamine, State.APPROVED, email="sam@example.org", network="a1b2")
    answer(moderator, shown, "We hear you.")
    [before] = records(client, "comment")
    shown.refresh_from_db()
    shown.move_to(State.ERASED, by=None)
    [told] = records(client, "comment")
    assert (told["name"], told["text"], told["reply"]) == ("", "", before["reply"])
    assert told["posted_at"] == before["reply"]["posted_at"]  # not even when the reader wrote
    assert told["edition"] == 2
    page = page_of(moderator, shown)
    assert "Erased comment" in page
    assert "We hear you." in page


def test_reply_below_an_erased_comment_can_still_be_changed_and_removed(
    client, moderator, ketamine
):
    shown = comment(ketamine, State.APPROVED)
    answer(moderator, shown)
    shown.refresh_from_db()
    shown.move_to(State.ERASED, by=None)
    Change.objects.all().delete()
    answer(moderator, shown, "Changed.")
    assert [one["reply"]["text"] for one in records(client, "comment")] == ["Changed."]
    shown.refresh_from_db()
    answer(moderator, shown, act="remove")
    assert records(client, "comment") == []
    assert journal() == [("comment", shown.pk)] * 2


@pytest.mark.parametrize("state", [State.HELD, State.HIDDEN])
def test_reply_that_readers_did_not_see_never_appears_below_an_erased_comment(
    client, moderator, ketamine, state
):
    unseen = comment(ketamine, state)
    answer(moderator, unseen)
    unseen.refresh_from_db()
    unseen.move_to(State.ERASED, by=None)
    assert records(client, "comment") == []


def test_hidden_comment_takes_its_reply_along_and_brings_it_back(client, moderator, ketamine):
    shown = comment(ketamine, State.APPROVED)
    answer(moderator, shown)
    shown.refresh_from_db()
    shown.move_to(State.HIDDEN, by=None)
    assert records(client, "comment") == []
    shown.move_to(State.APPROVED, by=None)
    assert [one["reply"]["text"] for one in records(client, "comment")] == ["Thank you, Sam."]


def test_same_standard_reply_may_be_given_again_and_again(client, moderator, ketamine):
    """A rule against duplicates is about readers: see row 38 of the cases."""
    for _ in range(3):
        answer(moderator, comment(ketamine, State.APPROVED, text="Voice"))
    assert [one["reply"]["text"] for one in records(client, "comment")] == ["Thank you, Sam."] * 3


@pytest.mark.parametrize("state", [State.REJECTED, State.SPAM])
def test_what_is_not_to_be_published_takes_no_reply(moderator, ketamine, state):
    refused = comment(ketamine, state)
    assert 'id="reply-text"' not in page_of(moderator, refused)
    assert answer(moderator, refused).status_code == 409
    assert not StaffReply.objects.exists()


def test_who_may_only_look_sees_the_reply_and_cannot_write_one(moderator, ketamine):
    shown = comment(ketamine, State.APPROVED)
    answer(moderator, shown)
    looker = User.objects.create_user("looker")
    looker.user_permissions.add(
        *Permission.objects.filter(codename__in=["access_admin", "view_readercomment"])
    )
    client = Client()
    client.force_login(looker)
    page = page_of(client, shown)
    assert "Thank you, Sam." in page
    assert 'id="reply-text"' not in page
    shown.refresh_from_db()
    answer(client, shown, "Changed by who may not")
    assert StaffReply.objects.get().text == "Thank you, Sam."


@pytest.mark.parametrize("payload", ["<script>window.hit=1</script>", "</textarea><img src=x>"])
def test_markup_in_a_reply_is_text_in_the_admin(moderator, ketamine, payload):
    shown = comment(ketamine, State.APPROVED)
    answer(moderator, shown, f"BP < 120 & > 80 {payload}")
    html = moderator.get(comment_url(shown, list="")).content.decode()
    assert payload not in html
    assert len(re.findall(re.escape(f"BP < 120 & > 80 {payload}"), unescape(html))) == 2
