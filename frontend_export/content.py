"""What a site is made of: values as the CMS stores them, with references by id.

Nothing here reads, writes or resolves anything. ``Content`` is the one question-and-answer
surface of a whole site: templates, rich text and the plan ask it by id, and "not exported" is
always ``None``. The export answers from its state on disk, a preview from one HTTP answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple, Protocol

Kind = Literal["site", "page", "image", "document", "snippet", "redirect", "comment"]

IMAGE_EXTENSIONS = {
    "image/avif": "avif",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}

ARTICLE_TYPES = frozenset({"articles.ArticlePage"})
TOPIC_TYPES = frozenset({"articles.TopicPage"})

MAX_DEPTH = 256  # of the page tree: a parent that is its own descendant must end somewhere


class Ref(NamedTuple):
    """Names one record of the CMS: ``Ref("page", 12)``."""

    kind: Kind
    id: int


class Block(NamedTuple):
    """One StreamField block: ``value`` as stored, ``id`` stable across edits."""

    type: str
    value: Any
    id: str


class LinkedPage(NamedTuple):
    """As much of a page as a link to it may show: a breadcrumb, a menu, a button."""

    id: int
    type: str
    path: str
    title: str


class Translation(NamedTuple):
    """A page as its siblings in other languages name it."""

    locale: str
    page_id: int
    path: str


class PageLink(NamedTuple):
    """As much of a page as a list of pages shows.

    ``path`` is the public one: starts and ends with "/", decoded, below the site's root.
    """

    id: int
    type: str
    path: str
    title: str
    parent_id: int | None
    summary: str = ""
    last_published_at: datetime | None = None
    is_withdrawn: bool = False

    def __hash__(self) -> int:
        """Cheap, since what is shown of a list is remembered by it."""
        return self.id

    @property
    def linked(self) -> LinkedPage:
        """What a mere link to it may show: all that pages outside its list depend on."""
        return LinkedPage(self.id, self.type, self.path, self.title)


class Page(NamedTuple):
    """One page in full. ``fields`` holds what only its type has, as stored.

    ``fault`` is a sentence about a body that is none: such a page cannot be rendered.
    """

    id: int
    type: str
    path: str
    title: str
    parent_id: int | None
    slug: str
    locale: str
    translation_key: str
    seo_title: str
    search_description: str
    first_published_at: datetime | None
    last_published_at: datetime | None
    fields: Mapping[str, Any]
    body: tuple[Block, ...] = ()
    fault: str = ""

    @property
    def link(self) -> PageLink:
        """What others show of it."""
        return PageLink(
            id=self.id,
            type=self.type,
            path=self.path,
            title=self.title,
            parent_id=self.parent_id,
            summary=self.summary,
            last_published_at=self.last_published_at,
            is_withdrawn=self.is_withdrawn,
        )

    @property
    def linked(self) -> LinkedPage:
        """What a mere link to it may show."""
        return LinkedPage(self.id, self.type, self.path, self.title)

    @property
    def is_sample(self) -> bool:
        """Sample content that no clinician has reviewed."""
        return bool(self.fields.get("sample_content"))

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing of it is left but why it was withdrawn, and what to read instead."""
        return bool(self.fields.get("withdrawn_on"))

    @property
    def summary(self) -> str:
        """What lists say of it. What a withdrawn page said is not said in other places either."""
        return "" if self.is_withdrawn else self.fields.get("summary") or ""

    @property
    def shows_comments(self) -> bool:
        """Those that there are; a page that is not made for comments shows none."""
        return not self.is_withdrawn and self.fields.get("comments_mode") in {"open", "read_only"}

    @property
    def comments_close_on(self) -> str:
        """The first day (UTC) without new comments, ``"2026-03-01"``, or nothing."""
        return str(self.fields.get("comments_close_on") or "")

    def takes_comments_at(self, at: datetime) -> bool:
        """Whether a reader can send one then."""
        day = at.astimezone(UTC).date().isoformat()
        is_over = self.comments_close_on and self.comments_close_on <= day
        is_open = self.fields.get("comments_mode") == "open" and not self.is_withdrawn
        return is_open and not is_over


class Rendition(NamedTuple):
    """One size of an image. ``url`` is where the CMS serves its bytes to the exporter.

    ``fingerprint`` names those bytes: a new file has a new one. ``preset`` is the name that the
    CMS has for the size, ``small`` or ``full``; empty where it has none.
    """

    width: int
    height: int
    mime: str
    url: str
    fingerprint: str
    preset: str = ""

    @property
    def file_path(self) -> str:
        """Where it lies in the site: ``images/9f2c….webp``; new bytes, new name."""
        return f"images/{self.fingerprint}.{IMAGE_EXTENSIONS[self.mime]}"


class Image(NamedTuple):
    """An image with the renditions the CMS made when it was saved, narrowest first."""

    id: int
    title: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]

    def __hash__(self) -> int:
        """Cheap, since what is shown of it is remembered by it."""
        return self.id


class Document(NamedTuple):
    """A document an editor linked to. ``size`` is in bytes."""

    id: int
    title: str
    filename: str
    url: str
    size: int
    fingerprint: str

    @property
    def file_path(self) -> str:
        """Where it lies in the site: ``documents/9f2c…/leaflet.pdf``; new bytes, new folder."""
        return f"documents/{self.fingerprint}/{self.filename}"


class Snippet(NamedTuple):
    """A reusable piece, such as a helpline. ``type`` is Wagtail's ``app_label.ModelName``."""

    id: int
    type: str
    fields: Mapping[str, Any]

    def __hash__(self) -> int:
        """Of what names it, since fields cannot be hashed."""
        return hash((self.type, self.id))


class Redirect(NamedTuple):
    """An old path and where it leads: a page by id, or a URL. ``permanent`` is 301, else 302."""

    id: int
    path: str
    target_page_id: int | None
    target_url: str
    permanent: bool


class RedirectRule(NamedTuple):
    """A redirect as a web server takes it. Both ends are percent-encoded once.

    ``path`` and a ``location`` that starts with "/" are below the site's root, whatever base
    path the site has: ``RedirectRule("/old", "/medicines/ketamine/", 301)``.
    """

    path: str
    location: str
    status: Literal[301, 302]


class StaffReply(NamedTuple):
    """The answer of those who run the site. ``name`` is empty where they answer as a team."""

    name: str
    text: str
    posted_at: datetime


class ReaderComment(NamedTuple):
    """An approved comment. ``text`` is plain: it is escaped, never marked safe.

    ``edition`` counts how often words of it, or of its reply, were taken back. One that was
    removed and is still answered has neither name nor text.
    """

    id: int
    page_id: int
    name: str
    text: str
    posted_at: datetime
    reply: StaffReply | None = None
    edition: int = 1

    @property
    def is_removed(self) -> bool:
        return not self.text

    @property
    def key(self) -> str:
        """Names it as readers see it, so that what shows an earlier edition can be told."""
        return f"comment/{self.id}.{self.edition}"


class MenuItem(NamedTuple):
    """One entry of a menu, as stored: a page by id, or a URL; an empty label means the title."""

    label: str
    page_id: int | None
    url: str


class ReportingLine(NamedTuple):
    """Where the side effects of a medicine are reported in a country, ``"GB"``."""

    country: str
    label: str
    url: str


class Alert(NamedTuple):
    """A message above every page, in plain text. ``level``: ``"urgent"`` or ``"information"``.

    ``until`` is the instant from which on it is over, or None while nobody said.
    """

    text: str
    level: str
    until: datetime | None


class Site(NamedTuple):
    """What every page of the site shares. ``has_feed``: an Atom feed tells of its new pages.

    ``advice_statement`` is what every article says of professional advice, in plain text.
    """

    id: int
    name: str
    language: str
    root_page_id: int
    strapline: str = ""
    main_menu: tuple[MenuItem, ...] = ()
    footer_menu: tuple[MenuItem, ...] = ()
    footer_text: str = ""
    comment_policy_page_id: int | None = None
    privacy_page_id: int | None = None
    lists_page_size: int = 20
    comments_page_size: int = 50
    has_feed: bool = True
    advice_statement: str = ""
    side_effect_reporting: tuple[ReportingLine, ...] = ()
    alert: Alert | None = None

    def alert_at(self, at: datetime | None) -> Alert | None:
        """The alert, unless it is over then. Without an instant: as the CMS last told."""
        if self.alert is None or at is None or self.alert.until is None:
            return self.alert
        return self.alert if at < self.alert.until else None


# The value of one record of the CMS.
Value = Site | Page | Image | Document | Snippet | Redirect | ReaderComment


class Finding(NamedTuple):
    """Something a person should know about the export of one thing, in one sentence.

    ``severity``: "refused" kept a page from going out, "warning" did not.
    """

    severity: Literal["refused", "warning"]
    subject: Ref | None
    path: str
    message: str


class NamedLink(NamedTuple):
    """A page by its title, or by another name that people look for."""

    name: str
    page: PageLink


class Letter(NamedTuple):
    """One letter of an A to Z: ``Letter("k", 12)`` has twelve names."""

    letter: str
    names: int


class Branch(NamedTuple):
    """A page of a site map, and those below it."""

    page: PageLink
    below: Sequence[Branch]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a paginated list of child pages; ``number`` counts from 1."""

    number: int
    count: int
    pages: tuple[PageLink, ...]


@dataclass(frozen=True, slots=True)
class Discussion:
    """One page of the comments of a page, oldest first; ``number`` counts from 1.

    The first is the page itself. ``total`` is how many can be read on all of them: of a removed
    comment with a reply only its place is left.
    """

    number: int
    count: int
    total: int
    comments: tuple[ReaderComment, ...]


def discussion_of(page: Page, content: Content, number: int = 1) -> Discussion:
    """As many as go on one page.

    In order of arrival: the newest is on the last and moves no other. One that came before others
    and is approved after them moves those.
    """
    comments = content.comments(page.id) if page.shows_comments else ()
    size = content.site.comments_page_size
    return Discussion(
        number=number,
        count=pages_of(len(comments), size),
        total=sum(not comment.is_removed for comment in comments),
        comments=tuple(comments[(number - 1) * size : number * size]),
    )


def comments_path(path: str, number: int) -> str:
    """``"/ketamine/comments/2/"``; the first page of comments is the page itself."""
    return path if number == 1 else f"{path}comments/{number}/"


def pages_of(number: int, size: int) -> int:
    """How many pages so many things take, with the first for none: ``pages_of(41, 20) == 3``."""
    return max(1, -(-number // size))


class Rendered(NamedTuple):
    """The bytes of one artifact, and what came up while making them."""

    body: bytes
    findings: tuple[Finding, ...] = ()


class Content(Protocol):
    """One consistent state of a whole site, by id. ``None``: it is not exported."""

    @property
    def site(self) -> Site: ...

    def page_link(self, page_id: int) -> PageLink | None: ...

    def image(self, image_id: int) -> Image | None: ...

    def document(self, document_id: int) -> Document | None: ...

    def snippet(self, type_name: str, snippet_id: int) -> Snippet | None: ...

    def snippets(self, type_name: str) -> Sequence[Snippet]: ...

    def ancestors(self, page_id: int) -> Sequence[PageLink]:
        """From the home page down to the parent."""
        ...

    def children(self, page_id: int) -> Sequence[PageLink]:
        """In the order the editors gave them."""
        ...

    def translations(self, page: Page) -> Sequence[Translation]:
        """The page and what it is in other languages, by locale; none where it is in one only."""
        ...

    def comments(self, page_id: int) -> Sequence[ReaderComment]:
        """Oldest first."""
        ...


class ContentIndex:
    """``Content`` held in memory: for a preview, for the edge, for tests.

    Pages come in the order of their tree: siblings keep the order in which they are given.
    """

    def __init__(
        self,
        site: Site,
        *,
        pages: Iterable[PageLink] = (),
        images: Iterable[Image] = (),
        documents: Iterable[Document] = (),
        snippets: Iterable[Snippet] = (),
        comments: Iterable[ReaderComment] = (),
        translations: Iterable[tuple[str, Translation]] = (),
    ) -> None:
        """``translations`` are pages by the key that they share with those in other languages."""
        self._site = site
        self._pages = {page.id: page for page in pages}
        self._images = {image.id: image for image in images}
        self._documents = {document.id: document for document in documents}
        self._snippets = {(snippet.type, snippet.id): snippet for snippet in snippets}
        self._children: defaultdict[int | None, list[PageLink]] = defaultdict(list)
        for page in self._pages.values():
            self._children[page.parent_id].append(page)
        self._comments: defaultdict[int, list[ReaderComment]] = defaultdict(list)
        for comment in sorted(comments, key=lambda comment: (comment.posted_at, comment.id)):
            self._comments[comment.page_id].append(comment)
        self._translations: defaultdict[str, list[Translation]] = defaultdict(list)
        for key, translation in translations:
            self._translations[key].append(translation)

    @property
    def site(self) -> Site:
        return self._site

    def page_link(self, page_id: int) -> PageLink | None:
        return self._pages.get(page_id)

    def image(self, image_id: int) -> Image | None:
        return self._images.get(image_id)

    def document(self, document_id: int) -> Document | None:
        return self._documents.get(document_id)

    def snippet(self, type_name: str, snippet_id: int) -> Snippet | None:
        return self._snippets.get((type_name, snippet_id))

    def snippets(self, type_name: str) -> Sequence[Snippet]:
        return tuple(snippet for snippet in self._snippets.values() if snippet.type == type_name)

    def ancestors(self, page_id: int) -> Sequence[PageLink]:
        return ancestors_of(self, page_id)

    def children(self, page_id: int) -> Sequence[PageLink]:
        return tuple(self._children.get(page_id, ()))

    def translations(self, page: Page) -> Sequence[Translation]:
        return one_a_locale(self._translations.get(page.translation_key, ()))

    def comments(self, page_id: int) -> Sequence[ReaderComment]:
        return tuple(self._comments.get(page_id, ()))


def one_a_locale(found: Iterable[Translation]) -> tuple[Translation, ...]:
    """By locale, the first page of each; nothing where that is one only."""
    by_locale = {one.locale: one for one in sorted(found, reverse=True)}
    return tuple(reversed(by_locale.values())) if len(by_locale) > 1 else ()


def ancestors_of(content: Content, page_id: int) -> tuple[PageLink, ...]:
    """From the home page down to the parent, found by following parents upwards."""
    line: list[PageLink] = []
    page = content.page_link(page_id)
    while page and page.parent_id is not None and len(line) < MAX_DEPTH:
        page = content.page_link(page.parent_id)
        if page:
            line.append(page)
    return tuple(reversed(line))


def topic_of(page: Page, above: Sequence[PageLink]) -> PageLink | None:
    """The topic that a page belongs to, or is; ``above`` are the pages from the home page down."""
    if page.type in TOPIC_TYPES:
        return page.link
    return next((one for one in reversed(above) if one.type in TOPIC_TYPES), None)


def as_date(value: str | None) -> date | None:
    """``"2026-03-01"`` as a date; an absent one stays absent."""
    return date.fromisoformat(value) if value else None
