"""Turn Wagtail's stored rich text into safe HTML, every reference resolved or unlinked.

Stored rich text names what it refers to by id and is not sanitised, neither by the editor nor
by the database. Here references become addresses first, then everything passes ``nh3`` with a
list of what may stay: a way of writing HTML that the first step did not expect loses its
meaning in the second one. Text in the few forms that the editor itself writes is recognised as
a whole and needs no second step: see ``docs/decisions/ordinary-rich-text-is-recognised.md``.

``<a linktype="page" id="5">`` becomes ``<a href="/medicines/">``; what is not exported leaves
its text behind and a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from html import escape, unescape
from typing import Any, NamedTuple

import nh3

from frontend_export.content import Content, Image, Kind

TAGS = {
    *("p", "br", "hr", "b", "strong", "i", "em", "u", "s", "del", "sub", "sup", "small", "mark"),
    *("h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "code", "pre", "abbr", "a"),
}
_KINDS: Mapping[str, Kind] = {"page": "page", "document": "document", "image": "image"}
URL_SCHEMES = {"http", "https", "mailto", "tel"}

_REFERENCE = re.compile(
    r"""<(a|embed)(?=[\s/>])((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE
)
_ANY_REFERENCE = re.compile(r"<(?:a|embed)[\s/>]", re.IGNORECASE)
# A reference as the editor writes it; or anything else that may be one. A link elsewhere is none.
_USUAL_REFERENCE = re.compile(
    r"""<(?:
        a(?:\ linktype="(page|document)"\ id="([0-9]{1,18})"
          | \ id="([0-9]{1,18})"\ linktype="(page|document)")>
      | (?!a\ href="[^"<>]*">)([aA]|[eE][mM][bB][eE][dD])[\s/>]
    )""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(
    r"""(?<![a-z-])([a-z][a-z-]*+)\s*+=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I
)
_EXTERNAL = re.compile(r"(?:https?://[^\s/?#]|mailto:[^\s]|tel:[+\d])", re.IGNORECASE)
_UNLINKED = re.compile(r"<a>(.*?)</a>", re.DOTALL)

# Private-use characters, taken out of what is stored. A picture waits behind a number while nh3
# works, so that stored <img> and <source> need not be allowed; an address of the site wears a
# mark, so that no other relative address passes, however it was written.
_OURS, _PICTURE_START, _PICTURE_END = "\ue000", "\ue001", "\ue002"
_MARKS = re.compile(
    f"[{_OURS}{_PICTURE_START}{_PICTURE_END}]|&#(?:x0*e00[0-2]|0*5734[4-6])(?![0-9a-f]);?",
    re.IGNORECASE,
)
_PICTURE = re.compile(f"{_PICTURE_START}(\\d+){_PICTURE_END}")
_LONE_PICTURE = re.compile(f"<p>\\s*({_PICTURE_START}\\d+{_PICTURE_END})\\s*</p>")

# What the editor writes on an ordinary day, from its first character to its last: blocks that
# hold text, emphasis and links, each opened and closed in place. Of a value that matches, a
# parser would make the same HTML again, so that only keys and references are left to replace.
# Every repetition is possessive: no value is read twice.
_TEXT = r"(?:[^<>&\0\r\xa0\ud800-\udfff\ue000-\ue002]++|&(?:amp|lt|gt);)*+"
_WEB = r"https?://(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)++[a-z]{2,}+(?:/[\w/.~%+=?#:,@!-]*+)?+"
_LINK = rf"""(?:(?:\ linktype="(?:page|document)"|\ id="[0-9]{{1,18}}"){{2}}|\ href="{_WEB}")"""
_KEY = ' data-block-key="'
_KEYED = r'(?:\ data-block-key="[a-z0-9]++")?+'


# The same where a look at the whole value has shown that its text holds none of the characters
# that the other one refuses: this one is read three times as fast.
_TEXT_IN_ASCII = "[^<]*+"


@cache
def _ordinary(text: str) -> re.Pattern[str]:
    line = rf"""
        {text}(?:(?:<b>{text}</b>|<i>{text}</i>|<a{_LINK}>{text}</a>|<br/>){text})*+
    """
    return re.compile(
        rf"""(?:
            <p{_KEYED}>{line}</p>
          | <h2{_KEYED}>{line}</h2> | <h3{_KEYED}>{line}</h3> | <h4{_KEYED}>{line}</h4>
          | <ul>(?:<li{_KEYED}>{line}</li>)++</ul> | <ol>(?:<li{_KEYED}>{line}</li>)++</ol>
        )++""",
        re.VERBOSE | re.ASCII,
    )


# What has to be replaced in a value that matches: keys, <br/>, and a link to a record or one that
# only looks like it. Nearly all keys are those of paragraphs, and a pattern that begins with its
# own words is found fast.
_KEY_OF_PARAGRAPH = re.compile(r'<p data-block-key="[a-z0-9]+">')
_KEY_OF_OTHER = re.compile(r'<(h[234]|li) data-block-key="[a-z0-9]+">')
_REST_OF_LINK_TO_RECORD = re.compile(
    r"""(?:linktype="(page|document)"\ id="([0-9]+)"
          |id="([0-9]+)"\ linktype="(page|document)"
          |(linktype=|id=)[^>]*)>""",
    re.VERBOSE,
)


def _may_stay(_tag: str, _attribute: str, value: str) -> str | None:
    if value.startswith(_OURS):
        return None if _PICTURE_START in value else value[1:]
    return value if _EXTERNAL.match(value) and _PICTURE_START not in value else None


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}},
    attribute_filter=_may_stay,
    url_schemes=URL_SCHEMES,
    link_rel=None,
)


class Unlinked(str):
    """A warning about a link to a page or document that is not exported."""

    __slots__ = ()


class SafeHtml(NamedTuple):
    """``html`` needs no more escaping; ``warnings`` are sentences about what was taken out."""

    html: str
    warnings: tuple[str, ...]


def safe_html(
    value: str | None,
    content: Content,
    *,
    href: Callable[[str], str],
    picture: Callable[[Image, str], str],
) -> SafeHtml:
    """``value`` as HTML of block elements.

    ``href`` turns a path of the site ("/about/") into what a link says ("/health/about/"),
    percent-encoded, so that nothing in it is left to escape;
    ``picture`` turns an image and its alternative text into safe HTML of phrasing elements.
    """
    if not value:
        return SafeHtml("", ())
    if is_ordinary(value):
        html = _ordinary_html(value, content, href)
        if html is not None:
            return SafeHtml(html, ())
    if not _ANY_REFERENCE.search(value):
        return SafeHtml(_CLEANER.clean(value), ())
    warnings: list[str] = []
    pictures: list[str] = []

    def resolve(match: re.Match[str]) -> str:
        attributes = _attributes(match[2])
        if match[1].lower() == "a":
            address = _address(attributes, content, href, warnings)
            return f'<a href="{escape(address)}">' if address else "<a>"
        return _embed(attributes, content, picture, pictures, warnings)

    html = _CLEANER.clean(_REFERENCE.sub(resolve, _without_marks(value)))
    if "<a>" in html:
        html = _UNLINKED.sub(r"\1", html)
    if pictures:
        html = _LONE_PICTURE.sub(r"\1", html)
        html = _PICTURE.sub(lambda match: pictures[int(match[1])], html)
    return SafeHtml(html, tuple(warnings))


def references_of(value: str) -> list[tuple[Kind, int]]:
    """What ``safe_html`` asks the site for, found by the same reading of the text."""
    if _may_have_marks(value):
        return _unusual_references_of(value)
    references: list[tuple[Kind, int]] = []
    for kind, number, other_number, other_kind, unusual in _USUAL_REFERENCE.findall(value):
        if unusual:
            return _unusual_references_of(value)
        references.append((kind or other_kind, int(number or other_number)))
    return references


def _unusual_references_of(value: str) -> list[tuple[Kind, int]]:
    references: list[tuple[Kind, int]] = []
    for tag, text in _REFERENCE.findall(_without_marks(value)):
        attributes = _attributes(text)
        stored = attributes.get("linktype" if tag.lower() == "a" else "embedtype", "")
        if kind := _KINDS.get(stored):
            references.append((kind, _id(attributes)))
    return references


def is_ordinary(value: str) -> bool:
    """Whether the editor writes such text on an ordinary day, from its first to its last sign."""
    if (
        value.isascii()
        and "&" not in value
        and "\r" not in value
        and "\0" not in value
        and value.count(">") == value.count("<")  # then none is left for the text
    ):
        return _ordinary(_TEXT_IN_ASCII).fullmatch(value) is not None
    return _ordinary(_TEXT).fullmatch(value) is not None


def _ordinary_html(value: str, content: Content, href: Callable[[str], str]) -> str | None:
    """A value that is ordinary; ``None`` where one of its links leads nowhere."""
    html = value.replace("<br/>", "<br>")
    if _KEY in html:
        html = _KEY_OF_PARAGRAPH.sub("<p>", html)
        if _KEY in html:
            html = _KEY_OF_OTHER.sub(r"<\1>", html)
    pieces = html.split("<a ")
    for at in range(1, len(pieces)):
        link = _REST_OF_LINK_TO_RECORD.match(pieces[at])
        if link is None:  # it leads elsewhere
            pieces[at] = f"<a {pieces[at]}"
            continue
        kind, number, other_number, other_kind, no_link = link.groups()
        path = (
            None if no_link else _path_of(kind or other_kind, int(number or other_number), content)
        )
        if path is None:
            return None
        pieces[at] = f'<a href="{href(path)}">{pieces[at][link.end() :]}'
    return "".join(pieces)


def as_line(html: str) -> str:
    """A single paragraph without its ``<p>``, to follow other words; anything else as it is."""
    if html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1:
        return html[3:-4]
    return html


def web_address(value: Any) -> str:
    """An address that only leads somewhere: http, https, mailto or tel; of any other, nothing.

    No stored address is followed unasked: escaping alone would let ``javascript:`` through.
    """
    address = value.strip() if isinstance(value, str) else ""
    return address if _EXTERNAL.match(address) else ""


def _without_marks(value: str) -> str:
    return _MARKS.sub("", value) if _may_have_marks(value) else value


def _may_have_marks(value: str) -> bool:
    """Asked cheaply, since hardly any text holds one, and one character is found fast."""
    if "&" in value and "&#" in value:
        return True
    return not value.isascii() and (
        _OURS in value or _PICTURE_START in value or _PICTURE_END in value
    )


def _attributes(text: str) -> dict[str, str]:
    return {
        name.lower(): unescape(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(text)
    }


def _address(
    attributes: dict[str, str],
    content: Content,
    href: Callable[[str], str],
    warnings: list[str],
) -> str | None:
    match attributes.get("linktype"):
        case "page" | "document" as kind:
            path = _path_of(kind, _id(attributes), content)
            if path is not None:
                return _OURS + href(path)
            warnings.append(
                Unlinked(
                    f"A link to {kind} {attributes.get('id', '')!r} was taken out and its text "
                    f"kept: that {kind} is not exported."
                )
            )
        case None:
            address = attributes.get("href", "").strip()
            if _EXTERNAL.match(address):
                return address
            if address:
                warnings.append(
                    f"A link to '{address}' was taken out and its text kept: only http, https, "
                    "mailto and tel addresses are links. Choose the page instead."
                )
        case other:
            warnings.append(f"A link of the unknown type '{other}' was taken out, its text kept.")
    return None


def _path_of(kind: str, number: int, content: Content) -> str | None:
    """Where a page or a document lies in the site: ``"/about/"``."""
    if kind == "page":
        link = content.page_link(number)
        return link.path if link else None
    document = content.document(number)
    return "/" + document.file_path if document else None


def _embed(
    attributes: dict[str, str],
    content: Content,
    picture: Callable[[Image, str], str],
    pictures: list[str],
    warnings: list[str],
) -> str:
    match attributes.get("embedtype"):
        case "image":
            image = content.image(_id(attributes))
            if image is not None and image.renditions:
                pictures.append(picture(image, attributes.get("alt", "")))
                return f"{_PICTURE_START}{len(pictures) - 1}{_PICTURE_END}"
            warnings.append(
                f"Image {attributes.get('id', '')!r} in a text is not exported and was left out."
            )
        case "media":
            address = attributes.get("url", "").strip()
            if _EXTERNAL.match(address):
                return f'<p><a href="{escape(address)}">{escape(address)}</a></p>'
            warnings.append(f"An embedded '{address}' was left out: it is no web address.")
        case other:
            warnings.append(f"Something embedded, of the unknown type '{other}', was left out.")
    return ""


def _id(attributes: dict[str, str]) -> int:
    """The id, or 0, which no record has."""
    value = attributes.get("id", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
