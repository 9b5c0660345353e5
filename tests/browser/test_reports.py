"""A reader reports by the keyboard, without a script; a moderator settles; axe looks at it all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import faults
from tests.live import Stack, wait_until

pytestmark = pytest.mark.browser

ARTICLE = "/medicines/ketamine/"
TOKEN = "a-token-that-nobody-was-sent-0123456789"
WIDTHS = [320, 768, 1280]


@pytest.fixture(scope="module")
def site(stack: Stack) -> Stack:
    """The sample site, where one reader may report as often as these tests need."""
    stack.environment["PLAINLEAF_COMMENT_NETWORK_PER_MINUTE"] = "0"
    stack.stop("edge")
    stack.start_edge()
    return stack


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def reports(stack: Stack) -> list[str]:
    code = (
        "from cms.comments.models import Report\n"
        "for one in Report.objects.filter(text__contains='Giraffe'):\n"
        "    print(one.reason, bool(one.comment_id), one.text)\n"
    )
    return stack.shell(code).strip().splitlines()


def tab_to(page: Page, name: str, role: str = "link") -> None:
    """By the Tab key alone, as often as it takes."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.locator(":focus").count() and wanted.and_(page.locator(":focus")).count():
            return
    raise AssertionError(f"The Tab key does not reach '{name}'.")


def test_comment_is_reported_by_keyboard_and_settled(
    site: Stack, reader: Page, admin: Page
) -> None:
    reader.goto(site.site_url + ARTICLE)
    shown = reader.get_by_role("link", name="Report this comment").count()
    tab_to(reader, "Report this comment")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", level=1)).to_contain_text("Report a comment on")

    tab_to(reader, "Send report", "button")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(reader.locator(".error-summary")).to_be_focused()
    reader.keyboard.press("Tab")
    reader.keyboard.press("Enter")
    reader.keyboard.press("Tab")  # from the first choice, where the link led, on
    reader.keyboard.press("Shift+Tab")
    reader.keyboard.press("Space")
    reader.keyboard.press("ArrowDown")
    expect(reader.get_by_role("radio").nth(1)).to_be_checked()
    reader.keyboard.press("Tab")
    reader.keyboard.type("Giraffe: it names my neighbour. <b>&</b>")
    reader.keyboard.press("Tab")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", name="Thank you for your report")).to_be_visible()
    receipt = reader.locator("main strong").first.inner_text()

    wait_until(lambda: len(reports(site)) == 1, "the report is in the CMS")
    assert reports(site) == ["names_person True Giraffe: it names my neighbour. <b>&</b>"]

    admin.goto(f"{site.cms_url}/admin/reader-comments/reports/")
    entry = admin.get_by_role("article").filter(has_text="Giraffe")
    expect(entry).to_contain_text("Names a person")
    expect(entry).to_contain_text(receipt)
    tab = admin.get_by_role("link", name=re.compile(r"Reports \d"))
    expect(tab).to_have_attribute("aria-current", "page")
    entry.get_by_label("Note (optional)").fill("The name is that of a film.")
    admin.keyboard.press("Enter")
    settled = re.compile(r"(1 report is|\d reports are) settled\.")  # others may have reported it
    expect(admin.get_by_role("status").filter(has_text=settled)).to_be_visible()
    expect(entry).to_have_count(0)
    admin.get_by_role("button", name="Undo").click()
    expect(entry).to_be_visible()
    entry.locator("..").get_by_role("button", name="Hide the comment").click()
    expect(entry).to_have_count(0)
    site.export()
    reader.goto(site.site_url + ARTICLE)
    assert reader.get_by_role("link", name="Report this comment").count() == shown - 1


def test_settling_goes_on_to_the_next_entry_and_undoing_comes_back(
    site: Stack, admin: Page
) -> None:
    site.shell(
        "import json\n"
        "from cms.articles.models import ArticlePage\n"
        "from cms.comments.intake import take\n"
        "from tests.cms.comment_site import comment\n"
        "from tests.cms.test_comments_reports import report\n"
        "page = ArticlePage.objects.get(slug='ketamine')\n"
        "for at in range(3):\n"
        "    seen = comment(page, text=f'Narwhal {at}')\n"
        "    line = report(page, seen, received_at=f'2020-01-0{at + 1}T00:00:00Z')\n"
        "    assert take(json.dumps(line).encode()).status == 201\n"
    )
    admin.goto(f"{site.cms_url}/admin/reader-comments/reports/")
    entries = admin.get_by_role("listitem").filter(has=admin.get_by_role("article"))
    first, second = (entries.filter(has_text=f"Narwhal {at}") for at in range(2))
    first.get_by_role("button", name="Settle the report").press("Enter")
    expect(second).to_be_focused()
    admin.get_by_role("button", name="Undo").press("Enter")
    expect(first).to_be_focused()
    first.get_by_role("button", name="Reject the comment").press("Enter")
    expect(second).to_be_focused()
    admin.get_by_role("button", name="Undo").press("Enter")
    expect(first).to_be_focused()


def show_comment_form(site: Stack, page: Page) -> None:
    page.goto(site.site_url + ARTICLE)
    page.get_by_role("link", name="Report this comment").first.click()


def show_page_form(site: Stack, page: Page) -> None:
    page.goto(site.site_url + ARTICLE)
    page.get_by_role("link", name="Report a problem with this page").click()


def show_errors(site: Stack, page: Page) -> None:
    show_page_form(site, page)
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()


def show_thanks(site: Stack, page: Page) -> None:
    page.goto(f"{site.site_url}/comments/report/thanks/K7QF-2M9X-RT4C")


def show_mail_link(site: Stack, page: Page) -> None:
    page.goto(f"{site.site_url}/comments/mail/unsubscribe/{TOKEN}")


def show_mail_done(site: Stack, page: Page) -> None:
    page.goto(f"{site.site_url}/comments/mail/confirm/{TOKEN}")
    page.get_by_role("button", name="Write to me about my comment").click()
    expect(page.get_by_role("heading", name="Thank you. We have it")).to_be_visible()


@pytest.mark.parametrize(
    "show",
    [
        *(show_comment_form, show_page_form, show_errors, show_thanks),
        *(show_mail_link, show_mail_done),
    ],
)
def test_axe_finds_nothing(
    site: Stack, browser: Browser, show: Callable[[Stack, Page], None]
) -> None:
    """As the edge answers; ``test_reader_pages.py`` has them in every scheme and width."""
    page = browser.new_page(color_scheme="dark", viewport={"width": 320, "height": 900})
    show(site, page)
    assert faults(page) == []
    page.close()


def test_axe_finds_nothing_in_the_reports(site: Stack, admin: Page) -> None:
    site.shell(
        "import json\n"
        "from cms.comments.intake import take\n"
        "from cms.comments.models import ReaderComment\n"
        "from tests.cms.test_comments_reports import report\n"
        "seen = ReaderComment.objects.filter(state='approved').first()\n"
        "for text in ('One.', 'I want to end my life.'):\n"
        "    for line in (report(seen.page, seen, text=text), report(seen.page, text=text)):\n"
        "        assert take(json.dumps(line).encode()).status == 201\n"
    )
    for path in ("reports/", "reports/?settled=1"):
        admin.goto(f"{site.cms_url}/admin/reader-comments/{path}")
        for width in WIDTHS:
            admin.set_viewport_size({"width": width, "height": 900})
            assert (path, width, faults(admin, "main")) == (path, width, [])
