"""Text as a reader typed it becomes text that rules can look through, and a way back. Pure.

NFKC and case folding make one of the many ways to write a letter; characters that nobody sees
(zero-width ones, soft hyphens, marks of direction) are dropped. Each character left knows which
code points of the original it came from, so that what a rule found can be shown where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import category, combining, normalize

# Nobody sees these either, though Unicode counts them as letters and marks.
UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
FIRST_MARK = "\u0300"
MOST_FOLDED = 3  # characters for one; the few signs that stand for a whole phrase stay one
MOST_MARKS = 30  # on one letter, as in Unicode's stream-safe text: ordering more takes too long

# Cyrillic, Greek, dotless and small capital letters, and the Latin ones that they look like.
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0441\u0501\u0435\u04bb\u043d\u0456\u0458\u043a\u04cf\u043c\u043e\u0440\u051b"
    "\u0433\u0455\u0442\u0443\u0475\u051d\u0445"
    "\u03b1\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03b3"
    "\u0131\u0251\u0261\u0269"
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f"
    "\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22",
    "abcdehhijklmopqrstyvwxaenikvoptuxyiagiabcdefghijklmnoprstuvwyz",
)
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_APOSTROPHES = frozenset("'\u2019\u2018\u02bc\u0060\u00b4\u2032\uff07")
_AFTER_AN_APOSTROPHE = frozenset({"s", "t", "m", "d", "re", "ve", "ll"})


class Word(NamedTuple):
    """Letters and digits between two edges; ``start`` and ``end`` in the normalised text.

    ``"Don't"`` is the one word ``"dont"``, so that it is found however it is typed; one whose
    letters all look like Latin ones is read as those.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text[i]`` came from ``original[starts[i]:ends[i]]``."""

    original: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]``, which is not empty, stands in the original."""
        return self.starts[start], self.ends[end - 1]


def normalise(original: str) -> Normalised:
    """``"Ｋ\u200bill"`` becomes ``"kill"``, whose span ``(0, 4)`` is ``(0, 5)`` of the original."""
    if original.isascii():
        return Normalised(
            original, original.lower(), range(len(original)), range(1, len(original) + 1)
        )
    if _plain().fullmatch(original):
        return Normalised(
            original, original.casefold(), range(len(original)), range(1, len(original) + 1)
        )
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, cluster in _clusters(original):
        part = _folded(cluster) if len(cluster) < 4 else _fold(cluster)
        parts.append(part)
        starts += [start] * len(part)
        ends += [end] * len(part)
    return Normalised(original, "".join(parts), starts, ends)


def words(text: str) -> list[Word]:
    """The words of a normalised text, in any script that puts something between them."""
    found: list[Word] = []
    pieces: list[str] = []  # of the word that ends at ``until`` and may go on
    since = until = 0
    for match in _LETTERS_AND_DIGITS.finditer(text):
        start, end = match.span()
        piece = match[0]
        while end < len(text) and text[end] >= FIRST_MARK and category(text[end])[0] == "M":
            end += 1
        if not piece.isascii():  # on a Latin letter, what did not melt into it is decoration
            piece = _as_latin(text[start:end])
        goes_on = start == until or (
            piece in _AFTER_AN_APOSTROPHE and text[until:start] in _APOSTROPHES
        )
        if pieces and goes_on:
            pieces.append(piece)
        else:
            if pieces:
                found.append(Word("".join(pieces), since, until))
            pieces, since = [piece], start
        until = end
    if pieces:
        found.append(Word("".join(pieces), since, until))
    return found


def _as_latin(word: str) -> str:
    """``"k\u0456ll"`` is read as ``"kill"``; a word with a letter of its script's own stays."""
    latin = word.translate(_LOOK_ALIKES)
    return latin if latin.isascii() else word


@cache
def _plain() -> re.Pattern[str]:
    """Texts of letters and signs, such as curly quotes, that only have to be made small."""
    common = map(chr, (*range(0x80), *range(0xA0, 0x250), *range(0x2010, 0x2060)))
    plain = (character for character in common if _only_becomes_small(character))
    return re.compile(f"[{re.escape(''.join(plain))}]*+")


def _only_becomes_small(character: str) -> bool:
    small = character.casefold()
    return (
        len(small) == 1
        and _fold(character) == small
        and not _is_unseen(character)
        and not _joins_the_one_before(character)
    )


def _clusters(original: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and visible characters of each piece that can be normalised by itself."""
    start, end, cluster = 0, 0, ""
    for position, character in enumerate(original):
        if character < "\x80":
            continues = False
        elif _is_unseen(character):
            continue
        else:
            continues = len(cluster) <= MOST_MARKS and _joins_the_one_before(character)
        if continues and cluster:
            cluster += character
        else:
            if cluster:
                yield start, end, cluster
            start, cluster = position, character
        end = position + 1
    if cluster:
        yield start, end, cluster


def _fold(cluster: str) -> str:
    folded = normalize("NFKC", normalize("NFKC", cluster).casefold())
    return folded if len(folded) <= MOST_FOLDED * len(cluster) else cluster


_folded = lru_cache(4096)(_fold)


@lru_cache(4096)
def _is_unseen(character: str) -> bool:
    return category(character) == "Cf" or character in UNSEEN


@lru_cache(4096)
def _joins_the_one_before(character: str) -> bool:
    """Marks, and the vowels and ends of Korean syllables: they may melt into what precedes."""
    first = normalize("NFKD", character)[0]
    return bool(combining(first)) or "\u1160" <= first <= "\u11ff" or category(first)[0] == "M"
