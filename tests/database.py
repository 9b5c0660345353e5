"""Fixtures for every test that uses the database of the CMS.

A folder of such tests imports all of them in its ``conftest.py``; the others need no Django.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connections
from pytest_django import DjangoDbBlocker

__all__ = [
    "feed_sees_the_test_transaction",
    "media_of_its_own",
    "migrated_contents",
    "pytest_runtest_teardown",
]

TO_PUT_BACK = pytest.StashKey[tuple[str, DjangoDbBlocker]]()


@pytest.fixture(autouse=True)
def media_of_its_own(settings, tmp_path: Path) -> None:
    """A test that saves a file leaves nothing for the next."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="session")
def migrated_contents(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> str:
    """What the migrations put into the database, as JSON."""
    with django_db_blocker.unblock():
        return connections["default"].creation.serialize_db_to_string()


@pytest.fixture(autouse=True)
def feed_sees_the_test_transaction(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Inside one transaction only the connection that opened it sees what was written.

    So ``feed`` is that connection there. A test marked ``django_db(transaction=True)`` commits
    for real: with ``databases=["default", "feed"]`` it gets the real second connection.
    """
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (
        marker is not None and marker.kwargs.get("transaction", False)
    ):
        contents = request.getfixturevalue("migrated_contents")
        request.node.stash[TO_PUT_BACK] = (contents, django_db_blocker)
    elif marker is not None or "db" in request.fixturenames:
        request.getfixturevalue("db")
        second = connections["feed"]
        connections["feed"] = connections["default"]
        yield
        connections["feed"] = second
        return
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Put back what Django empties after a test that commits: the root page, the groups."""
    yield
    if TO_PUT_BACK in item.stash and nextitem is not None:  # after the last, the database is gone
        contents, blocker = item.stash[TO_PUT_BACK]
        with blocker.unblock():
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
            connections["default"].creation.deserialize_db_from_string(contents)
            count_on_from_what_is_there()
            ContentType.objects.clear_cache()  # the flush had numbered the types anew


def count_on_from_what_is_there() -> None:
    """Let the next row of each table have a free number; Postgres starts from one again."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
