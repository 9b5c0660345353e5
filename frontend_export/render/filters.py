"""What templates make of single values: paragraphs, addresses of telephones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from frontend_export import richtext
from frontend_export.content import Image, Rendition

WORDS_PER_MINUTE = 200  # of a plain text, read to the end
_WITHOUT_SPACES = frozenset({"ja", "km", "lo", "my", "th", "zh"})
_HEADING = re.compile(r"<(/?)h([2-6])(?=[\s>])")
_NOT_IN_XML = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def as_line(html: Markup) -> Markup:
    """A filter: rich text of one paragraph, to follow other words on their line."""
    return Markup(richtext.as_line(html))  # noqa: S704 - a part of what was safe


def list_values(stored: Any) -> list[Any]:
    """A filter: the values of a list as Wagtail stores it, ``[{"type", "value", "id"}]``."""
    return [
        item["value"] if isinstance(item, Mapping) and "value" in item else item
        for item in stored or ()
    ]


def headed_in_order(html: Markup) -> Markup:
    """A filter: what stands below an ``h1``, with headings of which none skips a level.

    One that would stands one level below the heading above it; others keep theirs.
    ``<h4>…<h4>…<h2>`` becomes ``<h2>…<h2>…<h2>``.
    """
    open_ones = [(1, 1)]  # the levels that the headings above had, and have now

    def in_order(tag: re.Match[str]) -> str:
        if tag[1]:
            return f"</h{open_ones[-1][1]}"
        level = int(tag[2])
        while open_ones[-1][0] >= level:
            open_ones.pop()
        open_ones.append((level, min(level, open_ones[-1][1] + 1)))
        return f"<h{open_ones[-1][1]}"

    return Markup(_HEADING.sub(in_order, html))  # noqa: S704 - no more than digits was changed


def fallback_of(image: Image) -> tuple[Rendition, ...]:
    """Of the renditions, those that every browser shows; all when there are only others."""
    plain = tuple(r for r in image.renditions if r.mime in {"image/jpeg", "image/png", "image/gif"})
    return plain or image.renditions


def iso(value: datetime) -> str:
    """A filter: ``"2026-03-01T09:00:00Z"``."""
    if value.tzinfo is UTC:  # the same, in half the time
        return f"{value.isoformat(timespec='seconds')[:-6]}Z"
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def paragraphs(text: str) -> list[str]:
    """A filter: plain text, parted where its writer left a line empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return [part for part in re.split(r"\n\s*\n", lines.strip()) if part.strip()]


def reading_minutes(html: str, language: str) -> int:
    """How long it takes to read, in whole minutes; 0 where spaces do not part words.

    Words are counted by the spaces between them: of those in tags, most stand before ``name="…"``.
    """
    if language.split("-")[0].lower() in _WITHOUT_SPACES:
        return 0
    text = html.encode()
    spaces = len(text) - len(text.translate(None, b" "))  # they are many, and so found fastest
    words = spaces - text.count(b'="')
    return max(1, round(words / WORDS_PER_MINUTE))


def telephone(number: str) -> str:
    """A filter: ``"+44 116 123"`` becomes ``"tel:+44116123"``."""
    return "tel:" + re.sub(r"(?!^\+)[^\d]", "", number.strip())


def xml_text(text: str) -> str:
    """A filter: without the characters that XML 1.0 cannot hold."""
    return re.sub(_NOT_IN_XML, "", text)
