"""What every test of the CMS stands on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections


@pytest.fixture(autouse=True)
def media_of_its_own(settings, tmp_path: Path) -> None:
    """A test that saves a file leaves nothing for the next."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def feed_sees_the_test_transaction(request: pytest.FixtureRequest) -> Iterator[None]:
    """Inside one transaction only the connection that opened it sees what the test wrote.

    So ``feed`` is that connection there. A test marked ``django_db(transaction=True)`` commits
    for real; give it ``databases=["default", "feed"]`` and it gets the real second connection.
    """
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    uses_database = marker is not None or "db" in request.fixturenames
    if not uses_database or commits or "transactional_db" in request.fixturenames:
        yield
        return
    request.getfixturevalue("db")
    separate = connections["feed"]
    connections["feed"] = connections["default"]
    yield
    connections["feed"] = separate
