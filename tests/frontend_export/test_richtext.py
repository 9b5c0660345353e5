"""Rich text: references become addresses, everything else becomes harmless."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from frontend_export import richtext
from frontend_export.content import (
    ContentIndex,
    Document,
    Image,
    PageLink,
    Ref,
    Rendition,
    Site,
)
from frontend_export.richtext import SafeHtml, as_line, is_ordinary, references_of, safe_html

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


def test_nested_list_is_the_same_without_the_keys_of_the_editor():
    written = "<ol><li>One<ul><li><b>a</b></li><li>b</li></ul></li><li>Two</li></ol><p>End.</p>"
    stored = re.sub(r"<(ol|ul|li|b|p)>", r'<\1 data-block-key="k\1">', written)
    assert render(stored).html == written


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


WORDS = st.text(max_size=12).map(
    lambda text: re.sub("[<>&\0\r\xa0\ud800-\udfff\ue000-\ue002]", "", text)
)
KEYS = st.sampled_from(["", ' data-block-key="x1"'])
LINKS = st.sampled_from(
    [
        ' linktype="page" id="5"',
        ' id="5" linktype="page"',
        ' id="66" linktype="page"',
        ' linktype="page" linktype="page"',
        ' id="5" id="66"',
        ' linktype="document" id="2"',
        ' href="https://www.example.org/a-b_c/?d=%20#e:f,(g)"',
        ' href="https://e.org"',
        ' href="http://xn--a.org/"',
        ' href="https://1.2.3.4444/"',
        ' href="mailto:a@b.org"',
        ' href="javascript:alert(1)"',
    ]
)
TEXTS = st.one_of(WORDS, st.sampled_from(["&amp;", "&lt;", "&gt;", "\ufeff", "\x0c", "\n"]))
INLINE = st.one_of(
    TEXTS,
    st.builds("<b>{}</b>".format, TEXTS),
    st.builds("<i>{}</i>".format, TEXTS),
    st.builds("<a{}>{}</a>".format, LINKS, TEXTS),
    st.just("<br/>"),
)
LINES = st.lists(INLINE, max_size=4).map("".join)
ITEMS = st.lists(st.builds("<li{}>{}</li>".format, KEYS, LINES), min_size=1, max_size=3)
BLOCKS = st.one_of(
    st.builds("<p{}>{}</p>".format, KEYS, LINES),
    st.builds("<{0}{1}>{2}</{0}>".format, st.sampled_from(["h2", "h3", "h4"]), KEYS, LINES),
    st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["ul", "ol"]), ITEMS.map("".join)),
)
STORED = st.lists(BLOCKS, min_size=1, max_size=4).map("".join)
BREAKS = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from(
        ["<p>", "</p>", "<a>", "<ul>", "</li>", "<b>", "<!--", "&", '"', "\0", "\r", "\xa0"]
    ),
    st.text(max_size=3),
)


def parsed(value: str) -> SafeHtml:
    """What becomes of a value when nothing is recognised and the parser reads all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(richtext, "is_ordinary", lambda value: False)
        return render(value)


@given(STORED)
def test_recognised_text_is_what_the_parser_makes_of_it(value):
    assert render(value) == parsed(value)


@given(STORED, BREAKS, st.floats(0, 1))
@example("<p>x</p>", "</p>", 0.5)
def test_broken_text_is_what_the_parser_makes_of_it(value, broken, where):
    at = round(where * len(value))
    value = (value[:at] + broken + value[at:]).encode(errors="ignore").decode()
    assert render(value) == parsed(value)


@given(STORED, BREAKS, st.floats(0, 1))
@example("<p>x</p>", ">", 0.5)
def test_a_look_at_the_whole_value_changes_nothing_about_what_is_ordinary(value, broken, where):
    at = round(where * len(value))
    value = value[:at] + broken + value[at:]
    assert is_ordinary(value) == bool(richtext._ordinary(richtext._TEXT).fullmatch(value))


class Asked(ContentIndex):
    """Content that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(CONTENT.site)
        self.refs: set[Ref] = set()

    def page_link(self, page_id: int) -> PageLink | None:
        self.refs.add(Ref("page", page_id))
        return CONTENT.page_link(page_id)

    def document(self, document_id: int) -> Document | None:
        self.refs.add(Ref("document", document_id))
        return CONTENT.document(document_id)

    def image(self, image_id: int) -> Image | None:
        self.refs.add(Ref("image", image_id))
        return CONTENT.image(image_id)


@pytest.mark.parametrize(
    ("stored", "ref"),
    [
        ('<a linktype="page" id="5">x</a>', Ref("page", 5)),
        ("<A ID=5 LINKTYPE = page>x</A>", Ref("page", 5)),
        ('<a data-id="6" id="5" linktype="page">x</a>', Ref("page", 5)),
        ('<a title="1 > 0" linktype="document" id="2">x</a>', Ref("document", 2)),
        ('<embed alt="1 > 0" embedtype="image" id="7"/>', Ref("image", 7)),
        ('<embed embedtype="im&#97;ge" id="&#55;"/>', Ref("image", 7)),
    ],
)
def test_reference_is_found_however_it_is_written(stored, ref):
    assert list(references_of(stored)) == [ref]


@given(
    STORED,
    st.one_of(BREAKS, st.sampled_from(['<embed embedtype="image" id="7"/>'])),
    st.floats(0, 1),
)
def test_text_asks_for_nothing_that_was_not_declared(value, broken, where):
    """Otherwise what it shows could change, or be missing, and its page would not know."""
    at = round(where * len(value))
    value = (value[:at] + broken + value[at:]).encode(errors="ignore").decode()
    asked = Asked()
    safe_html(value, asked, href=str, picture=lambda image, alt: "")
    assert asked.refs <= set(references_of(value))


@given(STORED, BREAKS, st.floats(0, 1))
@example('<p><a linktype="page" id="5">x</a></p>', "<a title='", 0.0)
@example('<p><a linktype="page" id="5">x</a></p>', "\ue000", 0.2)
def test_usual_references_are_those_that_any_reading_finds(value, broken, where):
    at = round(where * len(value))
    value = value[:at] + broken + value[at:]
    assert references_of(value) == richtext._unusual_references_of(value)


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_html_is_never_recognised(value):
    for around in ("{}", "<p>{}</p>", "<p>a</p>{}", "<ul><li>{}</li></ul>", '<a id="5" {}>x</a>'):
        assert not is_ordinary(around.format(value))


def test_what_the_editor_writes_is_recognised():
    assert is_ordinary(
        '<h2 data-block-key="a1b2c">Dose</h2><p data-block-key="d3">5 &lt; 6 <b>mg</b> of '
        '<a id="5" linktype="page">this</a>, <a href="https://www.nhs.uk/a-b/?c=d">that</a></p>'
        '<ul><li data-block-key="e4">once<br/>or <i>twice</i></li></ul>'
    )
