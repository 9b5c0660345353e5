"""Rich text: references become addresses, everything else becomes harmless."""

from __future__ import annotations

import re
import time

import pytest

from frontend_export.content import ContentIndex, Document, Image, PageLink, Rendition, Site
from frontend_export.richtext import SafeHtml, as_line, safe_html

CONTENT = ContentIndex(
    Site(id=1, name="Plainleaf", language="en-gb", root_page_id=1),
    pages=[PageLink(5, "articles.TopicPage", "/médecine/", "Medicines", 1)],
    documents=[Document(2, "Leaflet", "leaflet.pdf", "/d/2", 10, "9f2c")],
    images=[
        Image(7, "Leaf", 10, 10, (Rendition(10, 10, "image/webp", "/r/1", "aa"),)),
        Image(8, "Broken", 10, 10, ()),
    ],
)


def render(value: str | None) -> SafeHtml:
    return safe_html(
        value,
        CONTENT,
        href=lambda path: "/health" + path,
        picture=lambda image, alt: f'<img src="/{image.id}" alt="{alt}">',
    )


def test_nothing_stays_nothing():
    assert render("") == render(None) == SafeHtml("", ())


def test_link_to_a_page_gets_its_path():
    html, warnings = render('<p data-block-key="x1">See <a id="5" linktype="page">this</a>.</p>')
    assert html == '<p>See <a href="/health/médecine/">this</a>.</p>'
    assert warnings == ()


def test_link_to_a_page_that_is_not_exported_keeps_its_text_and_is_reported():
    html, warnings = render('<p>See <a linktype="page" id="66">the <b>draft</b></a>.</p>')
    assert html == "<p>See the <b>draft</b>.</p>"
    assert warnings == (
        "A link to page '66' was taken out and its text kept: that page is not exported.",
    )


def test_link_to_a_document_gets_the_path_of_its_file():
    html, _ = render('<a linktype="document" id="2">Leaflet</a>')
    assert html == '<a href="/health/documents/9f2c/leaflet.pdf">Leaflet</a>'


@pytest.mark.parametrize("reference", ["", 'id=""', 'id="None"', 'id="-1"', 'id="²"', 'id="9e99"'])
def test_link_with_a_broken_id_is_unlinked(reference):
    html, warnings = render(f'<a linktype="page" {reference}>text</a>')
    assert html == "text"
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "address",
    ["https://example.org/?a=1&b=2", "HTTP://example.org", "mailto:a@b.org", "tel:+44116"],
)
def test_link_to_the_web_stays(address):
    escaped = address.replace("&", "&amp;")
    assert render(f'<a href="{escaped}">x</a>') == SafeHtml(f'<a href="{escaped}">x</a>', ())


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "jAvA\tscript:alert(1)",
        "java&#10;script:alert(1)",
        "&#x6A;avascript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/",
        "/draft/",
        "\\\\evil.example",
        "https:///",
        "&#xE000;javascript:alert(1)",
        "&#57344;//evil.example/",
    ],
)
def test_link_to_anything_else_is_unlinked_and_reported(address):
    html, warnings = render(f'<a href="{address}">text</a>')
    assert html == "text"
    assert len(warnings) == 1


HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<p onclick=alert(1)>x</p>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mi xlink:href='data:x,<script>alert(1)</script>'>x</mi></math>",
    "<iframe src=https://evil.example></iframe><object data=x></object>",
    "<style>*{background:url(//evil.example)}</style><p style='color:red' class=x id=y>x</p>",
    "<form action=//evil.example><input name=x><button>Go</button></form>",
    "<base href=//evil.example><meta http-equiv=refresh content=0><link rel=stylesheet href=//e>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<a href='x' onmouseover=alert(1)//>x</a>",
    "<a b=< href='javascript:alert(1)'>x</a>",
    "<a b=< href='&#xE000;javascript:alert(1)'>x</a>",
    "<a b=< href='&#xE000;//evil.example'>x</a>",
    "<a b=< href='/draft/'>x</a>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<a href=\"<embed embedtype='image' id='7'>\" onclick=alert(1)>x</a>",
    '<a b=< href="https://e.org/<embed embedtype="image" id="7"/>">x</a>',
    '<embed embedtype="image" id="7"/><a b=< href="https://e.org/&#xE001;0&#xE002;">x</a>',
    '<embed embedtype="image" id="7"/>&#xE001;5&#xE002;',
    '<embed embedtype="media" url="javascript:alert(1)"/>',
    '<embed embedtype="image" id="7"/>\ue0015\ue002\ue000',
    '<p id="&quot;><script>alert(1)</script>">x',
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "around", ["{}", "<p><b>{}</b></p>", "<ul><li>{}", "<a href=https://e.org>{}"]
)
def test_hostile_html_leaves_nothing_that_acts(value, around):
    html, _ = render(around.format(value))
    tags = re.findall(r"<[^>]*>", html)
    assert set(tags) <= {
        *("<p>", "</p>", "<b>", "</b>", "<ul>", "</ul>", "<li>", "</li>", "</a>"),
        *('<a href="https://e.org">', '<a href="https://e.org/0">', '<img src="/7" alt="">'),
    }
    assert not re.search("[\ue000-\ue002]", html)


def test_what_wagtail_stores_leaves_no_trace():
    html, _ = render(
        '<h3 data-block-key="a1">T</h3><ul><li data-block-key="b2"><i>x</i></li></ul><hr/>'
        '<embed embedtype="image" id="7" format="left" alt="A leaf"/>'
    )
    assert html == '<h3>T</h3><ul><li><i>x</i></li></ul><hr><img src="/7" alt="A leaf">'


def test_picture_alone_in_a_paragraph_stands_alone():
    assert render('<p> <embed embedtype="image" id="7"/></p>').html == '<img src="/7" alt="">'


@pytest.mark.parametrize("image_id", [8, 99])
def test_image_without_a_file_is_left_out_and_reported(image_id):
    html, warnings = render(f'<p>a</p><embed embedtype="image" id="{image_id}"/>')
    assert html == "<p>a</p>"
    assert warnings == (f"Image '{image_id}' in a text is not exported and was left out.",)


def test_stored_img_is_not_ours_and_goes():
    assert render('<img src="https://tracker.example/x.gif" alt="x">').html == ""


def test_embedded_media_becomes_a_plain_link():
    html, _ = render('<embed embedtype="media" url="https://video.example/?a=1&amp;b=2"/>')
    assert html == (
        '<p><a href="https://video.example/?a=1&amp;b=2">https://video.example/?a=1&amp;b=2</a></p>'
    )


def test_embedded_media_without_a_web_address_is_left_out_and_reported():
    assert render('<p>a</p><embed embedtype="media" url="ftp://x"/>') == SafeHtml(
        "<p>a</p>", ("An embedded 'ftp://x' was left out: it is no web address.",)
    )


def test_unknown_reference_types_are_reported():
    assert render('<a linktype="fax">x</a><embed embedtype="hologram"/>') == SafeHtml(
        "x",
        (
            "A link of the unknown type 'fax' was taken out, its text kept.",
            "Something embedded, of the unknown type 'hologram', was left out.",
        ),
    )


def test_unicode_comes_through_untouched():
    text = "<p>ß 한글 עברית 🌿 ﷽ e\u0301</p>"
    assert render(text).html == text


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("<b>un<i>closed", "<b>un<i>closed</i></b>"),
        ("</p></li>x", "<p></p>x"),
        ("5 < 6 & 7 > 6", "5 &lt; 6 &amp; 7 &gt; 6"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
    ],
)
def test_broken_html_is_mended(broken, mended):
    assert render(broken).html == mended


def test_links_do_not_nest():
    html, _ = render('<a href="https://e.org">a<a linktype="page" id="5">b</a></a>')
    assert html == '<a href="https://e.org">a</a><a href="/health/médecine/">b</a>'


@pytest.mark.parametrize(
    "nonsense",
    ["<a " * 20_000, "<a '\"" * 20_000, "<a " + "a-" * 20_000 + ">", "<a a" + " " * 40_000 + ">"],
    ids=["open", "quotes", "name", "spaces"],
)
def test_long_nonsense_takes_no_time(nonsense):
    before = time.process_time()
    render(nonsense)
    assert time.process_time() - before < 2


def test_cleaning_twice_changes_nothing():
    once = render('<p>5 &lt; 6 <b>x</b> <a href="https://e.org/?a&amp;b">y</a></p>').html
    assert render(once).html == once


def test_one_paragraph_can_follow_other_words():
    assert as_line("<p>a <b>b</b></p>") == "a <b>b</b>"
    assert as_line("<p>a</p><p>b</p>") == "<p>a</p><p>b</p>"
    assert as_line("<ul><li>a</li></ul>") == "<ul><li>a</li></ul>"
