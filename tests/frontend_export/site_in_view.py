"""Content for the renderer's tests: small values, built where a test can see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from frontend_export.content import (
    Block,
    ContentIndex,
    Image,
    MenuItem,
    Page,
    PageLink,
    ReaderComment,
    Rendition,
    Site,
    Snippet,
)

NOW = datetime(2026, 11, 25, 14, tzinfo=UTC)

SAMARITANS = Snippet(
    1,
    "articles.Helpline",
    {
        "name": "Samaritans",
        "country": "United Kingdom",
        "phone": "116 123",
        "text_number": "",
        "hours": "24 hours a day",
        "url": "https://www.samaritans.org/",
        "last_checked": "2026-11-25",
        "show_after_comment": True,
    },
)

LEAF = Image(
    7,
    "Leaf",
    1600,
    900,
    (
        Rendition(320, 180, "image/webp", "/r/1", "aa11"),
        Rendition(640, 360, "image/webp", "/r/2", "bb22"),
        Rendition(320, 180, "image/jpeg", "/r/3", "cc33"),
        Rendition(640, 360, "image/jpeg", "/r/4", "dd44"),
    ),
)

LINKS = (
    PageLink(1, "articles.HomePage", "/", "Plainleaf", None),
    PageLink(4, "articles.TopicPage", "/medicines/", "Medicines", 1, "What they do."),
    PageLink(
        5, "articles.ArticlePage", "/medicines/ketamine/", "What is ketamine?", 4, "Facts.", NOW
    ),
    PageLink(6, "articles.ArticlePage", "/medicines/naloxone/", "What is naloxone?", 4, "", NOW),
    PageLink(9, "articles.StandardPage", "/comment-policy/", "Comment policy", 1),
    PageLink(10, "articles.StandardPage", "/privacy/", "Privacy", 1),
)


def site(**changes: Any) -> Site:
    values: dict[str, Any] = {
        "id": 1,
        "name": "Plainleaf",
        "language": "en-gb",
        "root_page_id": 1,
        "strapline": "Health in plain words",
        "main_menu": (MenuItem("", 4, ""), MenuItem("Draft", 99, "")),
        "footer_menu": (MenuItem("Elsewhere", None, "https://example.org/"),),
        "footer_text": "<p>Not personal advice.</p>",
        "comment_policy_page_id": 9,
        "privacy_page_id": 10,
    }
    return Site(**(values | changes))


def content(
    *,
    comments: Iterable[ReaderComment] = (),
    pages: Iterable[PageLink] = LINKS,
    **changes: Any,
) -> ContentIndex:
    return ContentIndex(
        site(**changes), pages=pages, images=[LEAF], snippets=[SAMARITANS], comments=comments
    )


def article(*body: Block, **fields: Any) -> Page:
    values = {
        "summary": "Facts.",
        "sources": [],
        "last_reviewed": None,
        "next_review_due": None,
        "sample_content": False,
        "comments_mode": "open",
        "comments_close_on": None,
    }
    return page("articles.ArticlePage", 5, *body, **(values | fields))


def page(page_type: str, page_id: int, *body: Block, **fields: Any) -> Page:
    link = next(link for link in LINKS if link.id == page_id)
    return Page(
        id=page_id,
        type=page_type,
        path=link.path,
        title=link.title,
        parent_id=link.parent_id,
        slug=link.path.strip("/").rpartition("/")[2],
        locale="en",
        translation_key=f"key-{page_id}",
        seo_title="",
        search_description="",
        first_published_at=NOW,
        last_published_at=NOW,
        fields=fields,
        body=body,
    )


def block(block_type: str, value: Any, block_id: str = "0123456789ab") -> Block:
    return Block(block_type, value, block_id)


def stored(*values: Any) -> list[dict[str, Any]]:
    """A list as Wagtail stores it."""
    return [{"type": "item", "value": value, "id": f"i{n}"} for n, value in enumerate(values)]


class Outline(HTMLParser):
    """What a browser would find: ids, headings, attributes of tags, and the text."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.headings.append(int(tag[1]))
        if attributes.get("id"):
            self.ids.append(str(attributes["id"]))

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag that has these among its own."""
        return [
            found
            for name, found in self.tags
            if name == tag and attributes.items() <= found.items()
        ]

    def is_in_order(self) -> bool:
        """One h1, first; no level skipped on the way down."""
        steps = zip(self.headings, self.headings[1:], strict=False)
        return self.headings.count(1) == 1 and all(down - up <= 1 for up, down in steps)
