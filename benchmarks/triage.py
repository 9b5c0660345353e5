"""How long the rules for comments take: for an ordinary comment, and for texts meant to be hard.

They are judged as the CMS does when a comment arrives, in memory. Times are the processor's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.table import Table

from cms.comments.rules import Judged, judge, word_lists
from tests.hostile_comments import HOSTILE

ORDINARY = (
    "I took this for six weeks after my operation and my sleep came back, but my mouth was dry all "
    "day. The nurse said to sip water and it helped a little. Did anybody else have that?"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """``seconds`` are the best of the repeats, one for each text."""

    comments: str
    characters: int
    seconds: tuple[float, ...]


def run(*, repeats: int, say: Callable[[str], None]) -> list[Measured]:
    measured = []
    for comments, texts in (("ordinary", (ORDINARY,)), ("hostile", HOSTILE)):
        say(f"Judging {len(texts)} {comments} comments {repeats} times.")
        seconds = tuple(_seconds(text, repeats) for text in texts)
        measured.append(Measured(comments, max(map(len, texts)), seconds))
    return measured


def as_json(measured: list[Measured]) -> dict[str, Any]:
    return {
        "comments": [
            {
                "comments": each.comments,
                "texts": len(each.seconds),
                "characters": each.characters,
                "milliseconds": round(1000 * median(each.seconds), 3),
                "worst_milliseconds": round(1000 * max(each.seconds), 3),
            }
            for each in measured
        ]
    }


def as_table(measured: list[Measured]) -> Table:
    table = Table("Comments", "Texts", "Characters", "Middle one", "Worst")
    for each in as_json(measured)["comments"]:
        table.add_row(
            each["comments"],
            str(each["texts"]),
            f"{each['characters']:,}",
            f"{each['milliseconds']:.2f} ms",
            f"{each['worst_milliseconds']:.2f} ms",
        )
    return table


def _seconds(text: str, repeats: int) -> float:
    lists = word_lists("en")
    judged = Judged(name="Sam", text=text, locale="en")
    judge(judged, lists)  # what is kept between comments
    best = float("inf")
    for _ in range(repeats):
        start = time.thread_time()
        judge(judged, lists)
        best = min(best, time.thread_time() - start)
    return best
