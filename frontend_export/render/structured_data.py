"""What a page says of itself to machines, in the terms of schema.org (release 30), as JSON-LD.

Of health it says nothing that readers cannot read on the page. A drug never has an offer,
a price or a rating: its type is one of products, and this site sells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from markupsafe import Markup

from frontend_export.citations import Source
from frontend_export.content import Content, LinkedPage, Page, Snippet
from frontend_export.render.filters import iso, list_values
from frontend_export.richtext import web_address

AUDIENCES = {
    "everyone": "General public",
    "patients": "Patient",
    "carers": "Caregiver",
    "professionals": "Clinician",
}
NEEDS_A_PRESCRIPTION = {"controlled", "POM"}
NEEDS_NONE = {"GSL", "P"}
KINDS = {
    "articles.ArticlePage": "MedicalWebPage",
    "articles.HomePage": "WebPage",
    "articles.TopicPage": "CollectionPage",
    "articles.StandardPage": "WebPage",
}

Thing = dict[str, Any]


def structured_data(
    page: Page,
    content: Content,
    *,
    path: str,
    language: str,
    ancestors: Sequence[LinkedPage],
    sources: Sequence[Source],
    comment_count: int,
    absolute: Callable[[str], str],
    word: Callable[[str, str], str],
    knows_types: bool,
) -> Markup:
    """For ``<script type="application/ld+json">``. ``path`` is that of this page of its list.

    ``word("country", "GB")`` is what the theme calls it. Where ``knows_types`` is false, fields
    have meanings of another CMS.
    """
    kind = KINDS.get(page.type, "WebPage") if knows_types else "WebPage"
    thing: Thing = {
        "@context": "https://schema.org",
        "@type": kind,
        "url": absolute(path),
        "name": page.title,
        "inLanguage": language,
        "isPartOf": _site(content, absolute),
    }
    if page.summary:
        thing["description"] = page.summary
    if page.first_published_at:
        thing["datePublished"] = iso(page.first_published_at)
    if page.last_published_at:
        thing["dateModified"] = iso(page.last_published_at)
    if ancestors:
        thing["breadcrumb"] = _breadcrumbs(page, ancestors, absolute)
    if kind == "MedicalWebPage" and not page.is_withdrawn:
        thing |= _article(page, content, sources, word)
        if page.shows_comments:
            thing["commentCount"] = comment_count
    return _as_script(thing)


def _site(content: Content, absolute: Callable[[str], str]) -> Thing:
    address, name = absolute("/"), content.site.name
    return {
        "@type": "WebSite",
        "url": address,
        "name": name,
        "publisher": {"@type": "Organization", "name": name, "url": address},
    }


def _breadcrumbs(
    page: Page, ancestors: Sequence[LinkedPage], absolute: Callable[[str], str]
) -> Thing:
    steps = [*ancestors, page.linked]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": step.title,
                "item": absolute(step.path),
            }
            for position, step in enumerate(steps, start=1)
        ],
    }


def _article(
    page: Page, content: Content, sources: Sequence[Source], word: Callable[[str, str], str]
) -> Thing:
    fields = page.fields
    found: Thing = {}
    if audience := AUDIENCES.get(fields.get("audience") or ""):
        found["audience"] = {"@type": "MedicalAudience", "audienceType": audience}
    if authors := [*_authors(fields, content)]:
        found["author"] = authors
    if not page.is_sample:  # of sample content nobody reviewed anything
        reviewer = content.snippet("articles.Person", fields.get("reviewer") or 0)
        if reviewer and fields.get("last_reviewed"):
            found["reviewedBy"] = _person(reviewer)
            found["lastReviewed"] = fields["last_reviewed"]
    if sources:
        found["citation"] = [_source(one.value) for one in sources]
    if about := _about(page, word):
        found["about"] = about
    return found


def _authors(fields: Mapping[str, Any], content: Content) -> Iterator[Thing]:
    for author in list_values(fields.get("authors")):
        person = content.snippet("articles.Person", author.get("person") or 0)
        if person:
            yield _person(person)


def _person(person: Snippet) -> Thing:
    found: Thing = {"@type": "Person", "name": person.fields["name"]}
    if role := person.fields.get("role"):
        found["jobTitle"] = role
    if credential := person.fields.get("credential"):
        found["hasCredential"] = {
            "@type": "EducationalOccupationalCredential",
            "name": credential,
        }
    return found


def _source(value: Mapping[str, Any]) -> Thing:
    found: Thing = {"@type": "CreativeWork", "name": value["title"]}
    if address := web_address(value.get("url")):
        found["url"] = address
    if publisher := value.get("publisher"):
        found["publisher"] = {"@type": "Organization", "name": publisher}
    if published := value.get("published"):
        found["datePublished"] = published
    return found


def _about(page: Page, word: Callable[[str, str], str]) -> Thing | None:
    kind = page.fields.get("topic_type")
    if kind == "medicine":
        return _drug(page, word)
    if kind == "condition":
        return _named("MedicalCondition", page, page.title)
    return None


def _named(kind: str, page: Page, name: str) -> Thing:
    found: Thing = {"@type": kind, "name": name}
    if synonyms := list_values(page.fields.get("synonyms")):
        found["alternateName"] = synonyms
    return found


def _drug(page: Page, word: Callable[[str, str], str]) -> Thing:
    of_facts = (block.value for block in page.body if block.type == "medicine_facts")
    facts: Mapping[str, Any] = next(of_facts, {})
    generic = facts.get("generic_name") or ""
    found = _named("Drug", page, generic or page.title)
    named = {
        "nonProprietaryName": generic,
        "proprietaryName": [name for name in list_values(facts.get("brand_names")) if name],
        "dosageForm": [form for form in list_values(facts.get("forms")) if form],
        "administrationRoute": facts.get("route"),
    }
    found |= {name: value for name, value in named.items() if value}
    if drug_class := facts.get("drug_class"):
        found["drugClass"] = {"@type": "DrugClass", "name": drug_class}
    statuses = [one for one in list_values(page.fields.get("legal_status")) if one.get("country")]
    if statuses:
        found["legalStatus"] = [_legal_status(one, word) for one in statuses]
    here = {
        one.get("legal_class")
        for one in statuses
        if one["country"] == page.fields.get("jurisdiction")
    }
    if here & NEEDS_A_PRESCRIPTION:
        found["prescriptionStatus"] = "https://schema.org/PrescriptionOnly"
    elif here and here <= NEEDS_NONE:
        found["prescriptionStatus"] = "https://schema.org/OTC"
    return found


def _legal_status(status: Mapping[str, Any], word: Callable[[str, str], str]) -> Thing:
    name = word("legal_class", status.get("legal_class") or "")
    if schedule := status.get("schedule"):
        name = f"{name}: {schedule}"
    return {
        "@type": "DrugLegalStatus",
        "name": name,
        "applicableLocation": {"@type": "Country", "name": word("country", status["country"])},
    }


def _as_script(thing: Thing) -> Markup:
    """JSON in which nothing can end the element that it stands in."""
    text = orjson.dumps(thing).decode()
    for character in "<>&\u2028\u2029":
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped for where it stands
