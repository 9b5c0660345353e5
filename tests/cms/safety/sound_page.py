"""A page that the rules leave alone, to be broken in one place by each test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from cms.safety.catalogue import RULES
from cms.safety.findings import Finding
from cms.safety.limits import Limits
from cms.safety.reading.facts import (
    BlockFacts,
    HelplineFacts,
    ImageFacts,
    LegalStatus,
    PageFacts,
    PersonFacts,
    ReviewFacts,
    SiteFacts,
    SourceFacts,
)

TODAY = date(2026, 11, 26)
POM = (LegalStatus("GB", "POM"),)
CONTROLLED = (LegalStatus("GB", "POM"), LegalStatus("GB", "controlled", "Class B"))
REVIEWER = PersonFacts(1, "Ada Example", "Pharmacist", "MRPharmS")
AUTHOR = PersonFacts(2, "Sam Writer")
SOURCE = SourceFacts(
    "nhs-2025",
    "About it",
    "NHS",
    "https://www.nhs.uk/x/",
    date(2025, 1, 1),
    None,
    None,
    "s1",
    "sources.1",
)
SOURCES = (
    SOURCE,
    replace(
        SOURCE,
        key="who-2024",
        publisher="WHO",
        url="https://www.who.int/x/",
        published=date(2024, 1, 1),
        path="sources.2",
    ),
    replace(
        SOURCE,
        key="nice-2023",
        publisher="NICE",
        url="https://www.nice.org.uk/x/",
        published=date(2023, 1, 1),
        path="sources.3",
    ),
)
HELPLINE = HelplineFacts(
    "Samaritans", "United Kingdom", "116 123", "", "Day and night", "", date(2026, 6, 1)
)


def items(*values: Any) -> list[dict[str, Any]]:
    return [{"type": "item", "value": value, "id": f"i{n}"} for n, value in enumerate(values, 1)]


def use(term: str = "Pain", **changes: Any) -> dict[str, Any]:
    return {
        "term": term,
        "text": "<p>It is given for pain.</p>",
        "points": [],
        "status": "licensed",
        "country": "GB",
        "sources": ["nhs-2025"],
        **changes,
    }


def benefit(text: str = "It eases pain.", **changes: Any) -> dict[str, Any]:
    return {
        "term": "Relief",
        "text": text,
        "strength": "",
        "figure": "",
        "sources": ["who-2024"],
        **changes,
    }


def uses(*values: Any) -> tuple[str, Any]:
    return "medical_uses", {
        "heading": "Uses",
        "introduction": "",
        "items": items(*(values or [use()])),
    }


def benefits(*values: Any) -> tuple[str, Any]:
    return "benefits", {"heading": "Benefits", "items": items(*(values or [benefit()]))}


def risks(text: str = "Some people feel sick. Tell a nurse if it goes on.") -> tuple[str, Any]:
    group = {
        "kind": "general",
        "frequency": "",
        "items": items({"term": "Feeling sick", "text": f"<p>{text}</p>"}),
        "sources": ["nice-2023"],
    }
    return "risks", {"heading": "Risks", "introduction": "It can do harm.", "groups": items(group)}


def section(block_type: str, text: str = "Ask a nurse.", **changes: Any) -> tuple[str, Any]:
    return block_type, {
        "not_applicable": False,
        "reason": "",
        "text": text,
        "sources": [],
        **changes,
    }


def heading(text: str = "More", size: str = "section") -> tuple[str, Any]:
    return "heading", {"text": text, "size": size}


def notice(**changes: Any) -> tuple[str, Any]:
    return "risk_callout", {
        "kind": "general",
        "severity": "caution",
        "title": "Take care",
        "text": "<p>Tell a nurse.</p>",
        "helpline": None,
        **changes,
    }


def law_notice(**changes: Any) -> tuple[str, Any]:
    text = "<p>It is a controlled drug. People can come to depend on it.</p>"
    return notice(**{"kind": "law", "title": "The law", "text": text, "helpline": 1, **changes})


def image(alt_text: str = "A leaf on a white table", **changes: Any) -> tuple[str, Any]:
    described = {"image": 7, "alt_text": alt_text, "decorative": False, **changes}
    return "image", {"image": described, "caption": "", "credit": ""}


def button(label: str = "Find help", purpose: str = "find_help", **changes: Any) -> tuple[str, Any]:
    return "next_step", {"label": label, "purpose": purpose, "page": None, "url": "", **changes}


def body(*blocks: tuple[str, Any]) -> tuple[BlockFacts, ...]:
    return tuple(
        BlockFacts(block_type, value, f"b{number}", f"body.{number}", block_type.replace("_", " "))
        for number, (block_type, value) in enumerate(blocks, start=1)
    )


SECTIONS = tuple(map(section, ("interactions", "pregnancy", "overdose", "driving")))


def sound(*blocks: tuple[str, Any], **changes: Any) -> PageFacts:
    """A medicine's page with nothing to find on it, or with this body instead."""
    parts = blocks or (uses(), benefits(), risks(), *SECTIONS, ("helpline", {"helpline": 1}))
    page = PageFacts(
        title="What is the medicine?",
        summary="It is a medicine for pain.",
        topic_type="medicine",
        legal_status=(LegalStatus("GB", "P"),),
        authors=(AUTHOR,),
        review=ReviewFacts(REVIEWER, date(2026, 1, 10), date(2028, 1, 10)),
        funding="Nobody else paid for it.",
        conflicts="None.",
        sources=SOURCES,
        blocks=body(*parts),
        helplines={1: HELPLINE},
        images={7: ImageFacts("Leaf", "leaf_3.png")},
        site=SiteFacts("It does not replace advice.", frozenset({"GB"})),
    )
    return replace(page, **changes)


def found(rule: str, page: PageFacts, today: date = TODAY, **limits: int) -> list[Finding]:
    """What one rule says about a page."""
    judge = next(each.judge for each in RULES if each.id == rule)
    return list(judge(page, Limits(**limits), today))


def said(rule: str, page: PageFacts, today: date = TODAY, **limits: int) -> list[tuple[str, str]]:
    """The severity and the place of each thing that one rule finds."""
    return [(one.severity.value, one.place.path) for one in found(rule, page, today, **limits)]
