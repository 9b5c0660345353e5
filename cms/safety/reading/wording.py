"""What the words of a page amount to: phrases of a language's lists, and whether they are meant.

A phrase is not meant where the sentence denies it, asks it, or quotes it: "not guaranteed",
"Can it cure a cold?", "They call it a “miracle”." That is told by the words before it in its
clause, as NegEx does it (Chapman and others, J Biomed Inform 2001; 34: 301-310). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cms.core.normalise import Word, normalise, words
from cms.core.phrase_lists import PhraseLists, Section, phrase_lists
from cms.core.phrases import Phrases
from cms.safety.reading.passages import Passage, Sentence

WORDS = Path(__file__).parent / "words"
MOST_HITS = 20  # in a sentence: a thousand of them are told by the first twenty
MOST_WORDS_OF_DENIAL = 8  # between a denial and what it denies

# A phrase is looked for where one of its rarer words stands: hardly a sentence has these.
_TOO_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are at be best by can ever for free get here how i if in is it its me no not now"
        " of on one or our some that the them this to today us was way ways were what where with"
        " without you your much many most works good plain text self",
    )
)
_CLAUSE_END = re.compile(
    r"[;:!?()\u2013\u2014]|\b(?:but|and|yet)\b|,(?!(?:\s+\w+){0,3}\s+(?:or|nor)\b)"
)
_ASKS = re.compile(
    r"\s*(?:is|are|can|could|does|do|did|will|would|should|may|might|has|have|was|were|am)\b"
)
# "Would you like to buy it?" asks nothing: it offers.
_OFFERS = re.compile(
    r"\s*(?:would\syou\slike|(?:do|did)\syou\swant|did\syou\sknow|are\syou\s(?:ready|looking\sfor))\b"
)
_QUOTE = re.compile(
    r"\u201c[^\u201c\u201d]{1,400}\u201d|\"[^\"]{1,400}\"|\u2018[^\u2018\u2019]{1,400}\u2019(?!\w)"
)
_BEHIND_A_QUESTION = " \"'\u201d\u2019)"
_QUOTE_MARKS = '"\u201c\u201d\u2018\u2019'


# By a word: what each phrase that is looked for there needs, a word of each of its choices.
Needs = dict[str, list[list[frozenset[str]]]]


class Hit(NamedTuple):
    """A phrase that was found, as it stands in the text; ``about`` tells it from others."""

    passage: Passage
    words: str

    @property
    def about(self) -> str:
        return "-".join(word.text for word in words(normalise(self.words).text))[:60]


class Wording:
    """The lists of one language, ready to be looked for. Made once a language."""

    def __init__(self, lists: PhraseLists) -> None:
        self._lists = lists
        self._phrases: dict[str, Phrases[bool]] = {}

    def says(self, section: str, text: str) -> bool:
        """Whether a text has any phrase of a section, meant or not."""
        return next(self._spans(section, words(normalise(text).text)), None) is not None

    def all_said(self, section: str, text: str) -> list[str]:
        """The phrases of a section in a text, meant or not, as they are normalised."""
        folded = normalise(text).text
        return [folded[start:end] for start, end in self._spans(section, words(folded))]

    def is_wholly(self, section: str, text: str) -> bool:
        """Whether a text is a phrase of a section and nothing else."""
        typed = words(normalise(text).text)
        return any(
            typed and (start, end) == (typed[0].start, typed[-1].end)
            for start, end in self._spans(section, typed)
        )

    def starts_with(self, section: str, text: str) -> bool:
        typed = words(normalise(text).text)
        return any(start == typed[0].start for start, _ in self._spans(section, typed))

    def said(self, section: str, passages: Iterable[Passage]) -> Iterator[Hit]:
        """Where the passages have a phrase of a section, whether they mean it or not."""
        for passage, sentence, spans in self._suspects(section, passages):
            for span in spans:
                yield Hit(passage, _shown(sentence, span))

    def meant(self, section: str, passages: Iterable[Passage]) -> Iterator[Hit]:
        """Where the passages mean what a section lists."""
        for passage, sentence, spans in self._suspects(section, passages):
            folded = sentence.normalised.text
            for start, end in spans:
                if self.is_meant(folded, start, end):
                    yield Hit(passage, _shown(sentence, (start, end)))

    def testified(self, section: str, passages: Iterable[Passage]) -> Iterator[Hit]:
        """Where somebody who is quoted says of themselves what a section lists: "It cured me"."""
        for passage, sentence, spans in self._suspects(section, passages):
            folded = sentence.normalised.text
            for start, end in spans:
                quote = _quote_around(folded, start, end)
                asks = _is_question(folded) or _is_question(quote.strip(_QUOTE_MARKS))
                if (
                    not asks
                    and self.says("oneself", quote)
                    and not self._is_denied(folded, words(folded), start)
                ):
                    yield Hit(passage, _shown(sentence, (start, end)))

    def is_meant(self, folded: str, start: int, end: int) -> bool:
        """Whether a normalised sentence neither asks, quotes nor denies what stands there."""
        if _is_question(folded) or _quote_around(folded, start, end):
            return False
        return not self._is_denied(folded, words(folded), start)

    def _suspects(
        self, section: str, passages: Iterable[Passage]
    ) -> Iterator[tuple[Passage, Sentence, list[tuple[int, int]]]]:
        """The sentences that have a phrase, and where."""
        needs = self._needs.get(section, {})
        for passage in passages:
            if needs.keys().isdisjoint(passage.vocabulary):
                continue
            for sentence in passage.sentences:
                if not _may_have_a_phrase(needs, sentence.vocabulary):
                    continue
                spans = self._spans(section, words(sentence.normalised.text))
                if first := [*islice(spans, MOST_HITS)]:
                    yield passage, sentence, first

    def _is_denied(self, folded: str, typed: Sequence[Word], start: int) -> bool:
        since = max((each.end() for each in _CLAUSE_END.finditer(folded, 0, start)), default=0)
        before = [word for word in typed if since <= word.start < start][-MOST_WORDS_OF_DENIAL:]
        return next(self._spans("denial", before), None) is not None

    def _spans(self, section: str, typed: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """Every phrase of the section that touches none of its ``unless``."""
        found = [*self._finder(section).find(typed)]
        harmless = [(each.start, each.end) for each in found if each.label]
        covered = -1
        for each in found:
            if each.label or each.start < covered:
                continue
            if not any(begin < each.end and each.start < until for begin, until in harmless):
                covered = each.end
                yield each.start, each.end

    def _finder(self, name: str) -> Phrases[bool]:
        if name not in self._phrases:
            section = self._lists.sections.get(name, Section())
            labelled = [
                (is_harmless, phrase)
                for is_harmless, phrases in ((False, section.phrases), (True, section.unless))
                for phrase in phrases
            ]
            self._phrases[name] = Phrases(labelled, between=self._lists.between)
        return self._phrases[name]

    @cached_property
    def _needs(self) -> dict[str, Needs]:
        return {name: _needs_of(section) for name, section in self._lists.sections.items()}


@cache
def _of_language(language: str) -> Wording:
    return Wording(phrase_lists(WORDS, language))


def wording(locale: str) -> Wording:
    """The lists of the language of ``locale``; the English ones where it has none."""
    return _of_language(phrase_lists(WORDS, locale).language)


def _shown(sentence: Sentence, span: tuple[int, int]) -> str:
    start, end = sentence.normalised.span(*span)
    return sentence.text[start:end]


def _quote_around(folded: str, start: int, end: int) -> str:
    """The quotation, with its marks, in which that stands; nothing where it stands in none."""
    quotes = _QUOTE.finditer(folded)
    return next((one[0] for one in quotes if one.start() <= start and end <= one.end()), "")


def _is_question(folded: str) -> bool:
    """ "Can it cure a cold?" is one; "Where can I buy it?" tells what somebody is after."""
    if _OFFERS.match(folded):
        return False
    return bool(_ASKS.match(folded)) and folded.rstrip(_BEHIND_A_QUESTION).endswith("?")


def _needs_of(section: Section) -> Needs:
    """``"is|are safe"`` is looked for where "safe" stands, and needs "is" or "are" beside it."""
    needs: Needs = {}
    for phrase in section.phrases:
        choices = [
            frozenset(_longest(words_of_choice) for words_of_choice in choice.split("|"))
            for choice in phrase.split()
            if not choice.endswith("?")
        ]
        rarest = min(choices, key=lambda choice: len(choice & _TOO_COMMON), default=frozenset())
        for word in rarest:
            needs.setdefault(word, []).append(choices)
    return needs


def _may_have_a_phrase(needs: Needs, vocabulary: frozenset[str]) -> bool:
    return any(
        not any(choice.isdisjoint(vocabulary) for choice in choices)
        for word in needs.keys() & vocabulary
        for choices in needs[word]
    )


def _longest(words_of_choice: str) -> str:
    """A word of several that all have to be there: ``"side_effects"`` has ``"effects"``."""
    pieces = re.findall(r"[^\W_]+", normalise(words_of_choice).text)
    return max(pieces, key=lambda piece: (piece not in _TOO_COMMON, len(piece)), default="")
