"""The phrases of a language, from a file beside the rules that use them: ``words/<language>.toml``.

Each table of such a file is a section. ``phrases`` count wherever they stand, ``in_name`` in the
name of a person only, and nothing counts inside of a phrase of ``unless``. Three tables stand
apart: ``groups`` are choices with a name, ``between`` the words that may stand between any two, and
``spellings`` how people also write a word. How a phrase is written is told at the top of
``cms/comments/words/en.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cms.core.phrases import plain

FALLBACK = "en"


class Section(NamedTuple):
    """Phrases, written as ``Phrases`` takes them."""

    phrases: tuple[str, ...] = ()
    in_name: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class PhraseLists(NamedTuple):
    """``language`` is the one that was read: ``"en"`` where a locale has no file of its own.

    ``spellings`` holds pairs of what is written and the word that it is.
    """

    language: str
    sections: Mapping[str, Section]
    between: frozenset[str]
    spellings: tuple[tuple[str, str], ...] = ()


def language_of(locale: str) -> str:
    """``"en-GB"`` is ``"en"``."""
    return locale.replace("_", "-").partition("-")[0].casefold()


def phrase_lists(folder: Path, locale: str) -> PhraseLists:
    """The lists of the language of ``locale`` in a folder; the English ones where it has none."""
    language = language_of(locale)
    return _read(folder, language if language in _languages(folder) else FALLBACK)


@cache
def _languages(folder: Path) -> frozenset[str]:
    return frozenset(path.stem for path in folder.glob("*.toml"))


@cache
def _read(folder: Path, language: str) -> PhraseLists:
    tables = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))
    groups = {f"<{name}>": "|".join(choices) for name, choices in tables.pop("groups").items()}
    between = tables.pop("between")["words"]
    spellings = tables.pop("spellings", {})
    return PhraseLists(
        language,
        {name: _section(table, groups) for name, table in tables.items()},
        frozenset(map(plain, between)),
        tuple((plain(also), plain(word)) for word, others in spellings.items() for also in others),
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
