"""Hostile and odd texts, from the form to the page, in a real browser without any policy.

The policy of the site forbids scripts that are not its own. Here it is switched off, so that only
escaping stands between a text and the browser.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import regex
import requests
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Page, Route
from playwright.sync_api import Error as PlaywrightError

from tests.end_to_end.payloads_in_cms import EDITOR, EMAIL, PASSWORD, TITLE
from tests.live import Stack, wait_until
from tests.payloads import HOST, PAYLOADS, TAGS

pytestmark = [pytest.mark.end_to_end, pytest.mark.browser]

PATH = "/medicines/ketamine/"
STAND_IN = "http://stand-in.test"  # pages that were fetched before are opened here

# Scripts and styles have no part in how a page is escaped, and take most of the time.
OF_THE_PAGE_ITSELF = re.compile(
    rb"""<script[^<>]+src="/[^"<>]+"[^<>]*></script>|<link[^<>]+href="/[^"<>]+"[^<>]*>"""
)
# Attributes that would run or fetch something of ours once a person touches the page. An address of
# the admin itself, with what was searched for encoded in its query, does neither.
ARMED = """() => [...document.querySelectorAll('*')].flatMap(element => [...element.attributes]
  .filter(one => (/^on/i.test(one.name) && /canary/.test(one.value))
    || (/^(href|src|action|formaction|data|srcdoc|poster|background|style|srcset)$/i.test(one.name)
        && !/^(\\/admin\\/|\\?)[\\w%&=.+~\\/#?-]*$/.test(one.value)
        && /canary|^[\\s\\u0000-\\u001f]*(javascript|vbscript|data):/i.test(one.value)))
  .map(one => `${element.tagName} ${one.name}=${one.value}`))"""


class Trap:
    """A browser in which every payload that is more than text leaves a trace in ``fired``."""

    def __init__(self, context: BrowserContext) -> None:
        self.fired: list[str] = []
        self.pages: dict[str, bytes] = {}
        context.expose_binding("canary", lambda source: self.fired.append(f"in {source['frame']}"))
        context.on("request", self._asked)
        context.on("dialog", lambda dialog: (self.fired.append("dialog"), dialog.dismiss()))
        context.route(f"{STAND_IN}/**", self._stand_in)
        self.context = context
        self.page = context.new_page()

    def _asked(self, request: Any) -> None:
        if HOST in request.url.split("?")[0]:
            self.fired.append(request.url)

    def _stand_in(self, route: Route) -> None:
        body = self.pages.get(route.request.url)
        if body is None:
            route.fulfill(status=404, body="")
        else:
            route.fulfill(status=200, content_type="text/html; charset=utf-8", body=body)

    def open(self, name: str, html: bytes) -> Page:
        """A page that was fetched before."""
        url = f"{STAND_IN}/{name}"
        self.pages[url] = OF_THE_PAGE_ITSELF.sub(b"", html)
        try:
            self.page.goto(url)
        except PlaywrightError as error:  # it went elsewhere before it was there
            self.fired.append(f"{name}: {error}")
        self.armed(name)
        return self.page

    def armed(self, name: str) -> None:
        try:
            self.fired += [f"{name}: {one}" for one in self.page.evaluate(ARMED)]
        except PlaywrightError as error:  # it went elsewhere by itself
            self.fired.append(f"{name}: {error}")


@pytest.fixture
def trap(browser: Browser) -> Iterator[Trap]:
    context = browser.new_context(bypass_csp=True)
    yield Trap(context)
    context.close()


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, browser_type_launch_args: object
) -> Iterator[Stack]:
    """Every payload was sent twice: by the form, approved and answered; and as JSON, approved
    without its first character. And each is in a report."""
    with Stack(
        tmp_path_factory.mktemp("payloads"),
        PLAINLEAF_COMMENT_NETWORK_PER_MINUTE="0",
        PLAINLEAF_COMMENT_SITE_PER_MINUTE="0",
    ) as stack:
        stack.manage("migrate", "--verbosity", "0")
        in_cms(stack, f"set_up({stack.site_url!r})")
        stack.start_admin()
        stack.export()
        stack.start_edge()
        send_everything(stack)
        (stack.folder / "stored.json").write_text(in_cms(stack, "stored()"))
        (stack.folder / "mail.txt").write_text(stack.manage("send_due_mail"))
        in_cms(stack, "answer(); in_cms.redact_the_rest(); in_cms.report_everything()")
        stack.export()
        yield stack


def send_everything(stack: Stack) -> None:
    with requests.Session() as reader:
        hidden = hidden_fields(reader.get(stack.site_url + PATH).content)
        reader.headers["Origin"] = stack.site_url
        for at, payload in enumerate(PAYLOADS):
            fields = {**hidden, "name": name_for(at), "text": payload, "email": EMAIL}
            answer = reader.post(f"{stack.site_url}/comments", fields, allow_redirects=False)
            assert answer.status_code == 303, (payload, answer.text)
        for at, payload in enumerate(PAYLOADS):
            fields = {**hidden, "name": f"JSON {at}", "text": payload}
            answer = reader.post(f"{stack.site_url}/comments", json=fields)
            assert answer.status_code == 202, (payload, answer.text)
        wait_until(
            lambda: reader.get(f"{stack.site_url}/readyz").json()["spool"]["waiting"] == 0,
            "the edge to forward every payload",
        )


def name_for(at: int) -> str:
    """The payload itself, where it is no longer than a name may be."""
    name = " ".join(PAYLOADS[at].split())
    return name if len(name) <= 80 else f"Reader {at}"


def in_cms(stack: Stack, call: str) -> str:
    return stack.shell(f"from tests.end_to_end import payloads_in_cms as in_cms; in_cms.{call}")


def by_form(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[: len(PAYLOADS)]


@pytest.fixture(scope="module")
def rows(stack: Stack) -> list[dict[str, Any]]:
    """As they were before anybody decided."""
    found: list[dict[str, Any]] = json.loads((stack.folder / "stored.json").read_text())
    return found


def test_trap_notices_what_is_not_escaped(trap: Trap) -> None:
    """Nearly every payload of markup does something on a page that does not escape it."""
    tried, silent = TAGS[::3], []
    for at, payload in enumerate(tried):
        trap.fired.clear()
        trap.page.close()  # the one before may be on its way elsewhere
        trap.page = trap.context.new_page()
        trap.open(f"raw-{at}", f"<!doctype html><body>{payload}".encode())
        if not trap.fired:
            silent.append(payload)
    assert len(silent) < len(tried) / 6, silent


def test_every_payload_is_stored_as_it_was_typed(rows: list[dict[str, Any]]) -> None:
    assert len(PAYLOADS) >= 150
    assert [row["text"] for row in rows] == [*PAYLOADS, *PAYLOADS]
    assert [row["name"] for row in by_form(rows)] == [name_for(at) for at in range(len(PAYLOADS))]


def test_page_of_the_site_shows_every_text_and_runs_none(stack: Stack, trap: Trap) -> None:
    trap.page.goto(stack.site_url + PATH)
    trap.armed("site")
    assert trap.fired == []
    assert trap.page.locator("h1").text_content() == TITLE
    shown = trap.page.evaluate(
        """() => [...document.querySelectorAll('.comments__list > li > .comment')].map(comment => {
          const texts = place => [...place.querySelectorAll(':scope > .comment__text')]
            .map(one => one.textContent)
          const reply = comment.querySelector('.comment--reply')
          const name = comment.querySelector('.comment__name').textContent
          return [name, texts(comment), reply ? texts(reply) : []]
        })"""
    )
    assert shown == [
        *(
            [name_for(at), paragraphs(payload), paragraphs(payload)]
            for at, payload in enumerate(PAYLOADS)
        ),
        *([f"JSON {at}", paragraphs(redacted(payload)), []] for at, payload in enumerate(PAYLOADS)),
    ]


def test_page_of_the_site_lets_each_text_run_in_its_own_direction(stack: Stack, trap: Trap) -> None:
    trap.page.goto(stack.site_url + PATH)
    without = trap.page.evaluate(
        """() => [...document.querySelectorAll('.comments__list .comment__name, .comment__text')]
          .filter(one => one.dir !== 'auto' && !one.querySelector('bdi')
            && !one.closest('.comment--reply')).length"""
    )
    assert without == 0
    assert trap.page.evaluate(
        """text => getComputedStyle([...document.querySelectorAll('.comment__text')]
          .find(one => one.textContent === text)).direction""",
        next(one for one in PAYLOADS if one.startswith("שלום")),
    ) == ("rtl")


def test_refused_form_keeps_every_text_and_runs_none(stack: Stack, trap: Trap) -> None:
    reader = requests.Session()
    reader.headers["Origin"] = stack.site_url
    hidden = hidden_fields((stack.current / PATH.strip("/") / "index.html").read_bytes())
    for at, payload in enumerate(PAYLOADS):
        fields = {"name": name_for(at), "text": payload, "email": f"not {payload[:200]}"}
        answer = reader.post(f"{stack.site_url}/comments", hidden | fields)
        assert answer.status_code == 422
        page = trap.open(f"refused-{at}", answer.content)
        kept = page.evaluate(
            "() => ['name', 'text'].map(one => document.getElementById(`comment-${one}`).value)"
        )
        assert kept == [name_for(at), payload]
    assert trap.fired == []


def test_queue_shows_every_name_and_runs_nothing(
    stack: Stack, trap: Trap, rows: list[dict[str, Any]]
) -> None:
    """With all the scripts of the admin."""
    log_in(stack, trap.page)
    names = []
    for number in range(1, -(-len(rows) // 100) + 1):
        trap.page.goto(f"{stack.cms_url}/admin/reader-comments/?tab=all&p={number}")
        trap.armed(f"list {number}")
        names += trap.page.locator(".queue-row__name").all_text_contents()
    assert trap.fired == []
    assert sorted(names) == sorted(row["name"] for row in rows)


def test_decision_taken_in_place_says_the_name_and_runs_nothing(stack: Stack, trap: Trap) -> None:
    log_in(stack, trap.page)
    trap.page.goto(f"{stack.cms_url}/admin/reader-comments/?tab=approved&q=onerror")
    trap.page.locator(".queue-row").first.wait_for()
    for _ in range(5):
        trap.page.keyboard.press("j")
        name = trap.page.locator(".queue-row:focus .queue-row__name").text_content()
        for key, words in (("s", f"The comment by '{name}' is marked"), ("z", "Undone")):
            trap.page.keyboard.press(key)
            trap.page.get_by_role("status").filter(has_text=words).wait_for()
        trap.armed("in place")
    assert trap.fired == []


def test_pages_of_the_admin_show_every_text_and_run_none(
    stack: Stack, trap: Trap, tmp_path: Path
) -> None:
    in_cms(stack, f"render({str(tmp_path)!r})")
    for at, payload in enumerate(PAYLOADS):
        page = trap.open(f"comment-{at}", (tmp_path / f"comment-{at}.html").read_bytes())
        shown = page.evaluate(
            """() => {
              const article = document.querySelector('.reader-comment').cloneNode(true)
              article.querySelectorAll('mark .w-sr-only').forEach(one => one.remove())
              return [article.querySelector('#comment-name').textContent,
                article.querySelector('.reader-comment__text').textContent]
            }"""
        )
        assert shown == [name_for(at), payload]
    for file in sorted(tmp_path.glob("[!c]*.html")):
        trap.open(file.stem, file.read_bytes())
    every_tenth = list(PAYLOADS[::10])
    for name, texts in {
        "redacted": list(map(redacted, PAYLOADS[::3])),
        "by-mail": every_tenth,
        "redaction-refused": every_tenth,
    }.items():
        page = trap.open(name, (tmp_path / f"{name}.html").read_bytes())
        assert texts_in(page) == texts
    assert values_of(page, "words") == [f"{payload}\nnowhere" for payload in every_tenth]
    page = trap.open("reply-refused", (tmp_path / "reply-refused.html").read_bytes())
    assert values_of(page, "text") == every_tenth
    assert values_of(page, "name") == [
        f"{payload[:90]:@<90}".replace("\n", "") for payload in every_tenth
    ]
    reports = trap.open("reports", (tmp_path / "reports.html").read_bytes())
    told = reports.locator("main").text_content()
    assert [payload for payload in PAYLOADS if payload not in told] == []
    assert trap.fired == []


def texts_in(page: Page) -> list[str]:
    """Of comments, in the order of the page, without what says which words a rule found."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('article > .reader-comment__text')].map(one => {
          const text = one.cloneNode(true)
          text.querySelectorAll('mark .w-sr-only').forEach(one => one.remove())
          return text.textContent
        })"""
    )
    return found


def values_of(page: Page, field: str) -> list[str]:
    found: list[str] = page.evaluate(
        "field => [...document.querySelectorAll(`main [name=${field}]`)].map(one => one.value)",
        field,
    )
    return found


def test_feed_and_exports_hold_every_text_exactly(
    stack: Stack, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    answer = requests.get(
        f"{stack.cms_url}/api/export/v1/feed",
        headers={"Authorization": f"Bearer {stack.feed_token}"},
        timeout=30,
    )
    records = [json.loads(line) for line in answer.content.split(b"\n") if line]
    comments = [record for record in records if record["kind"] == "comment"]
    published = [*PAYLOADS, *map(redacted, PAYLOADS)]
    assert [comment["text"] for comment in comments] == published
    answered = comments[: len(PAYLOADS)]
    assert [comment["reply"]["text"] for comment in answered] == list(PAYLOADS)

    exported = json.loads(stack.manage("export_comments"))
    assert [(row["name"], row["text"]) for row in exported] == [
        (row["name"], text) for row, text in zip(rows, published, strict=True)
    ]
    file = tmp_path / "comments.csv"
    stack.manage("export_comments", "--format=csv", "--output", str(file))
    cells = list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))
    for cell, row in zip(cells, exported, strict=True):
        for field in ("name", "text"):
            assert cell[field] in (row[field], f"'{row[field]}")
            assert not re.match(r"\s*[=+\-@＝＋－＠]", cell[field])


def test_mail_to_moderators_holds_no_word_of_a_reader(stack: Stack) -> None:
    """It went out before anybody decided."""
    mail = (stack.folder / "mail.txt").read_text()
    assert "Subject: " in mail
    assert TITLE[:30] in mail
    for word in ("canary", "alert", EMAIL, "JSON 1", "Bcc"):
        assert word not in mail


def test_api_v2_knows_no_comment(stack: Stack) -> None:
    answer = requests.get(f"{stack.cms_url}/api/v2/pages/?fields=*&limit=50", timeout=30)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert "canary" not in answer.text


def hidden_fields(page: bytes) -> dict[str, str]:
    form = BeautifulSoup(page, "html.parser").select_one("#comment-form")
    return {one["name"]: one.get("value", "") for one in form.select("[type=hidden]")}


def redacted(payload: str) -> str:
    """Without its first character, as a reader sees one."""
    return regex.sub(r"^\X", "[removed]", payload, count=1)


def paragraphs(text: str) -> list[str]:
    """As a page parts a text: at empty lines."""
    return re.split(r"\n\s*\n", text)


def log_in(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.cms_url}/admin/login/")
    page.fill("#id_username", EDITOR)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{stack.cms_url}/admin/")
