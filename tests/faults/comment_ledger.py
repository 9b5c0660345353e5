"""What readers sent, beside what the CMS has: whether one was lost, came twice, changed. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.comment_stack import Row


@dataclass(frozen=True, slots=True)
class Sent:
    """A comment whose ``name`` no other has. Times are of one steady clock.

    ``sent_at`` is the first attempt, ``acknowledged_at`` the first answer that thanked for it, with
    that ``receipt``; ``None`` where the reader was never thanked.
    """

    name: str
    page: str
    text: str
    sent_at: float
    acknowledged_at: float | None
    receipt: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Names of comments. ``early``: stored before another of its page, whose reader was thanked
    before this one was sent. ``strange``: nobody sent it."""

    acknowledged: int
    stored: int
    lost: tuple[str, ...]
    twice: tuple[str, ...]
    changed: tuple[str, ...]
    strange: tuple[str, ...]
    early: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.changed or self.strange or self.early)


def compare(sent: Sequence[Sent], rows: Sequence[Row]) -> Verdict:
    """``rows`` in the order in which they were stored."""
    by_name = {one.name: one for one in sent}
    counts = Counter(row.name for row in rows)
    return Verdict(
        acknowledged=sum(one.acknowledged_at is not None for one in sent),
        stored=len(rows),
        lost=tuple(
            one.name for one in sent if one.acknowledged_at is not None and not counts[one.name]
        ),
        twice=tuple(name for name, count in counts.items() if count > 1),
        changed=tuple(
            row.name for row in rows if row.name in by_name and _differs(row, by_name[row.name])
        ),
        strange=tuple(name for name in counts if name not in by_name),
        early=tuple(_early(by_name[row.name] for row in rows if row.name in by_name)),
    )


def _differs(row: Row, sent: Sent) -> bool:
    is_the_same = (row.page, row.text) == (sent.page, sent.text)
    return not is_the_same or (sent.receipt != "" and row.receipt != sent.receipt)


def _early(stored: Iterable[Sent]) -> Iterable[str]:
    """From the last row to the first: who was sent after a later one's reader had been thanked."""
    first_thanks: dict[str, float] = defaultdict(lambda: float("inf"))
    for one in reversed(list(stored)):
        if one.sent_at > first_thanks[one.page]:
            yield one.name
        if one.acknowledged_at is not None:
            first_thanks[one.page] = min(first_thanks[one.page], one.acknowledged_at)
