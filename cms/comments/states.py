"""Where a comment stands, and from where to where a moderator may move it."""

from __future__ import annotations

from enum import StrEnum


class ModerationError(Exception):
    """A comment could not change its state; the message is for the moderator."""


class State(StrEnum):
    """One state each; only ``approved`` is ever public."""

    HELD = "held"
    URGENT = "urgent"
    SPAM = "spam"
    APPROVED = "approved"
    REJECTED = "rejected"
    HIDDEN = "hidden"
    ERASED = "erased"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    State.HELD: "To review",
    State.URGENT: "Urgent",
    State.SPAM: "Suspected spam",
    State.APPROVED: "Approved",
    State.REJECTED: "Rejected",
    State.HIDDEN: "Hidden",
    State.ERASED: "Erased",
}
STATE_CHOICES = [(state.value, label) for state, label in STATE_LABELS.items()]

WAITING = (State.URGENT, State.HELD)
NOT_FOR_READERS = (State.SPAM, State.REJECTED, State.HIDDEN, State.ERASED)
"""So somebody decided: what readers reported of it is settled, unless it tells of a crisis."""

REACHABLE_FROM: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.URGENT, State.SPAM, State.APPROVED, State.REJECTED, State.HIDDEN}),
    State.URGENT: frozenset({State.HELD, State.SPAM}),
    State.SPAM: frozenset({State.HELD, State.URGENT, State.APPROVED, State.REJECTED, State.HIDDEN}),
    State.APPROVED: frozenset({State.HELD, State.URGENT, State.SPAM, State.REJECTED, State.HIDDEN}),
    State.REJECTED: frozenset({State.HELD, State.URGENT, State.SPAM}),
    State.HIDDEN: frozenset({State.APPROVED}),
    State.ERASED: frozenset(
        {
            State.HELD,
            State.URGENT,
            State.SPAM,
            State.APPROVED,
            State.REJECTED,
            State.HIDDEN,
        }
    ),
}
