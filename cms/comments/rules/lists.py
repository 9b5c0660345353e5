"""The word lists of a language: ``cms/comments/words/<language>.toml``, read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from cms.comments.rules.found import Rule
from cms.core.phrase_lists import Section, phrase_lists
from cms.core.phrases import Phrases, plain

WORDS = Path(__file__).parent.parent / "words"


@dataclass(frozen=True, slots=True)
class WordLists:
    """All that the rules know of one language. ``locale`` is its code, such as ``"en"``."""

    locale: str
    crisis: Section = Section()
    dosing: Section = Section()
    sourcing: Section = Section()
    credentials: Section = Section()
    blocklist: Section = Section()
    instructions: Section = Section()  # count as dosing advice beside an amount only
    between: frozenset[str] = frozenset()
    spellings: tuple[tuple[str, str], ...] = ()

    def widened(
        self,
        *,
        crisis: Iterable[str] = (),
        dosing: Iterable[str] = (),
        sourcing: Iterable[str] = (),
        credentials: Iterable[str] = (),
        blocklist: Iterable[str] = (),
        harmless: Iterable[str] = (),
    ) -> WordLists:
        """These lists and the phrases that a site adds, whose signs mean nothing.

        Within one that is ``harmless`` no list but that of crises finds anything.

        ``"spam.example"`` finds every address with that name in it. A phrase without a letter or
        a digit finds nothing.
        """
        unless = tuple(map(plain, harmless))
        return replace(
            self,
            crisis=_with(self.crisis, crisis),
            dosing=_with(self.dosing, dosing, unless),
            instructions=_with(self.instructions, (), unless),
            sourcing=_with(self.sourcing, sourcing, unless),
            credentials=_with(self.credentials, credentials, unless),
            blocklist=_with(self.blocklist, blocklist, unless),
        )


class Sought(NamedTuple):
    """What a phrase of a list means once it is found."""

    rule: Rule
    is_instruction: bool = False
    in_name_only: bool = False
    is_harmless: bool = False


def word_lists(locale: str) -> WordLists:
    """The lists of the language of ``locale``; the English ones where it has none.

    ``judge`` compares the two and says ``no_word_list`` where they differ.
    """
    return _lists(phrase_lists(WORDS, locale).language)


@cache
def _lists(language: str) -> WordLists:
    lists = phrase_lists(WORDS, language)
    return WordLists(
        locale=language, between=lists.between, spellings=lists.spellings, **lists.sections
    )


@lru_cache(16)
def phrases_of(lists: WordLists) -> Phrases[Sought]:
    """Everything that ``lists`` seeks, to be found in one walk over a text."""
    return Phrases(
        (
            (sought, phrase)
            for section, kind in (
                (lists.crisis, Sought(Rule.CRISIS)),
                (lists.dosing, Sought(Rule.DOSING)),
                (lists.instructions, Sought(Rule.DOSING, is_instruction=True)),
                (lists.sourcing, Sought(Rule.SOURCING)),
                (lists.credentials, Sought(Rule.CREDENTIALS)),
                (lists.blocklist, Sought(Rule.BLOCKLIST)),
            )
            for phrases, sought in (
                (section.phrases, kind),
                (section.in_name, kind._replace(in_name_only=True)),
                (section.unless, kind._replace(is_harmless=True)),
            )
            for phrase in phrases
        ),
        between=lists.between,
        spellings=lists.spellings,
    )


def _with(section: Section, phrases: Iterable[str], unless: Iterable[str] = ()) -> Section:
    return section._replace(
        phrases=(*section.phrases, *map(plain, phrases)), unless=(*section.unless, *unless)
    )
