"""Whether two entries under People are one person, as far as a name can tell. Pure."""

from __future__ import annotations

from unicodedata import combining, normalize

from cms.core.normalise import normalise, words

_TITLES = frozenset(
    {"dr", "doctor", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "sir", "dame"}
    | {"md", "mbbs", "mbchb", "phd", "msc", "bsc", "rn"}
)


def is_same_name(one: str, other: str) -> bool:
    """``"Dr Ada  Example"``, ``"Example, Ada"`` and ``"ada example, MD"`` are."""
    name = _essence(one)
    return bool(name) and name == _essence(other)


def _essence(name: str) -> list[str]:
    """Its words without titles, accents and what follows a whole name, in an order of their own."""
    before, _, behind = name.partition(",")
    found = _words(before)
    return sorted(found if len(found) > 1 else [*found, *_words(behind)])


def _words(name: str) -> list[str]:
    plain = "".join(each for each in normalize("NFKD", name) if not combining(each))
    return [word.text for word in words(normalise(plain).text) if word.text not in _TITLES]
