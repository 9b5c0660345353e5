"""Personal details: addresses, numbers, postcodes, dates of birth, names. Pure.

Forms of the United Kingdom, and phone numbers of anywhere. They are flagged, never taken out:
a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cms.core.normalise import Normalised, Word

_DOT = r"(?:\.|[ ]?[\[({][ ]?(?:dot|\.)[ ]?[\])}][ ]?)"
_HOST = rf"(?:[^\W_][\w-]{{0,62}}+{_DOT}){{1,8}}[^\W\d_]{{2,24}}(?!\w)"
_EMAIL = re.compile(
    rf"""
      (?<![\w.+-])[\w.+%'-]{{1,64}}+
        (?:@|[ ]?[\[({{][ ]?at[ ]?[\])}}][ ]?){_HOST}
    | (?<![\w.+-])[\w.+%'-]{{1,64}}+[ ](?:at|@)[ ][\w-]{{1,62}}+
        (?:[ ]dot[ ]|\.)(?:com|net|org|co|uk|ac|nhs)(?!\w)(?:(?:[ ]dot[ ]|\.)uk(?!\w))?
    """,
    re.VERBOSE,
)
# Numbers that begin with 03 or 08 belong to organisations: help lines are no personal detail.
_GAP = r"[\s().\u2010-\u2015-]{0,3}"
_PHONE = re.compile(
    rf"""
      (?<![\w.+])(?:\+|00)[ ]?(?:\({_GAP})?[1-9](?:{_GAP}\d){{7,14}}+(?!\w)
    | (?<![\w.+])\(?0[12579](?:{_GAP}\d){{8,9}}+(?!\w)
    | (?<![\w.+])0[ ]7(?:[ ]\d){{9}}(?!\w)
    | (?<![\w.+])\(?[2-9]\d\d\)?[ .-]{{1,2}}\d{{3}}[ .-]\d{{4}}(?!\w)
    """,
    re.VERBOSE,
)
_POSTCODE = re.compile(
    r"""
    (?<![^\W_])
    (?:gir[ ]?0aa
      |(?:[a-pr-uwyz]\d[\da-hjkps-uw]?|[a-pr-uwyz][a-hk-y]\d[\dabehmnprv-y]?)
       [ -]{0,3}\d[abd-hjlnp-uw-z]{2})
    (?![^\W_])
    """,
    re.VERBOSE,
)
# A number by which the health service, or the tax office, knows one person.
_NHS_NUMBER = re.compile(
    r"(?<!\w)nhs[ ]?(?:number|num|no\b\.?|#)[^\d\n]{0,12}(\d{3}[ -]?\d{3}[ -]?\d{4})(?!\w)"
)
_INSURANCE_NUMBER = re.compile(r"(?<!\w)[a-z]{2}(?:[ ]?\d\d){3}[ ]?[a-d](?!\w)")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_BIRTH = re.compile(
    rf"""
    (?<!\w)(?:d\.?[ ]?o\.?[ ]?b\.?|dates?[ ]of[ ]birth|birth[ ]?da(?:te|y)|born)(?!\w)
    [^\d\n]{{0,24}}?
    (?:\d{{1,2}}(?:st|nd|rd|th)?[ ]{{0,2}}(?:[/.-][ ]?\d{{1,2}}[ ]?[/.-][ ]?\d{{2,4}}
                                     |(?:of[ ])?{_MONTH}(?:,?[ ]{{0,2}}\d{{2,4}})?)
      |{_MONTH}[ ]{{0,2}}\d{{1,2}}(?:st|nd|rd|th)?(?:,?[ ]{{0,2}}\d{{4}})?
      |{_MONTH}[ ]{{0,2}}\d{{4}}
      |\d{{4}}(?:-\d\d-\d\d)?)
    (?!\w)
    """,
    re.VERBOSE,
)

_RELATIONS = frozenset(
    {
        *("daughter", "son", "child", "boy", "girl", "baby", "twins", "kid", "toddler", "teen"),
        *("teenager", "lad", "law", "husband", "hubby", "wife", "bf", "gf", "bro", "sis", "carer"),
        *("partner", "fiance", "fiancee", "fiancé", "fiancée", "flatmate", "boyfriend"),
        *("girlfriend", "ex", "mum", "mom", "mam"),
        *("mummy", "mother", "dad", "daddy", "father", "stepmum", "stepdad", "stepmother"),
        *("stepfather", "stepson", "stepdaughter", "sister", "brother", "grandson"),
        *("granddaughter", "grandchild", "gran", "nan", "nana", "granny", "grandma"),
        *("grandmother", "grandad", "granddad", "grandpa", "grandfather", "aunt", "auntie"),
        *("aunty", "uncle", "niece", "nephew", "cousin", "friend", "mate", "neighbour"),
        *("colleague", "boss", "doctor", "gp", "dr", "nurse", "consultant", "therapist"),
        *("psychiatrist", "psychologist", "pharmacist", "surgeon", "midwife", "counsellor"),
        *("teacher", "name"),
    }
)
_OWNERS = frozenset({"my", "our", "his", "her", "their"})
MOST_NAMES = 3  # "Emma Jane Jones"
WORDS_AFTER_OWNER = 4  # "my six year old son"
_NAMING = frozenset({"called", "named", "name", "names", "dr", "mr", "mrs", "ms", "miss"})
_NO_NAMES = frozenset(
    {
        *("i", "im", "ive", "id", "ill", "a", "an", "and", "as", "at", "but", "by", "for"),
        *("from", "had", "has", "have", "he", "her", "his", "if", "in", "is", "it", "my", "no"),
        *("not", "of", "on", "or", "our", "she", "so", "that", "the", "their", "they", "this"),
        *("to", "was", "we", "were", "when", "who", "with", "you", "your", "monday", "tuesday"),
        *("wednesday", "thursday", "friday", "saturday", "sunday", "january", "february"),
        *("march", "may", "july", "august", "september", "october"),
        *("november", "december", "christmas", "easter", "gp", "nhs", "ocd", "adhd", "ptsd"),
        *("ibs", "copd", "uk", "usa", "ok"),
    }
)
_BESIDE = re.compile(r"[ ,:\"\u2018\u2019\u201c\u201d(-]{1,3}")


class Detail(NamedTuple):
    """A personal detail; ``start`` and ``end`` are in the normalised text."""

    kind: str
    start: int
    end: int


def details_in(normalised: Normalised, words: Sequence[Word]) -> Iterator[Detail]:
    """Everything of the kinds above, by kind."""
    for kind, pattern in (
        ("e-mail address", _EMAIL),
        ("phone number", _PHONE),
        ("NHS number", _NHS_NUMBER),
        ("National Insurance number", _INSURANCE_NUMBER),
        ("postcode", _POSTCODE),
        ("date of birth", _BIRTH),
    ):
        for match in pattern.finditer(normalised.text):
            yield Detail(kind, *match.span(match.lastindex or 0))
    yield from _names(normalised, words)


def _names(normalised: Normalised, words: Sequence[Word]) -> Iterator[Detail]:
    """``Emma`` in ``my daughter Emma``: a capital where the sentence goes on."""
    for position, relation in enumerate(words):
        if relation.text.removesuffix("s") not in _RELATIONS and relation.text not in _RELATIONS:
            continue
        before = words[max(0, position - WORDS_AFTER_OWNER) : position]
        if not any(word.text in _OWNERS for word in before) or _shouts(normalised, relation):
            continue
        first = position + 1
        while first < len(words) and _leads_on(normalised, words[first - 1], words[first]):
            first += 1
        while (last := _end_of_name(normalised, words, first)) > first:
            yield Detail("name", words[first].start, words[last - 1].end)
            if not (last < len(words) and words[last].text == "and"):
                break
            first = last + 1  # "Emma and Lucy"


def _end_of_name(normalised: Normalised, words: Sequence[Word], first: int) -> int:
    """Behind the words from ``first`` on that are one name; ``first`` where there is none."""
    last = first
    while (
        last < min(len(words), first + MOST_NAMES)
        and _is_beside(normalised, words[last - 1], words[last])
        and _is_a_name(normalised, words[last])
    ):
        last += 1
    return last


def _leads_on(normalised: Normalised, word: Word, after: Word) -> bool:
    """``called`` in ``my son called Jack``, ``name is`` in ``my son's name is Jack``."""
    named = after.text in _NAMING or (after.text == "is" and word.text in {"name", "names"})
    return named and _is_beside(normalised, word, after)


def _is_a_name(normalised: Normalised, word: Word) -> bool:
    start, _ = normalised.span(word.start, word.end)
    return normalised.original[start].isupper() and word.text not in _NO_NAMES


def _shouts(normalised: Normalised, word: Word) -> bool:
    """In a text of capitals a capital says nothing."""
    start, end = normalised.span(word.start, word.end)
    return word.text != "gp" and len(word.text) > 2 and normalised.original[start:end].isupper()


def _is_beside(normalised: Normalised, word: Word, after: Word) -> bool:
    return _BESIDE.fullmatch(normalised.text[word.end : after.start]) is not None
