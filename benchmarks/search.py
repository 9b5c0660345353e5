"""The benchmark of the search: what a browser fetches for one query.

A real Chromium with nothing kept asks the search page of a real export; whatever comes from its
index is counted as servers send it, packed with gzip. Bytes, not time: other work changes nothing.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

from playwright.sync_api import Browser, Response, expect, sync_playwright
from rich.table import Table

from benchmarks import articles
from benchmarks.measure import measure
from benchmarks.scratch_cms import scratch_cms
from benchmarks.served_site import served_site

INDEX = "/search/index/"
PROGRAM = (".js", ".pagefind")  # Pagefind itself, which a browser keeps from the first query on
PACKED = b"\x1f\x8b"
PACK_LEVEL = 6
PATIENCE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Query:
    """``bytes`` is all that one query fetches, ``program`` as much of it as is Pagefind itself."""

    kind: str
    words: str
    bytes: int
    program: int
    requests: int


@dataclass(frozen=True, slots=True)
class Results:
    pages: int
    queries: tuple[Query, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_table(self) -> Table:
        table = Table(title=f"One query among {self.pages:,} articles")
        for name in ("query", "words"):
            table.add_column(name)
        for name in ("bytes", "of them Pagefind", "requests"):
            table.add_column(name, justify="right")
        for one in self.queries:
            table.add_row(
                one.kind, one.words, f"{one.bytes:,}", f"{one.program:,}", f"{one.requests}"
            )
        return table


def queries_of(pages: int) -> dict[str, str]:
    """Words to ask for, by their kind: only the number of an article is rare in the corpus."""
    rare, common = str(1 + pages // 2), articles.WORDS
    return {
        "rare": rare,
        "common": common[0],
        "several common": " ".join(common[:4]),
        "common and rare": f"{common[0]} {rare}",
        "quoted": f'"{common[0]} {common[1]}"',
    }


def run(
    directory: Path,
    *,
    pages: int,
    kind: articles.Kind,
    cache: Path | None,
    chromium: str,
    say: Callable[[str], None],
) -> Results:
    """Export with an index, then ask it. Raises ``CommandError``."""
    with scratch_cms(directory, pages=pages, kind=kind, cache=cache, say=say) as cms:
        env = {
            **cms.env,
            "PLAINLEAF_OUTPUT_DIR": str(directory / "public"),
            "PLAINLEAF_STATE_DIR": str(directory / "state"),
            "PLAINLEAF_SPOOL_DIR": str(directory / "spool"),
            "PLAINLEAF_SEARCH": "true",
        }
        say("Exporting, and making the index.")
        export = [sys.executable, "-m", "frontend_export", "export"]
        measure(export, env=env, log=directory / "export.log")
        with (
            served_site(env, directory / "serve.log") as site_url,
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
        ):
            asked = (
                ask(browser, site_url, kind=named, words=words)
                for named, words in queries_of(pages).items()
            )
            return Results(pages, tuple(asked))


def ask(browser: Browser, site_url: str, *, kind: str, words: str) -> Query:
    """One query of a reader who was never here."""
    answers: list[Response] = []
    with browser.new_context() as context:
        reader = context.new_page()
        context.on("response", lambda answer: answers.append(answer))
        reader.goto(f"{site_url}/search/?q={quote_plus(words)}")
        expect(reader.locator("#search-results > li").first).to_be_visible(timeout=PATIENCE_MS)
        expect(reader.locator("#search-status")).to_contain_text("Pages found", timeout=PATIENCE_MS)
        sizes = [
            (path, sent_bytes(answer.body()))
            for answer in answers
            if (path := urlsplit(answer.url).path).startswith(INDEX)
        ]
    return Query(
        kind,
        words,
        bytes=sum(size for _, size in sizes),
        program=sum(size for path, size in sizes if path.endswith(PROGRAM)),
        requests=len(sizes),
    )


def sent_bytes(body: bytes) -> int:
    """What a server sends for it: Pagefind's own files are packed as they lie there."""
    return len(body if body.startswith(PACKED) else gzip.compress(body, PACK_LEVEL, mtime=0))
