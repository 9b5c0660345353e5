"""The three stories everything serves: a reader, a moderator and an editor, on the real thing."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from tests.live import Stack, wait_until

pytestmark = pytest.mark.end_to_end

KETAMINE = "/medicines/ketamine/"
NALOXONE = "/medicines/naloxone/"
SAVED_MS = 20_000
RECEIPT = r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$"
AWKWARD = "BP < 120 & > 80, <b>x</b>"


@pytest.fixture(scope="session")  # browser tests come last: a module's would be set up twice
def stack(
    tmp_path_factory: pytest.TempPathFactory, sample_stack: Callable[[Path], Stack]
) -> Iterator[Stack]:
    with sample_stack(tmp_path_factory.mktemp("story")) as stack:
        stack.start_admin()
        stack.export()
        stack.start_edge()
        yield stack


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    """A phone without JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


@pytest.fixture
def log_in(
    stack: Stack, browser: Browser, passwords: dict[str, str]
) -> Iterator[Callable[[str], Page]]:
    """``log_in("moderator")``: the admin, as this member of the staff has it."""
    context = browser.new_context(viewport={"width": 1500, "height": 1000})

    def log_in(role: str) -> Page:
        page = context.new_page()
        page.goto(f"{stack.cms_url}/admin/login/")
        page.get_by_label("Username").fill(role)
        page.get_by_label("Password").fill(passwords[role])
        page.get_by_role("button", name="Sign in").click()
        return page

    yield log_in
    context.close()


@pytest.fixture(scope="session")
def page_ids(stack: Stack) -> dict[str, int]:
    """The number of each page in the admin, by its slug."""
    said = stack.shell(
        "import json\n"
        "from wagtail.models import Page\n"
        "print(json.dumps(dict(Page.objects.values_list('slug', 'pk'))))"
    )
    found: dict[str, int] = json.loads(said)
    return found


@pytest.fixture
def watched(stack: Stack) -> Iterator[Stack]:
    """The exporter follows the CMS during this test."""
    stack.start_watch()
    yield stack
    stack.stop("watch")


@pytest.mark.browser
def test_comment_of_a_reader_is_held_then_approved_then_read_on_the_page(
    stack: Stack, reader: Page, log_in: Callable[[str], Page]
) -> None:
    posted_at = dt.datetime.now(dt.UTC)
    reader.goto(stack.site_url + KETAMINE)
    reader.get_by_label("Name").fill("Newcomer")
    reader.get_by_role("textbox", name="Comment").fill(f"{AWKWARD}\n\nThank you.")
    reader.get_by_role("textbox", name="E-mail").fill("newcomer@example.org")
    reader.get_by_role("button", name="Send comment").click()

    expect(reader).to_have_url(
        re.compile(re.escape(f"{stack.site_url}/comments/thanks/") + RECEIPT)
    )
    expect(reader.get_by_role("heading", level=1)).to_have_text("Thank you for your comment")
    expect(reader.get_by_role("link", name="116 123")).to_have_attribute("href", "tel:116123")

    (held,) = wait_until(lambda: comments_of(stack, "Newcomer"), "the comment to reach the CMS")
    assert held == {
        "state": "held",
        "text": f"{AWKWARD}\n\nThank you.",
        "email": "newcomer@example.org",
        "signals": [],
    }
    stack.export()
    assert files_with(stack, "Newcomer") == []

    admin = log_in("moderator")
    admin.get_by_role("link", name=re.compile(r"^\d+ reader comments$")).click()
    admin.get_by_role("link", name=re.compile("^To review")).click()
    row = admin.locator(".queue-row").filter(has_text="Newcomer")
    expect(row).to_contain_text("BP < 120")
    row.get_by_role("link", name="Newcomer").click()
    expect(admin.get_by_text("To review").first).to_be_visible()
    admin.get_by_role("button", name="Approve", exact=True).click()
    expect(admin.get_by_text("The comment by 'Newcomer' is approved.").first).to_be_visible(
        timeout=SAVED_MS
    )

    stack.export()
    reader.goto(stack.site_url + KETAMINE)
    shown = reader.locator(".comment")
    expect(shown.last.get_by_role("heading")).to_have_text("Newcomer")
    assert shown.last.locator(".comment__text").all_inner_texts() == [AWKWARD, "Thank you."]
    times = [
        dt.datetime.fromisoformat(time.get_attribute("datetime") or "")
        for time in shown.locator("time").all()
    ]
    assert len(times) > 1 and times == sorted(times)
    assert abs(times[-1] - posted_at) < dt.timedelta(minutes=1)
    assert files_with(stack, "newcomer@example.org") == []


def test_invalid_comment_comes_back_with_its_values_and_what_is_wrong(stack: Stack) -> None:
    answer = send_form(stack, KETAMINE, name="Ann & Bo", text="", email="not an address")

    page = BeautifulSoup(answer.content, "html.parser")
    assert answer.status_code == 422
    assert {
        link["href"]: link.get_text() for link in page.select(".error-summary [role=alert] a")
    } == {
        "#comment-text": "Enter your comment.",
        "#comment-email": "Enter an e-mail address like name@example.org, or leave this empty.",
    }
    assert page.select("#comment-name")[0]["value"] == "Ann & Bo"
    assert page.select("#comment-email")[0]["value"] == "not an address"
    assert comments_of(stack, "Ann & Bo") == []


@pytest.mark.parametrize("edge", ["running", "killed"])
def test_comment_posted_while_the_cms_is_down_arrives_once(stack: Stack, edge: str) -> None:
    name = f"Patient {edge}"
    stack.stop("cms")
    try:
        answers = [send_form(stack, KETAMINE, name=name, text="It was down.") for _ in range(2)]
        if edge == "killed":
            stack.kill("edge")
            stack.start_edge()
    finally:
        stack.start_admin()

    for answer in answers:
        assert re.fullmatch(re.escape(f"{stack.site_url}/comments/thanks/") + RECEIPT, answer.url)
        assert "Samaritans" in answer.text
    wait_until(lambda: waiting_at_edge(stack) == 0, "the edge to forward what it keeps")
    assert [comment["state"] for comment in comments_of(stack, name)] == ["held"]


@pytest.mark.browser
def test_what_an_editor_publishes_is_on_the_site_and_a_draft_is_not(
    watched: Stack, page_ids: dict[str, int], log_in: Callable[[str], Page], reader: Page
) -> None:
    admin = log_in("editor")
    admin.goto(f"{watched.cms_url}/admin/pages/{page_ids['sleep']}/edit/")
    admin.get_by_role("textbox", name="Summary").fill("A summary nobody has finished.")
    admin.get_by_role("button", name="Save draft").click()
    expect(admin.get_by_text("has been updated")).to_be_visible(timeout=SAVED_MS)

    admin.get_by_role("textbox", name="Summary").fill("What helps most people sleep.")
    admin.get_by_role("tab", name="Review and sources").click()
    admin.get_by_role("textbox", name="Change note").fill("The summary is shorter.")
    admin.get_by_role("button", name="More actions").click()
    admin.get_by_role("button", name="Publish", exact=True).click()
    expect(admin.get_by_text("has been published")).to_be_visible(timeout=SAVED_MS)

    wait_until(
        lambda: "What helps most people sleep." in read(watched, "/living-well/sleep/").text,
        "the published summary on the page",
        seconds=15,
    )
    reader.goto(f"{watched.site_url}/living-well/")
    expect(reader.get_by_text("What helps most people sleep.")).to_be_visible()
    reader.goto(f"{watched.site_url}/living-well/sleep/")
    expect(reader.get_by_text("The summary is shorter.")).to_be_visible()
    assert files_with(watched, "nobody has finished") == []


@pytest.mark.browser
def test_what_an_editor_unpublishes_leaves_the_site_and_every_link_to_it(
    watched: Stack, page_ids: dict[str, int], log_in: Callable[[str], Page], reader: Page
) -> None:
    reader.goto(watched.site_url + KETAMINE)
    expect(reader.get_by_role("link", name="naloxone", exact=True)).to_be_visible()

    admin = log_in("editor")
    admin.goto(f"{watched.cms_url}/admin/pages/{page_ids['naloxone']}/unpublish/")
    admin.get_by_role("button", name="Yes, unpublish it").click()
    expect(admin.get_by_text("unpublished")).to_be_visible(timeout=SAVED_MS)

    wait_until(lambda: read(watched, NALOXONE).status_code == 404, "the page to leave", seconds=15)
    reader.goto(watched.site_url + KETAMINE)
    expect(reader.get_by_text("read about naloxone")).to_be_visible()
    expect(reader.get_by_role("link", name="naloxone", exact=True)).to_have_count(0)
    assert files_with(watched, NALOXONE) == []


def test_rollback_holds_the_site_until_resume(stack: Stack) -> None:
    before = stack.export()["release"]
    retitle(stack, "paracetamol", "Paracetamol, first")
    stack.export()
    assert heading(stack, "/medicines/paracetamol/") == "Paracetamol, first"

    rolled_back = json.loads(stack.run("-m", "frontend_export", "rollback", "--json").stdout)
    assert rolled_back == {"release": before, "pinned": True}
    assert heading(stack, "/medicines/paracetamol/") == "Paracetamol"

    retitle(stack, "paracetamol", "Paracetamol, second")
    assert stack.export()["pinned"] == before
    assert heading(stack, "/medicines/paracetamol/") == "Paracetamol"

    stack.run("-m", "frontend_export", "resume")
    assert stack.export()["switched"]
    assert heading(stack, "/medicines/paracetamol/") == "Paracetamol, second"


def send_form(stack: Stack, path: str, **values: str) -> requests.Response:
    """Fill in the form of a page and send it as a browser does, hidden fields and all."""
    page = BeautifulSoup(read(stack, path).content, "html.parser")
    (form,) = page.select("form")
    fields = {
        field["name"]: field.get("value", "")
        for field in form.select("[name]:not([type=checkbox]:not([checked]))")
    }
    return requests.post(
        stack.site_url + str(form["action"]),
        data=fields | values,
        headers={"Origin": stack.site_url},
        timeout=20,
    )


def comments_of(stack: Stack, name: str) -> list[dict[str, Any]]:
    """What the CMS has from a reader."""
    said = stack.shell(
        "import json\n"
        "from cms.comments.models import ReaderComment\n"
        f"found = ReaderComment.objects.filter(name={name!r})\n"
        "print(json.dumps(list(found.values('state', 'text', 'email', 'signals'))))"
    )
    found: list[dict[str, Any]] = json.loads(said)
    return found


def waiting_at_edge(stack: Stack) -> int:
    waiting: int = read(stack, "/readyz").json()["spool"]["waiting"]
    return waiting


def read(stack: Stack, path: str) -> requests.Response:
    return requests.get(stack.site_url + path, timeout=20)


def heading(stack: Stack, path: str) -> str:
    (found,) = BeautifulSoup(read(stack, path).content, "html.parser").select("h1")
    return found.get_text()


def files_with(stack: Stack, text: str) -> list[str]:
    """The files that are served and hold ``text``."""
    return [
        path.relative_to(stack.current).as_posix()
        for path in stack.current.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def retitle(stack: Stack, slug: str, title: str) -> None:
    """Publish another title, as the editor does, without a browser."""
    stack.shell(
        "from cms.articles.models import ArticlePage\n"
        f"page = ArticlePage.objects.get(slug={slug!r})\n"
        f"page.title = {title!r}\n"
        "page.save_revision().publish()"
    )
