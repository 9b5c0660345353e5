"""What a moderator can decide, and taking one decision on many comments: all of them, or none.

```
ModerationError          cms.comments.models: the message is for the moderator
├── MisaskedError        the request itself makes no sense; nothing was looked at
└── OvertakenError       some comments are not what the moderator saw; it names them
```
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from cms.comments.comment_settings import LONGEST_REASON
from cms.comments.models import Channel, ModerationError, ReaderComment, State
from cms.core.numbers import whole_number

MOST_AT_ONCE = 100
MOST_NAMED = 5  # of the comments that stand in the way; the rest are counted
DIGITS_OF_A_VERSION = 9  # what its column holds


@dataclass(frozen=True, slots=True)
class Decision:
    """One verb. ``key`` takes it from the keyboard."""

    code: str
    label: str
    state: State
    done: str
    key: str = ""
    permission: str = "moderate"
    is_on_row: bool = True
    lets_stand: bool = False

    @property
    def is_final(self) -> bool:
        """It destroys, so it asks first and cannot be undone."""
        return self.state == State.ERASED

    def is_open_for(self, comment: ReaderComment) -> bool:
        """An urgent comment is never called spam in one step: a slip would bury it."""
        if self.lets_stand:
            return comment.waits_for_another_look
        if comment.state == State.URGENT and self.state == State.SPAM:
            return False
        return comment.can_become(self.state)

    def is_open_in(self, state: State) -> bool:
        """Whether it may be open for a comment in this state."""
        if self.lets_stand:
            return state == State.APPROVED
        return self.is_open_for(ReaderComment(state=state))


DECISIONS = (
    Decision("approve", "Approve", State.APPROVED, "approved", key="a"),
    Decision("fine", "Still fine", State.APPROVED, "still fine", key="f", lets_stand=True),
    Decision("reject", "Reject", State.REJECTED, "rejected", key="r"),
    Decision("spam", "Spam", State.SPAM, "marked as spam", key="s"),
    Decision("urgent", "Urgent", State.URGENT, "marked as urgent", key="u", is_on_row=False),
    Decision("hide", "Hide", State.HIDDEN, "hidden"),
    Decision("hold", "Back to review", State.HELD, "put back to review", is_on_row=False),
    Decision("erase", "Erase", State.ERASED, "erased", permission="erase", is_on_row=False),
)


class MisaskedError(ModerationError):
    """No comment, too many of them, or a decision that does not exist."""


class OvertakenError(ModerationError):
    """``comments`` are those in the way, as they are now. Nothing was changed."""

    def __init__(self, message: str, comments: Sequence[ReaderComment]) -> None:
        super().__init__(message)
        self.comments = comments


def decision_called(code: str) -> Decision:
    for decision in DECISIONS:
        if decision.code == code:
            return decision
    raise MisaskedError("That is no decision. Choose one of the buttons.")


def chosen_in(values: Iterable[str]) -> dict[int, int]:
    """``["12:1", "15:3"]`` becomes ``{12: 1, 15: 3}``: comments, and the versions that were seen.

    Raises ``MisaskedError`` where there is none, where there are more than 100, or one is garbled.
    """
    chosen: dict[int, int] = {}
    for value in values:
        named, _, seen = value.partition(":")
        number, version = whole_number(named), whole_number(seen, digits=DIGITS_OF_A_VERSION)
        if number is None:
            raise MisaskedError("A comment of your choice is not known. Choose again.")
        if version is None:
            raise MisaskedError("A comment of your choice has no version. Choose again.")
        chosen[number] = version
    if not chosen:
        raise MisaskedError("No comment was chosen. Tick at least one.")
    if len(chosen) > MOST_AT_ONCE:
        raise MisaskedError(f"Choose at most {MOST_AT_ONCE} comments at once.")
    return chosen


def decide(
    chosen: dict[int, int],
    decision: Decision,
    *,
    by: Any,
    reason: str = "",
    channel: Channel = Channel.ADMIN,
) -> tuple[UUID, list[ReaderComment]]:
    """Take one decision on all of ``chosen`` (see ``chosen_in``), in one transaction.

    Returns the batch by which it is undone, and the comments as they are now, in the order they
    were chosen in. Raises ``OvertakenError``, and changes nothing, where one of them was changed
    since or cannot get the state; ``MisaskedError`` where the reason is too long.
    """
    if len(reason) > LONGEST_REASON:
        raise MisaskedError(f"Say the reason in at most {LONGEST_REASON} characters.")
    batch = uuid4()
    with transaction.atomic():
        # All rows first and in one order: two moderators may have sorted theirs in different ways.
        found = {comment.pk: comment for comment in ReaderComment.objects.lock(chosen)}
        if len(found) < len(chosen):
            raise MisaskedError("A comment of your choice is not there any more. Choose again.")
        in_the_way = [
            comment
            for number, version in chosen.items()
            if (comment := found[number]).version != version or not decision.is_open_for(comment)
        ]
        if in_the_way:
            raise OvertakenError(_why_not(in_the_way, chosen, decision), in_the_way)
        comments = [found[number] for number in chosen]
        for comment in comments:
            how: dict[str, Any] = {
                "by": by,
                "reason": reason,
                "batch": batch,
                "channel": channel,
                "seen_version": comment.version,
            }
            if decision.lets_stand:
                comment.let_stand(**how)
            else:
                comment.move_to(decision.state, **how)
    return batch, comments


def _why_not(comments: list[ReaderComment], chosen: dict[int, int], decision: Decision) -> str:
    said = [
        _changed(comment)
        if comment.version != chosen[comment.pk]
        else _cannot_become(comment, decision)
        for comment in comments[:MOST_NAMED]
    ]
    if len(comments) > MOST_NAMED:
        said.append(f"So it is with {len(comments) - MOST_NAMED} more.")
    return f"Nothing was changed. {' '.join(said)}"


def _changed(comment: ReaderComment) -> str:
    name = f"The comment by '{comment.name}'" if comment.name else "A comment"
    return (
        f"{name} was changed by {comment.last_changed_by} meanwhile: it is now "
        f"'{comment.get_state_display()}'."
    )


def _cannot_become(comment: ReaderComment, decision: Decision) -> str:
    name = f"The comment by '{comment.name}'" if comment.name else "A comment"
    if decision.lets_stand:
        return f"{name} does not wait for another look."
    if comment.state == State.URGENT and decision.state == State.SPAM:
        return f"{name} is urgent: put it back to review before you call it spam."
    return f"{name} is '{comment.get_state_display()}' and cannot become '{decision.state.label}'."
