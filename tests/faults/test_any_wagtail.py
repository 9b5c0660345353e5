"""Another Wagtail's API may answer anything as well: what is packed small is not believed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.any_wagtail.fake_api import FakeApi, page
from tests.faults.attempt import Attempt
from tests.faults.nursery import Nursery, Place

# Of what a list is full; each is far larger in memory than as JSON.
CONTENTS = {
    "objects": b"{}",
    "objects in objects": b'{"a":{"a":1}}',
    "lists": b"[]",
    "numbers": b"7",
    "texts": '"a\N{GRINNING FACE}a"'.encode(),
    "long texts": f'"{"a" * 10_000_000}\N{GRINNING FACE}"'.encode(),
    "a page's fields": b'{"id":4,"meta":{"type":"blog.BlogPage","html_url":"/"},"a":[{}]}',
}


@pytest.fixture(scope="module")
def api() -> Iterator[FakeApi]:
    with FakeApi(page(3, "/")) as api:
        yield api


@pytest.mark.parametrize("size", [30_000_000, 60_000_000], ids=["30 MB", "60 MB"])
@pytest.mark.parametrize("name", CONTENTS)
def test_large_list_is_refused_in_little_memory(
    nursery: Nursery, api: FakeApi, tmp_path: Path, name: str, size: int
) -> None:
    """One of less than an answer may have, and one of more."""
    api.answers.clear()
    more = {"PLAINLEAF_SOURCE": "pages-api", "PLAINLEAF_API_URL": api.url}
    attempt = Attempt(nursery, Place(tmp_path, api.origin, more=more), has_site=True)
    one = CONTENTS[name]
    items = b",".join([one] * (size // (len(one) + 1)))
    body = b'{"meta": {"total_count": 1}, "items": [' + items + b"]}"
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    api.answers["/api/v2/pages/"] = (200, headers, gzip.compress(body, 1))
    assert f"'{api.url}pages/" in attempt()
