"""The article page as a reader, a screen reader and a printer find it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from frontend_export.content import (
    ContentIndex,
    MenuItem,
    Page,
    ReaderComment,
    Rendered,
    StaffReply,
)
from frontend_export.render.renderer import Renderer
from tests.frontend_export.site_in_view import (
    LINKS,
    NOW,
    SAMARITANS,
    Outline,
    article,
    block,
    content,
    site,
    stored,
)

RENDERER = Renderer(site_url="https://example.org")

WHOLE_ARTICLE = article(
    block("next_step", {"label": "Find help", "purpose": "find_help", "page": 4, "url": ""}, "b01"),
    block(
        "image",
        {
            "image": {"image": 7, "alt_text": "A leaf & a bottle", "decorative": False},
            "caption": "Drawn",
        },
        "b02",
    ),
    block(
        "medical_uses",
        {
            "heading": "Medical uses",
            "introduction": "<p>Three uses.</p>",
            "items": stored(
                {
                    "term": "Anaesthesia",
                    "text": "<p>By injection.</p>",
                    "points": stored("Point <one>", "Point two"),
                },
                {"term": "Emergency care", "text": "<p>For pain.</p>", "points": []},
            ),
        },
        "b03",
    ),
    block(
        "benefits",
        {
            "heading": "Benefits",
            "items": stored({"term": "Pain relief", "text": "<p>It <i>relieves</i> pain.</p>"}),
        },
        "b04",
    ),
    block(
        "risks",
        {
            "heading": "Risks and considerations",
            "introduction": "<p>It needs watching.</p>",
            "groups": stored(
                {
                    "kind": "general",
                    "frequency": "",
                    "items": stored(
                        {"term": "Breathing", "text": "<p>It can slow down.</p>"},
                        {"term": "", "text": "<p>Mixing is dangerous.</p>"},
                    ),
                    "sources": [],
                }
            ),
        },
        "b05",
    ),
    block(
        "risk_callout",
        {"severity": "emergency", "title": "No response", "text": "<p>999</p>", "helpline": 1},
        "b06",
    ),
    block("heading", {"text": "More", "size": "section"}, "b07"),
    block("heading", {"text": "A part", "size": "subsection"}, "b08"),
    block("rich_text", '<p data-block-key="x">See <a linktype="page" id="6">n</a>.</p>', "b09"),
    block("helpline", {"helpline": 1}, "b10"),
    block("conclusion", {"heading": "In short", "text": "<p>Ask.</p>"}, "b11"),
    summary="A strong medicine.",
    sample_content=True,
    sources=[
        {
            "type": "source",
            "id": "abcdef0123",
            "value": {
                "title": "A review",
                "publisher": "ACMD",
                "url": "https://www.gov.uk/review",
                "published": "2026-01-28",
                "accessed": None,
            },
        }
    ],
)


REVIEWED = {"last_reviewed": "2026-03-01", "next_review_due": "2029-03-01"}


def render(page: Page, *comments: ReaderComment) -> Rendered:
    return RENDERER.page(page, content(comments=comments), now=NOW)


def html_of(page: Page, *comments: ReaderComment) -> str:
    return render(page, *comments).body.decode()


def test_whole_article_has_one_h1_unique_ids_and_no_heading_skipped():
    rendered = render(WHOLE_ARTICLE)
    outline = Outline(rendered.body)
    assert rendered.findings == ()
    assert outline.is_in_order()
    assert len(outline.ids) == len(set(outline.ids))


def test_nothing_of_the_cms_and_nothing_that_acts_is_in_the_page():
    rendered = html_of(WHOLE_ARTICLE)
    for trace in ("linktype", "embedtype", "data-block-key", "None", "undefined"):
        assert trace not in rendered
    data, script = re.findall(r"<script\b.*?</script>", rendered)
    assert data.startswith('<script type="application/ld+json">{')  # which no browser runs
    assert re.fullmatch(
        r'<script src="/assets/js/comment-form\.[0-9a-f]{12}\.js" '
        r'integrity="sha384-[\w+/]{64}" defer></script>',
        script,
    )
    rendered = rendered.replace(script, "").replace(data, "")
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", rendered)


def test_title_says_page_section_site():
    assert "<title>What is ketamine? - Medicines - Plainleaf</title>" in html_of(WHOLE_ARTICLE)


def test_page_has_its_landmarks_and_a_skip_link_first():
    outline = Outline(render(WHOLE_ARTICLE).body)
    assert outline.all("a")[0] == {"class": "skip-link", "href": "#main"}
    assert [tag for tag, _ in outline.tags if tag in {"main", "footer"}] == ["main", "footer"]
    labels = [nav.get("aria-label") or nav["aria-labelledby"] for nav in outline.all("nav")]
    footer = ["About this site", "Find a page"]
    assert labels == ["Main", "Breadcrumbs", "contents-heading", *footer]


def test_medical_uses_are_numbered_with_bullets_inside():
    html = html_of(WHOLE_ARTICLE)
    uses = html[html.index('<section class="uses">') : html.index('<section class="points')]
    assert re.search(
        r"<ol[^>]*>.*<li.*<ul[^>]*>\s*<li>Point &lt;one&gt;</li>.*</ul>.*</ol>", uses, re.S
    )
    assert uses.count("<ul") == 1


def test_benefits_are_a_bold_term_and_a_sentence():
    assert "Pain relief:</strong> It <i>relieves</i> pain.</li>" in html_of(WHOLE_ARTICLE)


def test_risk_without_a_term_has_no_lonely_colon():
    assert "<li>Mixing is dangerous.</li>" in html_of(WHOLE_ARTICLE)


@pytest.mark.parametrize(
    ("severity", "words"),
    [("caution", "Caution:"), ("serious", "Serious risk:"), ("emergency", "Emergency:")],
)
def test_severity_is_said_in_the_heading(severity, words):
    callout = {"severity": severity, "title": "Look out", "text": "<p>x</p>", "helpline": None}
    html = html_of(article(block("risk_callout", callout)))
    assert re.search(rf"<h2[^>]*><span[^>]*>{words}</span> Look out</h2>", html)


@pytest.mark.parametrize("severity", ["", None, "fatal"])
def test_callout_of_no_known_severity_is_never_shown_as_a_mild_one(severity):
    callout = {"severity": severity, "title": "Look out", "text": "<p>x</p>", "helpline": None}
    assert "Emergency:" in html_of(article(block("risk_callout", callout)))


def test_callout_below_a_section_is_one_level_lower():
    assert re.search(r"<h3[^>]*><span[^>]*>Emergency:", html_of(WHOLE_ARTICLE))


def test_helpline_can_be_called_from_the_page():
    assert Outline(render(WHOLE_ARTICLE).body).all("a", href="tel:116123")


def test_image_has_webp_a_fallback_its_size_and_its_text():
    outline = Outline(render(WHOLE_ARTICLE).body)
    (source,) = outline.all("source")
    assert source["type"] == "image/webp"
    assert source["srcset"] == "/images/aa11.webp 320w, /images/bb22.webp 640w"
    (image,) = outline.all("img")
    assert image["src"] == "/images/dd44.jpg"
    assert image["srcset"] == "/images/cc33.jpg 320w, /images/dd44.jpg 640w"
    assert (image["width"], image["height"], image["loading"]) == ("640", "360", "lazy")
    assert image["alt"] == "A leaf & a bottle"


def test_image_that_opens_the_text_is_not_waited_for():
    value = {"image": {"image": 7, "alt_text": "x", "decorative": False}, "caption": ""}
    first, second = Outline(render(article(*[block("image", value)] * 2)).body).all("img")
    assert "loading" not in first
    assert second["loading"] == "lazy"


def test_decorative_image_has_an_empty_alternative():
    value = {"image": {"image": 7, "alt_text": "x", "decorative": True}, "caption": ""}
    (image,) = Outline(render(article(block("image", value))).body).all("img")
    assert image["alt"] == ""


@pytest.mark.parametrize("chosen", [{"image": 99, "alt_text": "", "decorative": False}, None])
def test_missing_image_leaves_no_empty_figure(chosen):
    rendered = render(article(block("image", {"image": chosen, "caption": "Drawn"})))
    assert b"<figure" not in rendered.body
    assert [f.severity for f in rendered.findings] == (["warning"] if chosen else [])


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ({"page": 4, "url": ""}, "/medicines/"),
        ({"page": None, "url": "https://example.org/"}, "https://example.org/"),
    ],
)
def test_next_step_leads_to_its_page_or_address(target, href):
    rendered = render(article(block("next_step", {"label": "Go", "purpose": "read_next"} | target)))
    (link,) = [a for a in Outline(rendered.body).all("a") if "next-step" in (a.get("class") or "")]
    assert link["href"] == href


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "data:text/html,x",
        "//e.org",
        "java\nscript:alert(1)",
    ],
)
def test_stored_address_that_could_act_is_no_link(url):
    step = block("next_step", {"label": "Go", "purpose": "read_next", "page": None, "url": url})
    source = {"title": "NHS", "publisher": "", "url": url, "published": None, "accessed": None}
    sources = [{"type": "source", "value": source, "id": "0123456789"}]
    evil = SAMARITANS._replace(fields={**SAMARITANS.fields, "url": url})
    here = ContentIndex(
        site(main_menu=(MenuItem("Menu", None, url),)), pages=LINKS, snippets=[evil]
    )
    page = article(step, block("helpline", {"helpline": 1}, "h1"), sources=sources)
    rendered = RENDERER.page(page, here, now=NOW)
    outline = Outline(rendered.body)
    assert url.strip() not in {a["href"].strip() for a in outline.all("a")}
    assert url.strip().encode() not in rendered.body
    assert "NHS" in outline.text
    assert [f.message.partition(" was left")[0] for f in rendered.findings] == [
        f"Block 1 (next_step) of page 5: The address '{url}'",
        f"The address '{url}'",
    ]


def test_next_step_to_an_unexported_page_is_left_out_and_reported():
    step = {"label": "Go", "purpose": "read_next", "page": 99, "url": ""}
    rendered = render(article(block("next_step", step)))
    assert b"next-step" not in rendered.body
    (finding,) = rendered.findings
    assert finding.message == (
        "Block 1 (next_step) of page 5: Page 99 is not exported: what led to it was left out."
    )
    assert (finding.subject.id, finding.path) == (5, "/medicines/ketamine/")


def test_contents_list_leads_to_every_section():
    outline = Outline(render(WHOLE_ARTICLE).body)
    anchors = [a["href"][1:] for a in outline.all("a") if (a["href"] or "").startswith("#")]
    assert set(anchors) <= set(outline.ids)
    assert "medical-uses-b03" in anchors
    assert {"sources", "comments"} <= set(anchors)


def test_blocks_copied_with_their_ids_have_anchors_of_their_own():
    same = block("heading", {"text": "Same", "size": "section"}, "b01")
    outline = Outline(render(article(same, same, same)).body)
    ids = [heading["id"] for heading in outline.all("h2") if "id" in heading]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {"same-b01", "same-b01-copy-2", "same-b01-copy-3"}


def test_short_page_has_no_contents_list():
    page = article(block("heading", {"text": "One", "size": "section"}))
    assert "On this page" not in html_of(page)


def test_anchor_stays_when_blocks_move():
    heading = block("heading", {"text": "Über uns", "size": "section"}, "1234567890")
    other = block("rich_text", "<p>x</p>", "zz")
    first, second = html_of(article(heading, other)), html_of(article(other, heading))
    assert 'id="über-uns-12345678"' in first
    assert 'id="über-uns-12345678"' in second


def test_sample_banner_comes_before_the_body():
    html = html_of(WHOLE_ARTICLE)
    banner = "<strong>Sample content.</strong> No clinician has reviewed this page."
    assert html.index(banner) < html.index("Find help")
    assert banner not in html_of(article())


def test_review_dates_are_shown():
    text = Outline(render(article(**REVIEWED)).body).text
    assert "Last reviewed 1 March 2026 Next review due 1 March 2029" in text


@pytest.mark.parametrize(("due", "is_overdue"), [("2026-11-24", True), ("2026-11-25", False)])
def test_page_is_overdue_the_day_after_its_review_was_due(due, is_overdue):
    assert ("This page is due for review." in html_of(article(next_review_due=due))) == is_overdue


def test_sources_are_an_ordered_list_with_publisher_and_date():
    html = html_of(WHOLE_ARTICLE)
    assert '<li id="source-abcdef01">' in html
    assert 'href="https://www.gov.uk/review" rel="noopener">A review</a>, ACMD, <time' in html
    assert "28 January 2026" in html


HOSTILE = '<b onclick="x">&amp; BP < 120 & > 80'
COMMENTS = [
    ReaderComment(12, 5, "Zweite", "later", NOW),
    ReaderComment(11, 5, "<script>", f"{HOSTILE}\r\n\r\nSecond\nline", NOW - timedelta(days=1)),
    ReaderComment(13, 6, "Other", "elsewhere", NOW),
]


def test_comments_are_articles_in_a_list_oldest_first():
    html = RENDERER.page(article(), content(comments=COMMENTS), now=NOW).body.decode()
    assert html.index('id="comment-11"') < html.index('id="comment-12"')
    assert 'id="comment-13"' not in html
    assert "Comments (2)" in html
    assert '<time datetime="2026-11-24T14:00:00Z">24 November 2026</time>' in html


def test_each_comment_and_the_page_have_a_link_by_which_they_are_reported():
    key = "a-page-key-for-tests-only-0123456789abcdef"
    renderer = Renderer(site_url="https://example.org/health", page_key=key)
    html = renderer.page(article(), content(comments=COMMENTS), now=NOW).body.decode()
    where = (
        f"/health/comments/report?page={article().translation_key}&amp;locale=en"
        f"&amp;token={renderer.page_token(article().translation_key, 'en')}"
    )
    assert re.findall(r'<a href="([^"]*/comments/report[^"]*)"', html) == [
        f"{where}&amp;comment=11",
        f"{where}&amp;comment=12",
        where,
    ]
    assert "by <bdi>&lt;script&gt;</bdi></span></a>" in html


def test_site_without_an_edge_has_no_link_to_report():
    renderer = Renderer(site_url="https://example.org", takes_reports=False)
    html = renderer.page(article(), content(comments=COMMENTS), now=NOW).body.decode()
    assert "report" not in html
    assert renderer.theme_fingerprint != RENDERER.theme_fingerprint


def test_comment_that_was_removed_cannot_be_reported():
    removed = ReaderComment(11, 5, "", "", NOW, StaffReply("", "We hear you.", NOW), 2)
    html = RENDERER.page(article(), content(comments=[removed]), now=NOW).body.decode()
    assert "Report this comment" not in html


def test_comment_text_and_name_are_escaped_and_parted_at_empty_lines():
    html = RENDERER.page(article(), content(comments=COMMENTS), now=NOW).body.decode()
    assert "&lt;script&gt;</h3>" in html
    assert "&lt;b onclick=&#34;x&#34;&gt;&amp;amp; BP &lt; 120 &amp; &gt; 80</p>" in html
    assert '<p class="comment__text" dir="auto">Second\nline</p>' in html


def test_reply_of_the_staff_stands_below_its_comment_with_a_badge():
    reply = StaffReply("Maria <b>", HOSTILE, NOW)
    answered = ReaderComment(11, 5, "Sam", "Hello", NOW - timedelta(days=1), reply)
    html = RENDERER.page(article(), content(comments=[answered]), now=NOW).body.decode()
    assert html.index('id="comment-11"') < html.index('id="comment-11-reply"')
    assert '<bdi>Maria &lt;b&gt;</bdi> <span class="comment__badge">Plainleaf team</span>' in html
    assert "BP &lt; 120 &amp; &gt; 80" in html
    assert '<time datetime="2026-11-25T14:00:00Z">25 November 2026</time>' in html
    assert "Comments (1)" in html


def test_removed_comment_with_a_reply_is_a_place_that_does_not_count():
    removed = ReaderComment(11, 5, "", "", NOW, StaffReply("", "We hear you.", NOW), 2)
    html = RENDERER.page(article(), content(comments=[removed]), now=NOW).body.decode()
    assert '<p class="comment__removed">This comment was removed.</p>' in html
    assert "We hear you." in html
    assert '<h2 class="comments__heading">Comments</h2>' in html
    assert Outline(html.encode()).is_in_order()


def test_form_says_what_an_asterisk_means_before_the_first_field():
    html = html_of(article())
    note = html.index("All fields marked with an asterisk (*) are required")
    assert (
        html.index('<form class="form" id="comment-form" method="post" action="/comments"') < note
    )
    assert note < min(html.index("<input"), html.index("<label"), html.index("<textarea"))


def test_form_fields_carry_what_browsers_and_screen_readers_need():
    outline = Outline(render(article()).body)
    (name,) = outline.all("input", id="comment-name")
    assert (name["name"], name["autocomplete"], "required" in name) == ("name", "name", True)
    (text,) = outline.all("textarea", id="comment-text")
    assert (text["name"], "required" in text) == ("text", True)
    assert "maxlength" not in text  # it would cut a reader's words without a sound
    (email,) = outline.all("input", id="comment-email")
    assert (email["name"], email["type"], email["autocomplete"]) == ("email", "email", "email")
    assert "required" not in email
    (notify,) = outline.all("input", id="comment-notify")
    assert (notify["name"], notify["type"], "checked" in notify) == ("notify", "checkbox", False)
    labels = {label["for"] for label in outline.all("label")}
    fields = {"name", "text", "email", "notify", "trap"}
    assert labels == {f"comment-{field}" for field in fields}
    assert outline.all("input", name="page", type="hidden")[0]["value"] == "key-5"
    assert outline.all("input", name="locale", type="hidden")[0]["value"] == "en"
    for field in (name, text, email):
        assert set((field["aria-describedby"] or "").split()) <= set(outline.ids)


def test_trap_is_out_of_the_way_of_people():
    (trap,) = Outline(render(article()).body).all("input", id="comment-trap")
    assert (trap["tabindex"], trap["autocomplete"]) == ("-1", "off")
    assert trap["name"] not in {"name", "email", "url", "website", "tel", "subject"}


def test_form_warns_before_it_asks():
    html = html_of(article())
    form = html[html.index("<form") : html.index('for="comment-name"')]
    for words in ("call 999", "not medical advice", "A person reads every comment"):
        assert words in form


def test_form_links_to_policy_and_privacy():
    outline = Outline(render(article()).body)
    assert outline.all("a", href="/comment-policy/")
    assert outline.all("a", href="/privacy/")


@pytest.mark.parametrize(
    ("day", "is_open", "words"),
    [
        ("2026-11-26", True, "Comments on this page close on 26 November 2026."),
        ("2026-11-25", False, "Comments closed on 25 November 2026."),
        ("2026-03-01", False, "Comments closed on 1 March 2026."),
    ],
)
def test_day_on_which_comments_close_is_said(day, is_open, words):
    html = html_of(article(comments_close_on=day))
    assert ("<form" in html) is is_open
    assert words in html


def test_hidden_comments_leave_no_word_and_no_link():
    comment = ReaderComment(8, article().id, "Sam", "My own words.", NOW)
    button = block(
        "next_step", {"label": "Say it", "purpose": "leave_comment", "page": None, "url": ""}, "b1"
    )
    headings = [
        block("heading", {"text": f"Part {at}", "size": "section"}, f"h{at}") for at in range(3)
    ]
    shown, hidden = (
        html_of(article(button, *headings, comments_mode=mode), comment)
        for mode in ("open", "hidden")
    )
    for trace in ('href="#comments"', "My own words.", 'id="comments"', "<form", "Say it"):
        assert trace in shown
        assert trace not in hidden


def test_closed_comments_have_a_sentence_and_no_form():
    html = html_of(article(comments_mode="read_only"))
    assert "<form" not in html
    assert "Comments on this page are closed." in html
