"""Every case of a headless Wagtail that was handed over has a test that exists, or a reason.

And the tests of those cases that are nobody else's.
"""

from __future__ import annotations

import ast
import re
from typing import Any

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from wagtail.actions.create_alias import CreatePageAliasAction
from wagtail.models import Page, Site

from cms.preview.models import Preview
from tests.cms.feed_site import article, home, read, records, topic
from tests.live import REPOSITORY

TABLE = REPOSITORY / "docs/decisions/headless-cases.md"
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
REPORTED = {
    *(2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16, 18, 19, 20, 22, 23, 24, 26, 27, 28, 30, 31, 32),
    *(34, 35, 36, 38, 39, 40, 42, 43, 44, 46, 47, 48, 50),
}
AREAS = {
    *("API", "GraphQL", "page preview", "user bar", "content checker", "images", "routing"),
    *("rich text", "multi-site", "forms", "password pages", "Next.js, Nuxt, Gatsby"),
    *("Vercel, Netlify", "redirects", "search", "sitemaps", "languages", "StreamField"),
    *("scheduled publishing", "private collections", "snippets, settings, menus", "caching"),
}
ROWS = {
    case.strip(): answer
    for case, _, answer in ROW.findall(TABLE.read_text())
    if case.strip("- ") and case != "case"
}


def test_table_has_every_case_and_area() -> None:
    numbers = {int(case) for case in ROWS if case.isdecimal()}
    assert numbers == REPORTED
    assert set(ROWS) >= AREAS


@pytest.mark.parametrize("case", sorted(ROWS))
def test_case_has_a_test_or_a_reason(case: str) -> None:
    named = TEST.findall(ROWS[case])
    for path, test in named:
        file = REPOSITORY / path
        assert file.exists(), f"Case '{case}' names '{path}', which is not there."
        tree = ast.parse(file.read_text())
        found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert test in found, f"Case '{case}' names '{path}::{test}', which is not there."
    assert named or len(ROWS[case].split()) > 10


pytestmark = pytest.mark.django_db
TEXT = '<p data-block-key="a1">See <a linktype="page" id="{}">this</a> &amp; <b>that</b>.</p>'


@pytest.fixture
def client() -> Client:
    return Client()


def stream(*blocks: tuple[str, Any]) -> str:
    """A StreamField as it is stored."""
    return orjson.dumps(
        [
            {"type": kind, "value": value, "id": f"00000000-0000-4000-8000-{at:012}"}
            for at, (kind, value) in enumerate(blocks)
        ]
    ).decode()


def published(page: Page) -> Any:
    page.save_revision().publish()
    return type(page).objects.get(pk=page.pk)


def told_of(client: Client, page: Page) -> dict[str, Any]:
    [record] = [one for one in records(client, "page") if one["id"] == page.pk]
    return record


def get(client: Client, path: str) -> Any:
    return client.get(f"/api/v2/{path}").json()


def test_field_and_block_tell_one_text_alike(client):
    front = home()
    text = TEXT.format(front.pk)
    front.introduction, front.body = text, stream(("rich_text", text))
    front = published(front)
    fields = told_of(client, front)["fields"]
    answer = get(client, f"pages/{front.pk}/")

    assert fields["introduction"] == fields["body"][0]["value"] == text
    assert answer["introduction"] == answer["body"][0]["value"] == text


def test_search_finds_what_a_body_says_and_no_draft_of_it(client):
    page = published(
        article(
            topic(),
            body=stream(
                ("rich_text", "<p>It numbs.</p>"),
                ("conclusion", {"heading": "", "text": "<p>Ask a pharmacist.</p>"}),
            ),
        )
    )
    page.body = stream(("rich_text", "<p>Unfinished thoughts.</p>"))
    page.save_revision()
    call_command("update_index", verbosity=0)
    found = {
        word: [one["id"] for one in get(client, f"pages/?search={word}")["items"]]
        for word in ("numbs", "pharmacist", "unfinished")
    }

    assert found == {"numbs": [page.pk], "pharmacist": [page.pk], "unfinished": []}


def test_every_exported_path_leads_back_to_its_page(client, settings):
    settings.WAGTAILAPI_BASE_URL = "https://admin.plainleaf.test:8123"
    article(topic(), "ketamine")
    article(topic("living-well"), "ketamine")
    for page in records(client, "page"):
        found = client.get(f"/api/v2/pages/find/?html_path={page['path']}")["Location"]
        assert found == f"https://admin.plainleaf.test:8123/api/v2/pages/{page['id']}/?"


def test_detail_of_a_page_costs_the_same_in_a_larger_site(client, django_assert_max_num_queries):
    medicines = topic()
    page = article(medicines, "ketamine")
    for number in range(20):
        article(medicines, f"article-{number}")
    get(client, f"pages/{page.pk}/")
    with django_assert_max_num_queries(12):
        get(client, f"pages/{page.pk}/")


def redirects(client: Client) -> dict[str, int]:
    return {one["path"]: one["target_page"] for one in records(client, "redirect")}


def test_new_slug_of_a_topic_redirects_from_every_address_below(
    client, django_capture_on_commit_callbacks
):
    medicines = published(topic())
    page = published(article(medicines))
    medicines.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        medicines.slug = "drugs"
        medicines.save_revision().publish()

    assert told_of(client, page)["path"] == "/drugs/ketamine/"
    assert redirects(client) == {"/medicines": medicines.pk, "/medicines/ketamine": page.pk}


def test_moved_page_redirects_from_where_it_was(client, django_capture_on_commit_callbacks):
    medicines, elsewhere = topic(), topic("living-well")
    page = published(article(medicines))
    with django_capture_on_commit_callbacks(execute=True):
        page.move(Page.objects.get(pk=elsewhere.pk), pos="last-child")

    assert told_of(client, page)["path"] == "/living-well/ketamine/"
    assert redirects(client) == {"/medicines/ketamine": page.pk}


def test_preview_without_any_site_is_told_in_words(client):
    page = article(topic())
    editor = get_user_model().objects.create_superuser("editor", "editor@example.org", "secret")
    Site.objects.all().delete()
    preview = Preview.objects.keep(page, user=editor, is_editing=True)
    token = preview.token(in_panel=True)
    answer = read(client, f"/api/export/v1/preview?token={token}")

    assert preview.url(in_panel=True).startswith("https://www.plainleaf.test/preview?")
    assert answer.status_code == 503
    assert "Settings > Sites" in answer.json()["message"]


def test_empty_page_is_told_with_its_empty_fields(client):
    page = article(topic(), body=stream())
    front = published(home())

    assert told_of(client, page)["fields"]["body"] == []
    assert told_of(client, front)["fields"]["introduction"] == ""
    assert get(client, f"pages/{page.pk}/")["body"] == []


def test_alias_says_all_that_its_source_says(client):
    use = {
        "heading": "",
        "introduction": "",
        "items": [
            {
                "type": "item",
                "id": "00000000-0000-4000-8000-0000000000a1",
                "value": {
                    "term": "Pain",
                    "text": "<p>It numbs.</p>",
                    "points": [
                        {
                            "type": "item",
                            "id": f"00000000-0000-4000-8000-0000000000b{number}",
                            "value": f"Point {number}",
                        }
                        for number in range(3)
                    ],
                },
            }
        ],
    }
    elsewhere = topic("living-well")
    page = published(article(topic(), body=stream(("medical_uses", use))))
    alias = CreatePageAliasAction(page, parent=elsewhere).execute()
    source, copy = (told_of(client, one)["fields"]["body"] for one in (page, alias))

    assert [block["value"] for block in source] == [block["value"] for block in copy]
    assert "Point 2" in str(copy)
