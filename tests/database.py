"""Fixtures for every test that uses the database of the CMS.

A folder of such tests imports all of them in its ``conftest.py``; the others need no Django.
"""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connections
from pytest_django import DjangoDbBlocker
from wagtail.models import Site

from cms.safety import catalogue
from cms.safety.rule import Rule
from tests.live import database_of_its_own

__all__ = [
    "feed_sees_the_test_transaction",
    "media_of_its_own",
    "migrated_contents",
    "migrated_postgres",
    "no_addresses_of_another_test",
    "no_rules_unless_asked_for",
    "on_postgres",
    "pytest_runtest_teardown",
    "rules",
]

REPOSITORY = Path(__file__).resolve().parent.parent
MIGRATE = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
TO_PUT_BACK = pytest.StashKey[tuple[str, DjangoDbBlocker]]()


@pytest.fixture(autouse=True)
def media_of_its_own(settings, tmp_path: Path) -> None:
    """A test that saves a file leaves nothing for the next."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def no_addresses_of_another_test() -> None:
    """Wagtail remembers where each site begins, also when the test that moved it was undone."""
    Site.clear_site_root_paths_cache()


@pytest.fixture
def rules() -> tuple[Rule, ...]:
    """The rules as they are: a test that asks for them builds pages that pass, or do not."""
    return catalogue.RULES


@pytest.fixture(autouse=True)
def no_rules_unless_asked_for(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test of something else publishes bare pages: they are judged, by no rule."""
    if "rules" not in request.fixturenames:
        monkeypatch.setattr(catalogue, "RULES", ())


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


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """The name of a database that holds what the migrations made, to be copied."""
    with database_of_its_own() as url:
        python_in_cms(MIGRATE, {"DATABASE_URL": url})
        yield urlsplit(url).path[1:]


@pytest.fixture
def on_postgres(migrated_postgres: str, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Run a piece of Python on a database of its own: ``on_postgres(code, PLAINLEAF_X="y")``."""
    with database_of_its_own(copy_of=migrated_postgres) as url:
        settings = {"DATABASE_URL": url, "PLAINLEAF_DATA_DIR": str(tmp_path)}
        yield lambda code, **more: python_in_cms(code, settings | more)


def python_in_cms(code: str, settings: dict[str, str]) -> str:
    """What a process of the CMS prints that runs this; bare pages go live there."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cms.settings.dev",
        "PYTHONPATH": str(REPOSITORY),
        **settings,
    }
    start = "import django; django.setup()\nimport tests.bare_pages\n"
    finished = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    return finished.stdout
