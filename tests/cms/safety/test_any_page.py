"""Whatever is stored, the rules answer."""

import time
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.safety.catalogue import RULES
from cms.safety.findings import Severity, as_json, from_json
from cms.safety.judging import judge
from cms.safety.limits import Limits
from cms.safety.reading.facts import (
    BlockFacts,
    CommentFacts,
    HelplineFacts,
    ImageFacts,
    LegalStatus,
    PageFacts,
    PersonFacts,
    ReviewFacts,
    SiteFacts,
    SourceFacts,
    TermFacts,
)

TYPES = [
    "heading", "rich_text", "image", "table", "inset", "details", "faq", "glossary_term", "video",
    "conclusion", "medicine_facts", "medical_uses", "benefits", "risks", "suitability",
    "how_used", "interactions", "pregnancy", "overdose", "driving", "risk_callout", "care_card",
    "do_dont", "helpline", "next_step", "of another site", "",
]  # fmt: skip
NAMES = [
    "heading", "text", "title", "items", "groups", "term", "points", "introduction", "image",
    "sources", "alt_text", "decorative", "helpline", "kind", "level", "action", "conditions",
    "note", "do", "dont", "status", "country", "question", "answer", "url", "page", "purpose",
    "label", "value", "type", "id", "table", "columns", "rows", "values", "not_applicable",
    "reason", "figure", "size", "glossary_term",
]  # fmt: skip
ODD = [
    "", " ", "\x00", "<", "<a", "<a href='", "<a><a></a>", "</p>", "&", "&#0;", "&bogus;",
    "<h1></h1>",
    "مرحبا بالعالم", "\u202eevil\u202c", "👩‍👩‍👧‍👦", "e" + "\u0301" * 60,
    "buy ketamine online",
    "https://[", "https://t.me/x", "100% safe", "is safe", "by 50 %", "don't drive", "999",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(ODD), st.text(max_size=40))
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from([1, 7, "licensed"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=3)), inner, max_size=6),
        st.lists(
            st.fixed_dictionaries({"type": st.just("item"), "id": TEXTS, "value": inner}),
            max_size=3,
        ),
    ),
    max_leaves=20,
)
BLOCKS = st.builds(
    BlockFacts,
    type=st.sampled_from(TYPES),
    value=st.one_of(
        VALUES, st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=3, max_size=10)
    ),
    id=TEXTS,
    path=st.sampled_from(["body.1", "body.2", ""]),
    label=TEXTS,
)
DAYS = st.one_of(st.none(), st.dates())
PEOPLE = st.builds(PersonFacts, id=st.integers(0, 2), name=TEXTS, role=TEXTS, credential=TEXTS)
PAGES = st.builds(
    PageFacts,
    page_type=st.sampled_from(["articlepage", "standardpage"]),
    title=TEXTS,
    locale=st.sampled_from(["en", "en-GB", "de", "", "??"]),
    summary=TEXTS,
    key_points=st.lists(TEXTS, max_size=3).map(tuple),
    synonyms=st.lists(TEXTS, max_size=3).map(tuple),
    topic_type=st.sampled_from(["medicine", "condition", ""]),
    legal_status=st.lists(
        st.builds(LegalStatus, TEXTS, st.sampled_from(["POM", "controlled", "GSL", ""])), max_size=2
    ).map(tuple),
    authors=st.lists(PEOPLE, max_size=2).map(tuple),
    review=st.builds(
        ReviewFacts, st.one_of(st.none(), PEOPLE), DAYS, DAYS, st.booleans(), st.booleans()
    ),
    sample_content=st.booleans(),
    sources=st.lists(
        st.builds(SourceFacts, TEXTS, TEXTS, TEXTS, TEXTS, DAYS, DAYS, DAYS), max_size=3
    ).map(tuple),
    blocks=st.lists(BLOCKS, max_size=6).map(tuple),
    withdrawn_on=DAYS,
    helplines=st.dictionaries(
        st.sampled_from([1, 7]),
        st.builds(HelplineFacts, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, DAYS),
        max_size=2,
    ),
    images=st.dictionaries(
        st.sampled_from([1, 7]), st.builds(ImageFacts, TEXTS, TEXTS), max_size=2
    ),
    terms=st.dictionaries(
        st.sampled_from([1, 7]), st.builds(TermFacts, TEXTS, TEXTS, TEXTS), max_size=2
    ),
    comments=st.lists(
        st.builds(CommentFacts, st.integers(), st.booleans(), st.just(("crisis",))), max_size=2
    ).map(tuple),
    site=st.builds(SiteFacts, TEXTS),
)


@given(page=PAGES, today=st.dates())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_page_is_too_odd_to_be_judged(page, today):
    verdict = judge(page, Limits(), today)
    severities = {rule.id: rule.severity for rule in RULES}
    for found in verdict.findings:
        assert found.message
        assert found.place.label
        assert len(found.key) <= 255
        assert from_json(as_json(found)) == found
        assert severities[found.rule] == Severity.BLOCK or found.severity != Severity.BLOCK
    assert verdict.is_fit or verdict.fit_until is None
    assert verdict.next_judgement_on is None or verdict.next_judgement_on > today
    if verdict.fit_until:
        assert not judge(page, Limits(), verdict.fit_until).is_fit


HUGE = 60_000


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "<a ",
        "<a>",
        "\u0301",
        "1.",
        "do not ",
        "“",
        "is safe “ ",
        "safe, ",
        "by 5",
        "£1 ",
        "is safe ?",
    ],
)
def test_time_grows_with_the_text_and_not_with_its_square(piece):
    block = BlockFacts("rich_text", piece * (HUGE // len(piece)))
    page = PageFacts(title="x", legal_status=(LegalStatus("GB", "POM"),), blocks=(block,))
    start = time.perf_counter()
    judge(page, Limits(), date(2026, 11, 26))
    assert time.perf_counter() - start < 10  # seconds; a square takes minutes
