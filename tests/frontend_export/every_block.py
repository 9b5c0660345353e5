"""An article with every block and every field that an article has, in the shapes of the feed.

``BODY`` and ``FIELDS`` are as stored, so that a fake CMS can tell them; ``every_block_article`` and
``surroundings`` are the same for the renderer. What is new goes in here: the tests that go through
every block look at it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

from frontend_export.content import (
    Alert,
    Block,
    ContentIndex,
    Page,
    ReaderComment,
    ReportingLine,
    Snippet,
)

from .site_in_view import LEAF, LINKS, SAMARITANS, article, site, stored

Record = dict[str, Any]

REVIEWER = Snippet(
    3,
    "articles.Person",
    {
        "name": "Dr Ada Example",
        "role": "Consultant anaesthetist",
        "credential": "FRCA",
        "profile_url": "https://example.org/ada",
    },
)
AUTHOR = Snippet(
    4, "articles.Person", {"name": "Sam Writer", "role": "", "credential": "", "profile_url": ""}
)
BIOAVAILABILITY = Snippet(
    2,
    "articles.GlossaryTerm",
    {
        "term": "Bioavailability",
        "meaning": "How much of a medicine reaches the blood.",
        "also": "absorbed share",
    },
)
REPORTING = ReportingLine("GB", "Yellow Card scheme", "https://yellowcard.mhra.gov.uk/")
ALERT = Alert("Some tablets are being recalled.", "urgent", datetime(2026, 12, 1, 9, tzinfo=UTC))


def _block(number: int, block_type: str, value: Any) -> Record:
    return {
        "type": block_type,
        "value": value,
        "id": f"b{number:02}00000-0000-4000-8000-000000000000",
    }


def _section(words: str, *sources: str) -> Record:
    return {
        "not_applicable": False,
        "reason": "",
        "text": f"<p>{words}</p><ul><li>One</li><li>Two</li></ul>",
        "sources": list(sources),
    }


def _risks(kind: str, frequency: str, *risks: tuple[str, str], sources: list[str]) -> Record:
    items = stored(*({"term": term, "text": f"<p>{text}</p>"} for term, text in risks))
    return {"kind": kind, "frequency": frequency, "items": items, "sources": sources}


BODY: list[Record] = [
    _block(
        1,
        "risk_callout",
        {
            "kind": "law",
            "severity": "caution",
            "title": "It is a controlled drug",
            "text": "<p>Having it without a prescription is an offence.</p>",
            "helpline": None,
        },
    ),
    _block(
        2,
        "medicine_facts",
        {
            "generic_name": "Ketamine",
            "brand_names": stored("Ketalar", "Ketanest"),
            "forms": stored("injection", "infusion"),
            "route": "Into a vein or a muscle",
            "drug_class": "General anaesthetic",
        },
    ),
    _block(3, "rich_text", '<p>It helps. See <a linktype="page" id="6">naloxone</a>.</p>'),
    _block(
        4,
        "image",
        {
            "image": {"image": 7, "alt_text": "A leaf", "decorative": False},
            "caption": "A leaf.",
            "credit": "Plainleaf",
        },
    ),
    _block(
        5,
        "medical_uses",
        {
            "heading": "Medical uses",
            "introduction": "<p>Three uses.</p>",
            "items": stored(
                {
                    "term": "Anaesthesia",
                    "text": "<p>By injection.</p>",
                    "points": stored("Before an operation", "Where power is scarce"),
                    "status": "licensed",
                    "country": "GB",
                    "sources": ["who-2023"],
                },
                {
                    "term": "Pain in an emergency",
                    "text": "<p>In small amounts.</p>",
                    "points": [],
                    "status": "off_label",
                    "country": "GB",
                    "sources": ["who-2023", "nice-2022"],
                },
                {
                    "term": "Low mood",
                    "text": "<p>Trials go on.</p>",
                    "points": [],
                    "status": "under_study",
                    "country": "IE",
                    "sources": ["nice-2022"],
                },
            ),
        },
    ),
    _block(
        6,
        "benefits",
        {
            "heading": "Benefits",
            "items": stored(
                {
                    "term": "Fast",
                    "text": "<p>It works within minutes.</p>",
                    "strength": "very_low",
                    "figure": "9 of 10 people",
                    "sources": ["nice-2022"],
                },
                {
                    "term": "Breathing",
                    "text": "<p>It goes on by itself.</p>",
                    "strength": "",
                    "figure": "",
                    "sources": ["who-2023"],
                },
            ),
        },
    ),
    _block(
        7,
        "risks",
        {
            "heading": "Risks and considerations",
            "introduction": "<p>It needs watching.</p>",
            "groups": stored(
                _risks("general", "", ("Breathing", "It can slow."), sources=["who-2023"]),
                _risks("common", "more than 1 in 10", ("Dreams", "They pass."), sources=[]),
                _risks("serious", "", ("", "The heart can race."), sources=["nice-2022"]),
                _risks("misuse", "", ("Bladder", "It can be harmed."), sources=[]),
                _risks("long_term", "", ("Dependence", "It can grow."), sources=[]),
                _risks("avoid", "", ("High blood pressure", "It rises."), sources=[]),
            ),
        },
    ),
    _block(
        8,
        "risk_callout",
        {
            "kind": "general",
            "severity": "emergency",
            "title": "No response",
            "text": "<p>Call 999.</p>",
            "helpline": 1,
        },
    ),
    _block(9, "suitability", _section("Tell the team what you take.", "nice-2022")),
    _block(10, "how_used", _section("Only by trained people.")),
    _block(11, "interactions", _section("Alcohol makes it stronger.")),
    _block(12, "pregnancy", _section("Ask first.")),
    _block(13, "overdose", _section("Too much stops breathing.")),
    _block(
        14,
        "driving",
        {
            "not_applicable": True,
            "reason": "Nobody drives during an operation.",
            "text": "",
            "sources": [],
        },
    ),
    _block(15, "heading", {"text": "At home", "size": "section"}),
    _block(16, "heading", {"text": "The first day", "size": "subsection"}),
    _block(
        17,
        "care_card",
        {
            "level": "non_urgent",
            "action": "Ask a pharmacist",
            "conditions": stored("you feel sick", "you cannot sleep"),
            "note": "",
            "helpline": None,
        },
    ),
    _block(
        18,
        "care_card",
        {
            "level": "urgent",
            "action": "Call 111 now",
            "conditions": stored("you are very confused"),
            "note": "<p>They are open day and night.</p>",
            "helpline": None,
        },
    ),
    _block(
        19,
        "care_card",
        {
            "level": "emergency",
            "action": "Call 999",
            "conditions": stored("somebody cannot breathe"),
            "note": "",
            "helpline": 1,
        },
    ),
    _block(
        20,
        "do_dont",
        {"do": stored("rest", "drink water"), "dont": stored("drive", "drink alcohol")},
    ),
    _block(21, "inset", {"text": "<p>The team writes to your GP.</p>"}),
    _block(22, "details", {"title": "How it works", "text": "<p>It blocks a receptor.</p>"}),
    _block(23, "glossary_term", {"glossary_term": 2}),
    _block(
        24,
        "table",
        {
            "caption": "How long it lasts",
            "header_column": True,
            "table": {
                "columns": [
                    {"type": "text", "heading": "Given"},
                    {"type": "text", "heading": "Begins"},
                    {"type": "text", "heading": "Lasts"},
                ],
                "rows": [
                    {"values": ["Into a vein", "under 1 minute", "10 minutes"]},
                    {"values": ["Into a muscle", "5 minutes", "20 minutes"]},
                ],
                "caption": "",
            },
        },
    ),
    _block(
        25,
        "video",
        {
            "title": "Waking up",
            "url": "https://video.example/waking-up",
            "transcript": "<p>You may see odd things.</p>",
            "last_reviewed": "2026-03-01",
            "next_review_due": "2027-03-01",
        },
    ),
    _block(
        26,
        "faq",
        {
            "heading": "Common questions",
            "items": stored(
                {"question": "Will I dream?", "answer": "<p>You may.</p>"},
                {"question": "Can I eat?", "answer": "<p>Ask the team.</p>"},
            ),
        },
    ),
    _block(27, "helpline", {"helpline": 1}),
    _block(28, "next_step", {"label": "Find help", "purpose": "find_help", "page": 4, "url": ""}),
    _block(29, "conclusion", {"heading": "In short", "text": "<p>Ask.</p>"}),
]


def _source(key: str, title: str, publisher: str) -> Record:
    value = {
        "key": key,
        "title": title,
        "publisher": publisher,
        "url": f"https://example.org/{key}",
        "published": "2023-07-26",
        "accessed": "2026-11-01",
    }
    return {"type": "source", "value": value, "id": f"{key}-id"}


FIELDS: Record = {
    "topic_type": "medicine",
    "summary": "A strong medicine.",
    "key_points": stored("It is an anaesthetic.", "It is watched.", "It can harm the bladder."),
    "audience": "carers",
    "synonyms": stored("ket", "ketamine hydrochloride"),
    "jurisdiction": "GB",
    "legal_status": stored(
        {"country": "GB", "legal_class": "POM", "schedule": ""},
        {"country": "GB", "legal_class": "controlled", "schedule": "Class B; Schedule 2"},
    ),
    "authors": stored({"person": 4}),
    "reviewer": 3,
    "last_reviewed": "2026-03-01",
    "next_review_due": "2029-03-01",
    "change_kind": "major",
    "change_note": "The section on the bladder is new.",
    "funding": "Nobody paid for this page.",
    "conflicts": "Nobody gains by it.",
    "sources": [
        _source("who-2023", "Model list of essential medicines", "WHO"),
        _source("nice-2022", "Guidance on depression", "NICE"),
        _source("mhra-2020", "A source that nothing cites", "MHRA"),
    ],
    "withdrawn_on": None,
    "withdrawn_reason": "",
    "replacement_page": None,
    "sample_content": False,
    "comments_mode": "open",
    "comments_close_on": None,
}


def every_block_article(*body: Block, **fields: Any) -> Page:
    """The article; with blocks, these instead of its own; with fields, these changed."""
    own = [Block(one["type"], one["value"], one["id"]) for one in BODY]
    return article(*(body or own), **(FIELDS | fields))


def many_blocks(count: int) -> list[Block]:
    """The blocks of the article over and over, each with an id of its own."""
    again = islice(cycle(BODY), count)
    return [Block(one["type"], one["value"], f"{at:08}-0000") for at, one in enumerate(again)]


def surroundings(
    *,
    without: tuple[Snippet, ...] = (),
    comments: Iterable[ReaderComment] = (),
    **site_changes: Any,
) -> ContentIndex:
    """The site around it, with all that it refers to."""
    own = {
        "advice_statement": "This site does not replace advice.",
        "side_effect_reporting": (REPORTING,),
    }
    snippets = [SAMARITANS, REVIEWER, AUTHOR, BIOAVAILABILITY]
    return ContentIndex(
        site(**(own | site_changes)),
        pages=LINKS,
        images=[LEAF],
        snippets=[snippet for snippet in snippets if snippet not in without],
        comments=comments,
    )
