"""A link to a draft, for somebody without a login: it shows the newest one, ends and is counted."""

import datetime as dt
import json
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageLogEntry

from cms.articles.models import ArticlePage
from cms.preview.models import Preview
from cms.preview.shared import SharedDraft
from cms.safety.withdrawal import withdraw
from tests.cms.feed_site import article, ids, read, records, topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Any:
    return person("editor", "Editors")


@pytest.fixture
def admin(editor: Any) -> Client:
    return logged_in(editor)


@pytest.fixture
def page() -> ArticlePage:
    return article(topic(), "ketamine", title="Published title")


def person(name: str, group: str) -> Any:
    user = get_user_model().objects.create_user(name, f"{name}@example.org", "secret")
    user.groups.add(Group.objects.get(name=group))
    return user


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def save_draft(page: ArticlePage, **typed: Any) -> None:
    page = ArticlePage.objects.get(pk=page.pk)
    for name, value in typed.items():
        setattr(page, name, value)
    page.save_revision()


def opened(shared: SharedDraft) -> Any:
    """What the edge gets for the link."""
    [token] = parse_qs(urlsplit(shared.url()).query)["token"]
    return read(Client(), f"/api/export/v1/preview?token={token}")


def told(shared: SharedDraft) -> list[dict[str, Any]]:
    answer = opened(shared)
    assert answer.status_code == 200, answer.content
    return [json.loads(line) for line in answer.content.splitlines()]


def draft_in(all_told: list[dict[str, Any]]) -> dict[str, Any]:
    [draft] = [
        one for one in all_told if one["kind"] == "page" and one["id"] == all_told[0]["draft"]
    ]
    return draft


def test_link_shows_the_newest_saved_draft(client, editor, page):
    shared = SharedDraft.objects.share(page, by=editor)
    save_draft(page, title="First draft", slug="first-draft")
    assert draft_in(told(shared))["title"] == "First draft"
    save_draft(page, title="Second draft", slug="second-draft")

    draft = draft_in(told(shared))
    assert (draft["title"], draft["path"]) == ("Second draft", "/medicines/second-draft/")
    [live] = [one for one in records(client, "page") if one["id"] == page.pk]
    assert live["title"] == "Published title"


def test_link_shows_nothing_that_is_only_being_typed(editor, page):
    shared = SharedDraft.objects.share(page, by=editor)
    page.title = "Being typed"
    Preview.objects.keep(page, user=editor, is_editing=True)

    assert draft_in(told(shared))["title"] == "Published title"


def test_page_that_was_never_published_can_be_shared(client, editor):
    new = topic().add_child(
        instance=ArticlePage(
            topic_type="wellbeing", title="New", slug="new", summary="New.", live=False, body=[]
        )
    )
    new.save_revision()

    assert draft_in(told(SharedDraft.objects.share(new, by=editor)))["title"] == "New"
    assert new.pk not in ids(client, "page")


def test_whoever_opens_it_gets_no_user_bar_and_is_told_the_last_day(editor, page, settings):
    settings.PLAINLEAF_SHARE_DAYS = 3
    shared = SharedDraft.objects.share(page, by=editor)
    begin, *_ = told(shared)

    assert begin["user_bar"] == ""
    assert dt.datetime.fromisoformat(begin["shared_until"]) == shared.ends_at
    assert dt.timedelta(days=2.9) < shared.ends_at - timezone.now() < dt.timedelta(days=3)


def test_each_opening_is_counted(editor, page):
    shared = SharedDraft.objects.share(page, by=editor)
    opened(shared), opened(shared)

    shared.refresh_from_db()
    assert shared.openings == 2
    assert timezone.now() - shared.last_opened_at < dt.timedelta(minutes=1)


def ended(shared: SharedDraft) -> None:
    shared.end()


def outlived(shared: SharedDraft) -> None:
    SharedDraft.objects.update(ends_at=timezone.now())


def deleted_page(shared: SharedDraft) -> None:
    Page.objects.get(pk=shared.page_id).delete()


def dismissed(shared: SharedDraft) -> None:
    get_user_model().objects.update(is_active=False)


def moved_to_moderators(shared: SharedDraft) -> None:
    shared.made_by.groups.set([Group.objects.get(name="Moderators")])


@pytest.mark.parametrize("what", [ended, outlived, deleted_page, dismissed, moved_to_moderators])
def test_link_opens_nothing_once(editor, page, what):
    shared = SharedDraft.objects.share(page, by=editor)
    assert opened(shared).status_code == 200
    what(shared)
    answer = opened(shared)

    assert (answer.status_code, answer.content) == (
        404,
        b'{"message": "This token opens no preview."}',
    )


def test_link_opens_nothing_where_sharing_was_switched_off(editor, page, settings):
    shared = SharedDraft.objects.share(page, by=editor)
    settings.PLAINLEAF_SHARE_DAYS = 0

    assert opened(shared).status_code == 404


def test_link_signed_with_another_key_opens_nothing(editor, page, settings):
    address = SharedDraft.objects.share(page, by=editor).url()
    settings.SECRET_KEY = "another-key-of-another-installation-0123456789abcdef"
    [token] = parse_qs(urlsplit(address).query)["token"]

    assert read(Client(), f"/api/export/v1/preview?token={token}").status_code == 404


def test_editor_makes_a_link_copies_it_and_ends_it(admin, editor, page):
    here = reverse("share_draft", args=[page.pk])
    admin.post(here, {"note": "Dr Okafor"})
    [shared] = SharedDraft.objects.all()
    listed = admin.get(here).content.decode()

    assert (shared.page_id, shared.made_by, shared.note) == (page.pk, editor, "Dr Okafor")
    assert f'value="{shared.url()}"' in listed
    assert "Not yet" in listed

    opened(shared)
    admin.post(reverse("stop_sharing", args=[page.pk, shared.pk]))
    listed = admin.get(here).content.decode()

    assert opened(shared).status_code == 404
    assert shared.url() not in listed
    assert "1 time, last" in listed
    assert set(PageLogEntry.objects.filter(page=page.pk).values_list("action", flat=True)) >= {
        "plainleaf.share_draft",
        "plainleaf.stop_sharing",
    }


def test_ending_twice_keeps_the_moment_it_ended(editor, page):
    shared = SharedDraft.objects.share(page, by=editor)
    shared.end()
    shared.refresh_from_db()
    first = shared.ends_at
    shared.end()
    shared.refresh_from_db()

    assert shared.ends_at == first


def test_links_to_a_page_that_is_taken_off_at_once_end_with_those_below_it(editor, page):
    section = page.get_parent()
    other = article(topic("living"), "sleep")
    links = [SharedDraft.objects.share(one, by=editor) for one in (section, page, other)]
    withdraw(section, reason="A wrong dose.", by=editor)
    assert [opened(link).status_code for link in links] == [404, 404, 200]
    newer = SharedDraft.objects.share(page, by=editor)
    assert opened(newer).status_code == 200  # of the draft that mends it


def test_menu_of_a_page_offers_it_to_whoever_may_edit(admin, page, settings):
    edit, here = (
        reverse(name, args=[page.pk]) for name in ("wagtailadmin_pages:edit", "share_draft")
    )

    assert here in admin.get(edit).content.decode()
    settings.PLAINLEAF_SHARE_DAYS = 0
    assert here not in admin.get(edit).content.decode()


def test_moderator_of_comments_can_share_nothing(page):
    moderator = logged_in(person("moderator", "Moderators"))
    here = reverse("share_draft", args=[page.pk])

    assert moderator.get(here).status_code == 302  # Wagtail leads to its home page
    assert moderator.post(here).status_code == 302
    assert not SharedDraft.objects.exists()


def test_link_is_ended_by_the_page_it_is_of(admin, editor, page):
    shared = SharedDraft.objects.share(page, by=editor)
    other = article(Page.objects.get(pk=page.get_parent().pk).specific, "other")

    assert admin.post(reverse("stop_sharing", args=[other.pk, shared.pk])).status_code == 404
    assert opened(shared).status_code == 200


def test_report_lists_the_open_links_to_pages_that_one_may_edit(admin, editor, page):
    still_open = SharedDraft.objects.share(page, by=editor, note="Dr Okafor")
    SharedDraft.objects.share(page, by=editor, note="Dr Bell").end()
    listed = admin.get(reverse("shared_drafts")).content.decode()

    assert still_open.url() in listed
    assert "Dr Bell" not in listed
    moderator = logged_in(person("moderator", "Moderators"))
    assert "Dr Okafor" not in moderator.get(reverse("shared_drafts")).content.decode()


def test_menu_has_no_reports_for_those_who_moderate_comments_alone(admin):
    moderator = logged_in(person("moderator", "Moderators"))
    home_page, reports = reverse("wagtailadmin_home"), '"name": "reports"'

    menu = admin.get(home_page).content.decode()
    assert "Shared drafts" in menu
    assert reports in menu
    menu = moderator.get(home_page).content.decode()
    assert "Shared drafts" not in menu
    assert reports not in menu


def test_links_are_forgotten_a_month_after_they_ended(editor, page):
    old = SharedDraft.objects.share(page, by=editor)
    SharedDraft.objects.update(ends_at=timezone.now() - dt.timedelta(days=30, minutes=1))
    recent = SharedDraft.objects.share(page, by=editor)
    recent.end()
    call_command("purge_previews", stdout=StringIO())

    assert list(SharedDraft.objects.all()) == [recent]
    assert old.pk != recent.pk
