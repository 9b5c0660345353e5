"""What a site is made of: frozen values, as the CMS stores them, with references by id.

Nothing here reads, writes or resolves anything. ``Content`` is the one question-and-answer
surface of a whole site: templates, rich text and the plan ask it by id, and "not exported" is
always ``None``. The export answers from its state on disk, a preview from one HTTP answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol

Kind = Literal["site", "page", "image", "document", "snippet", "redirect", "comment"]

IMAGE_EXTENSIONS = {
    "image/avif": "avif",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}

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


@dataclass(frozen=True, slots=True)
class PageLink:
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

    def __hash__(self) -> int:
        """Cheap, since what is shown of a list is remembered by it."""
        return self.id

    @property
    def linked(self) -> LinkedPage:
        """What a mere link to it may show: all that pages outside its list depend on."""
        return LinkedPage(self.id, self.type, self.path, self.title)


@dataclass(frozen=True, slots=True)
class Page:
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
            summary=self.fields.get("summary", ""),
            last_published_at=self.last_published_at,
        )

    @property
    def is_sample(self) -> bool:
        """Sample content that no clinician has reviewed."""
        return bool(self.fields.get("sample_content"))

    @property
    def are_comments_open(self) -> bool:
        return bool(self.fields.get("comments_open"))


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size of an image. ``url`` is where the CMS serves its bytes to the exporter.

    ``fingerprint`` names those bytes: a new file has a new one.
    """

    width: int
    height: int
    mime: str
    url: str
    fingerprint: str

    @property
    def file_path(self) -> str:
        """Where it lies in the site: ``images/9f2c….webp``; new bytes, new name."""
        return f"images/{self.fingerprint}.{IMAGE_EXTENSIONS[self.mime]}"


@dataclass(frozen=True, slots=True)
class Image:
    """An image with the renditions the CMS made when it was saved, narrowest first."""

    id: int
    title: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]

    def __hash__(self) -> int:
        """Cheap, since what is shown of it is remembered by it."""
        return self.id


@dataclass(frozen=True, slots=True)
class Document:
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


@dataclass(frozen=True, slots=True)
class Snippet:
    """A reusable piece, such as a helpline. ``type`` is Wagtail's ``app_label.ModelName``."""

    id: int
    type: str
    fields: Mapping[str, Any]

    def __hash__(self) -> int:
        """Of what names it, since fields cannot be hashed."""
        return hash((self.type, self.id))


@dataclass(frozen=True, slots=True)
class Redirect:
    """An old path and where it leads: a page by id, or a URL. ``permanent`` is 301, else 302."""

    id: int
    path: str
    target_page_id: int | None
    target_url: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class RedirectRule:
    """A redirect as a web server takes it. Both ends are percent-encoded once.

    ``path`` and a ``location`` that starts with "/" are below the site's root, whatever base
    path the site has: ``RedirectRule("/old", "/medicines/ketamine/", 301)``.
    """

    path: str
    location: str
    status: Literal[301, 302]


@dataclass(frozen=True, slots=True)
class ReaderComment:
    """An approved comment. ``text`` is plain: it is escaped, never marked safe."""

    id: int
    page_id: int
    name: str
    text: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of a menu, as stored: a page by id, or a URL; an empty label means the title."""

    label: str
    page_id: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Site:
    """What every page of the site shares. ``has_feed``: an Atom feed tells of its new pages."""

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
    has_feed: bool = True


# The value of one record of the CMS.
Value = Site | Page | Image | Document | Snippet | Redirect | ReaderComment


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know about the export of one thing, in one sentence.

    ``severity``: "refused" kept a page from going out, "warning" did not.
    """

    severity: Literal["refused", "warning"]
    subject: Ref | None
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a paginated list of child pages; ``number`` counts from 1."""

    number: int
    count: int
    pages: tuple[PageLink, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of one artifact, and what came up while making them."""

    body: bytes
    findings: tuple[Finding, ...] = field(default=())


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
    ) -> None:
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

    def comments(self, page_id: int) -> Sequence[ReaderComment]:
        return tuple(self._comments.get(page_id, ()))


def ancestors_of(content: Content, page_id: int) -> tuple[PageLink, ...]:
    """From the home page down to the parent, found by following parents upwards."""
    line: list[PageLink] = []
    page = content.page_link(page_id)
    while page and page.parent_id is not None and len(line) < MAX_DEPTH:
        page = content.page_link(page.parent_id)
        if page:
            line.append(page)
    return tuple(reversed(line))


def as_date(value: str | None) -> date | None:
    """``"2026-03-01"`` as a date; an absent one stays absent."""
    return date.fromisoformat(value) if value else None
