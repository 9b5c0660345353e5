"""The articles every system in a benchmark publishes. Pure: a number in, the same article out.

Nothing here is Wagtail's or Hugo's: each system writes these values in its own format. An
article has six headings, six texts of two paragraphs with a link each, one image, and its
sources. One about a medicine has what the safety rules ask of it besides: benefits, risks by
kind, four questions and the legal status.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

ARTICLES_PER_TOPIC = 500
IMAGES = 50
SECTIONS = 6
MENU_TOPICS = 5
MOST_RELATED = 5
NAMES_OF_ONE_A_TO_Z = 300
NAMES_OF_ONE_PAGE = 500
PAGES_OF_A_WHOLE_SITE_MAP = 500
LIST_SIZE = 20
FEED_SIZE = 50
SITE_NAME = "Plainleaf"
SITE_URL = "https://www.example.org"
BENEFITS_HEADING, RISKS_HEADING = "Benefits", "Risks and considerations"
FUNDING = "Nobody outside of this site paid for this page."
CONFLICTS = "Nobody gains by what this page says."
LEGAL_COUNTRY, LEGAL_CLASS = "GB", "P"
REPORT_TO, REPORT_URL = "tell those who watch over medicines", "https://example.org/report"
PUBLISHED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NAMESPACE = uuid.UUID("5f0c9c0e-6a53-4a7e-9d5f-0d1f5c3c2a11")

WORDS = (  # noqa: SIM905
    "ask bed body breath calm care check clear clinic day doctor dose drink effect evening feel "
    "help home hour keep leaflet light list medicine mind morning nurse often pain people "
    "pharmacist plan read rest risk safe sign sleep slow small step talk team tell time today "
    "treatment walk water week well"
).split()


class Kind(StrEnum):
    """What the articles of a site are about."""

    WELLBEING = "wellbeing"
    MEDICINE = "medicine"


@dataclass(frozen=True, slots=True)
class Link:
    """``article`` is the number of the article it leads to; ``None`` means ``url``."""

    text: str
    article: int | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    before: str
    link: Link
    after: str


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Cited by its key. It was read on the day of ``PUBLISHED``: one without a date of its own
    never grows old."""

    key: str
    title: str
    publisher: str
    url: str


@dataclass(frozen=True, slots=True)
class Point:
    """A bold term and its sentence; ``source`` is the key of what it rests on, where cited."""

    term: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class RiskGroup:
    kind: str
    points: tuple[Point, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Question:
    """What every page about a medicine must answer; the theme knows the heading of its kind."""

    kind: str
    text: str


SOURCES = (
    Source("leaflet", "How a leaflet is made", "Leaflet Makers", "https://example.org/leaflet"),
    Source("trial", "What a trial found", "Trial Readers", "https://example.org/trial"),
    Source("advice", "What nurses say", "Nurses' Desk", "https://example.org/advice"),
)
RISK_KINDS = ("common", "serious")
QUESTION_KINDS = ("interactions", "pregnancy", "overdose", "driving")
POINTS = 3


@dataclass(frozen=True, slots=True)
class Article:
    """``number`` and ``topic`` count from 1, ``image`` from 0.

    What only a medicine has is empty in others.
    """

    kind: Kind
    number: int
    topic: int
    title: str
    summary: str
    image: int
    sections: tuple[Section, ...]
    benefits: tuple[Point, ...] = ()
    risks_introduction: str = ""
    risks: tuple[RiskGroup, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def slug(self) -> str:
        return slug_of(self.number)

    @property
    def letter(self) -> str:
        """Under which it stands in an A to Z."""
        return self.title[0].lower()

    @property
    def key(self) -> uuid.UUID:
        """What is posted with a comment to say which article it is about."""
        return uuid.uuid5(NAMESPACE, self.slug)


def slug_of(number: int) -> str:
    return f"article-{number:06}"


def topic_of(number: int) -> int:
    """The topic of an article; both count from 1."""
    return 1 + (number - 1) // ARTICLES_PER_TOPIC


def path_of(number: int) -> str:
    """``/topic-001/article-000007/``, on every system."""
    return f"/{topic_slug(topic_of(number))}/{slug_of(number)}/"


def related_paths(article: Article) -> Iterator[str]:
    """The first articles that it links to."""
    linked = [
        paragraph.link.article
        for section in article.sections
        for paragraph in section.paragraphs
        if paragraph.link.article is not None
    ]
    others = [number for number in dict.fromkeys(linked) if number != article.number]
    yield from map(path_of, others[:MOST_RELATED])


def topic_count(articles: int) -> int:
    """How many topics hold ``articles`` articles: 2,000 need four."""
    return -(-articles // ARTICLES_PER_TOPIC)


def topic_slug(topic: int) -> str:
    return f"topic-{topic:03}"


def article(number: int, *, of: int, kind: Kind) -> Article:
    """Article ``number`` of a site of ``of`` articles; its links stay inside the site."""
    dice = random.Random(number)
    plain = Article(
        kind=kind,
        number=number,
        topic=topic_of(number),
        title=f"{_sentence(dice, 5)[:-1]} ({number})",
        summary=_sentence(dice, 18),
        image=number % IMAGES,
        sections=tuple(_section(dice, order, of) for order in range(1, SECTIONS + 1)),
    )
    if kind is not Kind.MEDICINE:
        return plain
    return replace(
        plain,
        benefits=tuple(_point(dice, source=source.key) for source in SOURCES),
        risks_introduction=_sentence(dice, 13),
        risks=tuple(_risk_group(dice, kind) for kind in RISK_KINDS),
        questions=tuple(Question(kind, _text(dice, 2)) for kind in QUESTION_KINDS),
    )


def _section(dice: random.Random, order: int, articles: int) -> Section:
    inside = Link(_phrase(dice, 3), article=dice.randint(1, articles))
    outside = Link(_phrase(dice, 3), article=None, url=f"https://example.org/{dice.choice(WORDS)}")
    return Section(
        heading=f"{order}. {_sentence(dice, 4)[:-1]}",
        paragraphs=tuple(
            Paragraph(_text(dice, 3), link, _text(dice, 2)) for link in (inside, outside)
        ),
    )


def _risk_group(dice: random.Random, kind: str) -> RiskGroup:
    points = tuple(_point(dice) for _ in range(POINTS))
    return RiskGroup(kind, points, source=dice.choice(SOURCES).key)


def _point(dice: random.Random, *, source: str = "") -> Point:
    return Point(_phrase(dice, 2).capitalize(), _sentence(dice, 13), source)


def _text(dice: random.Random, sentences: int) -> str:
    return " ".join(_sentence(dice, 13) for _ in range(sentences))


def _sentence(dice: random.Random, words: int) -> str:
    return _phrase(dice, words).capitalize() + "."


def _phrase(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(WORDS, k=words))
