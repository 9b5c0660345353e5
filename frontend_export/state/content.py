"""The site as it is exported, answered from the state: no record waits in memory but a few."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeVar

from frontend_export.content import (
    ARTICLE_TYPES,
    Document,
    Image,
    Letter,
    NamedLink,
    Page,
    PageLink,
    ReaderComment,
    Redirect,
    Site,
    Snippet,
    Translation,
    Value,
    ancestors_of,
    one_a_locale,
)
from frontend_export.letters import letter_order

LINK = "SELECT id, type, path, title, parent, summary, last_published_at, is_withdrawn FROM page"
NAMES = "SELECT name, page FROM name WHERE letter = ? ORDER BY sort, name, page"
# All are counted, and the few that stay out taken off: to look each up takes twice as long.
LETTERS = """
SELECT letter, sum(names) FROM (
    SELECT letter, count(*) AS names FROM name GROUP BY letter
    UNION ALL
    SELECT letter, -count(*) FROM name
    WHERE page IN (SELECT id FROM page WHERE refusal IS NOT NULL) GROUP BY letter
) GROUP BY letter HAVING sum(names) > 0
"""
PAGE = "SELECT raw, shown, linked FROM page WHERE id = ? AND refusal IS NULL"
PAGE_LINK = f"{LINK} WHERE id = ? AND refusal IS NULL"
CHILD_LINKS = f"{LINK} WHERE parent = ? AND refusal IS NULL ORDER BY position, id"
# The index leads from type to type: the many articles of a large site are not read for the others.
SECTIONS = f"""
WITH RECURSIVE kind (type) AS (
    SELECT min(type) FROM page
    UNION ALL
    SELECT (SELECT min(type) FROM page WHERE type > kind.type) FROM kind
    WHERE kind.type IS NOT NULL
)
{LINK} WHERE parent IS NOT NULL AND refusal IS NULL
    AND type IN (SELECT type FROM kind WHERE type NOT IN (SELECT value FROM json_each(?)))
ORDER BY position, id
"""
# In the order in which they were asked for, which a join alone does not promise.
BRIEFS = """
SELECT brief FROM json_each(?) AS wanted JOIN page ON page.id = wanted.value
WHERE refusal IS NULL ORDER BY wanted.key
"""
NEWEST = (
    f"{LINK} WHERE type = ? AND refusal IS NULL ORDER BY last_published_at DESC, id DESC LIMIT ?"
)
NEWEST_OF_ANY = """
SELECT id, type, path, title, parent, summary,
    coalesce(last_published_at, first_published_at) AS published_at, is_withdrawn
FROM page WHERE id <> ? AND published_at IS NOT NULL AND refusal IS NULL
ORDER BY published_at DESC, id DESC LIMIT ?
"""
TRANSLATIONS = """
SELECT locale, id, path FROM page WHERE translation_key = ? AND refusal IS NULL
"""
TRANSLATED = """
SELECT translation_key FROM page WHERE translation_key <> ''
GROUP BY translation_key HAVING min(locale) <> max(locale)
"""
CACHED_LINKS = 8192
LINKS_READ_AT_ONCE = 20_000  # more would take more memory than time
CACHED_LISTS = 4  # a list of hundreds is asked for by each of its pages in turn
MAX_ID = 2**63 - 1  # of SQLite

Decode = Callable[[bytes], Value]
T = TypeVar("T", bound=Value)


class Expected(NamedTuple):
    """What an export of many pages asks of each: which have children, which comments, and which
    translations, by their key; and of a site that is not too large, their links."""

    parents: frozenset[int]
    discussed: frozenset[int]
    translated: frozenset[str]
    links: Mapping[int, PageLink]

    @classmethod
    def read(cls, database: sqlite3.Connection) -> Expected:
        parents = "SELECT DISTINCT parent FROM page WHERE parent IS NOT NULL"
        discussed = "SELECT DISTINCT page FROM record WHERE kind = 'comment'"
        (count,) = database.execute("SELECT count(*) FROM page").fetchone()
        links = f"{LINK} WHERE refusal IS NULL AND ? <= {LINKS_READ_AT_ONCE}"
        return cls(
            frozenset(row[0] for row in database.execute(parents)),
            frozenset(row[0] for row in database.execute(discussed)),
            frozenset(row[0] for row in database.execute(TRANSLATED)),
            {row[0]: _link(row) for row in database.execute(links, (count,))},
        )


class StoredContent:
    """``Content`` answered from disk; only links of pages are held in memory, and few of them."""

    def __init__(self, database: sqlite3.Connection, decode: Decode) -> None:
        self._database = database
        self._decode = decode
        self.page_link = lru_cache(CACHED_LINKS)(self._page_link)
        self.image = lru_cache(CACHED_LINKS)(self._image)
        self.snippet = lru_cache(CACHED_LINKS)(self._snippet)
        self.letters = lru_cache(1)(self._letters)
        self.snippets = lru_cache(CACHED_LISTS)(self._snippets)
        self.children = lru_cache(CACHED_LISTS)(self._children)
        self.comments = lru_cache(CACHED_LISTS)(self._comments)
        self._expected: Expected | None = None

    def expect_many(self, found: Expected | None = None) -> Expected:
        """Most pages will be asked for: read at once what is asked of each, or take what another
        process ``found``."""
        self._expected = found or Expected.read(self._database)
        return self._expected

    @cached_property
    def site(self) -> Site:
        return next(self._all_of(Site, "SELECT raw FROM record WHERE kind = 'site'"))

    def page(self, page_id: int) -> Page | None:
        """The page in full, its body included."""
        if page_id > MAX_ID:
            return None
        found = self.page_and_keys(page_id)
        return found[0] if found else None

    def page_and_keys(self, page_id: int) -> tuple[Page, list[str]] | None:
        """The page in full, and the keys of all it may show, what its snippets show included."""
        row = self._database.execute(PAGE, (page_id,)).fetchone()
        if row is None:
            return None
        raw, shown, linked = row
        page = self._decode(raw)
        if not isinstance(page, Page):
            raise TypeError(f"{raw[:80]!r} is stored as a page")
        keys = f"{shown} {linked}".split()
        if "snippet/" in shown:
            for snippet in [key for key in keys if key.startswith("snippet/")]:
                keys += self._shown_by_snippet(snippet)
        return page, keys

    def document(self, document_id: int) -> Document | None:
        return self._find(Document, "document", document_id)

    def _snippets(self, type_name: str) -> Sequence[Snippet]:
        query = "SELECT raw FROM record WHERE kind = 'snippet' AND scope = ? ORDER BY id"
        return tuple(self._all_of(Snippet, query, type_name))

    def redirects(self) -> Sequence[Redirect]:
        query = "SELECT raw FROM record WHERE kind = 'redirect' ORDER BY id"
        return tuple(self._all_of(Redirect, query))

    def ancestors(self, page_id: int) -> Sequence[PageLink]:
        return ancestors_of(self, page_id)

    def translations(self, page: Page) -> Sequence[Translation]:
        key = page.translation_key
        if not key or (self._expected and key not in self._expected.translated):
            return ()
        rows = self._database.execute(TRANSLATIONS, (key,))
        return one_a_locale(Translation(*row) for row in rows)

    def newest(self, type_name: str, count: int) -> Sequence[PageLink]:
        """The pages of a type that were published last, the latest first."""
        return tuple(_link(row) for row in self._database.execute(NEWEST, (type_name, count)))

    def newest_of_any(self, count: int) -> Sequence[PageLink]:
        """The pages below the root that were published last, the latest first, dated by the last
        time that is known, which may be the first. Those without one are not among them."""
        rows = self._database.execute(NEWEST_OF_ANY, (self.site.root_page_id, count))
        return tuple(map(_link, rows))

    def below(self, folder: str) -> Sequence[PageLink]:
        """Every page whose path starts with ``/folder/``, in the order of paths."""
        query = f"{LINK} WHERE path >= ? AND path < ? AND refusal IS NULL ORDER BY path"
        rows = self._database.execute(query, (f"/{folder}/", f"/{folder}0"))
        return tuple(map(_link, rows))

    def all_links(self) -> Iterator[PageLink]:
        """Every page, in the order of paths."""
        query = f"{LINK} WHERE refusal IS NULL ORDER BY path"
        return map(_link, self._database.execute(query))

    def sections(self) -> Callable[[int], Sequence[PageLink]]:
        """Answers like ``children``, of the pages that are no articles."""
        found: defaultdict[int, list[PageLink]] = defaultdict(list)
        for row in self._database.execute(SECTIONS, (json.dumps(sorted(ARTICLE_TYPES)),)):
            link = _link(row)
            found[link.parent_id or 0].append(link)
        return lambda page_id: found.get(page_id, ())

    def _letters(self) -> list[Letter]:
        """Those that the A to Z has names under, in its order."""
        found = [Letter(*row) for row in self._database.execute(LETTERS)]
        return sorted(found, key=lambda one: letter_order(one.letter))

    def names(self, letter: str) -> list[NamedLink]:
        """The names under a letter, in order."""
        rows = self._database.execute(NAMES, (letter,)).fetchall()
        found = ((name, self.page_link(page)) for name, page in rows)
        return [NamedLink(name, page) for name, page in found if page]

    def link_of_any(self, page_id: int) -> PageLink | None:
        """A page of the CMS, whether it goes out or not."""
        row = self._database.execute(f"{LINK} WHERE id = ?", (page_id,)).fetchone()
        return _link(row) if row else None

    def forget(self) -> None:
        """Other pages go out now."""
        self._expected = None
        self.page_link.cache_clear()
        self.letters.cache_clear()
        self.children.cache_clear()
        self.comments.cache_clear()

    def shown_by_snippets(self) -> tuple[list[str], list[str]]:
        """The keys of all snippets and of what they show, and the paths of its files."""
        query = (
            "SELECT scope, id, shown, linked FROM record WHERE kind = 'snippet' ORDER BY scope, id"
        )
        keys: dict[str, None] = {}
        files: list[str] = []
        for scope, number, shown, linked in self._database.execute(query).fetchall():
            keys[f"snippet/{scope}/{number}"] = None
            for key in f"{shown} {linked}".split():
                found = self.files_of(key)
                if found is not None:
                    keys[key] = None
                    files += found
        return list(keys), list(dict.fromkeys(files))

    def briefs(self, page_ids: Iterable[int]) -> Iterator[bytes]:
        """As much of pages, as lines of the feed, as the edge has to know."""
        for (brief,) in self._database.execute(BRIEFS, (json.dumps(list(page_ids)),)):
            yield brief

    def raw(self, kind: str) -> Iterator[bytes]:
        """The lines of all records of a kind."""
        query = "SELECT raw FROM record WHERE kind = ? ORDER BY scope, id"
        for (raw,) in self._database.execute(query, (kind,)):
            yield raw

    def files_of(self, key: str) -> Sequence[str] | None:
        """The paths of the files of a record, or ``None`` where it is not exported."""
        kind, _, rest = key.partition("/")
        if kind == "page":
            return () if self.page_link(int(rest)) else None
        if kind == "image":
            image = self.image(int(rest))
            return [one.file_path for one in image.renditions] if image else None
        if kind == "document":
            document = self.document(int(rest))
            return [document.file_path] if document else None
        return () if self.is_exported(key) else None

    def shared(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What every page shows: the keys of records, and the paths of their files."""
        query = "SELECT shown, linked FROM record WHERE kind = 'site'"
        keys: list[str] = []
        files: list[str] = []
        for shown, linked in self._database.execute(query).fetchall():
            for key in f"{shown} {linked}".split():
                found = self.files_of(key)
                if found is not None:
                    keys.append(key)
                    files += found
        return tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(files))

    def _shown_by_snippet(self, key: str) -> list[str]:
        _, scope, number = key.split("/")
        if int(number) > MAX_ID:
            return []
        query = "SELECT shown, linked FROM record WHERE kind = 'snippet' AND scope = ? AND id = ?"
        row = self._database.execute(query, (scope, int(number))).fetchone()
        return f"{row[0]} {row[1]}".split() if row else []

    def is_exported(self, key: str) -> bool:
        """Whether ``page/5``, ``image/7`` or the second edition ``comment/8.2`` is public now."""
        kind, _, rest = key.partition("/")
        scope, _, name = rest.rpartition("/")
        number, _, edition = name.partition(".")
        if int(number) > MAX_ID:
            return False
        if kind == "page":
            return self.page_link(int(number)) is not None
        query = "SELECT 1 FROM record WHERE kind = ? AND scope = ? AND id = ? AND edition = ?"
        values = (kind, scope, int(number), int(edition or 0))
        return self._database.execute(query, values).fetchone() is not None

    def _children(self, page_id: int) -> tuple[PageLink, ...]:
        if self._expected and page_id not in self._expected.parents:
            return ()
        return tuple(_link(row) for row in self._database.execute(CHILD_LINKS, (page_id,)))

    def _comments(self, page_id: int) -> Sequence[ReaderComment]:
        if self._expected and page_id not in self._expected.discussed:
            return ()
        return tuple(
            self._all_of(
                ReaderComment,
                "SELECT raw FROM record WHERE kind = 'comment' AND page = ? ORDER BY position, id",
                page_id,
            )
        )

    def _page_link(self, page_id: int) -> PageLink | None:
        if page_id > MAX_ID:
            return None
        if self._expected and page_id in self._expected.links:
            return self._expected.links[page_id]
        row = self._database.execute(PAGE_LINK, (page_id,)).fetchone()
        return _link(row) if row else None

    def _image(self, image_id: int) -> Image | None:
        return self._find(Image, "image", image_id)

    def _snippet(self, type_name: str, snippet_id: int) -> Snippet | None:
        return self._find(Snippet, "snippet", snippet_id, scope=type_name)

    def _find(self, kind: type[T], name: str, number: int, *, scope: str = "") -> T | None:
        if number > MAX_ID:
            return None  # a reference is whatever was stored
        query = "SELECT raw FROM record WHERE kind = ? AND scope = ? AND id = ?"
        return next(self._all_of(kind, query, name, scope, number), None)

    def _all_of(self, kind: type[T], query: str, *values: str | int) -> Iterator[T]:
        for (raw,) in self._database.execute(query, values):
            value = self._decode(raw)
            if not isinstance(value, kind):
                raise TypeError(f"{raw[:80]!r} is stored as a {kind.__name__}")
            yield value


def _link(row: tuple[Any, ...]) -> PageLink:
    number, type_name, path, title, parent, summary, instant, is_withdrawn = row
    return PageLink(
        id=number,
        type=type_name,
        path=path,
        title=title,
        parent_id=parent,
        summary=summary,
        last_published_at=datetime.fromisoformat(instant) if instant else None,
        is_withdrawn=bool(is_withdrawn),
    )
