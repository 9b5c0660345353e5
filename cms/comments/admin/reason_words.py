"""Why a comment waits, in words, and where in its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cms.comments.models import ReaderComment, Reason
from cms.comments.redaction import moved
from cms.comments.rules.found import RULE_LABELS


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that the same rules matched, if any did."""

    text: str
    rules: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return ", ".join(in_words(rule) for rule in self.rules)


def in_words(rule: str) -> str:
    """``"network_rate"`` becomes ``"Many from one network"``; a code unknown here is spelt out."""
    return RULE_LABELS.get(rule) or rule.replace("_", " ").capitalize()


def reasons_in_words(comment: ReaderComment) -> list[str]:
    """Each reason once: what the rules found, then what the edge noticed."""
    rules = [reason.rule for reason in comment.reasons.all()]
    return [in_words(rule) for rule in dict.fromkeys([*rules, *comment.signals])]


class Mark(NamedTuple):
    """What a rule matched, in code points of a text as it is shown."""

    rule: str
    start: int
    end: int


def marks_in(comment: ReaderComment, field: str, reasons: Iterable[Reason]) -> list[Mark]:
    """Where the reasons stand in a field of the comment, from which words may be removed."""
    spans = comment.spans(field)
    return [
        Mark(reason.rule, moved(reason.start, spans), moved(reason.end, spans, is_end=True))
        for reason in reasons
        if reason.field == field
    ]


def pieces(text: str, reasons: Iterable[Reason | Mark]) -> Iterator[Piece]:
    """All of ``text``, cut where a match starts or ends. Offsets count code points, as here."""
    spans = [
        (reason.start, min(reason.end, len(text)), reason.rule)
        for reason in reasons
        if reason.start < min(reason.end, len(text))
    ]
    edges = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    for start, end in zip(edges, edges[1:], strict=False):
        rules = dict.fromkeys(rule for first, last, rule in spans if first <= start and end <= last)
        yield Piece(text[start:end], tuple(rules))
