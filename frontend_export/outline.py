"""Find the level of every heading of a page's body, and the anchor that leads to it. Pure.

A page has one ``h1``, its title. What an editor calls a section is an ``h2``, a part of one an
``h3``, and whatever else has a heading stands one level below the heading that it follows, so
that no order of blocks skips a level.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup

from frontend_export.content import Block

# Blocks about one question of every medicine: the theme says the heading, the editor the rest.
HEADED_BY_THEME = frozenset(
    {"suitability", "how_used", "interactions", "pregnancy", "overdose", "driving"}
)
TITLE, SECTION, PART = 1, 2, 3

_SPACES_FOR_SIGNS = bytes(code if bytes([code]).isalnum() else ord(" ") for code in range(256))
_NOT_IN_ANCHOR = re.compile(r"[\W_]+")


class Opening(NamedTuple):
    """How a block begins: the words and the level of its first heading, and its anchor.

    ``heading`` is empty where it has none of its own; then ``level`` is that of the first heading
    that may be within it.
    """

    heading: str
    level: int
    anchor: str
    is_section: bool


class BodyOutline:
    """Goes through a body block by block. ``theme_heading`` answers for ``HEADED_BY_THEME``."""

    def __init__(self, theme_heading: Callable[[], str]) -> None:
        self._theme_heading = theme_heading
        self._anchors: set[str] = set()
        self._has_section = False
        self._level_above = TITLE

    def open(self, block: Block, position: int) -> Opening:
        """The opening of the next block, the ``position``-th from 1."""
        heading, level = heading_of(block)
        if block.type in HEADED_BY_THEME and says_something(block.value):
            heading, level = self._theme_heading(), SECTION
        is_section = level == SECTION and heading != ""
        if level is None or not heading:
            level = self._level_above + 1
        elif level == PART and not self._has_section:
            level = SECTION
        if is_section or (heading and block.type == "heading"):
            self._level_above = level
        self._has_section |= is_section
        anchor = anchor_of(heading, block)
        if anchor in self._anchors:  # a block that was copied with its id
            anchor = f"{anchor}-copy-{position}"  # parts of a block have numbers alone
        self._anchors.add(anchor)
        return Opening(heading, level, anchor, is_section)


def heading_of(block: Block) -> tuple[str, int | None]:
    """The heading a block opens with, and its level where that does not depend on those above."""
    value = block.value
    if not isinstance(value, dict):
        return (
            (value, SECTION) if block.type == "heading" and isinstance(value, str) else ("", None)
        )
    if block.type == "heading":
        return _text_in(value, "text"), PART if value.get("size") == "subsection" else SECTION
    if heading := _text_in(value, "heading"):
        return heading, SECTION
    return _text_in(value, "title") or _text_in(value, "action"), None


def says_something(value: Any) -> bool:
    """Whether a section that is headed by the theme has anything below its heading."""
    if not isinstance(value, dict):
        return False
    return bool(value.get("reason") if value.get("not_applicable") else value.get("text"))


def anchor_of(heading: str, block: Block) -> str:
    """``"medical-uses-1f0c2a3b"``: readable, and no other block's, wherever the block moves."""
    text = heading.unescape() if isinstance(heading, Markup) else heading
    slug = _words(text)[:60] if text else ""
    return f"{slug or block.type}-{block.id[:8] or 'only'}"


def _text_in(value: Mapping[str, Any], key: str) -> str:
    """Text, if it is any: a block of another site may keep a number or a link under that name."""
    found = value.get(key)
    return found if isinstance(found, str) else ""


@lru_cache(4096)  # articles of a kind have headings in common
def _words(text: str) -> str:
    text = text.casefold()
    if text.isascii():  # the same as below, twice as fast
        return "-".join(text.encode().translate(_SPACES_FOR_SIGNS).decode().split())
    return _NOT_IN_ANCHOR.sub("-", text).strip("-")
