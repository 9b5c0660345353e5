"""Words of a comment become a visible mark. Pure: a text and spans in, a text out.

A span counts code points of the text as the reader typed it, and is grown to whole characters as
readers see them: no family of emoji is cut, no accent stays behind without its letter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cms.comments.graphemes import edges_of
from cms.core.normalise import normalise

MARK = "[removed]"
FIELDS = ("name", "text")


class Span(NamedTuple):
    """``field`` is one of ``FIELDS``."""

    field: str
    start: int
    end: int


def whole(field: str, original: str, spans: Iterable[Span]) -> list[Span]:
    """Those of ``field``, each grown to whole characters, in the order of reading; what touches
    is one."""
    edges = edges_of(original)
    joined: list[Span] = []
    for span in sorted(span for span in spans if span.field == field):
        start = edges[bisect_right(edges, span.start) - 1]
        end = edges[min(bisect_right(edges, span.end - 1), len(edges) - 1)]
        if joined and start <= joined[-1].end:
            joined[-1] = Span(field, joined[-1].start, max(end, joined[-1].end))
        else:
            joined.append(Span(field, start, end))
    return joined


def redacted(original: str, spans: Iterable[Span]) -> str:
    """``original`` with a mark in place of each of ``spans``, which are ``whole``."""
    pieces, at = [], 0
    for span in spans:
        pieces += [original[at : span.start], MARK]
        at = span.end
    return "".join([*pieces, original[at:]])


def moved(offset: int, spans: Iterable[Span], *, is_end: bool = False) -> int:
    """Where ``offset`` of the original is in the redacted text; inside of a span, the mark's edge.

    ``moved(9, [Span("text", 0, 5)])`` is 13, as ``"Maria's …"`` became ``"[removed]'s …"``.
    """
    shift = 0
    for span in spans:
        if span.end <= offset:
            shift += len(MARK) - (span.end - span.start)
        elif span.start < offset:
            return span.start + shift + (len(MARK) if is_end else 0)
    return offset + shift


def places_of(words: str, field: str, text: str) -> list[Span]:
    """Every place where ``words`` stand, however they are written; as words of their own where
    they are, and else wherever they occur."""
    sought, within = normalise(words.strip()).text, normalise(text)
    if not sought:
        return []
    found = list(_occurrences(sought, within.text))
    own = [one for one in found if _is_apart(within.text, *one)]
    return [Span(field, *within.span(start, end)) for start, end in own or found]


def covers(spans: Iterable[Span], span: Span) -> bool:
    """Whether ``span`` lies within one of ``spans``."""
    return any(
        one.field == span.field and one.start <= span.start and span.end <= one.end for one in spans
    )


def _occurrences(sought: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(sought)
    while start >= 0:
        yield start, start + len(sought)
        start = text.find(sought, start + len(sought))


def _is_apart(text: str, start: int, end: int) -> bool:
    """No letter or digit goes on at either end."""
    goes_on_before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    goes_on_after = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
    return not (goes_on_before or goes_on_after)
