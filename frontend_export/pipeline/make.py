"""Make the pages of a plan in a draft, in as many processes as pay.

A page that fails does not stop the others. Each process reads the state for itself; what comes
back from it are hashes and findings, never bodies.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import multiprocessing.connection
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from frontend_export.content import (
    Finding,
    Listing,
    Page,
    PageLink,
    ReaderComment,
    discussion_of,
    topic_of,
)
from frontend_export.disk import explained, write_all
from frontend_export.errors import ContentError, OutputError
from frontend_export.pipeline.intake import decode
from frontend_export.plan.changes import PublishedFile
from frontend_export.plan.site import Artifact
from frontend_export.render.renderer import Renderer
from frontend_export.state.content import Expected, StoredContent
from frontend_export.state.store import opened_again

logger = logging.getLogger(__name__)

PAGES_AT_ONCE = 64
PAGES_WORTH_A_PROCESS = 400  # a new process costs as much as some tens of pages


class Task(NamedTuple):
    """One page to make: where it goes, and the hash of its last version, if there is one."""

    artifact: Artifact
    target: str
    sha256: str


class Made(NamedTuple):
    """``fault`` says why there is no file; ``is_new`` that its bytes were written."""

    path: str
    page_id: int
    file: PublishedFile | None
    is_new: bool = False
    findings: tuple[Finding, ...] = ()
    fault: str = ""


class Shared(NamedTuple):
    """What every page shows: keys, and the paths of files."""

    keys: tuple[str, ...]
    needs: tuple[str, ...]


class PageMaker:
    """Renders pages from one state of the site, and writes what is new."""

    def __init__(
        self,
        renderer: Renderer,
        content: StoredContent,
        *,
        path: Path,
        now: datetime,
        shared: Shared,
        written_at: float,
    ) -> None:
        self._written_at = written_at
        self._path = path
        self._renderer = renderer
        self._content = content
        self._now = now
        self._shared = shared
        self._folders: set[str] = set()
        self._expected: Expected | None = None

    def expect_many(self) -> None:
        """Read what is asked of each page once, for this process and those forked from it."""
        self._expected = self._content.expect_many()

    def make(self, task: Task) -> Made:
        """Raises ``OutputError`` where the disk refuses; all else is a fault of the page."""
        artifact = task.artifact
        page_id = artifact.page_id or 0
        try:
            found = self._content.page_and_keys(page_id)
            if found is None:
                raise ContentError(f"Page {page_id} is planned and not in the state.")
            page, keys = found
            discussion = discussion_of(page, self._content, artifact.comments or 1)
            children: tuple[PageLink, ...] = ()
            if artifact.comments:
                keys = []
                rendered = self._renderer.comments_page(
                    page, self._content, discussion, now=self._now
                )
            else:
                children = self._slice_of(artifact)
                listing = Listing(artifact.number, artifact.of, children)
                rendered = self._renderer.page(
                    page,
                    self._content,
                    now=self._now,
                    listing=listing,
                    discussion=discussion,
                    refers_to=keys,
                )
                keys += [f"page/{one.page_id}" for one in self._content.translations(page)]
        except (OutputError, MemoryError, sqlite3.Error):
            raise
        except Exception as error:  # whatever a template does, one page must not stop the others
            if isinstance(error, OSError) and error.errno:
                raise  # the disk, and no page, is at fault
            logger.debug("Page %s could not be rendered", page_id, exc_info=True)
            reason = str(error) if isinstance(error, ContentError) else repr(error)
            return Made(artifact.path, page_id, None, fault=reason)
        shows, needs = self._shown_by(page, keys, children, discussion.comments)
        body = rendered.body
        digest = sha256(body).hexdigest()
        file = PublishedFile(
            digest,
            len(body),
            "page",
            page.id,
            " ".join(shows),
            _joined((*needs, *self._shared.needs)),
        )
        is_new = digest != task.sha256
        if is_new:
            self._write(task.target, body)
        return Made(artifact.path, page_id, file, is_new, rendered.findings)

    def reopened(self) -> PageMaker:
        """The same in another process."""
        content = opened_again(self._path, decode)
        content.expect_many(self._expected)
        return PageMaker(
            self._renderer,
            content,
            path=self._path,
            now=self._now,
            shared=self._shared,
            written_at=self._written_at,
        )

    def _slice_of(self, artifact: Artifact) -> tuple[PageLink, ...]:
        children = self._content.children(artifact.page_id or 0)
        if artifact.of == 1:
            return children
        size = self._content.site.lists_page_size
        return children[(artifact.number - 1) * size : artifact.number * size]

    def _shown_by(
        self,
        page: Page,
        keys: Iterable[str],
        children: Sequence[PageLink],
        comments: Iterable[ReaderComment],
    ) -> tuple[dict[str, None], dict[str, None]]:
        """The keys of the records of which something is in a page, and the files it needs."""
        content = self._content
        shows = {f"page/{page.id}": None}
        needs: dict[str, None] = {}
        for key in keys:
            files = content.files_of(key)
            if files is not None:
                shows[key] = None
                needs.update(dict.fromkeys(files))
        above = content.ancestors(page.id)
        needs[self._renderer.card_path(topic_of(page, above), content.site)] = None
        for link in (*above, *children):
            shows[f"page/{link.id}"] = None
        for comment in comments:
            shows[comment.key] = None
        return shows, needs

    def _write(self, target: str, body: bytes) -> None:
        try:
            self._prepare(target.rpartition("/")[0])
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            try:
                write_all(handle, body)
                os.utime(handle, (self._written_at, self._written_at))
            finally:
                os.close(handle)
        except OSError:
            with explained(Path(target)):
                raise

    def _prepare(self, folder: str) -> None:
        """Almost always only the last part of it is missing."""
        if folder in self._folders:
            return
        try:
            os.mkdir(folder)  # noqa: PTH102 - ten thousand of them
        except OSError:
            Path(folder).mkdir(parents=True, exist_ok=True)
        self._folders.add(folder)


@lru_cache(4096)
def _joined(paths: tuple[str, ...]) -> str:
    """One text for all the pages that need the same files, which saves memory."""
    return "\n".join(dict.fromkeys(paths))


Make = Callable[[Iterable[Task]], Iterator[Made]]


@contextmanager
def page_makers(maker: PageMaker, processes: int) -> Iterator[Make]:
    """Makes pages in the order of their tasks, in this process or in ``processes`` of their own.

    Processes are forked here, while no other thread runs; they end with the block.
    """
    if processes < 2:
        yield lambda tasks: map(maker.make, tasks)
        return
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("fork"),
        initializer=_begin,
        initargs=(maker,),
    )
    try:
        pool.submit(os.getpid)  # forks all of them
        yield lambda tasks: _made_by(pool, tasks, at_once=processes * 4)
    finally:
        pool.shutdown(cancel_futures=True)


def _made_by(pool: ProcessPoolExecutor, tasks: Iterable[Task], *, at_once: int) -> Iterator[Made]:
    remaining = iter(tasks)
    waiting: deque[Future[list[Made]]] = deque()
    try:
        while True:
            while len(waiting) < at_once and (chunk := list(islice(remaining, PAGES_AT_ONCE))):
                waiting.append(pool.submit(_make, chunk))
            if not waiting:
                return
            yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        raise OutputError(
            "A process that rendered pages was ended from outside, as a machine does that has too "
            "little memory. Give it more, or set PLAINLEAF_PROCESSES=1."
        ) from error


_maker: PageMaker | None = None


def _begin(maker: PageMaker) -> None:
    """In a new process: the state is opened again, since no connection may cross a fork."""
    global _maker
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()  # what was there stays shared with the first process
    _maker = maker.reopened()


def _end_with_parent() -> None:
    """A parent that was killed shuts no pool down, and the locks stay with whom it forked."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _make(tasks: list[Task]) -> list[Made]:
    if _maker is None:
        raise RuntimeError("This process was given pages before it was prepared.")
    try:
        return [_maker.make(task) for task in tasks]
    except sqlite3.Error as error:
        raise OutputError(f"The state could not be read: {error}. Export again.") from error
