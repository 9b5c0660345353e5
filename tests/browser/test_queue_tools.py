"""The tools below one comment, in a real browser: replying by keys, removing words, undoing it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_queue import Queue, said, shows
from tests.live import Stack

pytestmark = pytest.mark.browser

TEXT = "Lynx 👩‍👩‍👧 BP < 120 & > 80, I am Sam Smith of Leeds."


def opened(stack: Stack, admin: Page, word: str, text: str = TEXT) -> Queue:
    """The page of one comment that holds ``text``."""
    queue = Queue(stack, word, 1)
    queue.shell(f"ours.update(text={text.replace('Lynx', word)!r})")
    admin.goto(queue.url())
    admin.get_by_role("link", name="Reader 0", exact=True).click()
    shows(admin, "Reader 0")
    return queue


def select(page: Page, words: str) -> None:
    """With the mouse, as far as a page can tell."""
    page.evaluate(
        """words => {
            const node = document.querySelector('[data-original="text"]').firstChild;
            const start = node.data.indexOf(words);
            getSelection().setBaseAndExtent(node, start, node, start + words.length);
        }""",
        words,
    )


def test_reply_is_written_and_the_comment_approved_by_the_keyboard_alone(
    stack: Stack, admin: Page
) -> None:
    queue = opened(stack, admin, "Okapi")
    keys = admin.keyboard
    keys.press("w")
    expect(admin.get_by_role("textbox", name="Reply", exact=True)).to_be_focused()
    keys.type("Thank you, and all the best. a r s u")  # no key decides while one types
    keys.press("Tab")
    keys.type("Maria, pharmacist")
    keys.press("Tab")
    keys.press("Tab")
    expect(admin.get_by_role("button", name="Save and approve the comment")).to_be_focused()
    keys.press("Enter")
    said(admin, "The reply is saved. It appears with the comment at the next export.")
    expect(admin.locator(".reader-comment__reply")).to_contain_text("Maria, pharmacist")
    expect(admin.locator("fresh-part")).to_have_text("Waiting for export")
    assert queue.states() == ["approved"]
    stack.export()
    expect(admin.locator("fresh-part")).to_contain_text("Live since")
    admin.get_by_role("link", name="Its place on the site").click()
    reply = admin.locator(".comment--reply", has_text="Thank you, and all the best.")
    expect(reply.get_by_role("heading")).to_have_text("Reply from Maria, pharmacist Plainleaf team")


def test_selected_words_are_removed_exactly_and_undone_by_a_key(stack: Stack, admin: Page) -> None:
    queue = opened(stack, admin, "Tapir")
    admin.keyboard.press("d")
    select(admin, "Sam Smith")
    admin.get_by_role("button", name="Remove what is selected").click()
    expect(admin.get_by_role("checkbox", name="Sam Smith", exact=True)).to_be_checked()
    admin.get_by_role("button", name="Save what is removed").click()
    said(admin, "Saved: what you chose is removed")
    shown = admin.locator(".reader-comment > .reader-comment__text")
    after = TEXT.replace("Lynx", "Tapir").replace("Sam Smith", "[removed]")
    expect(shown).to_have_text(after)
    assert queue.shell("print(ours.get().text)") == after
    admin.keyboard.press("z")
    expect(shown).to_have_text(TEXT.replace("Lynx", "Tapir"))
    expect(admin.get_by_text("Undone: words shown again")).to_be_visible()


def test_selecting_nothing_is_said(stack: Stack, admin: Page) -> None:
    opened(stack, admin, "Civet")
    admin.keyboard.press("d")
    admin.get_by_role("button", name="Remove what is selected").click()
    expect(admin.get_by_text("Select some words first.")).to_be_visible()


def test_words_are_removed_by_the_keyboard_alone(stack: Stack, admin: Page) -> None:
    queue = opened(stack, admin, "Numbat")
    keys = admin.keyboard
    keys.press("d")
    expect(admin.get_by_role("textbox", name="Other words")).to_be_focused()
    keys.type("sam smith")
    keys.press("Shift+Tab")
    expect(admin.get_by_role("checkbox").last).to_be_focused()
    for _ in range(8):
        keys.press("Tab")
        if admin.evaluate("document.activeElement.value") == "save":
            break
    keys.press("Enter")
    said(admin, "Saved: what you chose is removed")
    assert "I am [removed] of Leeds." in queue.shell("print(ours.get().text)")
