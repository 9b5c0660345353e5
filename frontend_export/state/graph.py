"""Who depends on whom: which pages may go out, and what a change means for all the others.

A page depends on itself, on what its blocks and texts refer to, on the titles of the pages above
it, on what its list shows of the pages below it, on where it lies in other languages, on its
comments, and on the days at which time alone changes it. What every page shows, the menus and the
footer, is referred to by page 0.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from frontend_export.content import Finding, Ref
from frontend_export.plan.paths import refusal_of

SITE = 0  # refers to what every page shows
SNIPPETS = -1  # refers to what snippets show
REDIRECTS = "redirects"

# Why a page stays out, where there is no sentence of its own about it.
BELOW = "below"  # a page above it stays out
UNFIT = "unfit"  # it could not be made

SAMPLE = (
    "it is sample content that no clinician has reviewed. Review it, or set "
    "PLAINLEAF_ALLOW_SAMPLE_CONTENT=true for a demonstration."
)
SEEN = """
SELECT path, parent, position, address_digest, link_digest, list_digest, names_digest, letters,
    stands, refusal, locale, translation_key
FROM page WHERE id = ?
"""
TO_JUDGE = """
SELECT page.id, page.path, page.slug, page.is_sample, above.path, above.stands
FROM page LEFT JOIN page AS above ON above.id = page.parent
"""
ALL_BELOW = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM page WHERE parent = ?1
    UNION SELECT page.id FROM page JOIN below ON page.parent = below.id
)
UPDATE page SET stands = 0, refusal = ?2 WHERE id IN below
"""


class Seen(NamedTuple):
    """What others saw of a page before it changed."""

    path: str
    parent: int | None
    position: str
    address_digest: str
    link_digest: str
    list_digest: str
    names_digest: str
    letters: str
    stands: int
    refusal: str | None
    locale: str
    translation_key: str

    @property
    def is_exported(self) -> bool:
        return self.refusal is None


class Graph:
    """Answers and marks inside the transaction of whoever asks."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def seen(self, page_id: int) -> Seen | None:
        row = self._database.execute(SEEN, (page_id,)).fetchone()
        return Seen(*row) if row else None

    def judge_all(self, *, root_id: int, allow_sample_content: bool) -> None:
        """Say of every page whether it may go out."""
        self._database.execute("UPDATE page SET stands = 1, refusal = NULL WHERE refusal NOT NULL")
        refused = []
        for number, path, slug, is_sample, above, _stands in self._database.execute(TO_JUDGE):
            reason = _refusal(number, path, slug, above, root_id)
            if reason:
                refused.append((0, reason, number))
            elif is_sample and not allow_sample_content:
                refused.append((1, SAMPLE, number))
        self._database.executemany("UPDATE page SET stands = ?, refusal = ? WHERE id = ?", refused)
        for stands, _reason, number in refused:
            if not stands:
                self._database.execute(ALL_BELOW, (number, BELOW))

    def judge(
        self, before: dict[int, Seen | None], *, root_id: int, allow_sample_content: bool
    ) -> None:
        """Judge the pages that changed anew, and those below them that are affected.

        ``before`` says how they were; whoever else changes is added to it.
        """
        todo, done = list(before), set()
        while todo:
            number = todo.pop()
            now = self.seen(number)
            was = before[number]
            is_first = number not in done
            done.add(number)
            if now is None:
                goes_on = is_first
            else:
                stands, reason = self._verdict(number, root_id, allow_sample_content)
                goes_on = now.stands != stands or (
                    is_first and (was is None or (was.path, was.stands) != (now.path, stands))
                )
                if (now.stands, now.refusal) != (stands, reason):
                    self._database.execute(
                        "UPDATE page SET stands = ?, refusal = ? WHERE id = ?",
                        (stands, reason, number),
                    )
            if goes_on:
                for child in self._children(number):
                    if child not in before:
                        before[child] = self.seen(child)
                    todo.append(child)

    def _verdict(
        self, number: int, root_id: int, allow_sample_content: bool
    ) -> tuple[int, str | None]:
        (row,) = self._database.execute(f"{TO_JUDGE} WHERE page.id = ?", (number,)).fetchall()
        _number, path, slug, is_sample, above, above_stands = row
        if number != root_id and above is not None and not above_stands:
            return 0, BELOW
        if reason := _refusal(number, path, slug, above, root_id):
            return 0, reason
        return 1, SAMPLE if is_sample and not allow_sample_content else None

    def _children(self, number: int) -> list[int]:
        query = "SELECT id FROM page WHERE parent = ?"
        return [child for (child,) in self._database.execute(query, (number,))]

    def hold_out(self, reasons: Iterable[int]) -> None:
        """These could not be made: they stay out, and whoever shows them is made again."""
        before: dict[int, Seen | None] = {number: self.seen(number) for number in reasons}
        self._database.executemany(
            f"UPDATE page SET refusal = '{UNFIT}' WHERE id = ?", ((one,) for one in before)
        )
        self.mark_consequences(before, frozenset())

    def let_in(self) -> dict[int, Seen | None]:
        """Try again those that could not be made; how they were before."""
        query = "SELECT id FROM page WHERE refusal = ?"
        found = [number for (number,) in self._database.execute(query, (UNFIT,))]
        before = {number: self.seen(number) for number in found}
        self._database.execute("UPDATE page SET refusal = NULL WHERE refusal = ?", (UNFIT,))
        return before

    def mark_consequences(self, before: Mapping[int, Seen | None], changed: Iterable[str]) -> None:
        """Mark what shows a page of ``before`` or one of the records ``changed``."""
        shown, linked = set(changed), set(changed)
        pages: set[int] = set()
        above: set[int] = set()
        for number, was in before.items():
            now = self.seen(number)
            pages.add(number)
            was_out = was is not None and was.is_exported
            is_out = now is not None and now.is_exported
            if was_out and not is_out:
                self.leave([f"page/{number}"])
            elif is_out and not was_out:
                self.come([f"page/{number}"])
            if not (was_out or is_out):
                continue
            if was_out != is_out or was is None or now is None:
                moved, renamed, relisted, is_found_elsewhere = True, True, True, True
            else:
                moved = was.address_digest != now.address_digest
                renamed = moved or was.link_digest != now.link_digest
                is_found_elsewhere = moved or was.names_digest != now.names_digest
                relisted = renamed or was[1:3] != now[1:3] or was.list_digest != now.list_digest
            key = f"page/{number}"
            if moved or (was and now and was[-2:] != now[-2:]):
                self._mark_translations(one.translation_key for one in (was, now) if one)
            if moved:
                linked.add(key)
                self.mark([REDIRECTS])
            if is_found_elsewhere:
                letters = {one for seen in (was, now) if seen for one in seen.letters.split()}
                self.mark(f"a-z/{letter}" for letter in letters)
            if renamed:
                shown.add(key)
                above.add(number)
            if relisted:
                pages.update(one.parent for one in (was, now) if one and one.parent is not None)
                self.mark(f"sitemap/{one.path}" for one in (was, now) if one)
        self.mark(f"page/{number}" for number in pages)
        self._mark_referring(shown, linked)
        for number in above:
            self._database.execute(
                "INSERT OR IGNORE INTO dirty WITH RECURSIVE below (id) AS ("
                "SELECT id FROM page WHERE parent = ? "
                "UNION SELECT page.id FROM page JOIN below ON page.parent = below.id) "
                "SELECT 'page/' || id FROM below",
                (number,),
            )

    def _mark_translations(self, keys: Iterable[str]) -> None:
        self._database.executemany(
            "INSERT OR IGNORE INTO dirty SELECT 'page/' || id FROM page "
            "WHERE translation_key = ? AND translation_key <> ''",
            ((key,) for key in keys),
        )

    def _mark_referring(self, shown: set[str], linked: set[str]) -> None:
        """Those that show one of ``shown`` or merely link to one of ``linked``."""
        keys = {*shown, *(f"@{key}" for key in linked)}
        if not keys:
            return
        self._mark_all_that_refer(keys)
        if self._database.execute(
            "SELECT 1 FROM dirty WHERE key = ?", (f"page/{SNIPPETS}",)
        ).fetchone():
            self._database.execute("DELETE FROM dirty WHERE key = ?", (f"page/{SNIPPETS}",))
            self._mark_all_that_refer(set(self._snippets_that_show(keys)))
        site = self._database.execute(
            "DELETE FROM dirty WHERE key = ? RETURNING key", (f"page/{SITE}",)
        )
        if site.fetchall():
            self.mark_everything()

    def _mark_all_that_refer(self, keys: Iterable[str]) -> None:
        self._database.executemany(
            "INSERT OR IGNORE INTO dirty SELECT 'page/' || page FROM reference WHERE key = ?",
            ((key,) for key in keys),
        )

    def _snippets_that_show(self, keys: set[str]) -> Iterator[str]:
        query = "SELECT scope, id, shown, linked FROM record WHERE kind = 'snippet'"
        for scope, number, shown, linked in self._database.execute(query):
            if not keys.isdisjoint(shown.split() + linked.split()):
                yield f"snippet/{scope}/{number}"

    def mark(self, keys: Iterable[str]) -> None:
        """These are to be made again."""
        self._database.executemany(
            "INSERT OR IGNORE INTO dirty VALUES (?)", ((key,) for key in keys)
        )

    def mark_everything(self) -> None:
        """Every file of the site is to be made again."""
        self._database.execute("INSERT OR REPLACE INTO meta VALUES ('everything', '1')")

    def leave(self, keys: Iterable[str]) -> None:
        """What is gone may not be shown by any release that is kept."""
        self._database.executemany(
            "INSERT OR IGNORE INTO gone VALUES (?)", ((key,) for key in keys)
        )

    def come(self, keys: Iterable[str]) -> None:
        """It left and is back before any release without it was made."""
        self._database.executemany("DELETE FROM gone WHERE key = ?", ((key,) for key in keys))

    def findings(self) -> list[Finding]:
        """Why pages stay out, but for those that could not be made, in the order of their paths."""
        query = (
            "SELECT id, path, stands, refusal FROM page WHERE refusal IS NOT NULL ORDER BY path, id"
        )
        findings = []
        for number, path, stands, refusal in self._database.execute(query).fetchall():
            if refusal in (BELOW, UNFIT):
                continue
            count = 0 if stands else self._count_below(number)
            also = f", and {count} below it," if count else ""
            message = f"Page {number}{also} stays out: {refusal}"
            findings.append(Finding("refused", Ref("page", number), path, message))
        return findings

    def _count_below(self, number: int) -> int:
        (row,) = self._database.execute(
            "WITH RECURSIVE below (id) AS ("
            "SELECT id FROM page WHERE parent = ?1 AND refusal = ?2 "
            "UNION SELECT page.id FROM page JOIN below ON page.parent = below.id "
            "WHERE page.refusal = ?2) SELECT count(*) FROM below",
            (number, BELOW),
        ).fetchall()
        return int(row[0])


def _refusal(number: int, path: str, slug: str, above: str | None, root_id: int) -> str | None:
    """What is wrong with a page itself; ``above`` is the path of its parent, if there is one."""
    reason = None
    if number == root_id:
        reason = None if path == "/" else "is not '/', and it is the root of the site"
    elif above is None:
        return "its parent page is not exported. Publish the parent, or move the page."
    elif reason := refusal_of(path):
        pass
    elif path != f"{above}{slug}/":
        reason = f"is not that of its parent '{above}' and its slug '{slug}'"
    elif "/" in slug:
        reason = f"has a slash in its slug '{slug}'"
    return reason and f"its path '{path}' {reason}. Correct it."
