"""What a site is made of: frozen values, as the CMS stores them, with references by id.

Nothing here reads, writes or resolves anything. ``Content`` is the one question-and-answer
surface of a whole site: templates, rich text and the plan ask it by id, and "not exported" is
always ``None``. The export answers from its state on disk, a preview from one HTTP answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class Ref(NamedTuple):
    """Names one record of the CMS: ``Ref("page", 12)``."""

    kind: Kind
    id: int


@dataclass(frozen=True, slots=True)
class Block:
    """One StreamField block: ``value`` as stored, ``id`` stable across edits."""

    type: str
    value: Any
    id: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """As much of a page as a list, a menu, a breadcrumb or a link needs.

    ``path`` is the public one: starts and ends with "/", decoded, below the site's root.
    """

    id: int
    type: str
    path: str
    title: str
    parent_id: int | None
    summary: str = ""
    last_published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page in full. ``fields`` holds what only its type has, as stored."""

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


@dataclass(frozen=True, slots=True)
class Redirect:
    """An old path and where it leads: a page by id, or a URL. ``permanent`` is 301, else 302."""

    id: int
    path: str
    target_page_id: int | None
    target_url: str
    permanent: bool


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
    """What every page of the site shares."""

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


def as_date(value: str | None) -> date | None:
    """``"2026-03-01"`` as a date; an absent one stays absent."""
    return date.fromisoformat(value) if value else None
