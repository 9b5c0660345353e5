"""Rich text as a site shows it becomes rich text as Wagtail stores it, references named by id.

A site may answer with ready HTML, whose links and pictures are addresses of the CMS. From here on
there is one form, and the exporter's own reading of it decides what may stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from frontend_export.source.pages_api.address import path_of
from frontend_export.source.pages_api.links import GONE, Links

TAG = re.compile(
    r"""<(a|img|iframe)(?=[\s/>])((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE
)
ATTRIBUTE = re.compile(
    r"""(?<![a-z-])([a-z][a-z-]*+)\s*+=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)

# Takes the attributes of an <img> and gives the id under which its picture is known, or 0.
Picture = Callable[[dict[str, str]], int]


def stored_html(value: str, links: Links, picture: Picture) -> str:
    """``<a href="/about/">`` becomes ``<a linktype="page" id="5">``; stored HTML stays as it is.

    An address of the CMS that nobody may read becomes one that no site lets through, so that its
    text stays and a warning names it.
    """

    def replace(match: re.Match[str]) -> str:
        attributes = _attributes(match[2])
        match match[1].lower():
            case "a":
                return _link(attributes, links) or match[0]
            case "img":
                return _image(attributes, picture)
        return _embed(attributes)

    return TAG.sub(replace, value)


def _link(attributes: dict[str, str], links: Links) -> str:
    if attributes.get("linktype") == "page":
        address = links.elsewhere.get(_number(attributes.get("id", "")))
        return f'<a href="{escape(address)}">' if address else ""
    href = attributes.get("href", "").strip()
    if "linktype" in attributes or not href:
        return ""
    meant = links.meaning_of(href)
    if meant is None:
        return ""
    if meant == GONE or meant.kind == "image":  # images are shown, not linked
        return f'<a href="{escape(path_of(href))}">'
    return f'<a linktype="{meant.kind}" id="{meant.id}">'


def _image(attributes: dict[str, str], picture: Picture) -> str:
    number = picture(attributes)
    alt = escape(attributes.get("alt", ""))
    return f'<embed embedtype="image" id="{number}" alt="{alt}"/>' if number else ""


def _embed(attributes: dict[str, str]) -> str:
    source = attributes.get("src", "")
    source = f"https:{source}" if source.startswith("//") else source
    return f'<embed embedtype="media" url="{escape(source)}"/>' if source else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _attributes(text: str) -> dict[str, str]:
    return {
        name.lower(): unescape(double or single or bare)
        for name, double, single, bare in ATTRIBUTE.findall(text)
    }
