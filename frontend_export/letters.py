"""Under which letter of an A to Z a name stands, and where among the others. Pure.

By Unicode, since a site may be in any language: "Épilepsie" stands under "e", "жар" under "ж".
"""

from __future__ import annotations

import re
from unicodedata import category, combining, normalize

DIGITS, OTHER = "0-9", "other"

# What a title begins with and nobody looks it up by, by language.
FILLERS = {"en": re.compile(r"(?:what (?:is|are) |the |an? )+", re.IGNORECASE)}

_BEFORE_NAME = re.compile(r"[\W_]+")


def letter_of(name: str, language: str) -> str:
    """``"What is ketamine?"`` in English is under ``"k"``, "5-HTP" under ``DIGITS``, and what has
    neither letter nor digit under ``OTHER``."""
    for character in sort_key(name, language):
        kind = category(character)
        if kind[0] == "N":
            return DIGITS
        if kind[0] == "L":
            return character
    return OTHER


def sort_key(name: str, language: str) -> str:
    """Orders names as a reader would look for them: no capitals, accents, signs or fillers."""
    plain = name.lower()
    if not plain.isascii():
        parts = normalize("NFKD", normalize("NFKD", name).casefold()).casefold()
        plain = "".join(one for one in parts if not combining(one))
    plain = _BEFORE_NAME.sub("", plain, count=1) if plain[:1] and not plain[0].isalnum() else plain
    fillers = FILLERS.get(language.partition("-")[0].lower())
    if fillers and (match := fillers.match(plain)):
        return plain[match.end() :] or plain
    return plain


def letter_path(letter: str, number: int = 1) -> str:
    """``"/a-z/k/"``, and ``"/a-z/k/page/2/"`` for what does not go on it."""
    return f"/a-z/{letter}/" if number == 1 else f"/a-z/{letter}/page/{number}/"


def label_of(letter: str) -> str:
    """How readers see it: ``"K"``. Of a script without capitals, the letter as it is."""
    return "0–9" if letter == DIGITS else letter.title()


def letter_order(letter: str) -> tuple[int, str]:
    """Letters, then digits, then the rest."""
    return (DIGITS, OTHER).index(letter) + 1 if letter in (DIGITS, OTHER) else 0, letter
