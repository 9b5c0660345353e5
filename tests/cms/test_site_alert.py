"""The alert above every page, on a page of the admin of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from wagtail.models import Site

from cms.core.models import SiteSettings

pytestmark = pytest.mark.django_db

URL = "/admin/site-alert/"
WORDS = "Do not use batch 17 of Exemplol. Take it back to a pharmacy."


def logged_in(client: Client, *groups: str) -> Client:
    user = User.objects.create_user("olga", "olga@example.org")
    user.groups.add(*Group.objects.filter(name__in=groups))
    client.force_login(user)
    return client


@pytest.fixture
def editor(client: Client) -> Client:
    return logged_in(client, "Editors")


def shared() -> SiteSettings:
    return SiteSettings.for_site(Site.objects.get(is_default_site=True))


def fields(**values: str) -> dict[str, str]:
    return {"alert_text": WORDS, "alert_level": "urgent", "alert_until": "", **values}


def test_an_editor_shows_an_alert_to_readers(editor: Client) -> None:
    answer = editor.post(URL, fields(), follow=True)

    assert (shared().alert_text, shared().alert_level) == (WORDS, "urgent")
    assert WORDS in answer.content.decode()
    assert "until you remove it" in answer.content.decode()


def test_the_preview_shows_the_words_and_stores_nothing(editor: Client) -> None:
    answer = editor.post(URL, fields(preview="1"))

    assert "As readers would see it" in answer.content.decode()
    assert "<strong>Urgent:</strong>" in answer.content.decode()
    assert shared().alert_text == ""


def test_an_alert_is_removed_with_one_button(editor: Client) -> None:
    editor.post(URL, fields())
    editor.post(URL, fields(alert_text="other", remove="1"))

    assert shared().alert_text == ""


def test_an_end_that_is_past_is_refused(editor: Client) -> None:
    past = (timezone.localtime() - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M")
    answer = editor.post(URL, fields(alert_until=past))

    assert "This moment is past" in answer.content.decode()
    assert shared().alert_text == ""


def test_what_was_refused_is_not_shown_as_if_readers_saw_it(editor: Client) -> None:
    editor.post(URL, fields())
    answer = editor.post(URL, fields(alert_text="x" * 300)).content.decode()

    assert WORDS in answer.split("<form")[0] + answer.split("alert-words")[1].split("</section>")[0]


def test_the_end_is_said_in_words(editor: Client) -> None:
    end = timezone.localtime() + timedelta(days=2)
    editor.post(URL, fields(alert_until=end.strftime("%Y-%m-%d %H:%M")))

    assert f"Ends at {end:%-d %B %Y, %H:%M}" in editor.get(URL).content.decode()


@pytest.mark.parametrize("group", ["Reviewers", "Moderators"])
def test_only_who_keeps_the_settings_finds_it(client: Client, group: str) -> None:
    assert logged_in(client, group).get(URL).status_code == 302
    assert "Site alert" not in client.get("/admin/").content.decode()


def test_each_site_has_its_own(editor: Client) -> None:
    home = Site.objects.get(is_default_site=True).root_page
    other = Site.objects.create(hostname="b.example", root_page=home)
    editor.post(f"{URL}?site={other.pk}", fields())

    assert SiteSettings.for_site(other).alert_text == WORDS
    assert shared().alert_text == ""


@pytest.mark.parametrize("number", ["99", "9" * 25, "x"])
def test_site_that_is_none_has_no_page(editor: Client, number: str) -> None:
    assert editor.get(f"{URL}?site={number}").status_code == 404
