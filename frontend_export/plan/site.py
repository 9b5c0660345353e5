"""Decide which files a page, and the site as a whole, consist of. Pure.

Two things on one path are a fault of the whole site: ``ContentError``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from frontend_export.content import (
    TOPIC_TYPES,
    Letter,
    RedirectRule,
    comments_path,
    pages_of,
)
from frontend_export.errors import ContentError
from frontend_export.letters import letter_path
from frontend_export.plan.paths import path_for, same_file
from frontend_export.plan.redirects import stub_for
from frontend_export.redirect_files import REDIRECT_FILES

UNLISTED_TYPES = frozenset({"articles.HomePage", "articles.ArticlePage", "articles.StandardPage"})
FEED_LENGTH = 50
MAX_PAGES_OF_ONE_SITEMAP = 2000
MAX_NAMES_OF_ONE_A_TO_Z = 300
NAMES_ON_A_PAGE = 500  # of one letter
A_TO_Z_FILE = "a-z/index.html"
SITE, REDIRECTS, SITEMAP, A_TO_Z = "site", "redirects", "sitemap", "a-z"

ArtifactKind = Literal[
    "page",
    "not_found",
    "comment_thanks",
    "a_to_z",
    "site_map",
    "glossary",
    "search",
    "sitemap",
    "sitemap_index",
    "feed",
    "topic_feed",
    "robots",
    "redirects",
    "redirect_stub",
    "headers",
    "asset",
    "card",
    "image",
    "document",
]


class Artifact(NamedTuple):
    """One output file. ``owner`` is the key of what it is made for: ``page/5``, ``site``.

    A page of a list is ``number`` 2 ``of`` 5; ``comments`` is which page of the comments on it this
    is, from 2, and 0 for the page itself. A sitemap covers one ``folder``, the top level where that
    is empty. An A to Z covers one ``letter``, or all of them.
    """

    path: str
    kind: ArtifactKind
    owner: str
    page_id: int | None = None
    number: int = 1
    of: int = 1
    comments: int = 0
    rules: tuple[RedirectRule, ...] = ()
    folder: str | None = None
    letter: str = ""


class PlannedPage(NamedTuple):
    """As much of a page as decides its files; ``children`` are those that it lists."""

    id: int
    type: str
    path: str
    children: int
    comments: int = 0


def page_artifacts(
    page: PlannedPage, *, page_size: int, comments_page_size: int, has_topic_feeds: bool
) -> Iterator[Artifact]:
    """One page; a topic is one for each page of its list, the first at its own path, and a feed.
    Comments that do not go on the page follow on pages of their own."""
    count = pages_of(page.children, page_size)
    for number in range(1, count + 1):
        path = page.path if number == 1 else f"{page.path}page/{number}/"
        yield Artifact(path_for(path), "page", f"page/{page.id}", page.id, number, count)
    if has_topic_feeds and page.type in TOPIC_TYPES:
        path = path_for(page.path).removesuffix("index.html") + "feed.xml"
        yield Artifact(path, "topic_feed", f"page/{page.id}")
    for number in range(2, pages_of(page.comments, comments_page_size) + 1):
        path = path_for(comments_path(page.path, number))
        yield Artifact(path, "page", f"page/{page.id}", page.id, comments=number)


def card_of(page_id: int, path: str) -> Artifact:
    """The card of a topic is made again when the topic has another title."""
    return Artifact(path, "card", f"page/{page_id}", page_id)


def site_artifacts(
    assets: Iterable[str], *, card: str, has_feed: bool, takes_comments: bool
) -> Iterator[Artifact]:
    """The files that no single page of the CMS stands for."""
    yield Artifact(card, "card", SITE)
    yield Artifact("404.html", "not_found", SITE)
    if takes_comments:
        yield Artifact("comments/thanks/index.html", "comment_thanks", SITE)
    if has_feed:
        yield Artifact("feed.xml", "feed", SITE)
    yield Artifact("robots.txt", "robots", SITE)
    yield Artifact("_headers", "headers", SITE)
    for path in assets:
        yield Artifact(path, "asset", SITE)


def is_in_parts(letters: Iterable[Letter]) -> bool:
    """Whether an A to Z has pages for each letter, since one would be too long."""
    return sum(one.names for one in letters) > MAX_NAMES_OF_ONE_A_TO_Z


def a_to_z_of(letter: Letter) -> Iterator[Artifact]:
    """The names under one letter, on as many pages as they take."""
    count = pages_of(letter.names, NAMES_ON_A_PAGE)
    for number in range(1, count + 1):
        yield Artifact(
            path_for(letter_path(letter.letter, number)),
            "a_to_z",
            f"{A_TO_Z}/{letter.letter}",
            number=number,
            of=count,
            letter=letter.letter,
        )


def sitemap_of(folder: str) -> Artifact:
    """The map of one folder lies in it, so that a change in one touches no other."""
    return Artifact(f"{folder}/sitemap.xml", "sitemap", f"{SITEMAP}/{folder}", folder=folder)


def redirect_artifacts(rules: Sequence[RedirectRule]) -> Iterator[Artifact]:
    """All rules, in a file for each kind of host; then, where hosts read none, a page for each.

    Such a page gives way to whatever else has its path.
    """
    for path in REDIRECT_FILES:
        yield Artifact(path, "redirects", REDIRECTS, rules=tuple(rules))
    for rule in rules:
        if stub := stub_for(rule):
            yield Artifact(stub, "redirect_stub", REDIRECTS, rules=(rule,))


class Claims:
    """Who has a path, as the least distinguishing file system would see it."""

    def __init__(self) -> None:
        self._files: dict[str, Artifact] = {}
        self._folders: dict[str, Artifact] = {}

    def add(self, artifact: Artifact) -> None:
        """Raises ``ContentError`` where another has that path."""
        if (holder := self.holder_of(artifact.path)) is not None:
            raise ContentError(collision(holder, artifact))
        key = same_file(artifact.path)
        self._files[key] = artifact
        for folder in _folders_of(key):
            if folder in self._folders:
                break
            self._folders[folder] = artifact

    def holder_of(self, path: str) -> Artifact | None:
        """What stands in the way: the same file, or a file where a folder must be."""
        key = same_file(path)
        if found := self._files.get(key) or self._folders.get(key):
            return found
        for folder in _folders_of(key):
            if folder in self._folders:
                return None  # a file in it was let in before: nothing above it is a file
            if found := self._files.get(folder):
                return found
        return None


def _folders_of(path: str) -> Iterator[str]:
    """Nearest first: ``a/b/index.html`` is in ``a/b`` and ``a``."""
    while (end := path.rfind("/")) > 0:
        path = path[:end]
        yield path


def collision(one: Artifact, other: Artifact) -> str:
    """Two things on one path, and the remedy."""
    if one.page_id is not None and other.page_id is not None:
        first, second = sorted((one, other), key=lambda artifact: artifact.page_id or 0)
        return (
            f"Pages {first.page_id} and {second.page_id} both want '{second.path}'. "
            "Change one slug."
        )
    page, file = (one, other) if one.page_id is not None else (other, one)
    return (
        f"Page {page.page_id} wants '{page.path}', where the site has its own file "
        f"'{file.path}'. Change its slug."
    )
