"""What those who lead the moderators decide for all comments, and who may."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from cms.comments.models import CommentSettings, ReaderComment, State
from cms.core.commenting import Mode
from cms.core.groups import MODERATORS
from tests.cms.comment_site import submission, told
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db

SETTINGS = reverse("wagtailsettings:edit", args=("comments", "commentsettings"))


@pytest.fixture
def ketamine():
    return article(topic())


def moderator(*codenames: str) -> Client:
    user = User.objects.create_user(username="lead")
    user.groups.add(Group.objects.get(name=MODERATORS))
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def form_of(page) -> dict[str, str]:
    """What the form shows, as it would be sent."""
    form = page.context["form"]
    return {
        form.add_prefix(name): "" if form[name].value() is None else form[name].value()
        for name in form.fields
    }


def test_whoever_may_configure_comments_changes_their_settings():
    client = moderator("configure_readercomment")
    shown = client.get(SETTINGS, follow=True)
    sent = client.post(shown.redirect_chain[-1][0], form_of(shown) | {"mode": "read_only"})
    assert sent.status_code == 302
    assert CommentSettings.in_force().mode == Mode.READ_ONLY


def test_other_moderators_neither_see_nor_change_the_settings():
    client = moderator()
    answer = client.get(SETTINGS, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("wagtailadmin_home")
    number = CommentSettings.load().pk
    address = reverse("wagtailsettings:edit", args=("comments", "commentsettings", number))
    client.post(address, {"mode": "hidden", "close_after_days": 0, "page_size": 50})
    assert CommentSettings.in_force().mode == Mode.OPEN


def test_defaults_hold_before_anybody_saved_them():
    assert CommentSettings.in_force().mode == Mode.OPEN
    assert CommentSettings.in_force().close_after_days == 0
    assert not CommentSettings.objects.exists()


@pytest.mark.parametrize("wrong", [{"page_size": 4}, {"page_size": 501}, {"mode": "closed"}])
def test_wrong_setting_is_refused(wrong):
    client = moderator("configure_readercomment")
    shown = client.get(SETTINGS, follow=True)
    sent = client.post(shown.redirect_chain[-1][0], form_of(shown) | wrong)
    assert list(sent.context["form"].errors) == list(wrong)
    assert not CommentSettings.objects.exclude(mode="open", page_size=50).exists()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("purple elephant\n★", "Line 2, '★', has no letter and no digit"),
        ("https://spam.example/x", "Line 1, 'https://spam.example/x', is found with 'https://"),
        ("short\n" + "long " * 30, "Line 2, 'long long"),
    ],
)
@pytest.mark.parametrize("field", ["blocklist_words", "crisis_words"])
def test_word_that_would_not_be_found_is_refused_naming_its_line(field, lines, sentence):
    client = moderator("configure_readercomment")
    shown = client.get(SETTINGS, follow=True)
    sent = client.post(shown.redirect_chain[-1][0], form_of(shown) | {field: lines})
    [error] = sent.context["form"].errors[field]
    assert error.startswith(sentence)


def test_words_and_domains_are_added_in_the_form(ketamine):
    client = moderator("configure_readercomment")
    shown = client.get(SETTINGS, follow=True)
    words = {"blocklist_words": "spam.example\r\nfree money?"}
    assert client.post(shown.redirect_chain[-1][0], form_of(shown) | words).status_code == 302
    told(submission(ketamine, text="See https://www.SPAM.example/x"))
    assert ReaderComment.objects.get().state == State.SPAM
