"""The fields of a report become a report, or sentences that say what to mend. Pure.

The codes of the reasons stand in docs/comments-contract.md; the CMS has its own words for them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from frontend_export.edge.submission import (
    NOT_TEXT,
    REPLACEMENT,
    composed,
    ids_by_content,
    problem_of_length,
    signals_of_honeypot,
)
from frontend_export.render.renderer import HONEYPOT_FIELD
from frontend_export.words import Sentence

FIELDS = ("page", "locale", "token", "comment", "reason", "text", HONEYPOT_FIELD)
COMMENT_NAME = re.compile("[0-9A-Za-z-]{1,36}")

COMMENT_REASONS = {
    "dangerous_advice": Sentence("It gives dangerous advice"),
    "names_person": Sentence("It names a person, or tells who someone is"),
    "abusive": Sentence("It is abusive"),
    "advertising": Sentence("It advertises something"),
    "other": Sentence("Something else"),
}
PAGE_REASONS = {
    "wrong": Sentence("Something is wrong or out of date"),
    "unclear": Sentence("It is hard to understand"),
    "broken": Sentence("A link, a picture or a button does not work"),
    "other": Sentence("Something else"),
}


def reasons_for(fields: Mapping[str, str]) -> Mapping[str, str]:
    """What may be wrong with what is reported, in the reader's words, by code."""
    return COMMENT_REASONS if fields.get("comment") else PAGE_REASONS


@dataclass(frozen=True)
class Report:
    """What a reader sent, checked. ``comment`` is empty where the page is meant."""

    page: str
    locale: str
    comment: str
    reason: str
    text: str
    signals: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self._normalised.encode()).hexdigest()

    def ids(
        self, *, secret: bytes, network_at: Callable[[float], str], now: float
    ) -> tuple[str, str]:
        """The id of this report now, and the one it had ten minutes ago: see ``Comment.ids``."""
        return ids_by_content(secret, self._normalised, network_at, now)

    def body(self, id: str, *, received_at: float, network: str) -> bytes:
        """The line that the CMS receives; see docs/comments-contract.md."""
        return json.dumps(
            {
                "kind": "report",
                "id": id,
                "page": self.page,
                "locale": self.locale,
                "comment": self.comment,
                "reason": self.reason,
                "text": self.text,
                "received_at": datetime.fromtimestamp(received_at, UTC).isoformat(),
                "signals": list(self.signals),
                "network": network,
            },
            ensure_ascii=False,
        ).encode()

    @cached_property
    def _normalised(self) -> str:
        """A JSON list."""
        values = ("report", self.page, self.locale, self.comment, self.reason, self.text)
        return json.dumps([" ".join(composed(value).split()) for value in values])


def check(
    fields: Mapping[str, str], signals: Iterable[str] = (), *, longest_text: int
) -> Report | dict[str, str]:
    """A report, or a sentence for each field that must be mended; 0 characters is no limit."""
    text = fields.get("text", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    problems = {
        "reason": ""
        if fields.get("reason", "") in reasons_for(fields)
        else Sentence("Choose what is wrong."),
        "text": _problem_of_text(text, longest_text),
    }
    if errors := {field: problem for field, problem in problems.items() if problem}:
        return errors
    return Report(
        page=fields.get("page", ""),
        locale=fields.get("locale", ""),
        comment=fields.get("comment", ""),
        reason=fields["reason"],
        text=text,
        signals=(*signals, *signals_of_honeypot(fields)),
    )


def _problem_of_text(text: str, longest: int) -> str:
    if NOT_TEXT.search(text):
        return Sentence(
            "Your text has characters that cannot be shown, marked %(mark)s. Remove them.",
            mark=REPLACEMENT,
        )
    return problem_of_length("text", text, longest)
