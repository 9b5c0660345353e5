"""What a rule says about one place of a page. Pure values, and their form as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Literal


class Severity(StrEnum):
    """How much a finding weighs, the gravest first."""

    BLOCK = "BLOCK"  # the page does not go live, and leaves the site
    WARN = "WARN"  # goes live with a recorded reason only
    INFO = "INFO"  # good to know


MOST_OF_A_KEY = 255  # characters that are stored
MOST_SHOWN = 80  # characters of what was written, in a message
PlaceKind = Literal["page", "field", "block", "comment"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an editor finds it.

    ``path`` counts from 1 as people do: ``"body.3.risks.groups.1"`` is the first group of the
    third part of the body. ``label`` says the same in words: ``"Risks and considerations (part 3
    of the body), group 1"``. ``block_id`` is the id of the whole part; ``field`` is the page's
    field (``"body"``, ``"sources"``, ``"title"``), and of a comment its number.
    """

    kind: PlaceKind
    path: str = ""
    block_id: str = ""
    field: str = ""
    label: str = ""


WHOLE_PAGE = Place("page", label="The whole page")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule says about one place; ``message`` says how to mend it.

    ``about`` tells findings of one rule at one place from each other, such as by the word that
    was found. ``trace`` is that of the text or the source which was judged as a whole, where there
    is one: a reason holds while it is the same.
    """

    rule: str
    severity: Severity
    place: Place
    message: str
    about: str = ""
    trace: str = ""

    @property
    def key(self) -> str:
        """``"S13:<block id or field>:guaranteed"``: the same while the text around it changes."""
        place = self.place.block_id or self.place.field or self.place.kind
        if self.place.kind == "comment":
            place = f"comment-{place}"
        key = ":".join(part for part in (self.rule, place, self.about, self.trace) if part)
        return key[:MOST_OF_A_KEY]

    @property
    def in_words(self) -> str:
        """``"Benefits (part 3 of the body), item 2: No source backs this. …"``"""
        return f"{self.place.label}: {self.message}" if self.place.label else self.message


def shown(text: str) -> str:
    """As much of what was written as a message repeats; one that is cut ends with ``…``."""
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1].rstrip() + "…"


def trace_of(*texts: object) -> str:
    """``"5d41402abc4b2a76"``: another one when any of the texts changes."""
    return blake2b(repr(texts).encode(), digest_size=8).hexdigest()


def as_json(finding: Finding) -> dict[str, Any]:
    """What is stored and sent: the fields of both, and the key."""
    return {**asdict(finding), "severity": finding.severity.value, "key": finding.key}


def from_json(stored: dict[str, Any]) -> Finding:
    """The way back from ``as_json``."""
    return Finding(
        rule=stored["rule"],
        severity=Severity(stored["severity"]),
        place=Place(**stored["place"]),
        message=stored["message"],
        about=stored["about"],
        trace=stored.get("trace", ""),  # what was stored by rules of before has none
    )
