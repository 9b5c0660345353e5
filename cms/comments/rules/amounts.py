"""Amounts of a medicine or drug, and whether an instruction stands beside one. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

REACH = 60  # code points between an instruction and its amount

_AMOUNT = re.compile(
    r"""
    (?<![\w.,])
    (?:\d{1,6}+(?:[.,/-]\d{1,6}+)?
      |half|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|couple[ ]of
      |another|a|an|extra|double|triple)
    [ -]{0,2}(?:an?[ ])?
    (?:mgs?|mcg|[µμ]g|ug|micrograms?|milligrams?|g|gm|grams?|kg|mls?|millilit(?:re|er)s?|cc|cl|iu
      |units?|tabs?|tablets?|pills?|caps?|capsules?|drops?|puffs?|sprays?|doses?|lines?|bumps?|patch
      |patches|spoonfuls?|spoons?|teaspoons?|tablespoons?|tsps?|tbsps?|sachets?|shots?|hits?|points?
      |at[ ]once|of[ ](?:them|these|those)|(?:a|per|each)[ ]day|daily
      |paracetamols?|ibuprofens?|aspirins?|co-?codamols?|codeines?)
    (?![^\W_])
    """,
    re.VERBOSE,
)
_SENTENCE_END = re.compile(r"[.!?]\s|\n")


def beside_an_amount(
    text: str, instructions: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """From an instruction to the nearest amount in its sentence, for each that has one.

    ``"Try 20 mg at night."`` with the instruction ``(0, 3)`` is ``(0, 9)``.
    """
    amounts = [match.span() for match in _AMOUNT.finditer(text)]
    starts = [start for start, _ in amounts]
    for start, end in instructions:
        after = bisect_left(starts, end)
        for amount in amounts[max(0, after - 1) : after + 1][::-1]:  # the one behind it first
            gap = text[min(end, amount[1]) : max(start, amount[0])]
            if len(gap) <= REACH and not _SENTENCE_END.search(gap):
                yield min(start, amount[0]), max(end, amount[1])
                break
