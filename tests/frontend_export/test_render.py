"""Rendering is pure, says what is wrong and where, and makes the files around the pages."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import xml.etree.ElementTree as ET  # noqa: N817 - the module's usual name
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend_export.config import HSTS
from frontend_export.content import ContentIndex, MenuItem, PageLink, RedirectRule
from frontend_export.errors import ContentError, SettingsError
from frontend_export.headers import content_security_policy, policy_in_page
from frontend_export.outline import anchor_of
from frontend_export.render.filters import iso, paragraphs, telephone
from frontend_export.render.renderer import (
    MODULES_THAT_SHAPE,
    Renderer,
    code_that_shapes,
    language_of,
    template_of,
)
from tests.frontend_export.site_in_view import (
    LINKS,
    NOW,
    Outline,
    article,
    block,
    content,
    page,
    site,
)

RENDERER = Renderer(site_url="https://example.org")
BELOW_A_PATH = Renderer(site_url="https://example.org/health/", hsts=HSTS)


def theme(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, errors="surrogateescape")
    return folder


def test_equal_input_gives_equal_bytes():
    first = RENDERER.page(article(), content(), now=NOW)
    RENDERER.page(article(), content(name="Another site"), now=NOW)
    again = RENDERER.page(article(), content(), now=NOW)
    assert (
        first
        == again
        == Renderer(site_url="https://example.org").page(article(), content(), now=NOW)
    )


def test_base_path_is_before_every_address_of_the_site():
    page = article(block("rich_text", '<p><a linktype="page" id="6">x</a></p>'))
    html = BELOW_A_PATH.page(page, content(), now=NOW).body
    outline = Outline(html)
    addresses = [
        value
        for _, attributes in outline.tags
        for key, value in attributes.items()
        if key in {"href", "src", "action"} and value and value.startswith("/")
    ]
    assert len(addresses) > 8
    assert all(address.startswith("/health/") for address in addresses)
    assert b'<link rel="canonical" href="https://example.org/health/medicines/ketamine/">' in html


def test_paths_are_percent_encoded_once():
    assert BELOW_A_PATH.href("/médecine/한글 &/") == (
        "/health/m%C3%A9decine/%ED%95%9C%EA%B8%80%20%26/"
    )


def test_menu_leaves_out_what_is_not_exported_and_marks_the_current_page():
    outline = Outline(
        RENDERER.page(
            page("articles.TopicPage", 4, summary="", introduction=""), content(), now=NOW
        ).body
    )
    assert "Draft" not in outline.text
    assert [
        a["aria-current"] for a in outline.all("a", href="/medicines/") if "aria-current" in a
    ] == ["page"]


def test_menu_of_another_state_is_not_remembered():
    RENDERER.page(article(), content(), now=NOW)
    renamed = content(main_menu=(MenuItem("Renamed", 4, ""),))
    assert "Renamed" in Outline(RENDERER.page(article(), renamed, now=NOW).body).text


class Leaving(ContentIndex):
    """A content from which a page is kept out while others are made."""

    without: frozenset[int] = frozenset()

    def page_link(self, page_id: int) -> PageLink | None:
        return None if page_id in self.without else super().page_link(page_id)


def test_page_kept_out_half_way_leaves_menus_and_footer():
    footer = '<p><a linktype="page" id="9">Our rules</a></p>'
    here = Leaving(site(footer_text=footer), pages=LINKS)
    assert RENDERER.page(article(), here, now=NOW).findings == ()
    here.without = frozenset({4, 9})
    rendered = RENDERER.page(article(), here, now=NOW)
    outline = Outline(rendered.body)
    assert outline.all("a", href="/privacy/")
    assert not outline.all("a", href="/comment-policy/")
    assert "Medicines" not in outline.text
    assert any("page '9'" in finding.message for finding in rendered.findings)


def test_block_without_a_template_keeps_its_text_and_is_reported():
    value = {
        "rows": [["Dose <b>", "one tablet & water"]],
        "note": "<p>With <b>food</b></p>",
        "n": 3,
    }
    rendered = RENDERER.page(article(block("dose_table", value)), content(), now=NOW)
    html = rendered.body.decode()
    assert "<td>one tablet &amp; water</td>" in html
    assert "<p>With <b>food</b></p>" in html
    (finding,) = rendered.findings
    assert finding.severity == "warning"
    assert finding.message == (
        "There is no template 'templates/blocks/dose_table.html': the text of block 1 of page 5 "
        "went out without its form. Add the template to the theme."
    )


def test_page_type_without_a_template_keeps_its_text_and_is_reported():
    recipe = page(
        "articles.ArticlePage", 5, block("rich_text", "<p>Stir.</p>"), intro="<p>Warm soup</p>"
    )._replace(
        type="kitchen.RecipePage",
    )
    rendered = RENDERER.page(recipe, content(), now=NOW)
    assert "Warm soup Stir." in Outline(rendered.body).text
    assert "'templates/kitchen/recipe_page.html'" in rendered.findings[0].message


@pytest.mark.parametrize(
    ("block_type", "keys"),
    [
        ("heading", "text size"),
        ("rich_text", ""),
        ("image", "image caption"),
        ("next_step", "label purpose page url"),
        ("medical_uses", "heading introduction items"),
        ("benefits", "heading items"),
        ("risks", "heading introduction groups"),
        ("risk_callout", "severity title text helpline"),
        ("helpline", "helpline"),
        ("conclusion", "heading text"),
    ],
)
def test_unfinished_block_of_a_draft_renders_without_the_word_none(block_type, keys):
    value = dict.fromkeys(keys.split()) if keys else None
    rendered = RENDERER.page(article(block(block_type, value), summary=None), content(), now=NOW)
    assert "None" not in rendered.body.decode()
    assert rendered.findings == ()


@pytest.mark.parametrize(("kind", "number"), [("page", 99), ("document", 98)])
def test_unlinked_reference_is_reported_for_its_page_and_block(kind, number):
    link = f'<p><a linktype="{kind}" id="{number}">gone</a></p>'
    page = article(block("rich_text", "<p>Here.</p>"), block("inset", {"text": link}))
    (finding,) = RENDERER.page(page, content(), now=NOW).findings
    assert finding.subject == ("page", 5)
    assert finding.path == "/medicines/ketamine/"
    assert finding.message == (
        f"Block 2 (inset) of page 5: A link to {kind} '{number}' was taken out and its text kept: "
        f"that {kind} is not exported."
    )


def test_unlinked_reference_in_two_blocks_is_reported_for_each():
    dead = block("rich_text", '<p><a linktype="page" id="99">gone</a></p>')
    findings = RENDERER.page(article(dead, dead), content(), now=NOW).findings
    assert [one.message.partition(":")[0] for one in findings] == [
        "Block 1 (rich_text) of page 5",
        "Block 2 (rich_text) of page 5",
    ]


DEAD_LINKS = [
    block("rich_text", '<p><a linktype="page" id="99">gone</a></p>'),
    block("rich_text", '<p><a linktype="document" id="98">gone</a></p>'),
    block("next_step", {"label": "Go", "purpose": "read_next", "page": 99, "url": ""}),
]


@pytest.mark.parametrize("dead_link", DEAD_LINKS, ids=["page", "document", "chosen page"])
def test_link_to_what_is_not_exported_is_never_a_link_whatever_the_setting(dead_link):
    quiet, told = (
        Renderer(site_url="https://example.org", dead_links=policy).page(
            article(dead_link), content(), now=NOW
        )
        for policy in ("unlink", "warn")
    )
    assert (len(quiet.findings), len(told.findings)) == (0, 1)
    assert quiet.body == told.body
    with pytest.raises(ContentError, match="is not exported.* PLAINLEAF_DEAD_LINKS refuses"):
        Renderer(site_url="https://example.org", dead_links="fail").page(
            article(dead_link), content(), now=NOW
        )


def test_policy_about_dead_links_is_for_those_alone():
    page = article(block("rich_text", '<p><a href="ftp://example.org">gone</a></p>'))
    renderer = Renderer(site_url="https://example.org", dead_links="fail")
    assert len(renderer.page(page, content(), now=NOW).findings) == 1


def test_template_fault_names_template_line_block_and_page(tmp_path):
    folder = theme(tmp_path, **{"templates/blocks/heading.html": "<h2>\n{{ value.txet }}</h2>"})
    renderer = Renderer(site_url="https://example.org", theme_dir=folder)
    page = article(
        block("rich_text", "<p>x</p>"), block("heading", {"text": "T", "size": "section"})
    )
    with pytest.raises(ContentError) as caught:
        renderer.page(page, content(), now=NOW)
    assert str(caught.value) == (
        "Template 'blocks/heading.html' could not render body[2].heading of page 5 "
        "('/medicines/ketamine/'): 'blocks/heading.html', line 2: 'dict object' has no attribute "
        "'txet'. Mend the template, or the content it met."
    )


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("\n\n{% if %}", "line 3: Expected an expression"),
        ("{{ value", "line 1: unexpected end of template, expected 'end of print statement'. Mend"),
        ("\n{% include 'nowhere.html' %}", "line 2: there is no template 'nowhere.html'"),
        ("\n{% include 'blocks/heading.html' %}", "line 2: it comes to itself again"),
        ("{% extends 'blocks/heading.html' %}", "line 1: it comes to itself again"),
        ("\n{{ 1 / 0 }}", "line 2: division by zero. Mend"),
        ("\n{{ _('To %(name)s') }}", "line 2: the message 'To %(name)s' is not told what 'name'"),
        ("\ncaf\udce9", "line 2: it is not UTF-8. Mend"),
        ("{{ value + 1 }}", "line 1: "),
        ("{{ value.text|long_date }}", "line 1: Invalid isoformat string"),
    ],
)
def test_any_template_fault_is_a_sentence(tmp_path, source, what):
    folder = theme(tmp_path, **{"templates/blocks/heading.html": source})
    renderer = Renderer(site_url="https://example.org", theme_dir=folder)
    page = article(block("heading", {"text": "T", "size": "section"}))
    with pytest.raises(ContentError, match="body\\[1\\].heading of page 5") as caught:
        renderer.page(page, content(), now=NOW)
    assert what in str(caught.value)


@pytest.mark.parametrize("source", ["\n{% if %}", "\n{{ 1 / 0 }}", "\ncaf\udce9"])
def test_fault_of_what_templates_share_is_a_sentence_too(tmp_path, source):
    folder = theme(tmp_path, **{"templates/_partials.html": source})
    renderer = Renderer(site_url="https://example.org", theme_dir=folder)
    law = [{"type": "item", "id": "a", "value": {"country": "GB", "legal_class": "POM"}}]
    page = article(topic_type="medicine", legal_status=law)
    with renderer.warming_up(), pytest.raises(ContentError, match=r"'_partials\.html', line 2: "):
        renderer.page(page, content(), now=NOW)
    footer = '<p>x</p><embed embedtype="image" id="7" alt=""/>'
    with pytest.raises(ContentError, match=r"'_partials\.html', line 2: "):
        renderer.page(article(), content(footer_text=footer), now=NOW)


def test_redirect_of_a_site_from_right_to_left_is_read_so():
    rule = RedirectRule("/old", "/about/", 301)
    for language, start in (("ar", '<html lang="ar" dir="rtl">'), ("en-gb", '<html lang="en-gb">')):
        assert start in RENDERER.redirect_stub(rule, content(language=language)).body.decode()


def test_theme_folder_replaces_a_template_and_a_style_by_path(tmp_path):
    folder = theme(
        tmp_path,
        **{
            "templates/blocks/heading.html": "<h2>Ours: {{ value.text }}</h2>",
            "static/css/components/callout.css": ".callout { color: rebeccapurple; }",
            "static/css/components/zebra.css": ".zebra { color: black; }",
        },
    )
    renderer = Renderer(site_url="https://example.org", theme_dir=folder)
    page = article(block("heading", {"text": "<T>", "size": "section"}))
    assert b"<h2>Ours: &lt;T&gt;</h2>" in renderer.page(page, content(), now=NOW).body
    _, css = renderer.stylesheet()
    assert b"rebeccapurple" in css
    assert b".callout__severity" not in css
    assert b".zebra" in css
    assert b".site-header" in css


def test_style_of_no_layer_is_refused_by_name(tmp_path):
    folder = theme(tmp_path, **{"static/css/brand.css": "a { color: red }"})
    with pytest.raises(SettingsError, match=r"'static/css/brand\.css' .* 'static/css/components/'"):
        Renderer(site_url="https://example.org", theme_dir=folder).assets()


def test_fingerprint_changes_with_a_template_a_style_and_the_address(tmp_path):
    def fingerprint(url: str, **files: str) -> str:
        folder = theme(tmp_path / str(len(seen)), **files)
        seen.append(Renderer(site_url=url, theme_dir=folder).theme_fingerprint)
        return seen[-1]

    seen: list[str] = []
    fingerprint("https://example.org")
    fingerprint("https://example.org/health")
    fingerprint("https://example.org", **{"templates/blocks/heading.html": "x"})
    fingerprint("https://example.org", **{"static/css/base.css": "x"})
    assert len(set(seen)) == 4
    assert fingerprint("https://example.org/") == seen[0]


def test_fingerprint_covers_all_code_that_renders():
    used = {
        name
        for path in code_that_shapes()
        for line in path.read_text().splitlines()
        for name in re.findall(r"^\s*from frontend_export(?:\.| import )(\w+)", line)
    }
    # Of the settings only the values count, and those are in the fingerprint.
    assert used - {"errors", "render", "config"} == set(MODULES_THAT_SHAPE)


def test_assets_are_named_by_their_bytes(tmp_path):
    changed = theme(tmp_path, **{"static/favicon.svg": "<svg/>"})
    ours, theirs = RENDERER.assets(), Renderer(site_url="https://e.org", theme_dir=changed).assets()
    assert len(ours) == 4
    assert len(set(ours) & set(theirs)) == 3
    path, body = RENDERER.stylesheet()
    assert path.startswith("assets/site.")
    assert ours[path] == body
    html = RENDERER.page(article(), content(), now=NOW).body.decode()
    assert [asset for asset in ours if f'="/{asset}"' not in html] == [
        asset for asset in ours if asset.startswith("assets/js/search.")
    ]


def test_stylesheet_is_layered_and_light():
    _, css = RENDERER.stylesheet()
    assert css.startswith(b"@layer tokens, base, layout, components;\n")
    assert len(gzip.compress(css)) < 10_000


def test_sitemap_lists_absolute_addresses_and_when_they_changed():
    root = ET.fromstring(BELOW_A_PATH.sitemap(LINKS[:3]).body)
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert [loc.text for loc in root.iter(f"{name}loc")] == [
        "https://example.org/health/",
        "https://example.org/health/medicines/",
        "https://example.org/health/medicines/ketamine/",
    ]
    assert [lastmod.text for lastmod in root.iter(f"{name}lastmod")] == ["2026-11-25T14:00:00Z"]


def test_feed_is_atom_and_survives_what_xml_cannot_hold():
    strange = LINKS[2]._replace(
        title="A <b> & \x0b \ud83c\udf3f".encode("utf-16", "surrogatepass").decode("utf-16"),
        last_published_at=NOW + timedelta(days=1),
    )
    root = ET.fromstring(RENDERER.feed([strange, LINKS[3]], content()).body)
    atom = "{http://www.w3.org/2005/Atom}"
    assert root.findtext(f"{atom}updated") == "2026-11-26T14:00:00Z"
    titles = [entry.findtext(f"{atom}title") for entry in root.iter(f"{atom}entry")]
    assert titles == ["A <b> &  🌿", "What is naloxone?"]


def test_empty_feed_is_still_valid_and_the_same_every_time():
    assert ET.fromstring(RENDERER.feed([], content()).body) is not None
    assert RENDERER.feed([], content()) == RENDERER.feed([], content())


def test_robots_names_the_sitemap():
    assert BELOW_A_PATH.robots().body.decode().splitlines()[-1] == (
        "Sitemap: https://example.org/health/sitemap.xml"
    )


RULES = [
    RedirectRule("/old", "/m%C3%A9decine/", 301),
    RedirectRule("/away", "https://elsewhere.example/?a=1&b=2", 302),
]


def test_redirects_lie_below_the_path_of_the_site():
    assert BELOW_A_PATH.redirects("_redirects", RULES).body.decode() == (
        "/health/old/ /health/m%C3%A9decine/ 301\n"
        "/health/away/ https://elsewhere.example/?a=1&b=2 302\n"
    )


def test_redirect_stub_leads_on_without_being_indexed():
    html = RENDERER.redirect_stub(RULES[1], content()).body.decode()
    address = "https://elsewhere.example/?a=1&amp;b=2"
    assert f'content="0; url={address}"' in html
    assert f'<a href="{address}">' in html
    assert 'name="robots" content="noindex"' in html


def test_headers_allow_nothing_inline_and_cache_only_hashed_names():
    text = BELOW_A_PATH.headers().body.decode()
    everywhere, *cached, search = text.split("/health/")[1:]
    assert everywhere.startswith("*\n")
    for header in (
        "Content-Security-Policy: default-src 'none'; ",
        "frame-ancestors 'none'",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy: same-origin",
        "Cross-Origin-Resource-Policy: same-origin",
        "Strict-Transport-Security: max-age=31536000; includeSubDomains",
    ):
        assert header in everywhere
    assert text.count("unsafe") == 1
    assert "script-src 'self' 'wasm-unsafe-eval';" in search
    assert search.startswith("search/*\n  ! Content-Security-Policy\n")
    assert "immutable" not in everywhere
    assert [part.split("\n")[0] for part in cached] == ["assets/*", "images/*", "documents/*"]


def test_site_of_http_does_not_ask_for_tls():
    headers = Renderer(site_url="http://localhost:8080", hsts=HSTS).headers().body
    assert b"Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/", "/search/"])
def test_policy_in_the_page_is_the_one_of_the_header_less_what_no_page_can_say(path):
    header = content_security_policy(path)
    assert f"{policy_in_page(path)}; frame-ancestors 'none'" == header
    assert ("wasm" in header) is (path == "/search/")


def test_every_page_says_its_policy_before_it_names_a_file():
    for html in (
        RENDERER.page(article(), content(), now=NOW).body.decode(),
        RENDERER.not_found(content()).body.decode(),
        RENDERER.redirect_stub(RULES[1], content()).body.decode(),
    ):
        before, found, after = html.partition(
            f'<meta http-equiv="Content-Security-Policy" content="{policy_in_page("/")}">'
        )
        assert found and "<link" not in before and "<script" not in before
        assert before.rstrip().endswith('<meta charset="utf-8">')


def test_script_that_was_changed_on_its_way_does_not_run():
    outline = Outline(RENDERER.comment_thanks(content()).body)
    [script] = [found for found in outline.all("script") if "src" in found]
    body = RENDERER.assets()[str(script["src"]).removeprefix("/")]
    digest = base64.b64encode(hashlib.sha384(body).digest()).decode()
    assert script["integrity"] == f"sha384-{digest}"


def test_not_found_leads_home_and_to_the_topics():
    rendered = BELOW_A_PATH.not_found(content())
    outline = Outline(rendered.body)
    assert outline.is_in_order()
    assert outline.all("a", href="/health/medicines/")
    assert outline.all("a", href="tel:999")
    assert b'rel="canonical"' not in rendered.body


def test_thanks_says_what_happens_next_and_where_help_is():
    outline = Outline(RENDERER.comment_thanks(content()).body)
    assert outline.is_in_order()
    assert "A moderator reads your comment" in outline.text
    assert outline.all("a", href="tel:116123")
    assert outline.all("a", href="/comment-policy/")


def test_thanks_shows_the_receipt_of_a_comment_and_no_receipt_to_all():
    html = RENDERER.comment_thanks(content(), receipt="K7QF-2M9X-RT4C").body.decode()
    assert "<strong>K7QF-2M9X-RT4C</strong>" in html
    assert '<meta name="robots" content="noindex">' in html
    assert b"receipt" not in RENDERER.comment_thanks(content()).body


def refused(**changes):
    values = {
        "name": "",
        "text": 'I "think"\n</textarea><b>',
        "email": "a@",
        "page": "k",
        "locale": "en",
    }
    errors = {"name": "Enter your name.", "email": "Enter an address like name@example.org."}
    return RENDERER.comment_refused(
        LINKS[2],
        content(),
        values=values | changes.get("values", {}),
        errors=changes.get("errors", errors),
    )


def test_refused_comment_says_error_in_title_summary_and_field():
    rendered = refused()
    html, outline = rendered.body.decode(), Outline(rendered.body)
    assert "<title>Error: " in html
    assert html.index("</h1>") < html.index("There is a problem") < html.index("<form")
    assert outline.all("a", href="#comment-name")
    assert outline.all("div", role="alert")
    (name,) = outline.all("input", id="comment-name")
    assert name["aria-invalid"] == "true"
    assert name["aria-describedby"] == "comment-name-hint comment-name-error"
    assert set((name["aria-describedby"] or "").split()) <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))
    (text,) = outline.all("textarea")
    assert "aria-invalid" not in text


def test_refused_comment_says_where_help_is():
    outline = Outline(refused().body)
    assert outline.is_in_order()
    assert outline.all("a", href="tel:999")
    assert outline.all("a", href="tel:116123")


def test_refused_comment_keeps_every_value_and_escapes_it():
    html = refused().body.decode()
    assert "I &#34;think&#34;\n&lt;/textarea&gt;&lt;b&gt;</textarea>" in html
    assert 'value="a@"' in html
    assert '<input type="hidden" name="page" value="k">' in html


def test_refused_comment_keeps_a_leading_empty_line():
    html = refused(values={"text": "\nx"}).body.decode()
    assert ">\n\nx</textarea>" in html  # a browser drops the first line break of a textarea


def test_refusal_of_no_field_in_particular_is_plain_text_in_the_summary():
    outline = Outline(refused(errors={"": "Too many comments. Try again in a minute."}).body)
    assert "There is a problem Too many comments. Try again in a minute." in outline.text


def test_page_in_another_language_says_so():
    arabic = article()._replace(locale="ar")
    html = RENDERER.page(arabic, content(), now=NOW).body.decode()
    assert '<html lang="ar" dir="rtl">' in html


@pytest.mark.parametrize(
    ("locale", "site_language", "said"),
    [("en", "en-gb", "en-gb"), ("fr", "en-gb", "fr"), ("pt-br", "pt", "pt")],
)
def test_page_speaks_the_language_of_the_site_or_its_own(locale, site_language, said):
    assert language_of(locale, site_language) == said


@pytest.mark.parametrize(
    ("page_type", "template"),
    [
        ("articles.ArticlePage", "articles/article_page.html"),
        ("blog.FAQPage", "blog/faqpage.html"),
        ("x.Step2Page", "x/step2_page.html"),
    ],
)
def test_template_is_named_after_the_page_type(page_type, template):
    assert template_of(page_type) == template


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("1. What is it?", "1-what-is-it-01234567"),
        ("_Benefits_ & risks\n", "benefits-risks-01234567"),
        ("Médecine – ſafe", "médecine-safe-01234567"),
        ("?!", "heading-01234567"),
        ("", "heading-01234567"),
        ("x" * 70, "x" * 60 + "-01234567"),
    ],
)
def test_anchor_is_readable_and_the_block_s_own(heading, anchor):
    assert anchor_of(heading, block("heading", {"text": heading})) == anchor


@given(st.text(max_size=20))
def test_anchor_of_any_heading_is_made_of_its_words(heading):
    words = re.sub(r"[\W_]+", "-", heading.casefold()).strip("-")[:60]
    assert anchor_of(heading, block("heading", {})) == f"{words or 'heading'}-01234567"


@pytest.mark.parametrize(
    ("number", "address"),
    [("116 123", "tel:116123"), ("+44 (0)20 7946", "tel:+440207946"), ("999", "tel:999")],
)
def test_telephone_addresses_hold_digits_only(number, address):
    assert telephone(number) == address


def test_text_is_parted_at_empty_lines_only():
    assert paragraphs(" a\nb\r\n \r\nc\n\n\n\n") == ["a\nb", "c"]
    assert paragraphs(" \n ") == []


def test_instants_are_utc():
    assert iso(NOW) == "2026-11-25T14:00:00Z"
