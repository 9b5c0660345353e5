"""What an editor sees of the safety rules: by keyboard, and through the accessibility tree."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import faults
from tests.browser.refused_drafts import WITHOUT_FAULT, make_drafts, said_of_faults
from tests.live import Stack

pytestmark = pytest.mark.browser

WIDTHS = [320, 768, 1280]
SECONDS = 15_000  # the machine of the tests may be busy with others


class Desk:
    """An article of the sample content, and the admin's pages about it."""

    def __init__(self, stack: Stack, slug: str) -> None:
        self.stack = stack
        self.admin = f"{stack.cms_url}/admin"
        self.pk = int(
            stack.shell(
                "from cms.articles.models import ArticlePage\n"
                f"print(ArticlePage.objects.get(slug={slug!r}).pk)"
            )
        )

    @property
    def editor(self) -> str:
        return f"{self.admin}/pages/{self.pk}/edit/"

    @property
    def page(self) -> str:
        return f"{self.admin}/safety/pages/{self.pk}/"


@pytest.fixture(scope="module")
def desk(stack: Stack) -> Desk:
    """An article that needs no prescription, with two parts that promise too much, as a draft."""
    desk = Desk(stack, "sleep")
    stack.shell(
        "import uuid\n"
        "from cms.articles.models import ArticlePage\n"
        f"page = ArticlePage.objects.get(pk={desk.pk})\n"
        "page.body.append(('heading', {'text': 'A miracle cure', 'size': 'section'}))\n"
        "page.body.append(('heading', {'text': 'Another miracle', 'size': 'section'}))\n"
        "page.save_revision()\n"
    )
    return desk


def open_panel(admin: Page, desk: Desk) -> Locator:
    """With keys alone: the button of the panel is pressed where the focus finds it."""
    admin.goto(desk.editor)
    toggle = admin.get_by_role("button", name="Toggle safety")
    expect(toggle).to_be_visible(timeout=SECONDS)
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.focus()
        admin.keyboard.press("Enter")
    panel = admin.locator('[data-side-panel="safety"]')
    expect(panel).to_be_visible()
    return panel


def summary(panel: Locator) -> Locator:
    return panel.get_by_role("status")


def count(admin: Page) -> int:
    counter = admin.locator('[data-side-panel-toggle="safety"] [data-side-panel-toggle-counter]')
    return int(counter.text_content() or 0)


def test_what_is_typed_is_found_and_the_focus_stays(desk: Desk, admin: Page) -> None:
    panel = open_panel(admin, desk)
    before = count(admin)
    said = summary(panel).text_content() or ""
    title = admin.locator("#id_title")
    title.focus()
    admin.keyboard.press("End")
    admin.keyboard.type(": a guaranteed miracle cure")

    expect(summary(panel)).not_to_have_text(said, timeout=SECONDS)
    assert count(admin) > before
    expect(title).to_be_focused()
    expect(panel.get_by_role("listitem").filter(has_text="Title").first).to_be_visible()


def test_a_link_puts_the_focus_into_the_part_it_is_about(desk: Desk, admin: Page) -> None:
    panel = open_panel(admin, desk)
    link = panel.locator('a[data-path^="body."]').first
    path = link.get_attribute("data-path") or ""
    link.focus()
    admin.keyboard.press("Enter")

    part = admin.locator(f'[data-contentpath="{path.split(".")[1]}"]')
    expect(part.locator(":focus")).to_have_count(1)


def test_a_link_opens_the_tab_and_the_part_that_is_folded_away(desk: Desk, admin: Page) -> None:
    panel = open_panel(admin, desk)
    link = panel.locator('a[data-path^="body."]').first
    path = link.get_attribute("data-path") or ""
    part = admin.locator(f'[data-contentpath="{path.split(".")[1]}"]')
    part.locator("[data-panel-toggle]").first.click()
    admin.get_by_role("tab", name="Promote").click()
    expect(part).to_be_hidden()
    link.focus()
    admin.keyboard.press("Enter")

    expect(part.locator(":focus")).to_have_count(1)


def test_a_refused_page_leads_to_each_place_that_is_to_be_mended(desk: Desk, admin: Page) -> None:
    panel = open_panel(admin, desk)
    path = panel.locator('a[data-path^="body."]').first.get_attribute("data-path") or ""
    part = admin.locator(f'[data-contentpath="{path.split(".")[1]}"]')
    part.get_by_role("textbox").first.fill("")
    admin.get_by_role("button", name="More actions").last.click()
    admin.get_by_role("button", name="Publish").click()

    told = admin.locator(".messages")
    expect(told).to_contain_text("Not published.", timeout=SECONDS)
    admin.get_by_role("tab", name="Promote").click()
    link = told.get_by_role("link", name=re.compile(r"^Body, part \d+ \(Heading\): "))
    link.focus()
    admin.keyboard.press("Enter")
    expect(part.locator(":focus")).to_have_count(1)


def test_a_reason_is_given_and_taken_back_with_the_keyboard(desk: Desk, admin: Page) -> None:
    panel = open_panel(admin, desk)
    field = panel.get_by_role("textbox", name=re.compile("^Why it is right as it is")).first
    item = admin.locator(f'li[data-key="{field.evaluate("one => one.closest(`li`).dataset.key")}"]')
    before = count(admin)
    field.focus()
    admin.keyboard.type("The heading quotes the law.")
    admin.keyboard.press("Tab")
    admin.keyboard.press("Enter")

    expect(item).to_contain_text("Warning, with a reason", timeout=SECONDS)
    expect(item).to_contain_text("The heading quotes the law.")
    assert count(admin) == before - 1
    item.get_by_role("button", name=re.compile("^Take the reason back")).press("Enter")
    expect(item.get_by_role("textbox")).to_be_visible(timeout=SECONDS)
    assert count(admin) == before


def test_a_reason_half_written_outlasts_what_is_typed(desk: Desk, admin: Page) -> None:
    panel = open_panel(admin, desk)
    field = panel.get_by_role("textbox", name=re.compile("^Why it is right as it is")).last
    field.fill("Half a rea")
    said = summary(panel).text_content() or ""
    admin.locator("#id_title").fill("A guaranteed miracle")

    expect(summary(panel)).not_to_have_text(said, timeout=SECONDS)
    expect(field).to_have_value("Half a rea")


def test_without_a_script_the_page_takes_reasons(desk: Desk, admin: Page) -> None:
    state = admin.context.storage_state()
    with admin.context.browser.new_context(java_script_enabled=False, storage_state=state) as plain:
        page = plain.new_page()
        page.goto(desk.page)
        page.get_by_role("textbox").last.fill("It is a quotation.")
        page.get_by_role("button", name=re.compile("^Record this reason")).last.click()

        expect(page.get_by_text("The reason is recorded.")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Take the reason back")).last.click()
        expect(page.get_by_text("The reason is taken back.")).to_be_visible()


def test_axe_finds_nothing_in_the_panel(desk: Desk, admin: Page) -> None:
    open_panel(admin, desk)
    for width in WIDTHS:
        admin.set_viewport_size({"width": width, "height": 900})
        assert (width, faults(admin, '[data-side-panel="safety"]')) == (width, [])


@pytest.mark.parametrize(
    "path", ["safety/report/", "safety/sources/", "safety/report/?state=refused", "site-alert/"]
)
def test_axe_finds_nothing_in_the_reports(desk: Desk, admin: Page, path: str) -> None:
    admin.goto(f"{desk.admin}/{path}")
    for width in WIDTHS:
        admin.set_viewport_size({"width": width, "height": 900})
        assert (width, faults(admin, "main")) == (width, [])


@pytest.mark.parametrize("verb", ["", "withdraw/", "let-back/"])
def test_axe_finds_nothing_on_the_pages_about_one_page(desk: Desk, admin: Page, verb: str) -> None:
    admin.goto(f"{desk.page}{verb}")
    for width in WIDTHS:
        admin.set_viewport_size({"width": width, "height": 900})
        assert (width, faults(admin, "main")) == (width, [])


def test_a_page_is_taken_off_and_let_back_with_the_keyboard(stack: Stack, admin: Page) -> None:
    desk = Desk(stack, "naloxone")  # its own: no other test finds it gone
    admin.goto(desk.page)
    admin.get_by_role("link", name="Take off the site now…").press("Enter")
    admin.get_by_role("textbox", name="Reason").press_sequentially("The dose was wrong.")
    admin.get_by_role("button", name="Yes, take it off").press("Enter")
    expect(admin.get_by_text("leaves the site, within seconds")).to_be_visible(timeout=SECONDS)

    admin.goto(f"{desk.admin}/")
    admin.get_by_role("link", name=re.compile("was taken off the site")).press("Enter")
    expect(admin.get_by_text("The dose was wrong.").first).to_be_visible()
    admin.get_by_role("link", name="End the withdrawal…").press("Enter")
    admin.get_by_role("textbox", name="Reason").press_sequentially("Mended.")
    admin.get_by_role("button", name="Yes, it may go live again").press("Enter")
    expect(admin.get_by_text("The page may go live again.")).to_be_visible(timeout=SECONDS)


def test_bulk_publishing_says_of_each_refused_page_what_to_mend(stack: Stack, admin: Page) -> None:
    topic = make_drafts(stack, "in-bulk")
    admin.goto(f"{stack.cms_url}/admin/pages/{topic}/")
    admin.get_by_role("checkbox", name="Select all").press("Space")
    admin.get_by_role("link", name="Publish selected pages", exact=True).press("Enter")
    admin.get_by_role("button", name="Yes, publish").press("Enter")

    told = admin.locator(".messages li.error")
    expect(told).to_have_count(len(said_of_faults()), timeout=SECONDS)
    for title, rule in said_of_faults().items():
        of_page = told.filter(has_text=f"“{title}” was not published")
        expect(of_page.get_by_role("listitem").filter(has_text=f"{rule}, ")).not_to_have_count(0)
        expect(of_page.get_by_role("link", name="Edit")).to_be_visible()
    expect(admin.locator(".messages li.success")).to_contain_text("1 page has been published")
    assert faults(admin, ".messages") == []


def test_the_list_of_pages_says_what_the_schedule_refused(stack: Stack, admin: Page) -> None:
    topic = make_drafts(stack, "on-schedule", "schedule")
    stack.manage("publish_scheduled")
    admin.goto(f"{stack.cms_url}/admin/pages/{topic}/")
    for title, rule in said_of_faults().items():
        row = admin.get_by_role("row").filter(has=admin.get_by_role("link", name=title))
        status = row.get_by_role("status")
        expect(status).to_contain_text("Kept off the site: It was not published on its day.")
        expect(status).to_contain_text(f"{rule}, ")
    fit = admin.get_by_role("row").filter(has=admin.get_by_role("link", name=WITHOUT_FAULT))
    expect(fit.get_by_role("status")).not_to_contain_text("Kept off the site")
