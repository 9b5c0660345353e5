"""The reader's form in a real browser: with its script, without it, and as axe sees it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from tests.browser.axe import faults
from tests.browser.test_preview_panel import refusal_in
from tests.live import Stack, wait_until

pytestmark = pytest.mark.browser

ARTICLE = "/medicines/ketamine/"
PROBLEM = "There is a problem"
WIDTHS = [320, 768, 1280]
SCHEMES = ["light", "dark"]


@pytest.fixture(scope="module")
def site(stack: Stack) -> Stack:
    """The sample site, where one reader may comment as often as these tests need."""
    return restarted(stack, "0")


def restarted(stack: Stack, per_minute: str) -> Stack:
    stack.environment["PLAINLEAF_COMMENT_NETWORK_PER_MINUTE"] = per_minute
    stack.stop("edge")
    stack.start_edge()
    return stack


@pytest.fixture
def form(site: Stack, page: Page) -> Page:
    """The article's page, at its form."""
    page.goto(site.site_url + ARTICLE)
    page.get_by_role("textbox", name="Name").scroll_into_view_if_needed()
    return page


def fill(page: Page, name: str, text: str) -> None:
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("textbox", name="Comment").fill(text)


def button(page: Page) -> Any:
    return page.get_by_role("button", name="Send comment")


def drafts(page: Page) -> str:
    return page.evaluate("JSON.stringify(sessionStorage)")


def posts(page: Page) -> list[dict[str, str]]:
    """The headers of each comment that this page sends from now on."""
    seen: list[dict[str, str]] = []
    page.on(
        "request",
        lambda request: request.method == "POST" and seen.append(request.all_headers()),
    )
    return seen


def rows(stack: Stack, word: str) -> int:
    """How many comments with this word there are, in the CMS and on their way to it."""
    return waiting(stack, word) + arrived(stack, word)


def waiting(stack: Stack, word: str) -> int:
    of = "comment WHERE instr(CAST(body AS TEXT), ?)"
    return asked(stack, "spool/comments.sqlite3", of, word)


def arrived(stack: Stack, word: str) -> int:
    return asked(stack, "cms/db.sqlite3", "comments_readercomment WHERE instr(text, ?)", word)


def asked(stack: Stack, database: str, of: str, word: str) -> int:
    with closing(sqlite3.connect(stack.folder / database)) as connection:
        (count,) = connection.execute(f"SELECT COUNT(*) FROM {of}", (word,)).fetchone()
    return int(count)


def delivered(stack: Stack, word: str) -> int:
    """How many are in the CMS once none is on its way: for a moment one is in both places."""
    wait_until(lambda: arrived(stack, word) and not waiting(stack, word), f"'{word}' to arrive")
    return arrived(stack, word)


def test_comment_is_sent_in_place_and_leads_to_its_receipt(site: Stack, form: Page) -> None:
    fill(form, "Sam", "Heron was clear.")
    assert "Heron" in drafts(form)
    button(form).click()
    expect(form.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    assert re.search(r"/comments/thanks/[0-9A-Z-]{14}$", form.url)
    assert drafts(form) == "{}"
    assert delivered(site, "Heron") == 1
    form.go_back()
    expect(form.get_by_role("textbox", name="Comment")).to_have_value("")


def test_draft_survives_a_reload_and_holds_no_address(form: Page) -> None:
    fill(form, "Sam", "Half a thought about egrets")
    form.get_by_role("textbox", name="E-mail").fill("sam@example.org")
    assert "sam@example.org" not in drafts(form)
    form.goto("about:blank")
    form.go_back()
    form.reload()
    expect(form.get_by_role("textbox", name="Name")).to_have_value("Sam")
    expect(form.get_by_role("textbox", name="Comment")).to_have_value("Half a thought about egrets")
    fill(form, "", "")
    assert drafts(form) == "{}"


def test_draft_starts_with_the_first_keystroke_and_stays_on_its_page(
    site: Stack, form: Page
) -> None:
    form.get_by_role("textbox", name="Comment").press("x")
    assert '\\"text\\":\\"x\\"' in drafts(form)
    form.goto(f"{site.site_url}/medicines/naloxone/")
    expect(form.get_by_role("textbox", name="Comment")).to_have_value("")


def test_errors_stand_beside_their_fields_in_the_words_of_the_server(form: Page) -> None:
    form.get_by_role("textbox", name="E-mail").fill("nobody")
    button(form).click()
    summary = form.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading", name=PROBLEM)).to_be_visible()
    assert summary.get_by_role("link").all_inner_texts() == [
        "Enter your name. A nickname will do.",
        "Enter your comment.",
        "Enter an e-mail address like name@example.org, or leave this empty.",
    ]
    assert form.title().startswith("Error: ")
    name = form.get_by_role("textbox", name="Name")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("Enter your name"))
    summary.get_by_role("link", name="Enter your comment.").click()
    expect(form.get_by_role("textbox", name="Comment")).to_be_focused()
    assert faults(form) == []

    fill(form, "Sam", "Now it is right.")
    button(form).click()
    expect(summary.get_by_role("link")).to_have_count(1)
    expect(name).not_to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("^Shown beside your comment"))


def test_characters_are_counted_as_readers_see_them_and_spoken_after_a_pause(form: Page) -> None:
    text = form.get_by_role("textbox", name="Comment")
    shown = form.locator("#comment-text + .field__hint")
    expect(shown).to_have_text("Characters left: 3,000")
    text.fill("👩‍👩‍👧 e\u0301")
    expect(shown).to_have_text("Characters left: 2,997")
    text.fill("x" * 2_999)
    expect(shown).to_have_text("Characters left: 1")
    text.fill("x" * 3_002)
    expect(shown).to_have_text("Characters too many: 2")
    spoken = form.locator("[aria-live=polite]")
    expect(spoken).to_have_text("Characters too many: 2")
    button(form).click()
    expect(form.get_by_role("link", name="It has 3,002.")).to_be_visible()


@pytest.mark.parametrize("answer", [502, 503, 429, "offline", "html"])
def test_words_stay_whatever_answers(form: Page, answer: int | str) -> None:
    fill(form, "Sam", "My own words about bitterns.")
    sentence = "The edge said so."

    def respond(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif answer == "offline":
            route.abort("internetdisconnected")
        elif answer in ("html", 502):
            route.fulfill(status=200 if answer == "html" else 502, body="<h1>Bad gateway</h1>")
        else:
            route.fulfill(status=int(answer), json={"message": sentence})

    form.route("**/comments", respond)
    button(form).click()
    summary = form.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(
        "the site could not be reached"
        if answer == "offline"
        else "the site could not take it"
        if answer in ("html", 502)
        else sentence
    )
    expect(form.get_by_role("textbox", name="Comment")).to_have_value(
        "My own words about bitterns."
    )
    assert "bitterns" in drafts(form)


@pytest.mark.parametrize("email", ["", "sam@example.org"])
def test_comment_whose_answer_was_lost_is_one_when_it_is_sent_again(
    site: Stack, form: Page, email: str
) -> None:
    words = f"{'Lapwing' if email else 'Plover'}, sent twice."
    fill(form, "Sam", words)
    form.get_by_role("textbox", name="E-mail").fill(email)
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        answer = route.fetch()
        if route.request.method == "POST" and not lost:
            lost.append(answer.text())
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)

    form.route("**/comments", lose_the_first)
    sent = posts(form)
    button(form).click()
    expect(form.locator(".error-summary")).to_contain_text("could not be reached")
    form.reload()
    if email:
        form.get_by_role("textbox", name="E-mail").fill(email)  # which no draft keeps
    button(form).click()
    expect(form.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    assert lost
    assert len({headers.get("idempotency-key") for headers in sent}) == 1
    assert delivered(site, words) == 1


def test_other_words_are_another_comment(site: Stack, form: Page) -> None:
    form.route("**/comments", lambda route: route.abort("connectionreset"))
    sent = posts(form)
    for words in ("Godwit.", "Godwit, mended."):
        fill(form, "Sam", words)
        button(form).click()
        expect(form.locator(".error-summary")).to_be_focused()
    assert len({headers["idempotency-key"] for headers in sent}) == 2


def test_double_click_is_one_comment(site: Stack, form: Page) -> None:
    fill(form, "Sam", "Curlew, clicked twice.")
    sent = posts(form)
    button(form).dblclick()
    expect(form.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    assert len(sent) == 1
    assert delivered(site, "Curlew") == 1


def test_form_whose_comment_was_taken_sends_it_once_and_the_next_one_as_well(
    site: Stack, form: Page
) -> None:
    """The page that thanks is slow, or the reader came back from it: the form is still here."""
    form.route("**/comments/thanks/*", lambda route: route.fulfill(status=204))
    fill(form, "Sam", "Turnstone, taken.")
    sent = posts(form)
    with form.expect_response("**/comments/thanks/*"):
        button(form).click()
    button(form).click()
    assert form.url == site.site_url + ARTICLE
    fill(form, "Sam", "Knot, the next one.")
    assert "Knot" in drafts(form)
    with form.expect_response("**/comments/thanks/*"):
        button(form).click()
    assert len({headers["idempotency-key"] for headers in sent}) == len(sent) == 2
    assert drafts(form) == "{}"
    assert [delivered(site, word) for word in ("Turnstone", "Knot")] == [1, 1]


def test_draft_whose_sending_was_left_stays_when_another_comment_is_sent(
    site: Stack, form: Page
) -> None:
    form.route("**/comments", lambda route: None)  # no answer ever comes
    fill(form, "Sam", "Phalarope, never sent.")
    with form.expect_request("**/comments"):
        button(form).click()
    form.goto(f"{site.site_url}/medicines/naloxone/")
    form.unroute("**/comments")
    fill(form, "Sam", "Dotterel, sent.")
    button(form).click()
    expect(form.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    form.wait_for_function("!JSON.stringify(sessionStorage).includes('Dotterel')")
    form.goto(site.site_url + ARTICLE)
    expect(form.get_by_role("textbox", name="Comment")).to_have_value("Phalarope, never sent.")


def test_form_that_is_filled_by_a_machine_is_marked(site: Stack, form: Page) -> None:
    with form.expect_response("**/comments/start"):
        form.get_by_role("textbox", name="Name").focus()
    fill(form, "Sam", "Dunlin in a hurry.")
    button(form).click()
    expect(form.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    timing = (
        "comments_reason JOIN comments_readercomment ON comment_id = comments_readercomment.id"
        " WHERE rule = 'timing' AND instr(text, ?)"
    )
    wait_until(lambda: asked(site, "cms/db.sqlite3", timing, "Dunlin"), "the reason of 'Dunlin'")


def test_keyboard_alone_sends_a_comment(site: Stack, form: Page) -> None:
    form.get_by_role("textbox", name="Name").focus()
    keys = form.keyboard
    keys.type("Sam")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Tab")
    assert form.evaluate("document.activeElement.name !== 'leave_this_empty'")
    form.get_by_role("textbox", name="Name").focus()
    keys.press("Tab")
    keys.type("Snipe by keys.")
    while form.evaluate("document.activeElement.type") != "submit":
        keys.press("Tab")
    keys.press("Enter")
    expect(form.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    assert delivered(site, "Snipe") == 1


@pytest.fixture
def plain(site: Stack, browser: Browser) -> Iterator[Page]:
    """The article's page in a browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.site_url + ARTICLE)
    yield page
    context.close()


def test_everything_works_without_a_script(site: Stack, plain: Page) -> None:
    plain.get_by_role("textbox", name="Comment").fill("Avocet without a script.")
    button(plain).click()
    expect(plain.get_by_role("heading", name=PROBLEM)).to_be_visible()
    expect(plain.get_by_role("textbox", name="Comment")).to_have_value("Avocet without a script.")
    plain.get_by_role("textbox", name="Name").fill("Sam")
    button(plain).click()
    expect(plain.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    assert delivered(site, "Avocet") == 1


def test_draft_of_a_form_that_the_browser_sent_by_itself_is_gone_too(form: Page) -> None:
    form.evaluate("window.fetch = undefined")
    fill(form, "", "Ruff by itself.")
    button(form).click()
    expect(form.get_by_role("heading", name=PROBLEM)).to_be_visible()
    expect(form.get_by_role("textbox", name="Comment")).to_have_value("Ruff by itself.")
    assert "Ruff" in drafts(form)
    form.evaluate("window.fetch = undefined")
    form.get_by_role("textbox", name="Name").fill("Sam")
    button(form).click()
    expect(form.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    form.wait_for_function("sessionStorage.length === 0")


def test_browser_that_keeps_nothing_still_sends(site: Stack, browser: Browser) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no') }})"
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(site.site_url + ARTICLE)
    fill(page, "Sam", "Whimbrel without storage.")
    button(page).click()
    expect(page.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    assert problems == []
    context.close()


def test_policy_refuses_nothing_of_it(site: Stack, page: Page) -> None:
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        said.append(refusal_in(message))

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(site.site_url + ARTICLE)
    fill(page, "Sam", "Sanderling, quietly.")
    button(page).click()
    expect(page.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
    page.wait_for_function("sessionStorage.length === 0")
    assert [text for text in said if text] == []


def without_our_script(browser: Browser, scheme: Any) -> Page:
    """As the server wrote each page. JavaScript itself is on: axe is some."""
    context = browser.new_context(color_scheme=scheme)
    context.route("**/assets/js/**", lambda route: route.abort())
    return context.new_page()


def test_preview_of_a_draft_keeps_and_asks_nothing(site: Stack, page: Page) -> None:
    def as_preview(route: Route) -> None:
        answer = route.fetch()
        banner = '<p class="plainleaf-preview">Preview: not published</p></body>'
        route.fulfill(response=answer, body=answer.text().replace("</body>", banner))

    page.route(f"**{ARTICLE}", as_preview)
    page.goto(site.site_url + ARTICLE)
    asked: list[str] = []
    # Pictures come by themselves when they scroll into view.
    page.on("request", lambda one: asked.append(one.url) if one.resource_type == "fetch" else None)
    fill(page, "Sam", "Nobody comments on a draft.")
    assert (drafts(page), asked) == ("{}", [])
    assert page.locator("#comment-text + .field__hint").count() == 0


def test_reader_who_had_the_page_open_when_it_left_the_site_is_heard(
    site: Stack, page: Page
) -> None:
    page.goto(f"{site.site_url}/medicines/naloxone/")
    naloxone = (
        "from wagtail.models import Page\npage = Page.objects.get(slug='naloxone').specific\n"
    )
    site.shell(f"{naloxone}page.unpublish()")
    site.export()
    try:
        fill(page, "Sam", "Osprey on a page that left.")
        button(page).click()
        expect(page.get_by_role("heading", name="Thank you for your comment")).to_be_visible()
        assert delivered(site, "Osprey") == 1
        held = (
            "comments_reason JOIN comments_readercomment ON comment_id = comments_readercomment.id"
            " WHERE rule = 'page_not_public' AND state = 'held' AND instr(text, ?)"
        )
        wait_until(lambda: asked(site, "cms/db.sqlite3", held, "Osprey"), "'Osprey' to be held")
    finally:
        site.shell(f"{naloxone}page.save_revision().publish()")
        site.export()


def show_report(site: Stack, page: Page) -> None:
    page.goto(site.site_url + ARTICLE)
    page.locator("a[href*='/comments/report?']").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def show_report_errors(site: Stack, page: Page) -> None:
    show_report(site, page)
    page.locator("form [type=submit]").click()
    expect(page.get_by_role("heading", name=PROBLEM)).to_be_visible()


def show_form(site: Stack, page: Page) -> None:
    page.goto(site.site_url + ARTICLE)


def show_errors(site: Stack, page: Page) -> None:
    page.goto(site.site_url + ARTICLE)
    button(page).click()
    expect(page.get_by_role("heading", name=PROBLEM)).to_be_visible()


def show_thanks(site: Stack, page: Page) -> None:
    page.goto(f"{site.site_url}/comments/thanks/K7QF-2M9X-RT4C")


def show_not_sent(site: Stack, page: Page) -> None:
    page.goto(site.site_url + ARTICLE)
    page.locator("[name=page]").evaluate("field => field.value = 'gone'")
    fill(page, "Sam", "Words that are kept.")
    button(page).click()
    expect(page.get_by_role("heading", name="Your comment was not sent")).to_be_visible()


@pytest.mark.parametrize(
    "show",
    [show_form, show_errors, show_thanks, show_not_sent, show_report, show_report_errors],
)
def test_axe_finds_nothing(
    site: Stack, browser: Browser, show: Callable[[Stack, Page], None]
) -> None:
    """As the edge answers; ``test_reader_pages.py`` has them in every scheme and width, and what
    the script adds is looked at above."""
    page = without_our_script(browser, "dark")
    page.set_viewport_size({"width": 320, "height": 900})
    show(site, page)
    assert faults(page) == []
    page.context.close()


def test_axe_finds_nothing_where_too_many_came(stack: Stack, browser: Browser) -> None:
    restarted(stack, "1")
    try:
        for scheme in SCHEMES:
            page = without_our_script(browser, scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(stack.site_url + ARTICLE)
                fill(page, "Sam", f"Bittern, {scheme} and {width} wide.")
                button(page).click()
                if not page.get_by_text("Several came from your network.").count():
                    page.goto(stack.site_url + ARTICLE)
                    fill(page, "Sam", f"Bittern again, {scheme} and {width} wide.")
                    button(page).click()
                heading = page.get_by_role("heading", name=PROBLEM)
                expect(heading).to_be_visible()
                expect(page.get_by_role("textbox", name="Comment")).to_have_value(
                    re.compile("Bittern")
                )
                assert (scheme, width, faults(page)) == (scheme, width, [])
            page.context.close()
    finally:
        restarted(stack, "0")
