"""What a rule says about a comment: which rule, and where in the words of the reader."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Rule(StrEnum):
    """Why a comment is held, the gravest first. The codes are stored: never rename one."""

    CRISIS = "crisis"
    DOSING = "dosing"
    SOURCING = "sourcing"
    CREDENTIALS = "credentials"
    PERSONAL_DATA = "personal_data"
    LINKS = "links"
    BLOCKLIST = "blocklist"
    DUPLICATE = "duplicate"
    TIMING = "timing"
    HONEYPOT = "honeypot"
    HONEYPOT_MISSING = "honeypot_missing"
    NO_ORIGIN = "no_origin"
    OLD_FORM = "old_form"
    NETWORK_RATE = "network_rate"
    SITE_RATE = "site_rate"
    PAGE_CLOSED = "page_closed"
    PAGE_NOT_PUBLIC = "page_not_public"
    PAGE_GONE = "page_gone"
    NO_WORD_LIST = "no_word_list"
    CHECK_UNAVAILABLE = "check_unavailable"
    REPORTED = "reported"

    @property
    def label(self) -> str:
        """For a moderator, in a list of reasons."""
        return RULE_LABELS[self]


RULE_LABELS: dict[str, str] = {
    Rule.CRISIS: "Crisis words",
    Rule.DOSING: "Dosing advice",
    Rule.SOURCING: "Where to get drugs",
    Rule.CREDENTIALS: "Says to be a professional",
    Rule.PERSONAL_DATA: "Personal data",
    Rule.LINKS: "Link",
    Rule.BLOCKLIST: "Blocked words",
    Rule.DUPLICATE: "Same text elsewhere",
    Rule.TIMING: "Sent very fast",
    Rule.HONEYPOT: "Hidden field filled in",
    Rule.HONEYPOT_MISSING: "Not sent by our form",
    Rule.NO_ORIGIN: "No sign of a browser",
    Rule.OLD_FORM: "From an old form",
    Rule.NETWORK_RATE: "Many from one network",
    Rule.SITE_RATE: "Many on the whole site",
    Rule.PAGE_CLOSED: "Comments were closed",
    Rule.PAGE_NOT_PUBLIC: "Page was not public",
    Rule.PAGE_GONE: "Page was deleted",
    Rule.NO_WORD_LIST: "No word list for its language",
    Rule.CHECK_UNAVAILABLE: "A check did not answer",
    Rule.REPORTED: "Reported by a reader",
}


class Match(NamedTuple):
    """``field`` is ``"name"``, ``"text"``, or ``""`` where no words are meant.

    ``start`` and ``end`` are code points of that field as the reader typed it. ``note`` says what
    was found where the marked words do not say it themselves: ``"postcode"``.
    """

    rule: Rule
    field: str
    start: int
    end: int
    note: str = ""
