"""The word lists of a language: ``cms/comments/words/<language>.toml``, read once.

A section of such a file is a table: ``phrases`` count wherever they stand, ``in_name`` in the
name only, and nothing counts inside of a phrase of ``unless``. How a phrase is written is told
at the top of ``words/en.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from cms.comments.rules.found import Rule
from cms.comments.rules.phrases import Phrases, plain

WORDS = Path(__file__).parent.parent / "words"
FALLBACK = "en"


class Section(NamedTuple):
    """Phrases, written as ``Phrases`` takes them."""

    phrases: tuple[str, ...] = ()
    in_name: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


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

    def widened(
        self,
        *,
        crisis: Iterable[str] = (),
        dosing: Iterable[str] = (),
        sourcing: Iterable[str] = (),
        credentials: Iterable[str] = (),
        blocklist: Iterable[str] = (),
    ) -> WordLists:
        """These lists and the phrases that a site adds, whose signs mean nothing.

        ``"spam.example"`` finds every address with that name in it. A phrase without a letter or
        a digit finds nothing.
        """
        return replace(
            self,
            crisis=_with(self.crisis, crisis),
            dosing=_with(self.dosing, dosing),
            sourcing=_with(self.sourcing, sourcing),
            credentials=_with(self.credentials, credentials),
            blocklist=_with(self.blocklist, blocklist),
        )


class Sought(NamedTuple):
    """What a phrase of a list means once it is found."""

    rule: Rule
    is_instruction: bool = False
    in_name_only: bool = False
    is_harmless: bool = False


def language_of(locale: str) -> str:
    """``"en-GB"`` is ``"en"``."""
    return locale.replace("_", "-").partition("-")[0].casefold()


def word_lists(locale: str) -> WordLists:
    """The lists of the language of ``locale``; the English ones where it has none.

    ``judge`` compares the two and says ``no_word_list`` where they differ.
    """
    language = language_of(locale)
    return _read(language if language in _languages() else FALLBACK)


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
    )


def _with(section: Section, phrases: Iterable[str]) -> Section:
    return section._replace(phrases=(*section.phrases, *map(plain, phrases)))


@cache
def _languages() -> frozenset[str]:
    return frozenset(path.stem for path in WORDS.glob("*.toml"))


@cache
def _read(language: str) -> WordLists:
    tables = tomllib.loads((WORDS / f"{language}.toml").read_text("utf-8"))
    groups = {f"<{name}>": "|".join(choices) for name, choices in tables.pop("groups").items()}
    between = tables.pop("between")["words"]
    return WordLists(
        locale=language,
        between=frozenset(map(plain, between)),
        **{name: _section(table, groups) for name, table in tables.items()},
    )


def _section(table: dict[str, list[str]], groups: Mapping[str, str]) -> Section:
    return Section(
        **{
            key: tuple(_with_groups(phrase, groups) for phrase in phrases)
            for key, phrases in table.items()
        }
    )


def _with_groups(phrase: str, groups: Mapping[str, str]) -> str:
    """``"my <family> is ill"`` becomes ``"my son|daughter is ill"``."""
    return re.sub(r"<\w+>", lambda name: groups[name[0]], phrase)
