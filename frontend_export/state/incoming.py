"""A feed on its way in: what changed is stored, and what follows from it is marked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC

from frontend_export.content import Page, ReaderComment, Site, Value
from frontend_export.plan.entries import Entry, digest_of
from frontend_export.state.database import drop_page_indexes, index_pages
from frontend_export.state.graph import REDIRECTS, SITE, SNIPPETS, Graph, Seen

ROWS_AT_ONCE = 256
INSERT_PAGE = f"INSERT OR REPLACE INTO page VALUES ({', '.join('?' * 27)})"
INSERT_RECORD = f"INSERT OR REPLACE INTO record VALUES ({', '.join('?' * 10)})"
INSERT_REFERENCE = "INSERT OR IGNORE INTO reference VALUES (?, ?)"
INSERT_DAY = "INSERT OR IGNORE INTO day VALUES (?, ?)"
INSERT_NAME = "INSERT OR IGNORE INTO name VALUES (?, ?, ?, ?)"
INSERT_FILE = "INSERT OR IGNORE INTO file VALUES (?, ?)"


class Incoming:
    """One feed. ``finish`` ends it; before that nothing of it may be relied on.

    ``is_whole``: what it does not name is gone. ``is_first``: nothing was known before, so that
    everything is to be made.
    """

    def __init__(
        self, database: sqlite3.Connection, graph: Graph, *, is_whole: bool, is_first: bool
    ) -> None:
        self._database = database
        self._graph = graph
        self._is_first = is_first
        self._unseen = dict(fingerprints(database)) if is_whole and not is_first else {}
        self._before: dict[int, Seen | None] = {} if is_first else graph.let_in()
        self._changed: set[str] = set()
        self._pages: list[tuple[object, ...]] = []
        self._references: list[tuple[str, int]] = []
        self._days: list[tuple[str, int]] = []
        self._names: list[tuple[str, str, str, int]] = []
        if is_first:
            drop_page_indexes(database)

    def add(self, value: Value, entry: Entry, *, brief: bytes, raw: bytes) -> None:
        """One record. What is known already is not written again.

        ``brief`` is as much of a page, as a line of the feed, as the edge has to know.
        """
        scope = entry.type if entry.kind == "snippet" else ""
        if self._unseen.pop((entry.kind, scope, entry.id), None) == entry.fingerprint:
            return
        if isinstance(value, Page):
            self._add_page(value, entry, brief, raw)
        else:
            self._add_record(value, entry, scope, raw)

    def remove(self, kind: str, scope: str, number: int) -> None:
        """The CMS says that it publishes this no longer; it may never have been here.

        With a page go its comments, of which the CMS says nothing.
        """
        if kind == "page":
            self._forget_page(number)
            query = "SELECT id FROM record WHERE kind = 'comment' AND page = ?"
            for (comment,) in self._database.execute(query, (number,)).fetchall():
                self.remove("comment", "", comment)
            self._database.execute("DELETE FROM page WHERE id = ?", (number,))
        elif key := self._forget_record(kind, scope, number):
            self._graph.leave([key])

    def finish(self, *, root_id: int, allow_sample_content: bool) -> None:
        """Store the rest, say which pages may go out, and mark what is to be made again."""
        self._flush()
        for kind, scope, number in list(self._unseen):
            self.remove(kind, scope, number)
        if self._is_first:
            index_pages(self._database)
            self._graph.judge_all(root_id=root_id, allow_sample_content=allow_sample_content)
            self._graph.mark_everything()
            return
        self._graph.judge(self._before, root_id=root_id, allow_sample_content=allow_sample_content)
        self._graph.mark_consequences(self._before, self._changed)

    def _add_page(self, page: Page, entry: Entry, brief: bytes, raw: bytes) -> None:
        if not self._is_first:
            self._forget_page(page.id)
            if page.is_withdrawn:
                self._graph.leave([f"page/{page.id}"])  # all its words were taken back
        linked = set(entry.linked)
        shown = [key for key in entry.references if key not in linked]
        self._pages.append(
            (
                page.id,
                entry.fingerprint,
                page.type,
                page.path,
                page.title,
                page.locale,
                page.translation_key,
                page.parent_id,
                page.summary,
                *(
                    instant.isoformat() if instant else None
                    for instant in (page.first_published_at, page.last_published_at)
                ),
                page.slug,
                entry.position,
                entry.is_sample,
                entry.address_digest,
                entry.link_digest,
                entry.list_digest,
                " ".join(shown),
                " ".join(entry.linked),
                " ".join(entry.dates),
                " ".join(dict.fromkeys(letter for letter, _sort, _name in entry.names)),
                digest_of(*(part for name in entry.names for part in name)),
                page.is_withdrawn,
                1,
                None,
                brief,
                raw,
            )
        )
        self._references += [(key, page.id) for key in shown]
        self._references += [(f"@{key}", page.id) for key in entry.linked]
        self._days += [(day, page.id) for day in entry.dates]
        self._names += [(*name, page.id) for name in entry.names]
        if not self._is_first or len(self._pages) >= ROWS_AT_ONCE:
            self._flush()

    def _add_record(self, value: Value, entry: Entry, scope: str, raw: bytes) -> None:
        if not self._is_first:
            before = self._forget_record(entry.kind, scope, entry.id)
            if before and before != entry.key:
                self._graph.leave([before])  # some of its words were taken back
            self._graph.come([entry.key])
        position, page_id, edition = "", None, 0
        if isinstance(value, ReaderComment):
            page_id, edition = value.page_id, value.edition
            position = value.posted_at.astimezone(UTC).isoformat(timespec="microseconds")
        linked = set(entry.linked)
        shown = [key for key in entry.references if key not in linked]
        row = (
            *(entry.kind, scope, entry.id, entry.fingerprint, page_id, position, edition),
            *(" ".join(shown), " ".join(entry.linked), raw),
        )
        self._database.execute(INSERT_RECORD, row)
        self._database.executemany(INSERT_FILE, ((path, entry.key) for path in entry.files))
        if entry.kind in ("site", "snippet"):
            referrer = SITE if isinstance(value, Site) else SNIPPETS
            self._references += [(key, referrer) for key in shown]
            self._references += [(f"@{key}", referrer) for key in entry.linked]
        self._note(entry.kind, entry.key, page_id)

    def _forget_page(self, number: int) -> None:
        """Its traces, so that another version may leave its own."""
        if number not in self._before:
            self._before[number] = self._graph.seen(number)
        query = "SELECT shown, linked, dates FROM page WHERE id = ?"
        for shown, linked, dates in self._database.execute(query, (number,)).fetchall():
            keys = [*shown.split(), *(f"@{key}" for key in linked.split())]
            self._database.executemany(
                "DELETE FROM reference WHERE key = ? AND page = ?", ((key, number) for key in keys)
            )
            self._database.execute("DELETE FROM name WHERE page = ?", (number,))
            self._database.executemany(
                "DELETE FROM day WHERE day = ? AND page = ?",
                ((day, number) for day in dates.split()),
            )

    def _forget_record(self, kind: str, scope: str, number: int) -> str:
        """The key it had; empty where there was none."""
        row = self._database.execute(
            "DELETE FROM record WHERE kind = ? AND scope = ? AND id = ? RETURNING page, edition",
            (kind, scope, number),
        ).fetchall()
        if not row:
            return ""
        [(page_id, edition)] = row
        key = key_of(kind, scope, number, edition)
        self._graph.mark(
            f"file/{path}"
            for (path,) in self._database.execute("SELECT path FROM file WHERE key = ?", (key,))
        )
        self._database.execute("DELETE FROM file WHERE key = ?", (key,))
        if kind in ("site", "snippet"):
            self._renew_references(SITE if kind == "site" else SNIPPETS, kind)
        self._note(kind, key, page_id)
        return key

    def _renew_references(self, referrer: int, kind: str) -> None:
        """Of all snippets, or of the site: few, so that they are simply written again."""
        self._database.execute("DELETE FROM reference WHERE page = ?", (referrer,))
        query = "SELECT shown, linked FROM record WHERE kind = ?"
        for shown, linked in self._database.execute(query, (kind,)).fetchall():
            self._references += [(key, referrer) for key in shown.split()]
            self._references += [(f"@{key}", referrer) for key in linked.split()]

    def _note(self, kind: str, key: str, page_id: int | None) -> None:
        """What follows from a record that came, changed or left."""
        self._changed.add(key)
        match kind:
            case "comment":
                self._graph.mark([f"page/{page_id}"])
            case "redirect":
                self._graph.mark([REDIRECTS])
            case "site":
                self._graph.mark_everything()
            case "snippet":
                self._graph.mark([kind])

    def _flush(self) -> None:
        self._database.executemany(INSERT_PAGE, self._pages)
        self._database.executemany(INSERT_REFERENCE, self._references)
        self._database.executemany(INSERT_DAY, self._days)
        self._database.executemany(INSERT_NAME, self._names)
        self._pages.clear()
        self._references.clear()
        self._days.clear()
        self._names.clear()


def fingerprints(database: sqlite3.Connection) -> Iterator[tuple[tuple[str, str, int], str]]:
    """Of everything that is known, by kind, type and id."""
    query = (
        "SELECT 'page', '', id, fingerprint FROM page "
        "UNION ALL SELECT kind, scope, id, fingerprint FROM record"
    )
    for kind, scope, number, fingerprint in database.execute(query):
        yield (kind, scope, number), fingerprint


def key_of(kind: str, scope: str, number: int, edition: int = 0) -> str:
    """``"page/5"``, ``"snippet/articles.Helpline/1"``, or ``"comment/8.2"``."""
    name = f"{number}.{edition}" if edition else str(number)
    return f"{kind}/{scope}/{name}" if scope else f"{kind}/{name}"
