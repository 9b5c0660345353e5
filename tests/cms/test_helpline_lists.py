"""Helplines that nothing shows, and those that nobody checked for too long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from wagtail.models import ReferenceIndex

from cms.articles.models import Helpline
from tests.cms.feed_site import article, topic

pytestmark = pytest.mark.django_db

LIST = "/admin/snippets/articles/helpline/"


@pytest.fixture
def editor(client: Client) -> Client:
    user = User.objects.create_user("olga", "olga@example.org")
    user.groups.add(Group.objects.get(name="Editors"))
    client.force_login(user)
    return client


def helpline(name: str, *, checked_days_ago: int = 1, **values: object) -> Helpline:
    return Helpline.objects.create(
        name=name,
        country="United Kingdom",
        phone="0800 1111",
        last_checked=timezone.localdate() - timedelta(days=checked_days_ago),
        **values,
    )


def names(client: Client, state: str) -> list[str]:
    found = client.get(LIST, {"state": state}).context["object_list"]
    return sorted(one.name for one in found)


def test_helplines_that_nothing_shows_are_listed(editor: Client) -> None:
    shown = helpline("Shown")
    helpline("After a comment", show_after_comment=True)
    helpline("Forgotten")
    page = article(topic(), "ketamine", body=[("helpline", {"helpline": shown})])
    ReferenceIndex.create_or_update_for_object(page)

    assert names(editor, "unused") == ["Forgotten"]


def test_helplines_that_nobody_checked_for_a_year_are_listed(editor: Client) -> None:
    helpline("Fresh", checked_days_ago=360)
    helpline("Stale", checked_days_ago=370)

    assert names(editor, "unchecked") == ["Stale"]


def test_the_first_page_counts_them(editor: Client) -> None:
    assert '<h2 class="w-h3">Helplines</h2>' not in editor.get("/admin/").content.decode()
    helpline("Stale", checked_days_ago=400)
    html = editor.get("/admin/").content.decode()

    assert f'{LIST}?state=unchecked">1 helpline that nobody has checked' in html
    assert f'{LIST}?state=unused">1 helpline used nowhere' in html


def test_others_are_told_nothing(client: Client) -> None:
    helpline("Stale", checked_days_ago=400)
    user = User.objects.create_user("mo")
    user.groups.add(Group.objects.get(name="Moderators"))
    client.force_login(user)

    assert "used nowhere" not in client.get("/admin/").content.decode()
