"""The moderators' queue in a real browser: by keys, by two people, without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import EDITOR, PASSWORD
from tests.browser.test_preview_panel import refusal_in
from tests.live import Stack

pytestmark = pytest.mark.browser

MORE = "Show what is here now"


class Queue:
    """The comments of one test, found by a word that only they hold."""

    def __init__(self, stack: Stack, word: str, number: int) -> None:
        self.stack, self.word = stack, word
        self.shell(
            "assert not ours.exists(), 'Another test of this module has that word.'\n"
            "page = ArticlePage.objects.get(slug='ketamine')\n"
            f"for at in range({number}):\n"
            f"    comment(page, name=f'Reader {{at}}', text=f'{word} {{at}}')\n"
        )

    def shell(self, code: str) -> str:
        return self.stack.shell(
            "from cms.articles.models import ArticlePage\n"
            "from cms.comments.models import ReaderComment, Reason\n"
            "from tests.cms.comment_site import comment\n"
            f"ours = ReaderComment.objects.filter(text__contains={self.word!r}).order_by('pk')\n"
            + code
        ).strip()

    def states(self) -> list[str]:
        return self.shell("print(*ours.values_list('state', flat=True))").split()

    def ids(self) -> list[str]:
        return [
            f"row-{pk}" for pk in self.shell("print(*ours.values_list('pk', flat=True))").split()
        ]

    def url(self, tab: str = "held") -> str:
        return f"{self.stack.cms_url}/admin/reader-comments/?tab={tab}&q={self.word}"


@pytest.fixture
def second(stack: Stack, browser: Browser) -> Iterator[Page]:
    """Somebody else, in a browser of their own."""
    stack.shell(
        "from django.contrib.auth.models import Group, User\n"
        "anna, is_new = User.objects.get_or_create(username='anna')\n"
        f"anna.set_password({PASSWORD!r})\n"
        "anna.save()\n"
        "anna.groups.add(Group.objects.get(name='Moderators'))\n"
    )
    context = browser.new_context()
    page = context.new_page()
    log_in(stack, page, "anna")
    yield page
    context.close()


def log_in(stack: Stack, page: Page, username: str) -> None:
    page.goto(f"{stack.cms_url}/admin/login/")
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent")


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def shows(page: Page, name: str) -> None:
    """The comment's own page is there, and its script with it."""
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Keys")).to_be_visible()


def test_twenty_comments_are_cleared_by_the_keyboard_alone(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Zebra", 20)
    ids = queue.ids()
    admin.goto(queue.url())
    keys = admin.keyboard

    keys.press("j")
    assert focused(admin) == ids[0]
    for at, (key, word) in enumerate([("a", "approved"), ("r", "rejected"), ("s", "spam")]):
        keys.press(key)
        said(admin, f"The comment by 'Reader {at}' is")
        said(admin, word)
        expect(admin.locator(f"#{ids[at + 1]}")).to_be_focused()
    keys.press("j")
    keys.press("k")
    assert focused(admin) == ids[3]
    keys.press("x")
    keys.press("j")
    keys.press("x")
    expect(admin.get_by_text("2 chosen")).to_be_visible()
    keys.press("u")
    said(admin, "2 comments marked as urgent.")
    expect(admin.locator(f"#{ids[5]}")).to_be_focused()
    for _ in range(15):  # faster than any answer
        keys.press("a")
    expect(admin.get_by_role("link", name=MORE)).to_be_focused()
    expect(admin.get_by_role("link", name="To review 0")).to_be_visible()
    keys.press("Enter")
    expect(admin.get_by_text("No comment here matches.")).to_be_visible()
    assert queue.states() == ["approved", "rejected", "spam", *["urgent"] * 2, *["approved"] * 15]


def test_undo_restores_and_puts_the_focus_back(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Gnu", 3)
    ids = queue.ids()
    admin.goto(queue.url())
    for key in "jxjxr":
        admin.keyboard.press(key)
    said(admin, "2 comments rejected.")
    admin.keyboard.press("z")
    said(admin, "Undone: 2 comments back as before.")
    expect(admin.locator(f"#{ids[0]}")).to_be_focused()
    assert queue.states() == ["held"] * 3
    admin.keyboard.press("z")
    said(admin, "There is nothing to undo.")


def test_of_two_moderators_one_wins_and_the_other_is_told(
    stack: Stack, admin: Page, second: Page
) -> None:
    queue = Queue(stack, "Okapi", 2)
    ids = queue.ids()
    admin.goto(queue.url())
    second.goto(queue.url())
    second.keyboard.press("j")
    second.keyboard.press("r")
    said(second, "The comment by 'Reader 0' is rejected.")

    admin.keyboard.press("j")
    admin.keyboard.press("a")
    said(admin, "The comment by 'Reader 0' was changed by 'anna' meanwhile")
    row = admin.locator(f"#{ids[0]}")
    expect(row.get_by_text("Rejected")).to_be_visible()
    expect(row).to_be_focused()
    assert queue.states() == ["rejected", "held"]
    admin.keyboard.press("a")  # now that it was seen
    said(admin, "The comment by 'Reader 0' is approved.")


def test_everything_works_without_a_script(stack: Stack, browser: Browser) -> None:
    queue = Queue(stack, "Tapir", 3)
    ids = queue.ids()
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        log_in(stack, page, EDITOR)
        page.goto(queue.url())
        page.get_by_role("button", name="Approve the comment by Reader 0").click()
        assert page.url == f"{queue.url()}#{ids[1]}"
        said(page, "The comment by 'Reader 0' is approved.")
        expect(page.locator(".messages > ul")).to_have_css("opacity", "1")
        page.get_by_role("button", name="Undo").press("Enter")
        assert page.url == f"{queue.url()}#{ids[0]}"
        for at in range(3):
            page.get_by_label(f"Choose the comment by Reader {at}").check()
        page.get_by_role("form").get_by_role("button", name="Reject", exact=True).click()
        said(page, "3 comments rejected.")
    assert queue.states() == ["rejected"] * 3


def test_keys_rest_while_one_types_and_where_the_user_wants_none(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Lynx", 2)
    admin.goto(queue.url())
    admin.keyboard.press("j")
    admin.keyboard.press("/")
    assert focused(admin) == "id_q"
    admin.keyboard.type("arsu")
    admin.goto(queue.url())
    admin.get_by_label("Reason (optional, kept").focus()
    admin.keyboard.type("zjxarsu?")
    admin.locator(f"#{queue.ids()[0]}").focus()
    admin.keyboard.press("Control+a")
    assert queue.states() == ["held"] * 2

    profile = (
        "from django.contrib.auth.models import User\n"
        "from wagtail.users.models import UserProfile\n"
        f"profile = UserProfile.get_for_user(User.objects.get(username={EDITOR!r}))\n"
        "profile.keyboard_shortcuts = {}\n"
        "profile.save()\n"
    )
    stack.shell(profile.format(False))
    try:
        admin.goto(queue.url())
        admin.locator(f"#{queue.ids()[0]}").focus()
        admin.keyboard.press("a")
        admin.get_by_role("button", name="Keys").click()
        expect(admin.get_by_text("They are off, as you chose")).to_be_visible()
        assert queue.states() == ["held"] * 2
    finally:
        stack.shell(profile.format(True))


def test_help_opens_and_gives_the_focus_back(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Ibex", 2)
    admin.goto(queue.url())
    admin.keyboard.press("j")
    admin.keyboard.press("?")
    expect(admin.get_by_role("dialog", name="Keys of the queue")).to_be_visible()
    expect(admin.locator("#keyboard-shortcuts-dialog")).to_be_hidden()
    admin.keyboard.press("a")  # decides on nothing that one cannot see
    admin.keyboard.press("Escape")
    assert focused(admin) == queue.ids()[0]
    assert queue.states() == ["held"] * 2


def test_page_of_a_comment_is_worked_by_keys_too(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Eland", 3)
    admin.goto(queue.url())
    admin.get_by_role("link", name="Reader 0").click()
    shows(admin, "Reader 0")
    admin.keyboard.press("j")
    shows(admin, "Reader 1")
    admin.keyboard.press("k")
    shows(admin, "Reader 0")
    admin.keyboard.press("a")
    shows(admin, "Reader 1")
    said(admin, "The comment by 'Reader 0' is approved.")
    admin.keyboard.press("z")
    shows(admin, "Reader 0")
    said(admin, "Undone")
    assert queue.states() == ["held"] * 3


def test_search_as_one_types_keeps_the_tab_and_the_keys(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Dugong", 2)
    admin.goto(f"{stack.cms_url}/admin/reader-comments/?tab=held")
    admin.keyboard.press("/")
    admin.keyboard.type("Dugong 1")
    expect(admin.get_by_role("link", name="To review 1")).to_be_visible()
    expect(admin.get_by_role("link", name="Reader 0")).to_have_count(0)
    admin.keyboard.press("Tab")
    admin.keyboard.press("j")
    admin.keyboard.press("a")
    said(admin, "The comment by 'Reader 1' is approved.")
    assert queue.states() == ["held", "approved"]


def test_list_that_is_fetched_again_gives_the_focus_back(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Bongo", 3)
    admin.goto(queue.url())
    admin.keyboard.press("j")
    admin.keyboard.press("j")
    with admin.expect_response("**/reader-comments/results/**"):
        admin.dispatch_event("[data-search-form]", "change")
    admin.wait_for_timeout(500)
    assert focused(admin) == queue.ids()[1]


def test_nothing_is_wider_than_a_phone_and_nothing_is_refused(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Quagga", 1)
    queue.shell("ours.update(name='W' * 80, text='Quagga' * 400)")
    problems: list[str] = []
    admin.on("console", lambda message: problems.append(refusal_in(message)))
    admin.on("pageerror", lambda error: problems.append(str(error)))
    admin.set_viewport_size({"width": 320, "height": 800})
    admin.goto(queue.url())
    assert admin.evaluate("document.documentElement.scrollWidth") <= 320
    admin.get_by_role("link", name="WWW").click()
    expect(admin.get_by_role("heading", name="The article")).to_be_visible()
    assert admin.evaluate("document.documentElement.scrollWidth") <= 320
    assert [problem for problem in problems if problem] == []


def test_all_tabs_stand_in_one_line_beside_the_menu(stack: Stack, admin: Page) -> None:
    queue = Queue(stack, "Numbat", 1)
    admin.goto(queue.url())
    tabs = admin.locator("#queue-tabs a")
    for width in (1200, 1280, 1300, 1366, 1440, 1441):
        admin.set_viewport_size({"width": width, "height": 800})
        tops = tabs.evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
        assert len(tops) > 8
        assert len(set(tops)) == 1, width
