"""A part of a kind that the CMS does not know cannot be judged, and so keeps its page off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cms.articles.models import ArticlePage, StandardPage
from cms.safety import grounds, keeping
from cms.safety.judged import RefusedToGoLive
from cms.safety.models import PageVerdict
from cms.safety.public import public_pages
from tests.cms import feed_site
from tests.cms.safety.articles import fit_article, typed

pytestmark = pytest.mark.django_db

HOLOGRAM = {"type": "hologram", "value": {"text": "Buy it here."}, "id": "h1"}


def published() -> ArticlePage:
    page = fit_article()
    page.get_latest_revision().publish()
    return page


def stored(page: Any, name: str = "body") -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {name} FROM {page._meta.db_table} WHERE page_ptr_id = %s",  # noqa: S608
            [page.pk],
        )
        return json.loads(cursor.fetchone()[0])


def store(page: Any, *parts: dict[str, Any], name: str = "body") -> None:
    """Past every block, as SQL or another release would have left it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {page._meta.db_table} SET {name} = %s WHERE page_ptr_id = %s",  # noqa: S608
            [json.dumps(parts), page.pk],
        )


def with_a_hologram(page: ArticlePage) -> list[dict[str, Any]]:
    """As the second part of its body."""
    parts = stored(page)
    parts.insert(1, HOLOGRAM)
    store(page, *parts)
    return parts


def is_public(page: Any) -> bool:
    return public_pages(None).filter(pk=page.pk).exists()


def not_judged(page: Any) -> list[dict[str, Any]]:
    findings = PageVerdict.objects.get(pk=page.pk).findings
    return [one for one in findings if one["rule"] == "S0"]


def test_its_page_leaves_the_feed_and_one_finding_names_the_part(client):
    page = published()
    assert page.pk in feed_site.ids(client, "page")
    with_a_hologram(page)
    keeping.judge_pages([page.pk])
    assert page.pk not in feed_site.ids(client, "page")
    [finding] = not_judged(page)
    assert finding["severity"] == "BLOCK"
    assert finding["place"]["path"] == "body.2"
    assert finding["place"]["label"] == "'hologram' (part 2 of the body)"
    assert finding["message"] == (
        "This part is of a kind ('hologram') that this CMS does not know, so nobody can judge its "
        "words. The editor does not show it: publish the page there to remove it, or ask whoever "
        "runs the CMS to bring the kind back."
    )


def test_every_stream_is_looked_into():
    page = published()
    store(page, *stored(page, "key_points"), HOLOGRAM, name="key_points")
    keeping.judge_pages([page.pk])
    [finding] = not_judged(page)
    assert finding["place"]["label"] == "'hologram' (part 1 of the key points)"


def test_a_page_that_is_no_article_leaves_too():
    page = StandardPage(title="About", slug="about", body=[("heading", {"text": "Who we are"})])
    feed_site.home().add_child(instance=page)
    assert is_public(page)
    store(page, HOLOGRAM)
    keeping.judge_pages([page.pk])
    assert not is_public(page)


def test_a_version_with_one_may_not_go_live():
    page = fit_article()
    with_a_hologram(page)
    draft = ArticlePage.objects.get(pk=page.pk).save_revision()
    with pytest.raises(RefusedToGoLive, match="S0, 'hologram' "):
        draft.publish()


def test_to_publish_in_the_editor_removes_it(admin_client):
    page = published()
    parts = with_a_hologram(page)
    keeping.judge_pages([page.pk])
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    fields = {**typed(ArticlePage.objects.get(pk=page.pk)), "action-publish": "1"}
    assert admin_client.post(address, fields).status_code == 302
    assert is_public(page)
    assert [part["type"] for part in stored(page)] == [
        part["type"] for part in parts if part is not HOLOGRAM
    ]


def test_a_save_by_code_loses_no_part_and_lets_none_through():
    page = published()
    parts = with_a_hologram(page)
    again = ArticlePage.objects.get(pk=page.pk)
    again.title = "Sleep, again"
    again.save()
    assert stored(page) == parts
    assert not is_public(page)


def test_a_release_that_no_longer_knows_a_kind_has_every_page_judged_again(monkeypatch):
    page = published()
    assert keeping.judge_due(timezone.now()) == 0
    kind = stored(page)[0]["type"]
    grounds._kinds_of_parts.cache_clear()
    stream = ArticlePage._meta.get_field("body").stream_block
    others = {name: block for name, block in stream.child_blocks.items() if name != kind}
    monkeypatch.setattr(stream, "child_blocks", others)  # what is put back stands where it stood
    keeping.judge_due(timezone.now())
    monkeypatch.undo()
    grounds._kinds_of_parts.cache_clear()
    assert [one["place"]["path"] for one in not_judged(page)][0] == "body.1"


def test_to_look_for_them_takes_no_query():
    page = published()
    with CaptureQueriesContext(
        connection,
    ) as before:
        keeping.judge_pages([page.pk])
    with_a_hologram(page)
    keeping.judge_pages([page.pk])  # it leaves the site, of which people are told
    with CaptureQueriesContext(connection) as after:
        keeping.judge_pages([page.pk])
    assert len(after) <= len(before)
