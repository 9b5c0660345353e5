"""An article that is another one brings its comments up again, and hides none of them."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from wagtail.models import Revision

from cms.articles.models import ArticlePage
from cms.comments.admin.queue_list import comment_url, list_url
from cms.comments.comment_settings import CommentSettings
from cms.comments.models import ReaderComment, State
from cms.comments.rereview import ask_again, percent_changed, percent_other, to_ask_about, words_of
from cms.comments.undoing import undo
from cms.core.groups import EDITORS, MODERATORS
from cms.export_feed.models import Change
from tests.cms.comment_site import comment
from tests.cms.feed_site import article, records, topic

QUEUE = "wagtailsnippets_comments_readercomment"
WORDS = [f"word{number}" for number in range(100)]

pytestmark = pytest.mark.django_db


def body(words: list[str]) -> list:
    return [("rich_text", f"<p>{' '.join(words)}</p>")]


def publish(page: ArticlePage, words: list[str]) -> ArticlePage:
    page = ArticlePage.objects.get(pk=page.pk)
    page.title, page.summary, page.body = "Ketamine", "Summary", body(words)
    page.save_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


@pytest.fixture
def ketamine() -> ArticlePage:
    return publish(article(topic()), WORDS)


@pytest.fixture
def moderator() -> Client:
    return browser_of(MODERATORS)


def browser_of(group: str) -> Client:
    user = User.objects.create_user(group.lower())
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def approved(page: ArticlePage, **values) -> ReaderComment:
    one = comment(page, **values)
    one.move_to(State.APPROVED, by=None)
    return one


def waiting() -> set[int]:
    return {one.pk for one in ReaderComment.objects.exclude(rereview_since=None)}


def changed(percent: int) -> list[str]:
    return [f"new{at}" if at < percent else word for at, word in enumerate(WORDS)]


def test_article_that_changed_much_brings_up_its_approved_comments_alone(ketamine, client):
    shown, held, elsewhere = (
        approved(ketamine),
        comment(ketamine),
        approved(article(ketamine.get_parent(), slug="naloxone")),
    )
    publish(ketamine, changed(30))
    assert waiting() == {shown.pk}
    assert held.events.count() == 0
    assert elsewhere.events.count() == 1
    assert [one["id"] for one in records(client, "comment")] == [shown.pk, elsewhere.pk]
    assert [event.action for event in shown.events.all()] == ["moved", "asked_again"]


def test_small_edits_add_up_until_somebody_has_looked(ketamine):
    shown = approved(ketamine)
    publish(ketamine, changed(10))
    assert waiting() == set()
    publish(ketamine, changed(25))
    assert waiting() == {shown.pk}
    shown.let_stand(by=None)
    publish(ketamine, changed(35))
    assert waiting() == set()
    publish(ketamine, changed(50))
    assert waiting() == {shown.pk}


def test_how_much_is_much_is_a_setting_and_nought_is_never(ketamine):
    shown = approved(ketamine)
    settings = CommentSettings.objects.create(rereview_percent=0)
    publish(ketamine, changed(100))
    assert waiting() == set()
    CommentSettings.objects.filter(pk=settings.pk).update(rereview_percent=1)
    publish(ketamine, changed(100))
    assert waiting() == {shown.pk}


def test_comment_approved_after_the_change_is_not_asked_about(ketamine):
    held = comment(ketamine, revision=ketamine.live_revision_id)
    publish(ketamine, changed(60))
    held.move_to(State.APPROVED, by=None)
    publish(ketamine, changed(61))
    assert waiting() == set()


def test_words_are_counted_and_not_their_order():
    assert percent_other(words_of_text("a b c d"), words_of_text("d a b e")) == 25
    assert percent_other(words_of_text("a b"), words_of_text("b a")) == 0
    assert percent_other(words_of_text(""), words_of_text("")) == 0
    assert percent_other(words_of_text("a"), words_of_text("a a a a")) == 75


def words_of_text(text: str):
    return words_of(ArticlePage(topic_type="wellbeing", title=text, summary="", body=[]))


def test_deleted_revision_counts_as_changed(ketamine):
    shown = approved(ketamine)
    number = ketamine.live_revision_id
    ketamine = publish(ketamine, WORDS)
    Revision.objects.filter(pk=number).delete()
    assert percent_changed(number, ketamine) == 100
    publish(ketamine, WORDS)
    assert waiting() == {shown.pk}


def test_tab_holds_them_and_one_press_lets_them_stand(moderator, ketamine):
    first, second, other = (approved(ketamine, text=f"Voice {one}") for one in "abc")
    ask_again(to_ask_about(ketamine).exclude(pk=other.pk), by=None)
    page = unescape(moderator.get(list_url(tab="rereview")).content.decode())
    assert "Voice a" in page
    assert "Voice c" not in page
    assert 'To re-review <span class="queue-tabs__count">2</span>' in page
    assert page.count("Article changed since") == 2
    Change.objects.all().delete()
    answer = moderator.post(
        reverse(f"{QUEUE}:decide"),
        {"decision": "fine", "chosen": [f"{one.pk}:{one.version}" for one in (first, second)]},
        follow=True,
    )
    assert "2 comments still fine." in answer.content.decode()
    assert waiting() == set()
    assert not Change.objects.exists()  # readers see no difference
    assert [event.action for event in first.events.all()] == ["moved", "asked_again", "kept"]


def test_letting_stand_is_undone(moderator, ketamine):
    shown = approved(ketamine)
    ask_again(to_ask_about(ketamine), by=None)
    shown.refresh_from_db()
    event = shown.let_stand(by=None)
    undo(event.batch, by=None)
    assert waiting() == {shown.pk}
    assert ReaderComment.objects.get().state == State.APPROVED


def test_still_fine_is_offered_only_for_what_waits_for_another_look(moderator, ketamine):
    shown, held = approved(ketamine), comment(ketamine)
    for one in (shown, held):
        assert 'value="fine"' not in moderator.get(comment_url(one, list="")).content.decode()
    bar = moderator.get(list_url(tab="held")).content.decode()
    assert 'value="fine"' not in bar
    answer = moderator.post(
        reverse(f"{QUEUE}:decide"),
        {"decision": "fine", "chosen": f"{shown.pk}:{shown.version}"},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 409
    assert "does not wait for another look" in answer.json()["message"]
    ask_again(to_ask_about(ketamine), by=None)
    assert 'value="fine"' in moderator.get(comment_url(shown, list="")).content.decode()


def test_moderator_asks_for_another_look_at_all_comments_of_a_page(moderator, ketamine):
    shown = approved(ketamine)
    address = reverse(f"{QUEUE}:rereview", args=[ketamine.pk])
    assert f'href="{address}"' in moderator.get(comment_url(shown, list="")).content.decode()
    asked = moderator.get(address).content.decode()
    assert "1 approved comment comes up" in asked
    assert waiting() == set()
    answer = moderator.post(address, follow=True)
    assert "1 comment comes up for another look." in answer.content.decode()
    assert waiting() == {shown.pk}
    event = shown.events.last()
    assert (event.action, event.actor.username, event.channel) == (
        "asked_again",
        "moderators",
        "admin",
    )
    assert "no approved comment that does not wait" in moderator.get(address).content.decode()


def test_who_may_not_moderate_cannot_ask(ketamine):
    shown = approved(ketamine)
    editor = browser_of(EDITORS)
    editor.post(reverse(f"{QUEUE}:rereview", args=[ketamine.pk]))
    assert waiting() == set()
    assert shown.events.count() == 1


def test_offered_reasons_are_a_setting(moderator, ketamine):
    comment(ketamine)
    assert '<option value="Medical advice">' in moderator.get(list_url(tab="held")).content.decode()
    CommentSettings.objects.create(reasons="Off topic\n\n Rude <i>  \n")
    page = moderator.get(list_url(tab="held")).content.decode()
    assert '<option value="Off topic"><option value="Rude &lt;i&gt;"></datalist>' in page
    assert "no reader sees it" in page
