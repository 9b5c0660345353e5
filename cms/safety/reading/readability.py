"""How easy a text is to read, in two public measures. Pure.

LIX is counted as Wagtail's admin does, so that both say about the same: words a sentence, and
of a hundred words those with more than six letters (Björnsson 1968). The Flesch-Kincaid grade is
0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid and others 1975), for English only;
its syllables are counted by a rule of thumb that is right for about nine words of ten.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from cms.safety.reading.passages import sentences_of

LONG_WORD = 7  # letters

_WORDS = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_E = re.compile(
    r"(?:(?<![aeiou])(?<!l)e|(?<=[aeiouy])le|(?<![aeioucgszx])(?<!l)(?<!ch)(?<!sh)es|[^aeiouydt]ed)$"
)
_SILENT_WITHIN = re.compile(r"some(?=[a-z]{3})|ful(?=ness)|(?<=[a-z][^aeiou])e(?=ly$|less$|ment$)")
_TWO_SOUNDS = re.compile(
    r"(?<![cst])ia|(?<!n)io(?!n|us)|iu|eo(?!u|n$|p)|(?<![ctxg])iou|(?<!q)ua(?!r)|uo|scie|quie|die[nt]|xiety"
    r"|idea|area|reac|crea(?!m|s)|(?:[eoy]|[^q]u)ing$|ism|betes$"
)


class Readability(NamedTuple):
    """``grade`` is the school year of the US: 8 is for an age of about 13."""

    words: int
    lix: float
    grade: float


def readability(texts: Iterable[str]) -> Readability:
    """Of all texts together; the end of each, and of each line in one, ends a sentence."""
    text = "\n".join(texts)
    counted = Counter(_WORDS.findall(text))
    total = counted.total()
    if not total:
        return Readability(0, 0.0, 0.0)
    sentences = len(sentences_of(text))
    long_words = sum(times for word, times in counted.items() if len(word) >= LONG_WORD)
    sounds = sum(times * syllables(word) for word, times in counted.items())
    return Readability(
        words=total,
        lix=total / sentences + 100 * long_words / total,
        grade=0.39 * total / sentences + 11.8 * sounds / total - 15.59,
    )


@lru_cache(20_000)
def syllables(word: str) -> int:
    """``"medicine"`` has 3, ``"table"`` 2, ``"helped"`` 1."""
    word = word.lower()
    groups = len(_VOWELS.findall(word)) + len(_TWO_SOUNDS.findall(word))
    groups -= len(_SILENT_WITHIN.findall(word)) + bool(_SILENT_E.search(word))
    return max(1, groups)


def hardest_sentences(texts: Iterable[str], most: int) -> list[str]:
    """The longest sentences, the longest first."""
    sentences = (sentence for text in texts for sentence in sentences_of(text))
    return sorted(sentences, key=lambda sentence: -len(sentence.split()))[:most]
