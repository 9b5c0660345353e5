"""A site that grows takes more time and little more memory, counted in work and not by a clock."""

from __future__ import annotations

import pytest

from tests.faults.nursery import Ended, Nursery, Place
from tests.faults.small_site import small_site
from tests.frontend_export.fake_cms import cms

pytestmark = pytest.mark.fault

FEW, MANY = 300, 3000


@pytest.fixture(scope="module")
def exported(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Ended]:
    folder = tmp_path_factory.mktemp("growth")
    ended = {}
    for articles in (FEW, MANY):
        with cms(*small_site(articles=articles)) as fake:
            ended[articles] = nursery.run(
                Place(folder / str(articles), fake.url), "export", "--json"
            )
        assert ended[articles].report["pages"] == articles + 3
    return ended


def test_ten_times_the_pages_take_little_more_memory(exported: dict[int, Ended]) -> None:
    assert exported[MANY].peak_mb <= 1.5 * exported[FEW].peak_mb


def test_ten_times_the_pages_take_hardly_more_than_ten_times_as_long(
    exported: dict[int, Ended],
) -> None:
    assert exported[MANY].cpu_seconds <= 12 * exported[FEW].cpu_seconds
