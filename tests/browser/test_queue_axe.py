"""What axe finds in the moderators' pages: in all that is ours of them, not in Wagtail's frame."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import faults
from tests.browser.conftest import EDITOR
from tests.browser.test_queue import Queue
from tests.live import Stack

pytestmark = pytest.mark.browser

WIDTHS = [320, 768, 1280]


@pytest.fixture(scope="module")
def queue(stack: Stack) -> Queue:
    """An urgent comment with its words marked, one with an address, and one approved."""
    queue = Queue(stack, "Weasel", 3)
    queue.shell(
        "first, second, third = ours\n"
        "first.move_to('urgent', by=None)\n"
        "Reason.objects.create(comment=first, rule='crisis', field='text', start=0, end=6)\n"
        "ours.filter(pk=second.pk).update(email='sam@example.org', network='0123456789abcdef')\n"
        "third.move_to('approved', by=None)\n"
    )
    return queue


@pytest.mark.parametrize("tab", ["urgent", "held", "approved", "spam"])
def test_axe_finds_nothing_in_the_list(queue: Queue, admin: Page, tab: str) -> None:
    admin.goto(queue.url(tab))
    for width in WIDTHS:
        admin.set_viewport_size({"width": width, "height": 900})
        assert (width, faults(admin, "main")) == (width, [])


@pytest.mark.parametrize(("tab", "name"), [("urgent", "Reader 0"), ("held", "Reader 1")])
def test_axe_finds_nothing_on_the_page_of_a_comment(
    queue: Queue, admin: Page, tab: str, name: str
) -> None:
    admin.goto(queue.url(tab))
    admin.get_by_role("link", name=name).click()
    expect(admin.get_by_role("heading", name="History")).to_be_visible()
    for width in WIDTHS:
        admin.set_viewport_size({"width": width, "height": 900})
        assert (width, faults(admin, "main")) == (width, [])


def test_axe_finds_nothing_in_the_help_and_after_a_decision(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Stoat", 2)  # its own: the tests run in any order, and this one decides
    admin.goto(queue.url("held"))
    admin.keyboard.press("?")
    expect(admin.get_by_role("dialog", name="Keys of the queue")).to_be_visible()
    assert faults(admin, "dialog[open]") == []
    admin.keyboard.press("Escape")
    admin.keyboard.press("j")
    admin.keyboard.press("r")
    expect(admin.get_by_role("status").filter(has_text="is rejected")).to_be_visible()
    assert faults(admin, "main") == []


def show_person(queue: Queue, admin: Page) -> None:
    admin.goto(f"{queue.stack.cms_url}/admin/reader-comments/person/")
    admin.get_by_label("E-mail address or receipt").fill("sam@example.org")
    admin.keyboard.press("Enter")
    admin.locator("main summary").click()
    expect(admin.get_by_role("button", name="for ever")).to_be_visible()


def show_export(queue: Queue, admin: Page) -> None:
    admin.goto(queue.url("held"))
    admin.get_by_role("link", name="Export these comments").click()
    expect(admin.get_by_role("heading", name="What the file holds")).to_be_visible()


def show_question_before_erasing(queue: Queue, admin: Page) -> None:
    admin.goto(queue.url("held"))
    admin.get_by_label("Choose the comment by Reader 1").check()
    admin.get_by_role("form").get_by_role("button", name="Erase").click()
    expect(admin.get_by_role("button", name="Erase")).to_be_visible()


def show_question_before_another_look(queue: Queue, admin: Page) -> None:
    admin.goto(queue.url("held"))
    admin.get_by_role("link", name="Reader 1").click()
    admin.get_by_role("link", name="Look again at its approved ones").click()
    expect(admin.get_by_role("heading", name="Look again")).to_be_visible()


def show_link_of_a_mail(queue: Queue, admin: Page) -> None:
    admin.goto(
        queue.shell(
            "from django.contrib.auth.models import User\n"
            "from cms.comments.mail.links import decide_address\n"
            f"print(decide_address(ours[0], User.objects.get(username={EDITOR!r})))\n"
        )
    )
    expect(admin.get_by_role("link", name="All about this comment")).to_be_visible()


@pytest.mark.parametrize(
    "show",
    [
        *(show_person, show_export, show_question_before_erasing),
        *(show_question_before_another_look, show_link_of_a_mail),
    ],
)
def test_axe_finds_nothing_beside_the_list(
    queue: Queue, admin: Page, show: Callable[[Queue, Page], None]
) -> None:
    show(queue, admin)
    for width in WIDTHS:
        admin.set_viewport_size({"width": width, "height": 900})
        assert (width, faults(admin, "main")) == (width, [])
