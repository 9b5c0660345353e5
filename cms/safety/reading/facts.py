"""What the rules read of a page. Frozen values: no Django, no query, no clock.

Values of blocks are as they are stored: the raw JSON of a StreamField.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from cms.safety.findings import Place
from cms.safety.reading.passages import Passage, children, follow, passages_in
from cms.safety.reading.rich_text import read

ARTICLE = "articlepage"  # a page's type is the name of its model, in small letters


@dataclass(frozen=True)
class BlockFacts:
    """One part of the body. ``path`` counts from 1 (``"body.3"``); ``label`` is what an editor
    sees (``"Benefits"``). A field of rich text beside the body is one too, without a number."""

    type: str
    value: Any = None
    id: str = ""
    path: str = ""
    label: str = ""

    @cached_property
    def place(self) -> Place:
        field, _, number = self.path.partition(".")
        label = self.label or self.type or "A part"
        if number:
            label = f"{label} (part {number} of the {field.replace('_', ' ')})"
        return Place("block", self.path, self.id, field, label)

    @cached_property
    def inner_place(self) -> Place:
        """That from which the places of its fields are counted: ``"body.3.risks"``."""
        return replace(self.place, path=f"{self.path}.{self.type}")

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Its texts, taken out of the stored value once."""
        place = self.place if isinstance(self.value, str) else self.inner_place
        return passages_in(self.value, place)

    @cached_property
    def word_count(self) -> int:
        return sum(len(each.text.split()) for each in self.passages if not each.is_alt_text)

    def get(self, field: str) -> Any:
        """A field of the stored value; ``None`` where it has none of that name."""
        return self.value.get(field) if isinstance(self.value, dict) else None

    def words(self, field: str) -> str:
        """A field that should hold text, without spaces at its ends."""
        value = self.get(field)
        return read(value).text.strip() if isinstance(value, str) else ""

    def number(self, field: str) -> int | None:
        """A field that should refer to something by its number."""
        value = self.get(field)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def items(self, field: str) -> list[tuple[Place, str, Any]]:
        """The place, id and value of each item of a list."""
        return [
            (follow(self.inner_place, (field, number)), key, value)
            for number, (key, value) in enumerate(children(self.value, field), start=1)
        ]


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """``dead_since`` is the day on which its address was found to be gone for good."""

    key: str = ""
    title: str = ""
    publisher: str = ""
    url: str = ""
    published: date | None = None
    accessed: date | None = None
    dead_since: date | None = None
    id: str = ""
    path: str = ""

    @property
    def place(self) -> Place:
        number = self.path.rpartition(".")[2]
        return Place("block", self.path, self.id, "sources", f"Sources, source {number}")


@dataclass(frozen=True, slots=True)
class PersonFacts:
    id: int = 0
    name: str = ""
    role: str = ""
    credential: str = ""
    profile_url: str = ""


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """The clinical review of the page. ``is_current`` is false when the words that were approved
    have changed since; ``is_by_an_author`` when whoever approved wrote, owns or edited them."""

    reviewer: PersonFacts | None = None
    reviewed_on: date | None = None
    next_due: date | None = None
    is_by_an_author: bool = False
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class HelplineFacts:
    name: str = ""
    country: str = ""
    phone: str = ""
    text_number: str = ""
    hours: str = ""
    url: str = ""
    last_checked: date | None = None


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image of the library; ``has_file`` is false when the file is gone."""

    title: str = ""
    file_name: str = ""
    has_file: bool = True


@dataclass(frozen=True, slots=True)
class TermFacts:
    """A word of the glossary, what it means, and other forms of it: all stand where a block names
    it."""

    term: str = ""
    meaning: str = ""
    also: str = ""


@dataclass(frozen=True, slots=True)
class LegalStatus:
    """``legal_class``: ``GSL``, ``P``, ``POM`` or ``controlled``."""

    country: str = ""
    legal_class: str = ""
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class CommentFacts:
    """A reader's comment that is shown with the page.

    ``decided_by_person`` is false when no person approved it. ``classes`` are the codes of the
    comment rules that matched its words (``"crisis"``, ``"personal_data"``).
    """

    id: int
    decided_by_person: bool
    classes: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """``reporting_countries`` are those for which the site says where to report a side effect."""

    advice_statement: str = ""
    reporting_countries: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()


NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class PageFacts:
    """A page as it would go live. ``helplines``, ``images`` and ``terms`` are those that its blocks
    name, by number; one that is missing is gone. ``unknown_parts`` are those of a type that the
    CMS does not know: nothing else here is read of them."""

    page_type: str = ARTICLE
    title: str = ""
    seo_title: str = ""
    locale: str = "en"
    summary: str = ""
    search_description: str = ""
    key_points: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    topic_type: str = "wellbeing"  # empty while nobody has said it
    audience: str = "everyone"
    jurisdiction: str = "GB"
    legal_status: tuple[LegalStatus, ...] = ()
    authors: tuple[PersonFacts, ...] = ()
    review: ReviewFacts = ReviewFacts()
    sample_content: bool = False
    change_kind: str = "major"
    change_note: str = ""
    funding: str = ""
    conflicts: str = ""
    sources: tuple[SourceFacts, ...] = ()
    blocks: tuple[BlockFacts, ...] = ()
    withdrawn_on: date | None = None
    withdrawn_reason: str = ""
    helplines: Mapping[int, HelplineFacts] = field(default_factory=lambda: NOTHING)
    images: Mapping[int, ImageFacts] = field(default_factory=lambda: NOTHING)
    terms: Mapping[int, TermFacts] = field(default_factory=lambda: NOTHING)
    comments: tuple[CommentFacts, ...] = ()
    site: SiteFacts = SiteFacts()
    unknown_parts: tuple[BlockFacts, ...] = ()

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Every text of the page, in the order of reading."""
        fields = (
            ("title", "Title", self.title),
            ("summary", "Summary", self.summary),
            ("search_description", "Search description", self.search_description),
            ("key_points", "Key points", self.key_points),
        )
        return (
            *_passages_of(fields),
            *(
                passage
                for block in self.blocks
                for passage in (*block.passages, *self._passages_of_term(block))
            ),
        )

    @cached_property
    def own_passages(self) -> tuple[Passage, ...]:
        """With what stands around the text, and of whom it names: it promises and sells as well as
        the text does, but how it reads, and what it links, is not the text's."""
        fields = (
            ("seo_title", "Title tag", self.seo_title),
            ("synonyms", "Synonyms", self.synonyms),
            ("change_note", "Change note", self.change_note),
            ("funding", "Funding", self.funding),
            ("conflicts", "Conflicts of interest", self.conflicts),
            ("withdrawn_reason", "Why it was withdrawn", self.withdrawn_reason),
        )
        legal_status = [{"schedule": status.schedule} for status in self.legal_status]
        return (
            *self.passages,
            *_passages_of(fields),
            *passages_in(legal_status, at_field("legal_status", "Legal status")),
            *(passage for block in self.blocks for passage in self._passages_of_helpline(block)),
            *self._passages_of_people(),
        )

    @cached_property
    def all_passages(self) -> tuple[Passage, ...]:
        """With the titles that others gave to what it cites."""
        cited = (
            passage
            for source in self.sources
            for name in ("title", "publisher")
            for passage in passages_in({name: getattr(source, name)}, source.place)
        )
        return (*self.own_passages, *cited)

    @property
    def is_restricted(self) -> bool:
        """Whether the law of its own country, or of any that it names, restricts the medicine to
        prescription, or controls it."""
        return any(status.legal_class in ("POM", "controlled") for status in self.legal_status)

    @property
    def is_controlled(self) -> bool:
        return any(status.legal_class == "controlled" for status in self.legal_status)

    def term_of(self, block: BlockFacts) -> TermFacts | None:
        """What a block explains; ``None`` where that is gone, or the block is another one."""
        number = block.number("glossary_term")
        return self.terms.get(number) if number is not None else None

    def _passages_of_term(self, block: BlockFacts) -> Iterator[Passage]:
        if term := self.term_of(block):
            yield from passages_in(asdict(term), block.place)

    def _passages_of_helpline(self, block: BlockFacts) -> Iterator[Passage]:
        number = block.number("helpline")
        if number is not None and (helpline := self.helplines.get(number)):
            said = {"name": helpline.name}  # its hours say "text us", as a helpline may
            label = f"{block.place.label}, '{helpline.name}' (under Helplines)"
            yield from passages_in(said, replace(block.place, label=label))

    def _passages_of_people(self) -> Iterator[Passage]:
        reviewer = self.review.reviewer
        for name, people in (("authors", self.authors), ("reviewer", (reviewer,))):
            for person in people:
                if person is not None:
                    said = {"role": person.role, "credential": person.credential}
                    label = f"{name.capitalize()}, {person.name} (under People)"
                    yield from passages_in(said, at_field(name, label))

    def blocks_of(self, *types: str) -> tuple[BlockFacts, ...]:
        return tuple(block for block in self.blocks if block.type in types)


def _passages_of(fields: Iterable[tuple[str, str, Any]]) -> Iterator[Passage]:
    for name, label, value in fields:
        listed = list(value) if isinstance(value, tuple) else value
        yield from passages_in(listed, at_field(name, label), name)


def at_field(name: str, label: str) -> Place:
    """A field of the page's form."""
    return Place("field", name, "", name, label)
