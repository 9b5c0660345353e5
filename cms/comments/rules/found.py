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
    NO_ORIGIN = "no_origin"
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


RULE_LABELS = {
    Rule.CRISIS: "Somebody may be in danger",
    Rule.DOSING: "Tells others what to take",
    Rule.SOURCING: "Where to get drugs",
    Rule.CREDENTIALS: "Claims to be a professional",
    Rule.PERSONAL_DATA: "Personal details",
    Rule.LINKS: "Has a link",
    Rule.BLOCKLIST: "Has a blocked word",
    Rule.DUPLICATE: "Same text as another comment",
    Rule.TIMING: "Sent faster than people type",
    Rule.HONEYPOT: "A field that people do not see",
    Rule.NO_ORIGIN: "The browser did not say which site it came from",
    Rule.NETWORK_RATE: "Many comments from one network",
    Rule.SITE_RATE: "Many comments on the whole site",
    Rule.PAGE_CLOSED: "Comments were closed",
    Rule.PAGE_NOT_PUBLIC: "The page was not public",
    Rule.PAGE_GONE: "The page is gone",
    Rule.NO_WORD_LIST: "No word list for this language",
    Rule.CHECK_UNAVAILABLE: "A check could not be made",
    Rule.REPORTED: "A reader reported it",
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
