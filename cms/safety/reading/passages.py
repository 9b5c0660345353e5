"""The stored value of a block becomes passages: its texts, each with its place. Pure.

The walk knows no block type: it takes every text that a reader reads, so that a new block is
judged from its first day. Only the names of fields that hold no words are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from cms.core.normalise import Normalised, normalise, words
from cms.safety.findings import Place
from cms.safety.reading.rich_text import Link, RichText, read

MOST_LEVELS = 24  # steps into a block; no block has more than ten

Trail = tuple[str | int, ...]

# Fields that hold numbers, choices, addresses and references instead of words.
_NO_WORDS = frozenset(
    {
        "accessed",
        "country",
        "decorative",
        "glossary_term",
        "header_column",
        "helpline",
        "id",
        "image",
        "key",
        "kind",
        "last_reviewed",
        "level",
        "next_review_due",
        "not_applicable",
        "page",
        "published",
        "purpose",
        "severity",
        "size",
        "sources",
        "status",
        "strength",
        "type",
        "url",
    }
)
_ALT_TEXT = "alt_text"
_ONE_OF = {
    "do": "do",
    "dont": "don't",
    "groups": "group",
    "items": "item",
    "points": "point",
    "conditions": "condition",
    "rows": "row",
    "columns": "column",
    "values": "cell",
    "brand_names": "brand name",
    "legal_status": "country",
    "forms": "form",
}
_WORDS = re.compile(r"[^\W_]+")
_STAND_INS = frozenset(
    {"tbc", "tbd", "tba", "todo", "tobeconfirmed", "tobedecided", "tobeadded", "tobewritten"}
    | {"na", "notavailable", "xx", "xxx", "xxxx", "placeholder", "loremipsum", "asdf"}
)
_MOST_OF_A_STAND_IN = 24  # characters
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002][\"'\u2019\u201d)\]]{0,3}\s+(?![a-z])|\n")


class Sentence(NamedTuple):
    """``normalised`` is as rules look through it; ``vocabulary`` are its words, so that most
    sentences need no closer look."""

    text: str
    normalised: Normalised
    vocabulary: frozenset[str]


class Passage:
    """One text of a block or a field, without its tags.

    ``whole`` is the place of the block or field, and ``trail`` the names and numbers that lead
    from there: most passages are never told of, so that their place is found when it is asked for.
    ``folded`` is the text as rules look through it, with one of the many ways to write each
    letter, and ``vocabulary`` are its words, so that most passages need no closer look.
    """

    __slots__ = ("_sentences", "field", "folded", "rich", "text", "trail", "vocabulary", "whole")

    def __init__(self, whole: Place, trail: Trail, field: str, rich: RichText) -> None:
        self.whole, self.trail, self.field, self.rich = whole, trail, field, rich
        self.text = rich.text
        self.folded = normalise(rich.text).text
        self.vocabulary = frozenset(_WORDS.findall(self.folded))
        self._sentences: list[Sentence] | None = None

    @property
    def place(self) -> Place:
        return follow(self.whole, self.trail)

    @property
    def links(self) -> tuple[Link, ...]:
        return self.rich.links

    @property
    def is_alt_text(self) -> bool:
        return self.field == _ALT_TEXT

    @property
    def sentences(self) -> list[Sentence]:
        if self._sentences is None:
            found = ((text, normalise(text)) for text in sentences_of(self.text))
            self._sentences = [
                Sentence(text, normalised, frozenset(_WORDS.findall(normalised.text)))
                for text, normalised in found
            ]
        return self._sentences


def sentences_of(text: str) -> list[str]:
    """``"Ask first, e.g. a nurse. Do not drive!"`` are two. The end of a line ends one too."""
    ends = [end.end() for end in _SENTENCE_END.finditer(text)]
    if not ends:
        return [text.strip()] if text and not text.isspace() else []
    pieces = (text[start:end].strip() for start, end in pairwise((0, *ends, len(text))))
    return [piece for piece in pieces if piece]


def says_something(text: str) -> bool:
    """``"-"`` and ``"…"`` fill a field and say nothing; in any script, a letter or digit does."""
    return any(map(str.isalnum, text))


def is_filled_in(text: str) -> bool:
    """Whether it says something that is no stand-in for what is to be written: ``"TBC"``."""
    if not says_something(text):
        return False
    if len(text) > _MOST_OF_A_STAND_IN:
        return True
    return "".join(word.text for word in words(normalise(text).text)) not in _STAND_INS


def passages_in(value: Any, place: Place, field: str = "text") -> tuple[Passage, ...]:
    """Every text of a stored value, in its order; ``place`` is that of the whole."""
    return tuple(_walk(value, place, (), field))


def follow(place: Place, trail: Trail) -> Place:
    """``("groups", 1)`` leads from a block of risks to ``"body.3.risks.groups.1"``."""
    label, field = place.label, place.field
    for position, step in enumerate(trail):
        if isinstance(step, int):
            label += f", {_ONE_OF.get(field, field.replace('_', ' '))} {step}"
        else:
            field = step
            is_list = position + 1 < len(trail) and isinstance(trail[position + 1], int)
            if not is_list and field != "text":
                label += f", {field.replace('_', ' ')}"
    return replace(place, path=".".join(map(str, (place.path, *trail))), label=label)


def children(value: Any, field: str) -> list[tuple[str, Any]]:
    """The ids and values of a list in a block, stored as Wagtail does now or did long ago."""
    items = value.get(field) if isinstance(value, dict) else None
    return [_child(item) for item in items] if isinstance(items, list) else []


def _walk(value: Any, whole: Place, trail: Trail, field: str) -> Iterator[Passage]:
    if isinstance(value, str):
        if value and not value.isspace():
            yield Passage(whole, trail, field, read(value))
    elif len(trail) > MOST_LEVELS:
        return
    elif isinstance(value, dict):
        for name, part in value.items():
            if name == "image" and isinstance(part, dict):  # described, with an alt text
                yield from _walk(part, whole, trail, "image")
            elif isinstance(name, str) and name not in _NO_WORDS:
                yield from _walk(part, whole, (*trail, name), name)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _walk(_child(item)[1], whole, (*trail, number), field)


def _child(item: Any) -> tuple[str, Any]:
    if isinstance(item, dict) and "value" in item and "type" in item:
        return str(item.get("id") or ""), item["value"]
    return "", item
