"""Articles that pass every rule, and what makes one fail: built in view of a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from wagtail.models import Page
from wagtail.test.utils.form_data import nested_form_data, rich_text

from cms.articles.digest import digest_of
from cms.articles.models import ArticlePage, Person
from cms.safety.models import Reason
from tests.cms.feed_site import article, image, topic

SOURCES = [
    ("source", {"key": f"nhs-{year}", "title": "Sleep", "publisher": publisher, **dated})
    for year, publisher, dated in (
        (1, "NHS", {"url": "https://www.nhs.uk/sleep", "accessed": "2026-11-01"}),
        (2, "WHO", {"url": "https://www.who.int/sleep", "accessed": "2026-11-01"}),
        (3, "NICE", {"url": "https://www.nice.org.uk/sleep", "accessed": "2026-11-01"}),
    )
]


def doctor(**fields: Any) -> Person:
    return Person.objects.create(
        **{"name": "Dr Brown", "role": "Doctor", "credential": "GMC 1234567", **fields}
    )


def fit_article(parent: Page | None = None, slug: str = "sleep", **fields: Any) -> ArticlePage:
    """A reviewed draft without a finding that would keep it from going live."""
    page = article(
        parent or topic(),
        slug,
        live=False,
        **{
            "funding": "The site paid for it.",
            "conflicts": "None.",
            "sources": SOURCES,
            "reviewer": doctor(),
            "last_reviewed": day(-30),
            "next_review_due": day(300),
            **fields,
        },
    )
    return saved(page)


def saved(page: ArticlePage) -> ArticlePage:
    """As it is now: reviewed, its warnings answered, and kept as a draft."""
    page.reviewed_digest = digest_of(page)
    page.save()
    page.save_revision()
    for finding in page.refusals():
        if finding.severity == "WARN":
            Reason.objects.create(
                page=page, finding_key=finding.key, rule=finding.rule, text="It is right."
            )
    return page


def day(days: int) -> Any:
    return timezone.localdate() + timedelta(days=days)


def has_benefits_without_risks(page: ArticlePage) -> None:
    items = [{"term": "Rest", "text": "You feel rested.", "sources": ["nhs-1"]}]
    page.body.append(("benefits", {"heading": "Benefits", "items": items}))


def sells_what_needs_a_prescription(page: ArticlePage) -> None:
    status = {"country": "GB", "legal_class": "POM", "schedule": ""}
    page.topic_type = "medicine"
    page.legal_status = [("status", status)]
    button = {"label": "Buy it now", "purpose": "read_next", "page": None}
    page.body.append(("next_step", {**button, "url": "https://shop.example.com/buy"}))


def has_an_expired_review(page: ArticlePage) -> None:
    page.last_reviewed, page.next_review_due = day(-900), day(-100)


def is_reviewed_by_its_author(page: ArticlePage) -> None:
    page.authors = [("author", {"person": page.reviewer})]


def has_a_picture_without_words(page: ArticlePage) -> None:
    picture = {"image": image(), "alt_text": "", "decorative": False}
    page.body.append(("image", {"image": picture, "caption": "", "credit": ""}))


FAULTS: Mapping[str, tuple[Callable[[ArticlePage], None], str]] = {
    "benefits without risks": (has_benefits_without_risks, "S1"),
    "a shop for what needs a prescription": (sells_what_needs_a_prescription, "S7"),
    "an expired review": (has_an_expired_review, "S5"),
    "reviewed by its author": (is_reviewed_by_its_author, "S6"),
    "a picture without alt text": (has_a_picture_without_words, "S17"),
}


def faulty_article(fault: str, **fields: Any) -> tuple[ArticlePage, str]:
    """A draft with one fault, and the number of the rule that finds it."""
    page = fit_article(**fields)
    spoil, rule = FAULTS[fault]
    spoil(page)
    return saved(ArticlePage.objects.get(pk=page.pk) if page.live else page), rule


def typed(page: ArticlePage) -> dict[str, str]:
    """What the editor's browser would post of this page."""
    streams = {}
    for name in page.get_streamfield_names():
        value = getattr(page, name)
        children = [
            {
                "type": stored["type"],
                "id": stored["id"] or "",
                "value": _typed(value.stream_block.child_blocks[stored["type"]], stored["value"]),
                "order": str(order),
                "deleted": "",
            }
            for order, stored in enumerate(value.get_prep_value())
        ]
        streams[name] = _listed(children)
    plain = {
        field.name: _said(field.value_from_object(page))
        for field in page._meta.concrete_fields
        if field.name not in streams and field.name != "page_ptr"
    }
    plain = {name: value for name, value in plain.items() if value is not False}
    return dict(nested_form_data({**plain, **streams, "comments": {"TOTAL_FORMS": "0"}})) | {
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
    }


def _listed(items: list[Any]) -> dict[str, Any]:
    return {"count": str(len(items)), **{str(order): item for order, item in enumerate(items)}}


def _said(value: Any) -> Any:
    if isinstance(value, bool):
        return value and "on"
    return "" if value is None else str(value)


def _typed(block: Any, value: Any) -> Any:
    from wagtail import blocks

    if isinstance(block, blocks.BaseStructBlock):
        parts = {name: _typed(child, value.get(name)) for name, child in block.child_blocks.items()}
        return {name: part for name, part in parts.items() if part is not False}
    if isinstance(block, blocks.ListBlock):
        return _listed(
            [
                {
                    "id": item["id"],
                    "value": _typed(block.child_block, item["value"]),
                    "order": str(order),
                    "deleted": "",
                }
                for order, item in enumerate(value or ())
            ]
        )
    if isinstance(block, blocks.RichTextBlock):
        return rich_text(value, features=block.features)
    if isinstance(value, list):
        return ", ".join(value)
    return _said(value)
