"""What the history of a page says of reasons and withdrawals."""

from __future__ import annotations

from typing import Any

from wagtail.log_actions import LogFormatter

from cms.safety.reasons import GIVEN, TAKEN_BACK
from cms.safety.withdrawal import LET_BACK, WITHDRAWN


class ReasonGiven(LogFormatter):
    label = "Give a reason"

    def format_message(self, log_entry: Any) -> str:
        return f"Gave a reason for {log_entry.data.get('rule')}: {log_entry.data.get('text')}"


class ReasonTakenBack(LogFormatter):
    label = "Take a reason back"

    def format_message(self, log_entry: Any) -> str:
        return (
            f"Took the reason for {log_entry.data.get('rule')} back: {log_entry.data.get('text')}"
        )


class Withdrawn(LogFormatter):
    label = "Take off the site at once"

    def format_message(self, log_entry: Any) -> str:
        return f"Took it off the site at once: {log_entry.data.get('reason')}"


class LetBack(LogFormatter):
    label = "End the withdrawal"

    def format_message(self, log_entry: Any) -> str:
        return f"Ended the withdrawal: {log_entry.data.get('reason')}"


WORDS = {
    GIVEN: ReasonGiven,
    TAKEN_BACK: ReasonTakenBack,
    WITHDRAWN: Withdrawn,
    LET_BACK: LetBack,
}
