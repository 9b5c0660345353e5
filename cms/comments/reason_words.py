"""Why a comment waits, in words, and where in its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cms.comments.models import ReaderComment, Reason
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


def pieces(text: str, reasons: Iterable[Reason]) -> Iterator[Piece]:
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
