"""The admin's word for what readers get, from the real exporter's reports."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import Stack, wait_until

pytestmark = pytest.mark.end_to_end

ASK = """
import json
from django.utils import timezone
from cms.articles.models import ArticlePage
from cms.export_feed.page_status import page_status
from cms.export_feed.requests import Verb, ask
from cms.export_feed.site_status import site_status
page = ArticlePage.objects.get(slug="ketamine")
{act}
site, now = site_status(timezone.now()), timezone.now()
print(json.dumps({{
    "site": site.state,
    "page": page_status(page, now).state,
    "open": len(site.open_requests),
    "releases": [[one.id, one.is_current] for one in site.releases],
    "not_rolled_back": site.failed_rollback.error if site.failed_rollback else "",
}}))
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("status")) as stack:
        stack.manage("migrate", "--verbosity", "0")
        stack.manage("load_content")
        stack.start_cms()
        stack.start_watch()
        yield stack


def status(stack: Stack, act: str = "") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(stack.shell(ASK.format(act=act)).splitlines()[-1])
    return told


def until(stack: Stack, **expected: Any) -> dict[str, Any]:
    def is_so() -> dict[str, Any] | None:
        told = status(stack)
        return told if expected.items() <= told.items() else None

    found: dict[str, Any] = wait_until(is_so, f"{expected}", seconds=90)
    return found


def test_page_is_live_then_held_by_a_rollback_then_live_again(stack: Stack) -> None:
    until(stack, site="live", page="live")
    stack.shell(
        "from cms.articles.models import ArticlePage\n"
        "page = ArticlePage.objects.get(slug='ketamine')\n"
        "page.summary = 'Another summary of it.'\n"
        "page.save_revision().publish()\n"
    )
    told = until(stack, site="live", page="live", open=0)
    [before] = [id for id, is_current in told["releases"] if not is_current][:1]

    status(stack, f"ask(Verb.ROLLBACK, by=None, release={before!r})")
    told = until(stack, site="held", page="held", open=0)
    assert [before, True] in told["releases"]

    status(stack, "ask(Verb.RESUME, by=None)")
    until(stack, site="live", page="live", open=0)


def test_export_that_was_asked_for_is_answered(stack: Stack) -> None:
    assert status(stack, "ask(Verb.EXPORT, by=None)")["open"] == 1
    until(stack, site="live", open=0)


def test_rollback_to_a_release_that_is_gone_is_answered_with_the_reason(stack: Stack) -> None:
    status(stack, "ask(Verb.ROLLBACK, by=None, release='20200101T000000.000Z')")
    told = until(stack, open=0, site="live", page="live")
    assert "20200101T000000.000Z" in told["not_rolled_back"]
