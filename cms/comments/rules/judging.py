"""Where a new comment starts, and why. Pure: a comment and word lists in, a verdict out.

A crisis outranks everything, so that a person in danger is never taken for spam. Then a filled
honeypot or a blocked word makes suspected spam. Everything else is held; nothing is approved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Literal, NamedTuple

from cms.comments.rules.amounts import beside_an_amount
from cms.comments.rules.found import Match, Rule
from cms.comments.rules.handles import handles_in
from cms.comments.rules.lists import Sought, WordLists, phrases_of
from cms.comments.rules.personal import details_in
from cms.core.normalise import Normalised, normalise, words
from cms.core.phrase_lists import language_of
from cms.core.phrases import Phrase
from cms.core.written_links import links_in

MOST_MATCHES = 20  # of one rule in one field: a thousand links are told by the first twenty

_GRAVEST_FIRST = {rule: place for place, rule in enumerate(Rule)}
_SIGNALS = {
    "honeypot": Rule.HONEYPOT,
    "honeypot_missing": Rule.HONEYPOT_MISSING,
    "no_origin": Rule.NO_ORIGIN,
    "old_form": Rule.OLD_FORM,
    "timing": Rule.TIMING,
}


class PageState(StrEnum):
    """The page of the comment, when the edge took the comment."""

    OPEN = "open"
    CLOSED = "closed"
    NOT_PUBLIC = "not_public"
    GONE = "gone"


_PAGE_RULES = {
    PageState.CLOSED: Rule.PAGE_CLOSED,
    PageState.NOT_PUBLIC: Rule.PAGE_NOT_PUBLIC,
    PageState.GONE: Rule.PAGE_GONE,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """All that is known of a comment before a person reads it.

    ``signals`` are the edge's: ``"honeypot"`` (filled), ``"honeypot_missing"``, ``"no_origin"``,
    ``"old_form"``, ``"timing"`` (filled too fast); others are left alone.
    """

    name: str
    text: str
    locale: str
    signals: tuple[str, ...] = ()
    same_text_elsewhere: bool = False
    many_from_network: bool = False
    many_on_site: bool = False
    page: PageState = PageState.OPEN


class Verdict(NamedTuple):
    """Where the comment starts, and every reason, the gravest first."""

    state: Literal["urgent", "spam", "held"]
    matches: tuple[Match, ...]


def judge(submission: Judged, lists: WordLists) -> Verdict:
    """A verdict without matches is ``held``: every comment waits for a person.

    At most ``MOST_MATCHES`` of each rule in each field are told.
    """
    matches = (
        *_in_words("name", submission.name, lists),
        *_in_words("text", submission.text, lists),
        *_around_the_words(submission, lists),
    )
    return Verdict(_state(matches), gravest_first(matches))


def gravest_first(matches: Iterable[Match]) -> tuple[Match, ...]:
    """In the order of ``Rule``; of one rule, in the order of reading."""
    return tuple(
        sorted(
            matches,
            key=lambda match: (_GRAVEST_FIRST[match.rule], match.field, match.start, match.end),
        )
    )


def _state(matches: Iterable[Match]) -> Literal["urgent", "spam", "held"]:
    rules = {match.rule for match in matches}
    if Rule.CRISIS in rules:
        return "urgent"
    return "spam" if rules & {Rule.HONEYPOT, Rule.BLOCKLIST} else "held"


def _in_words(field: str, original: str, lists: WordLists) -> Iterator[Match]:
    """What the words of one field say, the whole of it once, in spans of the original."""
    normalised = normalise(original)
    spans: dict[Rule, list[tuple[int, int, str]]] = defaultdict(list)
    for rule, start, end, note in _rules(field, normalised, lists):
        spans[rule].append((*normalised.span(start, end), note))
    for rule, found in spans.items():
        for start, end, note in islice(_outermost(found), MOST_MATCHES):
            yield Match(rule, field, start, end, note)


def _rules(
    field: str, normalised: Normalised, lists: WordLists
) -> Iterator[tuple[Rule, int, int, str]]:
    text = normalised.text
    sought = words(text)
    instructions = []
    for phrase in _that_count(phrases_of(lists).find(sought)):
        if phrase.label.in_name_only and field != "name":
            continue
        if phrase.label.is_instruction:
            instructions.append((phrase.start, phrase.end))
        else:
            yield phrase.label.rule, phrase.start, phrase.end, ""
    for start, end in beside_an_amount(text, instructions):
        yield Rule.DOSING, start, end, "amount"
    for start, end in handles_in(text):
        yield Rule.SOURCING, start, end, "username"
    for kind, start, end in details_in(normalised, sought):
        yield Rule.PERSONAL_DATA, start, end, kind
    for start, end in links_in(text):
        yield Rule.LINKS, start, end, ""


def _that_count(phrases: Iterable[Phrase[Sought]]) -> Iterator[Phrase[Sought]]:
    """Those that stand in no harmless phrase of their own section."""
    harmless_until: dict[tuple[Rule, bool], int] = {}
    for phrase in sorted(
        phrases, key=lambda phrase: (phrase.start, not phrase.label.is_harmless, -phrase.end)
    ):
        section = (phrase.label.rule, phrase.label.is_instruction)
        if phrase.label.is_harmless:
            harmless_until[section] = max(phrase.end, harmless_until.get(section, 0))
        elif phrase.end > harmless_until.get(section, 0):
            yield phrase


def _outermost(found: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Without what lies inside of another one."""
    told_until = 0
    for start, end, note in sorted(found, key=lambda span: (span[0], -span[1])):
        if end > told_until:
            told_until = end
            yield start, end, note


def _around_the_words(submission: Judged, lists: WordLists) -> Iterator[Match]:
    for signal in dict.fromkeys(submission.signals):
        if rule := _SIGNALS.get(signal):
            yield Match(rule, "", 0, 0)
    for is_so, rule in (
        (submission.same_text_elsewhere, Rule.DUPLICATE),
        (submission.many_from_network, Rule.NETWORK_RATE),
        (submission.many_on_site, Rule.SITE_RATE),
    ):
        if is_so:
            yield Match(rule, "", 0, 0)
    if rule_of_page := _PAGE_RULES.get(submission.page):
        yield Match(rule_of_page, "", 0, 0)
    if language_of(submission.locale) != lists.locale:
        yield Match(Rule.NO_WORD_LIST, "", 0, 0, submission.locale)
