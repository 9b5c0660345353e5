"""What was stored before a block changed its shape is stored in today's shape afterwards."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from wagtail.models import Revision

from cms.articles import models as articles_models
from cms.articles.models import ArticlePage, StandardPage
from tests.cms import feed_site

pytestmark = pytest.mark.django_db

RISKS_OF_BEFORE = {
    "type": "risks",
    "id": "00000000-0000-4000-8000-000000000001",
    "value": {
        "heading": "Risks",
        "introduction": "<p>Some.</p>",
        "items": [
            {
                "type": "item",
                "id": "00000000-0000-4000-8000-000000000002",
                "value": {"term": "Nausea", "text": "<p>It passes.</p>"},
            }
        ],
    },
}
SOURCES_OF_BEFORE = [
    {
        "type": "source",
        "id": f"00000000-0000-4000-8000-00000000001{number}",
        "value": {
            "title": f"Report {number}",
            "publisher": "World Health Organization",
            "url": "https://example.org/",
            "published": "2023-05-01",
            "accessed": None,
        },
    }
    for number in (1, 2)
]
WITH_KEYS = ["world-health-organization-2023", "world-health-organization-2023-2"]


def store(model: type, pk: int, **streams: list) -> None:
    """As it lay in the database: past every block of today."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        for name, stream in streams.items():
            cursor.execute(
                f"UPDATE {table} SET {name} = %s WHERE page_ptr_id = %s",  # noqa: S608
                [json.dumps(stream), pk],
            )


def revision(page: Any, **streams: list) -> Revision:
    saved = page.save_revision()
    saved.content = {**saved.content, **{name: json.dumps(s) for name, s in streams.items()}}
    saved.save()
    return saved


def migrate() -> None:
    """Run the operations of the migration, of the database as it is now."""
    executor = MigrationExecutor(connection)
    migration = executor.loader.get_migration("articles", "0006_stored_content_in_todays_shape")
    for operation in migration.operations:
        operation.code(apps, None)


@pytest.fixture
def ketamine() -> ArticlePage:
    return feed_site.article(feed_site.topic())


def test_the_app_keeps_its_models_after_a_migration_that_grants_rights():
    """Django passes over an app without them, as when it writes down what a database holds."""
    migrate()
    assert apps.get_app_config("articles").models_module is articles_models


def group_of(stream: Any) -> dict:
    [block] = [one for one in stream if one["type"] == "risks"]
    assert "items" not in block["value"]
    [group] = block["value"]["groups"]
    return group["value"]


def test_a_list_of_risks_becomes_one_group_on_every_type_of_page(ketamine):
    standard = feed_site.home().add_child(
        instance=StandardPage(title="About", slug="about", body=[])
    )
    for one in (ketamine, standard):
        store(type(one), one.pk, body=[RISKS_OF_BEFORE])
    migrate()
    for one in (ketamine, standard):
        group = group_of(type(one).objects.get(pk=one.pk).body.raw_data)
        assert group["kind"] == "general"
        assert group["items"] == RISKS_OF_BEFORE["value"]["items"]


def test_drafts_and_earlier_versions_are_put_into_shape_too(ketamine):
    store(ArticlePage, ketamine.pk, body=[RISKS_OF_BEFORE])
    earlier = revision(ketamine, body=[RISKS_OF_BEFORE], sources=SOURCES_OF_BEFORE)
    draft = revision(ketamine, body=[RISKS_OF_BEFORE])
    migrate()
    for one in (earlier, draft):
        content = Revision.objects.get(pk=one.pk).content
        assert group_of(json.loads(content["body"]))["items"][0]["value"]["term"] == "Nausea"
    kept = Revision.objects.get(pk=earlier.pk).as_object()
    assert [source.value["key"] for source in kept.sources] == WITH_KEYS
    assert kept.body[0].value["groups"][0]["items"][0]["term"] == "Nausea"


def test_every_source_gets_a_key_of_its_own(ketamine):
    store(ArticlePage, ketamine.pk, sources=SOURCES_OF_BEFORE)
    migrate()
    assert [
        source.value["key"] for source in ArticlePage.objects.get(pk=ketamine.pk).sources
    ] == WITH_KEYS


def test_what_is_in_todays_shape_already_stays_as_it_is(ketamine):
    store(ArticlePage, ketamine.pk, body=[RISKS_OF_BEFORE], sources=SOURCES_OF_BEFORE)
    migrate()
    once = ArticlePage.objects.get(pk=ketamine.pk)
    body, sources = once.body.raw_data, once.sources.raw_data
    migrate()
    twice = ArticlePage.objects.get(pk=ketamine.pk)
    assert (list(twice.body.raw_data), list(twice.sources.raw_data)) == (list(body), list(sources))
