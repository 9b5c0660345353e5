"""What the safety rules read of our pages, gathered in a few queries for many of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Page

from cms.articles.glossary import GlossaryTerm
from cms.articles.helplines import Helpline
from cms.articles.people import Person
from cms.articles.reviewed import review_stands
from cms.core.streams import unknown_parts
from cms.safety.grounds import Grounds
from cms.safety.reading.facts import (
    BlockFacts,
    HelplineFacts,
    ImageFacts,
    LegalStatus,
    PageFacts,
    PersonFacts,
    ReviewFacts,
    SourceFacts,
    TermFacts,
)
from cms.safety.sources.source_checks import dead_since

Stored = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Library:
    """What many pages name by number, or by address: asked for once."""

    helplines: Mapping[int, HelplineFacts]
    images: Mapping[int, ImageFacts]
    terms: Mapping[int, TermFacts]
    people: Mapping[int, Person]
    dead: Mapping[str, date]


def facts_of_pages(pages: Sequence[Any], grounds: Grounds) -> list[PageFacts]:
    """Of pages without what only articles have: words, images, links and headings."""
    texts = [blocks_of(page) for page in pages]
    library = _library(texts)
    return [
        PageFacts(**_common(page, blocks, library, grounds))
        for page, blocks in zip(pages, texts, strict=True)
    ]


def facts_of_articles(pages: Sequence[Any], grounds: Grounds) -> list[PageFacts]:
    texts = [blocks_of(page) for page in pages]
    authors = [[block["value"]["person"] for block in _stored(page, "authors")] for page in pages]
    people = {one for some in authors for one in some} | {page.reviewer_id for page in pages}
    library = _library(texts, people, [url for page in pages for url in cited_addresses(page)])
    return [
        PageFacts(
            **_common(page, blocks, library, grounds),
            key_points=tuple(block["value"] for block in _stored(page, "key_points")),
            synonyms=tuple(block["value"] for block in _stored(page, "synonyms")),
            topic_type=page.topic_type,
            audience=page.audience,
            jurisdiction=page.jurisdiction,
            legal_status=tuple(
                LegalStatus(
                    block["value"].get("country") or "",
                    block["value"].get("legal_class") or "",
                    block["value"].get("schedule") or "",
                )
                for block in _stored(page, "legal_status")
            ),
            authors=tuple(_person(library.people[one]) for one in wrote if one in library.people),
            review=_review(page, wrote, library),
            sample_content=page.sample_content,
            change_kind=page.change_kind,
            change_note=page.change_note,
            funding=page.funding,
            conflicts=page.conflicts,
            sources=tuple(_sources(page, library)),
            withdrawn_on=page.withdrawn_on,
            withdrawn_reason=page.withdrawn_reason,
        )
        for page, blocks, wrote in zip(pages, texts, authors, strict=True)
    ]


def cited_addresses(page: Any) -> list[str]:
    """Of the sources of an article."""
    return [url for block in _stored(page, "sources") if (url := block["value"].get("url"))]


def blocks_of(page: Any) -> list[BlockFacts]:
    """The parts of a page in the order in which they are read: its introduction, then its body."""
    blocks = []
    if introduction := getattr(page, "introduction", ""):
        blocks.append(
            BlockFacts("rich_text", introduction, path="introduction", label="Introduction")
        )
    if not any(field.name == "body" for field in page._meta.concrete_fields):
        return blocks
    known = page.body.stream_block.child_blocks
    for number, stored in enumerate(_stored(page, "body"), start=1):
        name = stored["type"]
        blocks.append(
            BlockFacts(
                type=name,
                value=stored["value"],
                id=stored.get("id") or "",
                path=f"body.{number}",
                label=str(known[name].label) if name in known else name,
            )
        )
    return blocks


def _common(
    page: Any, blocks: Sequence[BlockFacts], library: Library, grounds: Grounds
) -> dict[str, Any]:
    values = [block.value for block in blocks]
    return {
        "page_type": type(page)._meta.model_name,
        "title": page.title,
        "seo_title": page.seo_title,
        "locale": page.locale.language_code if page.locale_id else "en",
        "summary": getattr(page, "summary", ""),
        "search_description": page.search_description,
        "blocks": tuple(blocks),
        "helplines": _named(library.helplines, numbers_in(values, "helpline")),
        "images": _named(library.images, numbers_in(values, "image")),
        "terms": _named(library.terms, numbers_in(values, "glossary_term")),
        "site": grounds.site_of(page),
        "unknown_parts": tuple(_unknown_parts(page)),
    }


def _unknown_parts(page: Any) -> Iterator[BlockFacts]:
    """Of every stream of a page; ``_stored`` has them not, but the feed would send them."""
    for field in page._meta.concrete_fields:
        if isinstance(field, StreamField):
            for number, part in unknown_parts(getattr(page, field.name)):
                name = str(part["type"])
                # Without its id: there is no such part in the form to lead to.
                yield BlockFacts(name, path=f"{field.name}.{number}", label=f"'{name}'")


def _library(
    texts: Iterable[Sequence[BlockFacts]],
    people: Iterable[int | None] = (),
    addresses: Iterable[str] = (),
) -> Library:
    values = [block.value for blocks in texts for block in blocks]
    helplines = Helpline.objects.in_bulk(numbers_in(values, "helpline"))
    images = get_image_model().objects.in_bulk(numbers_in(values, "image"))
    terms = GlossaryTerm.objects.in_bulk(numbers_in(values, "glossary_term"))
    addresses = list(addresses)
    return Library(
        helplines={pk: _helpline(one) for pk, one in helplines.items()},
        images={pk: _image(one) for pk, one in images.items()},
        terms={pk: TermFacts(one.term, one.meaning, one.also) for pk, one in terms.items()},
        people=Person.objects.in_bulk({one for one in people if one is not None}),
        dead=dead_since(addresses) if addresses else {},
    )


def numbers_in(value: Any, name: str) -> set[int]:
    """What is chosen under ``name`` anywhere in stored blocks: ``{"helpline": 4}`` names 4."""
    return set(_numbers_in(value, name))


def _numbers_in(value: Any, name: str) -> Iterator[int]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == name and isinstance(inner, int):
                yield inner
            else:
                yield from _numbers_in(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers_in(inner, name)


def _named(known: Mapping[int, Any], numbers: Iterable[int]) -> dict[int, Any]:
    return {number: known[number] for number in numbers if number in known}


def _helpline(line: Helpline) -> HelplineFacts:
    return HelplineFacts(
        name=line.name,
        country=line.country,
        phone=line.phone,
        text_number=line.text_number,
        hours=line.hours,
        url=line.url,
        last_checked=line.last_checked,
    )


def _image(image: Any) -> ImageFacts:
    return ImageFacts(
        title=image.title,
        file_name=PurePosixPath(image.file.name or "").name,
        has_file=bool(image.file.name),
    )


def _person(person: Person) -> PersonFacts:
    return PersonFacts(person.pk, person.name, person.role, person.credential, person.profile_url)


def _review(page: Any, wrote: Sequence[int], library: Library) -> ReviewFacts:
    reviewer = library.people.get(page.reviewer_id)
    accounts = {library.people[one].user_id for one in wrote if one in library.people}
    accounts = (accounts | {page.owner_id}) - {None}
    return ReviewFacts(
        reviewer=reviewer and _person(reviewer),
        reviewed_on=page.last_reviewed,
        next_due=page.next_review_due,
        is_by_an_author=reviewer is not None
        and (reviewer.pk in wrote or reviewer.user_id in accounts),
        is_current=page.reviewer_id is None or review_stands(page),
    )


def _sources(page: Any, library: Library) -> Iterator[SourceFacts]:
    for number, block in enumerate(_stored(page, "sources"), start=1):
        value = block["value"]
        url = value.get("url") or ""
        yield SourceFacts(
            key=value.get("key") or "",
            title=value.get("title") or "",
            publisher=value.get("publisher") or "",
            url=url,
            published=_date(value.get("published")),
            accessed=_date(value.get("accessed")),
            dead_since=library.dead.get(url),
            id=block.get("id") or "",
            path=f"sources.{number}",
        )


def _date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None


def _stored(page: Page, name: str) -> list[Stored]:
    """A StreamField as its column holds it, whether it was read or has just been typed."""
    field = page._meta.get_field(name)
    assert isinstance(field, StreamField)  # noqa: S101 - what only the caller can get wrong
    stored: list[Stored] = getattr(page, name).get_prep_value()
    return stored
