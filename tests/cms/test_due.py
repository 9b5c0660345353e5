"""What is due is on the site though no schedule runs, and nothing of it is there before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.actions.create_alias import CreatePageAliasAction
from wagtail.models import Page, Revision

from cms.articles.models import ArticlePage, TopicPage
from cms.export_feed import due
from tests.cms.feed_site import article, home, read, records, topic

pytestmark = pytest.mark.django_db

SOON = timedelta(hours=1)
LATER = timedelta(days=1)


@pytest.fixture(autouse=True)
def nothing_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def client() -> Client:
    return Client()


def scheduled(parent: Page, slug: str, at: datetime, **fields: Any) -> ArticlePage:
    """A page that was never published, approved to go live at an instant."""
    page = ArticlePage(
        topic_type="wellbeing",
        title=slug.title(),
        slug=slug,
        summary="Soon.",
        body=[],
        live=False,
        go_live_at=at,
        **fields,
    )
    Page.objects.get(pk=parent.pk).add_child(instance=page)
    page.save_revision(approved_go_live_at=at)
    return page


def published(parent: Page, **fields: Any) -> ArticlePage:
    """An article that went live as one does: by a revision."""
    page = article(parent, "ketamine", **fields)
    page.save_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


def let_pass(page: Page) -> None:
    """The moment at which a page goes live has come, with nobody there to notice."""
    past = timezone.now() - timedelta(seconds=1)
    Revision.objects.filter(approved_go_live_at__isnull=False).update(approved_go_live_at=past)
    for revision in Revision.objects.for_instance(page):
        revision.content |= {"go_live_at": past.isoformat()}
        revision.save()


def paths(client: Client) -> set[str]:
    return {one["path"] for one in records(client, "page")}


def test_page_that_is_due_is_in_the_next_feed_though_no_schedule_runs(client):
    page = scheduled(topic(), "embargo", timezone.now() + SOON)
    assert "/medicines/embargo/" not in paths(client)
    let_pass(page)

    assert "/medicines/embargo/" in paths(client)


def test_new_version_that_is_due_replaces_the_old_one(client):
    page = published(topic(), title="Old")
    page.title = "New"
    page.go_live_at = timezone.now() + SOON
    page.save_revision(approved_go_live_at=page.go_live_at).publish()
    assert [one["title"] for one in records(client, "page") if one["id"] == page.pk] == ["Old"]
    let_pass(page)

    assert [one["title"] for one in records(client, "page") if one["id"] == page.pk] == ["New"]


def test_moment_is_told_beforehand_and_the_cursor_moves_when_it_has_come(client):
    page = scheduled(topic(), "embargo", timezone.now() + SOON)
    before = read(client, "/api/export/v1/cursor").json()
    assert before["next_change_at"] is not None
    let_pass(page)
    after = read(client, "/api/export/v1/cursor").json()

    assert after["cursor"] != before["cursor"]
    since = read(client, f"/api/export/v1/feed?cursor={before['cursor']}").getvalue().splitlines()
    told = [orjson.loads(line) for line in since]
    assert "/medicines/embargo/" in {one["path"] for one in told if one["kind"] == "page"}


def test_what_cannot_be_published_is_logged_and_keeps_nothing_from_the_exporter(
    client, monkeypatch, caplog
):
    tried: list[str] = []

    def fail(name: str, **options: Any) -> None:
        tried.append(name)
        raise ValueError("this one fails")

    page = scheduled(topic(), "embargo", timezone.now() + SOON)
    let_pass(page)
    monkeypatch.setattr(due, "call_command", fail)

    assert paths(client) == {"/", "/medicines/"}
    assert "could not be published" in caplog.text
    assert paths(client) == {"/", "/medicines/"}
    assert tried == ["publish_scheduled"]  # not with every question


def test_before_its_time_no_word_of_a_page_or_of_its_alias_is_told(client):
    """An alias of a page that is scheduled must not go live early."""
    parent, elsewhere = topic(), topic("elsewhere")
    page = scheduled(parent, "embargo", timezone.now() + SOON)
    alias = CreatePageAliasAction(page, parent=elsewhere).execute()
    parent.refresh_from_db()
    parent.save_revision().publish()
    told = b"".join(
        [
            read(client).getvalue(),
            read(client, "/api/export/v1/manifest").getvalue(),
            *(
                client.get(f"/api/v2/pages/{query}").content
                for query in ("", "?type=articles.ArticlePage&fields=*", "?search=embargo")
            ),
        ]
    )

    assert not Page.objects.get(pk=alias.pk).live
    for path in ("/medicines/embargo/", "/elsewhere/embargo/"):
        assert client.get(f"/api/v2/pages/find/?html_path={path}").status_code == 404
    assert b"embargo" not in told.lower()


def test_page_that_came_and_went_by_the_clock_and_is_edited_again_expires_no_second_time(client):
    page = scheduled(topic(), "short", timezone.now() + SOON, expire_at=timezone.now() + LATER)
    let_pass(page)
    assert "/medicines/short/" in paths(client)
    ArticlePage.objects.update(expire_at=timezone.now() - timedelta(seconds=1))
    assert "/medicines/short/" not in paths(client)
    call_command("publish_scheduled", verbosity=0)
    page = ArticlePage.objects.get(pk=page.pk)
    assert not page.live

    page.title = "Back again"
    page.go_live_at = page.expire_at = None
    page.save_revision().publish()

    assert "/medicines/short/" in paths(client)


def test_topic_that_is_due_brings_what_lies_below(client):
    later = home().add_child(
        instance=TopicPage(title="Later", slug="later", summary="All.", live=False)
    )
    later.go_live_at = timezone.now() + SOON
    later.save_revision(approved_go_live_at=later.go_live_at)
    article(later, "below")
    assert "/later/below/" not in paths(client)
    let_pass(later)

    assert {"/later/", "/later/below/"} <= paths(client)


def test_publication_that_fails_keeps_its_schedule(client):
    """Its slug was given to another page meanwhile: it stays approved, for editors to see."""
    parent = topic()
    page = published(parent)
    page.slug = "taken"
    page.go_live_at = timezone.now() + SOON
    page.save_revision(approved_go_live_at=page.go_live_at).publish()
    Page.objects.get(pk=parent.pk).add_child(
        instance=ArticlePage(
            topic_type="wellbeing", title="Taken", slug="taken", summary="First.", body=[]
        )
    )
    let_pass(page)

    assert "/medicines/ketamine/" in paths(client)
    assert Revision.objects.for_instance(page).filter(approved_go_live_at__isnull=False).exists()
