"""What pages say of themselves to machines: in the vocabulary's terms, and only what is true."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from frontend_export.content import ContentIndex, Page, PageLink, Snippet
from frontend_export.render.renderer import Renderer
from tests.frontend_export.site_in_view import (
    LINKS,
    NOW,
    article,
    block,
    content,
    page,
    site,
    stored,
)
from tests.vocabulary import faults_in

RENDERER = Renderer(site_url="https://example.org/health")
ADA = Snippet(
    3,
    "articles.Person",
    {"name": "Dr Ada Brown", "role": "Pharmacist", "credential": "MPharm", "profile_url": ""},
)
SOURCE = {
    "key": "who-2023",
    "title": "A list <of> medicines",
    "publisher": "World Health Organization",
    "url": "https://example.org/list",
    "published": "2023-05-01",
    "accessed": None,
}
FACTS = block(
    "medicine_facts",
    {
        "generic_name": "ketamine hydrochloride",
        "brand_names": stored("Ketalar"),
        "forms": stored("injection"),
        "route": "by injection",
        "drug_class": "anaesthetic",
    },
)
MEDICINE = {
    "topic_type": "medicine",
    "audience": "patients",
    "jurisdiction": "GB",
    "synonyms": stored("Special K"),
    "authors": stored({"person": 3}),
    "reviewer": 3,
    "last_reviewed": "2026-03-01",
    "next_review_due": "2028-03-01",
    "sources": stored(SOURCE, {**SOURCE, "url": "javascript:alert(1)", "key": "two"}),
    "legal_status": stored(
        {"country": "GB", "legal_class": "controlled", "schedule": "Class B"},
        {"country": "US", "legal_class": "POM", "schedule": ""},
    ),
}


def said(one: Page, *, pages: tuple[PageLink, ...] = LINKS, renderer: Renderer = RENDERER) -> Any:
    known = ContentIndex(site(), pages=pages, snippets=[ADA])
    return found_in(renderer.page(one, known, now=NOW).body)


def found_in(html: bytes) -> Any:
    [script] = re.findall(rb'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(script)


PAGES = {
    "medicine": article(FACTS, **MEDICINE),
    "medicine without facts": article(topic_type="medicine"),
    "condition": article(topic_type="condition", synonyms=stored("Bad head")),
    "wellbeing": article(topic_type="wellbeing", audience="everyone"),
    "sample": article(FACTS, **{**MEDICINE, "sample_content": True}),
    "home": page("articles.HomePage", 1, introduction=""),
    "topic": page("articles.TopicPage", 4, summary="What they do.", introduction=""),
    "standard": page("articles.StandardPage", 9, summary="Short."),
    "withdrawn": article(**MEDICINE, withdrawn_on="2026-01-01"),
    "unknown": page("articles.NewPage", 5),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_type_and_property_is_in_the_vocabulary(name: str) -> None:
    assert [*faults_in(said(PAGES[name]))] == []


@pytest.mark.parametrize(
    ("thing", "fault"),
    [
        ({"@type": "Medicine"}, "there is no type 'Medicine'"),
        ({"@type": "Drug", "indication": "pain"}, "there is no such property"),
        ({"@type": "Drug", "lastReviewed": "2026-01-01"}, "a Drug has no such property"),
        ({"@type": "WebPage", "reviewedBy": {"@type": "Drug"}}, "cannot be a Drug"),
        ({"@type": "Drug", "offers": []}, "sells and rates nothing"),
        ({"@type": "WebPage", "about": [{"@type": "Pill"}]}, "there is no type 'Pill'"),
    ],
)
def test_the_check_against_the_vocabulary_can_fail(thing: Any, fault: str) -> None:
    assert fault in "; ".join(faults_in(thing))


def test_an_article_on_a_medicine_says_what_it_is_about_and_who_reviewed_it() -> None:
    found = said(PAGES["medicine"])
    assert found["@type"] == "MedicalWebPage"
    assert found["url"] == "https://example.org/health/medicines/ketamine/"
    assert found["lastReviewed"] == "2026-03-01"
    assert found["reviewedBy"] == found["author"][0]
    assert found["reviewedBy"]["hasCredential"]["name"] == "MPharm"
    assert found["audience"]["audienceType"] == "Patient"
    drug = found["about"]
    assert (drug["@type"], drug["name"]) == ("Drug", "ketamine hydrochloride")
    assert drug["alternateName"] == ["Special K"]
    assert drug["prescriptionStatus"] == "https://schema.org/PrescriptionOnly"
    assert [(one["name"], one["applicableLocation"]["name"]) for one in drug["legalStatus"]] == [
        ("Controlled drug: Class B", "United Kingdom"),
        ("On prescription only", "United States"),
    ]


def test_a_source_has_an_address_only_where_it_is_one_of_the_web() -> None:
    first, second = said(PAGES["medicine"])["citation"]
    assert first["name"] == "A list <of> medicines"
    assert first["url"] == "https://example.org/list"
    assert first["publisher"]["name"] == "World Health Organization"
    assert "url" not in second


def test_of_sample_content_nobody_is_said_to_have_reviewed_anything() -> None:
    found = said(PAGES["sample"])
    assert "reviewedBy" not in found
    assert "lastReviewed" not in found
    assert found["author"]


def test_a_medicine_that_needs_no_prescription_says_so() -> None:
    status = stored({"country": "GB", "legal_class": "GSL", "schedule": ""})
    found = said(article(**{**MEDICINE, "legal_status": status}))
    assert found["about"]["prescriptionStatus"] == "https://schema.org/OTC"


@pytest.mark.parametrize("legal_class", ["", None, "unlicensed"])
def test_of_a_medicine_of_no_known_class_no_need_is_told(legal_class: str | None) -> None:
    status = stored({"country": "GB", "legal_class": legal_class, "schedule": ""})
    found = said(article(**{**MEDICINE, "legal_status": status}))
    assert "prescriptionStatus" not in found["about"]


def test_what_is_no_medicine_is_no_drug() -> None:
    assert said(PAGES["condition"])["about"] == {
        "@type": "MedicalCondition",
        "name": "What is ketamine?",
        "alternateName": ["Bad head"],
    }
    assert "about" not in said(PAGES["wellbeing"])


def test_a_withdrawn_article_says_nothing_of_what_it_was_about() -> None:
    found = said(PAGES["withdrawn"])
    assert not {"about", "citation", "author", "reviewedBy", "description"} & found.keys()


def test_breadcrumbs_are_those_that_readers_see() -> None:
    steps = said(PAGES["medicine"])["breadcrumb"]["itemListElement"]
    assert [(step["position"], step["name"]) for step in steps] == [
        (1, "Plainleaf"),
        (2, "Medicines"),
        (3, "What is ketamine?"),
    ]
    assert steps[1]["item"] == "https://example.org/health/medicines/"
    assert "breadcrumb" not in said(PAGES["home"])


def test_nothing_in_it_ends_the_script() -> None:
    title = "</script><script>alert(1)</script> & \u2028 <!--"
    pages = tuple(link._replace(title=title) if link.id == 4 else link for link in LINKS)
    hostile = PAGES["medicine"]._replace(title=title)
    found = said(hostile, pages=pages)
    assert found["name"] == title
    assert found["breadcrumb"]["itemListElement"][1]["name"] == title


def test_the_fields_of_another_cms_mean_nothing_of_this() -> None:
    foreign = Renderer(site_url="https://example.org", knows_types=False)
    found = said(PAGES["medicine"], renderer=foreign)
    assert found["@type"] == "WebPage"
    assert not {"about", "citation", "reviewedBy", "audience"} & found.keys()


def test_pages_that_no_editor_wrote_say_nothing() -> None:
    assert b"ld+json" not in RENDERER.not_found(content()).body
