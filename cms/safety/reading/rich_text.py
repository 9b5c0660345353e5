"""Stored rich text becomes what a reader reads: words, links, headings and images. Pure.

In one pass, whatever the text: stored values are not always well formed, and never raise here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,30})([^<>]*)>")
_ATTRIBUTE = re.compile(
    r"""([a-zA-Z-]{1,40})\s{0,3}=\s{0,3}(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))"""
)
_SPACES = re.compile(r"[^\S\n]+")
_INLINE = frozenset(
    {"a", "abbr", "b", "code", "em", "i", "mark", "q", "small", "span", "strong"}
) | {
    "sub",
    "sup",
    "u",
}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BOLD_PARAGRAPH = re.compile(
    r"<p\b[^<>]{0,200}><(?:b|strong)>([^<>]{1,200})</(?:b|strong)>\W{0,3}</p>"
)


class Link(NamedTuple):
    """``url`` is empty where the link leads to a page or a document of this site."""

    text: str
    url: str = ""
    to_page: bool = False
    new_window: bool = False


class TextHeading(NamedTuple):
    level: int
    text: str


class TextImage(NamedTuple):
    alt_text: str


@dataclass(frozen=True, slots=True)
class RichText:
    """``text`` has a line for each paragraph, item of a list or heading. ``bold`` are paragraphs
    of nothing but bold words: who sees them takes them for headings."""

    text: str
    links: tuple[Link, ...] = ()
    headings: tuple[TextHeading, ...] = ()
    images: tuple[TextImage, ...] = ()
    bold: tuple[str, ...] = ()


def read(html: str) -> RichText:
    """``"<p>See <a href='https://example.org'>them</a>.</p>"`` is ``"See them."`` and a link.

    Text without tags is taken as it is.
    """
    if "<" not in html:
        return RichText(unescape(html) if "&" in html else html)
    pieces: list[str] = []
    links: list[Link] = []
    headings: list[TextHeading] = []
    images: list[TextImage] = []
    opened: tuple[int, dict[str, str]] | None = None  # a link: its first piece, its attributes
    headed: int | None = None
    position = 0
    for tag in _TAG.finditer(html):
        pieces.append(html[position : tag.start()])
        position = tag.end()
        closes, name = bool(tag[1]), tag[2].lower()
        if name == "a":
            if opened is not None:
                links.append(_link(pieces[opened[0] :], opened[1]))
            opened = None if closes else (len(pieces), _attributes(tag[3]))
        elif name in _HEADINGS:
            if closes and headed is not None:
                headings.append(TextHeading(int(name[1]), _plain(pieces[headed:])))
            headed = None if closes else len(pieces)
        elif name in ("img", "embed"):
            attributes = _attributes(tag[3])
            if name == "img" or attributes.get("embedtype") == "image":
                images.append(TextImage(attributes.get("alt", "")))
        if name not in _INLINE:
            pieces.append("\n")
    pieces.append(html[position:])
    if opened is not None:
        links.append(_link(pieces[opened[0] :], opened[1]))
    bold = tuple(_plain([found[1]]) for found in _BOLD_PARAGRAPH.finditer(html))
    return RichText(_plain(pieces), tuple(links), tuple(headings), tuple(images), bold)


def _plain(pieces: list[str]) -> str:
    text = _SPACES.sub(" ", unescape("".join(pieces)))
    return "\n".join(line for each in text.split("\n") if (line := each.strip()))


def _attributes(text: str) -> dict[str, str]:
    return {
        name.lower(): unescape(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(text)
    }


def _link(pieces: list[str], attributes: dict[str, str]) -> Link:
    return Link(
        text=_plain(pieces).replace("\n", " "),
        url=attributes.get("href", ""),
        to_page="linktype" in attributes,
        new_window=attributes.get("target", "") not in ("", "_self"),
    )
