"""What editors see of the export without loading a page again, and with the keyboard alone."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.test_preview_panel import refusal_in
from tests.live import Stack

pytestmark = pytest.mark.browser

TRIES = 8  # what is late because the machine is busy is not late every time
SEEN_WITHIN_SECONDS = 2.5  # the script asks every second


class Exporter:
    """Says what an exporter says, when the test wants it to."""

    def __init__(self, stack: Stack) -> None:
        self.api = f"{stack.cms_url}/api/export/v1"
        self.token = {"Authorization": f"Bearer {stack.feed_token}"}

    def position(self) -> Any:
        return requests.get(f"{self.api}/cursor", headers=self.token, timeout=20).json()

    def report(self, **values: Any) -> None:
        now = datetime.now(UTC)
        releases = [
            {"id": id, "created_at": str(now), "pages": 9, "is_current": at == 0}
            | {"is_pinned": False}
            for at, id in enumerate(("r2", "r1"))
        ]
        told = {
            "id": str(uuid.uuid4()),
            "started_at": str(now - timedelta(seconds=1)),
            "finished_at": str(now),
            "seconds": 0.2,
            "reason": "change",
            "outcome": "published",
            "release": "r2",
            "cursor": self.position()["cursor"],
            "pages": 9,
            "rendered": 1,
            "kept": 8,
            "removed": 0,
            "findings": [],
            "finding_count": 0,
            "error": "",
            "exit_code": 0,
            "pinned": None,
            "next_change_at": None,
            "releases": releases,
            "request": None,
            "version": "0.1.0",
            **values,
        }
        answer = requests.post(f"{self.api}/runs", json=told, headers=self.token, timeout=20)
        assert answer.status_code == 204, answer.text


@pytest.fixture
def exporter(stack: Stack) -> Exporter:
    return Exporter(stack)


@pytest.fixture
def ketamine(stack: Stack) -> str:
    """The id of the article, which has just been published again."""
    return published_again(stack)


def published_again(stack: Stack) -> str:
    return stack.shell(
        "from cms.articles.models import ArticlePage\n"
        "page = ArticlePage.objects.get(slug='ketamine')\n"
        "page.save_revision().publish()\n"
        "print(page.pk)"
    ).strip()


def test_editor_sees_the_page_go_live_without_loading_it_again(
    stack: Stack, admin: Page, exporter: Exporter, ketamine: str
) -> None:
    panel = admin.locator("[data-side-panel=status]")
    seconds: list[float] = []
    while not seconds or (min(seconds) >= SEEN_WITHIN_SECONDS and len(seconds) < TRIES):
        if seconds:
            published_again(stack)
        admin.goto(f"{stack.cms_url}/admin/pages/{ketamine}/edit/")
        if not panel.is_visible():  # the admin remembers which panel was open
            admin.get_by_role("button", name="Toggle status").click()
        expect(panel.get_by_text("Waiting for the next export")).to_be_visible()
        exporter.report()
        start = time.monotonic()
        expect(panel.get_by_text("Live since")).to_be_visible()
        seconds.append(time.monotonic() - start)
    assert min(seconds) < SEEN_WITHIN_SECONDS
    link = panel.get_by_role("link", name="View on the site")
    assert link.get_attribute("href") == f"{stack.site_url}/medicines/ketamine/"


def test_list_of_pages_shows_the_page_go_live(
    stack: Stack, admin: Page, exporter: Exporter, ketamine: str
) -> None:
    parent = stack.shell(
        f"from wagtail.models import Page\nprint(Page.objects.get(pk={ketamine}).get_parent().pk)"
    ).strip()
    admin.goto(f"{stack.cms_url}/admin/pages/{parent}/")
    row = admin.get_by_role("row").filter(has_text="What is ketamine?")
    expect(row.get_by_text("Waiting for the next export")).to_be_visible()
    exporter.report()
    expect(row.get_by_text("Since ")).to_be_visible()


def test_page_that_is_live_is_asked_for_no_more(
    stack: Stack, admin: Page, exporter: Exporter, ketamine: str
) -> None:
    asked: list[str] = []
    admin.on("request", lambda one: asked.append(one.url))
    admin.goto(f"{stack.cms_url}/admin/pages/{ketamine}/edit/")
    admin.get_by_role("button", name="Toggle status").click()
    exporter.report()
    expect(admin.get_by_text("Live since")).to_be_visible()
    before = len([url for url in asked if "site-export" in url])
    admin.wait_for_timeout(2500)
    assert len([url for url in asked if "site-export" in url]) == before > 0


def test_rolling_back_takes_the_keyboard_alone(
    stack: Stack, admin: Page, exporter: Exporter
) -> None:
    exporter.report()
    admin.goto(f"{stack.cms_url}/admin/site-export/")
    admin.get_by_role("link", name="Roll back to this…").focus()
    admin.wait_for_timeout(6000)  # the page has asked again meanwhile
    assert admin.evaluate("document.activeElement.id") == "roll-back-r1"
    admin.keyboard.press("Enter")
    expect(admin.get_by_text("Readers get the site as it was")).to_be_visible()
    admin.get_by_role("button", name="Yes, roll back").focus()
    admin.keyboard.press("Enter")
    expect(admin.get_by_text("The exporter has not answered yet.")).to_be_visible()

    [asked] = exporter.position()["requests"]
    assert (asked["verb"], asked["release"]) == ("rollback", "r1")
    exporter.report(request=asked["id"], reason="request", outcome="held", pinned="r1")
    expect(admin.get_by_text("Held at release r1 by a rollback.")).to_be_visible()
    exporter.report(reason="resume")


def test_nothing_is_wider_than_a_small_window(
    stack: Stack, admin: Page, exporter: Exporter
) -> None:
    """A window of 1,280 pixels at twice the size has room for 640."""
    exporter.report(error="x" * 300, outcome="failed", exit_code=5)
    admin.set_viewport_size({"width": 640, "height": 900})
    admin.goto(f"{stack.cms_url}/admin/site-export/")
    expect(admin.get_by_text("Failed because:")).to_be_visible()
    assert admin.evaluate("document.documentElement.scrollWidth") <= 640
    exporter.report()


def test_nothing_on_the_page_is_refused(stack: Stack, admin: Page, exporter: Exporter) -> None:
    said: list[str] = []
    admin.on("console", lambda message: said.append(refusal_in(message)))
    exporter.report()
    admin.goto(f"{stack.cms_url}/admin/site-export/")
    expect(admin.get_by_text("Live since")).to_be_visible()
    admin.wait_for_timeout(6000)
    assert [text for text in said if text] == []
