"""Every kind of page that readers meet, rendered: what browser tests of the theme go through."""

from __future__ import annotations

import mimetypes
from datetime import timedelta

from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import Route

from frontend_export.content import (
    Alert,
    Branch,
    ContentIndex,
    Letter,
    Listing,
    NamedLink,
    Page,
    ReaderComment,
    RedirectRule,
    Rendered,
    StaffReply,
    discussion_of,
)
from frontend_export.edge.report_fields import COMMENT_REASONS, PAGE_REASONS
from frontend_export.render.renderer import Renderer
from tests.frontend_export.every_block import ALERT, every_block_article, many_blocks, surroundings
from tests.frontend_export.site_in_view import LINKS, NOW, article, block, page

SITE = "http://plainleaf.test"
RENDERER = Renderer(site_url=SITE)

LONG_WORD = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 3
LONG_TITLE = f"{LONG_WORD} and whatever else a title of four hundred characters says " * 2
MIXED = "Ketamine كيتامين κεταμίνη кетамин 氯胺酮 केटामाइन קטמין"
WITHDRAWN = {
    "withdrawn_on": "2026-11-01",
    "withdrawn_reason": "It was wrong.",
    "replacement_page": 6,
}
ARABIC = {
    "summary": "دواء يستخدم للتخدير وتخفيف الألم.",
    "synonyms": [],
    "key_points": [],
}

EMERGENCY = {
    "severity": "emergency",
    "title": "No response",
    "text": "<p>Call 999.</p>",
    "helpline": None,
}

TOPIC, NALOXONE = LINKS[1], LINKS[3]
COMMENTS = tuple(
    ReaderComment(
        number,
        5,
        LONG_WORD[:80] if number == 2 else f"Reader {number}",
        f"Remark {number}. {LONG_WORD if number == 3 else ''}\n\n{MIXED if number == 4 else ''}"
        if number != 5
        else "",  # removed, and still answered
        NOW + timedelta(minutes=number),
        StaffReply("Maria", "Thank you.", NOW) if number in (1, 5) else None,
    )
    for number in range(1, 8)
)


def reader_pages() -> dict[str, Rendered]:
    """By a name for each. ``long`` is what the longest and oddest words make of a page."""
    there = surroundings(alert=ALERT)
    talked_about = surroundings(alert=ALERT, comments=COMMENTS, comments_page_size=4)
    home = page("articles.HomePage", 1, introduction=f"<p>{MIXED}</p>")
    names = {
        "k": [NamedLink("Ketamine", LINKS[2]), NamedLink(LONG_WORD, LINKS[2])],
        "n": [NamedLink(NALOXONE.title, NALOXONE)],
    }
    letters = [Letter("k", 2), Letter("m", 9), Letter("n", 1), Letter("other", 3)]
    whole = every_block_article()
    errors = {"name": "Enter your name.", "text": "Enter a comment.", "email": "Enter an address."}
    many = tuple(NALOXONE._replace(id=100 + at, title=f"Medicine {at}") for at in range(4))
    return {
        "home": shown(home, there),
        "topic": shown(topic(), there, listing=Listing(1, 3, many)),
        "topic-2": shown(topic(), there, listing=Listing(2, 3, many)),
        "topic-empty": shown(topic(), there, listing=Listing(1, 1, ())),
        "article": shown(whole, talked_about),
        "sample": shown(
            every_block_article(sample_content=True, next_review_due="2026-01-01"), there
        ),
        "withdrawn": shown(every_block_article(**WITHDRAWN), there),
        "many-blocks": shown(every_block_article(*many_blocks(300)), there),
        "callout-first": shown(article(block("risk_callout", EMERGENCY)), there),
        "one-block": shown(article(block("rich_text", "<p>One sentence.</p>")), there),
        "long": shown(long_article(), surroundings(alert=Alert(LONG_WORD, "information", None))),
        "right-to-left": shown(
            every_block_article(**ARABIC)._replace(locale="ar", title="ما هو الكيتامين؟"), there
        ),
        "standard": shown(
            page("articles.StandardPage", 9, block("rich_text", "<p>Be kind.</p>"), summary=""),
            there,
        ),
        "other-type": shown(
            page("elsewhere.ThingPage", 9, block("rich_text", "<p>x</p>"), note=LONG_WORD), there
        ),
        "comments-2": RENDERER.comments_page(
            whole, talked_about, discussion_of(whole, talked_about, 2), now=NOW
        ),
        "404": RENDERER.not_found(there, home=home),
        "a-to-z": RENDERER.a_to_z(letters, names, there, home=home),
        "a-to-z-letter": RENDERER.a_to_z(
            letters, {"k": names["k"]}, there, home=home, letter="k", number=2, count=3
        ),
        "site-map": RENDERER.site_map([Branch(TOPIC, [Branch(NALOXONE, [])])], there, home=home),
        "glossary": RENDERER.glossary(there.snippets("articles.GlossaryTerm"), there, home=home),
        "search": RENDERER.search_page(letters, names, there, home=home),
        "home-stand-in": RENDERER.home_stand_in(there),
        "moved": staying(
            RENDERER.redirect_stub(RedirectRule("/old", f"/{LONG_WORD}/", 301), there)
        ),
        "thanks": RENDERER.comment_thanks(there, receipt="K7QF-2M9X-RT4C"),
        "form-errors": RENDERER.comment_refused(
            LINKS[2], there, values={"text": LONG_WORD, "name": MIXED}, errors=errors
        ),
        "not-sent": RENDERER.not_sent(
            there, title="Your comment was not sent", sentence="It is too late.", text=LONG_WORD
        ),
        "report": RENDERER.report_form(
            LINKS[2],
            there,
            values={"comment": "1"},
            errors={},
            reasons=COMMENT_REASONS,
            most_characters=1000,
        ),
        "report-errors": RENDERER.report_form(
            LINKS[2],
            there,
            values={"text": "x"},
            errors={"reason": "Choose what is wrong.", "text": "It is too long."},
            reasons=PAGE_REASONS,
            most_characters=1000,
        ),
        "report-thanks": RENDERER.report_thanks(there, receipt="K7QF-2M9X-RT4C"),
        "mail-link": RENDERER.mail_page(there, "comments/mail_link.html", "confirm"),
        "mail-done": RENDERER.mail_page(there, "comments/mail_done.html", "unsubscribed"),
    }


def served_to(browser: BrowserPage, renderer: Renderer = RENDERER) -> BrowserPage:
    """The same browser, which finds these pages and the files of the theme, and nothing else."""
    files = {f"/{path}": body for path, body in renderer.assets().items()}
    files |= {f"/{name}.html": rendered.body for name, rendered in PAGES.items()}

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE).partition("#")[0]
        if path in files:
            mime, _ = mimetypes.guess_type(path)
            route.fulfill(body=files[path], content_type=f"{mime}; charset=utf-8")
        else:
            route.fulfill(status=404, body="")

    browser.route("**/*", answer)
    return browser


def staying(stub: Rendered) -> Rendered:
    """A page that leads on, looked at before it does."""
    return Rendered(stub.body.replace(b'http-equiv="refresh"', b'name="refresh"'))


def topic() -> Page:
    return page("articles.TopicPage", 4, summary="What they do.", introduction="<p>Read on.</p>")


def long_article() -> Page:
    """Words that fit no phone, in every place that an editor can fill."""
    words = f"{LONG_WORD} {MIXED}"
    return every_block_article(
        *every_block_article().body,
        block("heading", {"text": LONG_WORD, "size": "section"}),
        block("rich_text", f"<p>{words} <a href='https://e.org/{LONG_WORD}'>{words}</a></p>"),
        summary=words,
        synonyms=[{"type": "item", "value": LONG_WORD, "id": "s1"}],
        key_points=[{"type": "item", "value": words, "id": "k1"}],
        funding=words,
    )._replace(
        title=LONG_TITLE[:400],
    )


def shown(one: Page, there: ContentIndex, listing: Listing | None = None) -> Rendered:
    return RENDERER.page(one, there, now=NOW, listing=listing)


PAGES = reader_pages()
