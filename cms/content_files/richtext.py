"""Turn the rich text people write in files into the HTML Wagtail stores. Pure.

Plain text becomes paragraphs, one a line. The tags are those of the editor that will show it;
a link to a page is written ``<a href="page:/medicines/">``, one to a document
``<a href="document:leaflet.pdf">``.
"""

from __future__ import annotations

from collections.abc import Collection
from html import escape
from html.parser import HTMLParser

from cms.content_files.names import Names

TAGS_OF_FEATURES = {
    "bold": ("b",),
    "italic": ("i",),
    "ol": ("ol", "li"),
    "ul": ("ul", "li"),
    "link": ("a",),
    "document-link": ("a",),
}
ALWAYS = ("p", "br")
BLOCK_TAGS = ("p", "ol", "ul")
PAGE_SCHEME = "page:"
DOCUMENT_SCHEME = "document:"
WEB_SCHEMES = ("https://", "mailto:", "tel:", "#")


def to_stored(text: str, *, features: Collection[str], names: Names) -> str:
    """``See <a href="page:/a/">this</a>`` becomes ``<p>See <a linktype="page" id="4">…``.

    Raises ``ValueError`` with a sentence for a tag the editor would not keep, a link that
    leads nowhere or a tag left open.
    """
    allowed = {*ALWAYS, *(tag for name in features for tag in TAGS_OF_FEATURES.get(name, ()))}
    writer = _Writer(allowed, names)
    writer.feed("".join(_as_blocks(text)))
    writer.close()
    if writer.open_tags:
        raise ValueError(f"<{writer.open_tags[-1]}> is never closed. Close it.")
    return "".join(writer.parts)


def _as_blocks(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    starts = tuple(f"<{tag}>" for tag in BLOCK_TAGS)
    return [line if line.startswith(starts) else f"<p>{line}</p>" for line in lines]


class _Writer(HTMLParser):
    def __init__(self, allowed: set[str], names: Names) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.names = names
        self.parts: list[str] = []
        self.open_tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.allowed:
            raise ValueError(
                f"<{tag}> cannot be used here. The tags are {', '.join(sorted(self.allowed))}."
            )
        if tag == "br":
            self.parts.append("<br/>")
            return
        self.open_tags.append(tag)
        self.parts.append(self._link(dict(attrs)) if tag == "a" else self._plain(tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag == "br":  # <br/> opens and closes at once
            return
        if not self.open_tags or self.open_tags[-1] != tag:
            raise ValueError(f"</{tag}> closes nothing that is open. Remove it or move it.")
        self.open_tags.pop()
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        between_blocks = not self.open_tags or self.open_tags[-1] in {"ol", "ul"}
        if between_blocks and data.strip():
            raise ValueError(f"'{data.strip()}' stands outside a paragraph or a list item.")
        if not between_blocks:
            self.parts.append(escape(data, quote=False))

    def _plain(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        if attrs:
            raise ValueError(f"<{tag}> takes no attributes. Remove '{attrs[0][0]}'.")
        return f"<{tag}>"

    def _link(self, attributes: dict[str, str | None]) -> str:
        href = attributes.get("href") or ""
        if set(attributes) != {"href"} or not href:
            raise ValueError('<a> takes one attribute, href: write <a href="page:/about/">.')
        if href.startswith(PAGE_SCHEME):
            page_id = self.names.page(href.removeprefix(PAGE_SCHEME))
            return f'<a linktype="page" id="{page_id}">'
        if href.startswith(DOCUMENT_SCHEME):
            document_id = self.names.document(href.removeprefix(DOCUMENT_SCHEME))
            return f'<a linktype="document" id="{document_id}">'
        if not href.startswith(WEB_SCHEMES):
            raise ValueError(
                f"The link '{href}' must start with page:, document:, https://, mailto:, tel: or #."
            )
        return f'<a href="{escape(href)}">'
