"""Make every file of the plan in a draft: keep, fetch or render it, and bear with single pages.

A page that cannot be made keeps its last good version as long as all that it shows is still
public. One that has none stays out, and the plan is made again without it, so that nothing
links to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from frontend_export.content import Finding, Listing, PageLink, Ref, Rendered
from frontend_export.errors import ContentError, FileUnavailableError
from frontend_export.pipeline.intake import decode
from frontend_export.pipeline.publish import Last
from frontend_export.plan.changes import (
    HASHED_KINDS,
    PublishedFile,
    changes_since,
    may_stay,
    retained,
)
from frontend_export.plan.site import Artifact, Plan
from frontend_export.release import Draft
from frontend_export.render import Renderer
from frontend_export.source.chosen import Source
from frontend_export.state import State, StoredContent

logger = logging.getLogger(__name__)

MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_DOCUMENT_BYTES = 200 * 1024 * 1024
FEED_LENGTH = 50
FETCHES_AT_ONCE = 4

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Built:
    """``plan`` is the one that was carried out; the bytes are in the draft."""

    plan: Plan
    rendered: int
    findings: tuple[Finding, ...]


class _Fault(NamedTuple):
    path: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Build:
    """One draft on its way to hold the whole site.

    ``full`` renders everything again; ``now`` is the time of the CMS.
    """

    draft: Draft
    cms: Source
    state: State
    renderer: Renderer
    last: Last
    full: bool
    now: datetime
    progress: Progress
    _rendered: dict[str, tuple[Finding, ...]] = field(init=False, default_factory=dict)
    _faults: dict[int, _Fault] = field(init=False, default_factory=dict)
    _held: set[int] = field(init=False, default_factory=set)

    def carry_out(self, plan_without: Callable[[frozenset[int]], Plan]) -> Built:
        """Make the plan, and make it again without pages that turn out to be unfit.

        Raises ``SourceError`` when the CMS is gone, ``ContentError`` for a home page or a file
        of the whole site that cannot be made, ``OutputError`` from the disk.
        """
        unfit: frozenset[int] = frozenset()
        while True:
            plan = plan_without(unfit)
            self._make(plan)
            more = self._hold_back(plan)
            if not more:
                break
            if (root := plan.artifacts["index.html"].page_id) in more:
                raise ContentError(f"The home page cannot be made. {self._faults[root].reason}")
            unfit |= more
        for path, file in retained(plan, self.last.files).items():
            if path not in self.draft.files:
                self._link(path, file)
        return Built(plan, len(self._rendered), (*plan.findings, *self._findings()))

    def _make(self, plan: Plan) -> None:
        draft = self.draft
        for path, file in list(draft.files.items()):  # of an earlier round
            artifact = plan.artifacts.get(path)
            if not artifact or artifact.digest != file.digest:
                draft.discard(path)
                self._rendered.pop(path, None)
        self._held = set()
        content = self.state.content(decode, without=plan.without)
        changes = changes_since(plan, self.last.files, full=self.full)
        for artifact in changes.keep:
            if artifact.path not in draft.files:
                self._link(artifact.path, self.last.files[artifact.path])
        files = [one for one in changes.render if one.kind in HASHED_KINDS]
        texts = [one for one in changes.render if one.kind not in HASHED_KINDS]
        with _fetchers() as fetchers:
            arriving = self._fetch(files, content, fetchers)
            for done, artifact in enumerate(texts):
                self.progress(done, len(texts))
                if artifact.path not in draft.files and artifact.page_id not in self._faults:
                    self._render(artifact, content)
            missing = dict(self._arrived(arriving))
        for artifact in plan.artifacts.values():  # a page that is kept has lost it as well
            page_id = artifact.page_id
            if page_id is not None and (gone := [p for p in artifact.needs if p in missing]):
                self._blame(page_id, missing[gone[0]], content)
        self.progress(len(texts), len(texts))

    def _fetch(
        self, artifacts: list[Artifact], content: StoredContent, fetchers: ThreadPoolExecutor
    ) -> list[tuple[Artifact, str, Future[tuple[str, int]]]]:
        """Have the files brought in while pages are rendered: artifact, name, hash and size."""
        arriving = []
        for artifact in artifacts:
            if artifact.path in self.draft.files:
                continue
            if artifact.kind == "asset":
                self._write(artifact, self.renderer.assets()[artifact.path])
                continue
            name, chunks = self._source_of(artifact, content)
            future = fetchers.submit(self.draft.receive, artifact.path, chunks)
            arriving.append((artifact, name, future))
        return arriving

    def _arrived(
        self, arriving: list[tuple[Artifact, str, Future[tuple[str, int]]]]
    ) -> Iterator[tuple[str, str]]:
        """Wait for the files; yields the path of each that cannot be had, and why."""
        for artifact, name, future in arriving:
            try:
                written = future.result()
            except FileUnavailableError as error:
                yield artifact.path, f"{name} could not be had: {error}"
            else:
                self._note(artifact, *written)
                self._rendered[artifact.path] = ()

    def _source_of(self, artifact: Artifact, content: StoredContent) -> tuple[str, Iterator[bytes]]:
        """What a file is called, and its bytes: nothing is asked for before they are read."""
        number = int(artifact.shows[0].rpartition("/")[2])
        if artifact.kind == "document" and (document := content.document(number)):
            chunks = self.cms.file(document.url, max_bytes=MAX_DOCUMENT_BYTES)
            return f"document {number} '{document.title}'", chunks
        image = content.image(number)
        for rendition in image.renditions if image else ():
            if image and rendition.file_path == artifact.path:
                chunks = self.cms.file(
                    rendition.url, max_bytes=MAX_IMAGE_BYTES, mime=rendition.mime
                )
                return f"image {number} '{image.title}'", chunks
        raise KeyError(artifact.path)

    def _render(self, artifact: Artifact, content: StoredContent) -> None:
        try:
            rendered = render(artifact, self.renderer, content, now=self.now)
        except Exception as error:  # whatever a template does, one page must not stop the others
            if artifact.page_id is None:
                raise
            logger.debug("Page %s could not be rendered", artifact.page_id, exc_info=True)
            reason = str(error) if isinstance(error, ContentError) else repr(error)
            self._blame(artifact.page_id, reason, content)
            return
        self._write(artifact, rendered.body)
        self._rendered[artifact.path] = rendered.findings

    def _blame(self, page_id: int, reason: str, content: StoredContent) -> None:
        link = content.page_link(page_id)
        self._faults[page_id] = _Fault(link.path if link else "", reason)

    def _write(self, artifact: Artifact, body: bytes) -> None:
        """Bytes that are those of the last release are that file, not a new one."""
        before = self.last.files.get(artifact.path)
        if before and len(body) == before.size and sha256(body).hexdigest() == before.sha256:
            self.draft.link(artifact.path, self.last.folder / artifact.path)
            self._note(artifact, before.sha256, before.size)
        else:
            self._note(artifact, *self.draft.write(artifact.path, body))
        self._rendered.setdefault(artifact.path, ())

    def _hold_back(self, plan: Plan) -> frozenset[int]:
        """Put the last good version where a page failed; the pages that have none."""
        unfit = set()
        for artifact in plan.artifacts.values():
            page_id = artifact.page_id
            if page_id not in self._faults or page_id is None:
                continue
            self.draft.discard(artifact.path)
            self._rendered.pop(artifact.path, None)
            if not self._hold(artifact, plan) and artifact.number == 1:
                unfit.add(page_id)
        return frozenset(unfit)

    def _hold(self, artifact: Artifact, plan: Plan) -> bool:
        before = self.last.files.get(artifact.path)
        if (
            before is None
            or before.page_id != artifact.page_id
            or not may_stay(before, plan.exported)
            or not self.last.files.keys() | self.draft.files.keys() >= set(before.needs)
        ):
            return False
        for path in before.needs:
            if path not in self.draft.files:
                self._link(path, self.last.files[path]._replace(is_retained=False))
        self._link(artifact.path, before)
        self._held.add(before.page_id or 0)
        return True

    def _findings(self) -> Iterator[Finding]:
        for page_id, (path, reason) in sorted(self._faults.items()):
            fate = "keeps its last version" if page_id in self._held else "stays out"
            message = f"Page {page_id} '{path}' {fate}: {reason}"
            yield Finding("refused", Ref("page", page_id), path, message)
        for path in sorted(self._rendered):
            yield from self._rendered[path]

    def _link(self, path: str, file: PublishedFile) -> None:
        self.draft.link(path, self.last.folder / path)
        self.draft.files[path] = file

    def _note(self, artifact: Artifact, digest_of_bytes: str, size: int) -> None:
        self.draft.files[artifact.path] = PublishedFile(
            sha256=digest_of_bytes,
            size=size,
            kind=artifact.kind,
            digest=artifact.digest,
            page_id=artifact.page_id,
            shows=artifact.shows,
            needs=artifact.needs,
        )


@contextmanager
def _fetchers() -> Iterator[ThreadPoolExecutor]:
    """Threads that fetch; leaving by an exception drops what has not been begun."""
    pool = ThreadPoolExecutor(FETCHES_AT_ONCE, "fetch")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def render(
    artifact: Artifact, renderer: Renderer, content: StoredContent, *, now: datetime
) -> Rendered:
    """The bytes of one artifact. Raises ``ContentError``."""
    match artifact.kind:
        case "page":
            page = content.page(artifact.page_id or 0)
            if page is None:
                raise ContentError(f"Page {artifact.page_id} is planned and not in the state.")
            listing = Listing(artifact.number, artifact.count, _links(artifact, content))
            return renderer.page(page, content, now=now, listing=listing)
        case "not_found":
            return renderer.not_found(content)
        case "comment_thanks":
            return renderer.comment_thanks(content)
        case "sitemap":
            return renderer.sitemap(_links(artifact, content))
        case "feed":
            return renderer.feed(_newest(_links(artifact, content)), content)
        case "robots":
            return renderer.robots()
        case "headers":
            return renderer.headers()
        case "redirects":
            return renderer.redirects(artifact.path, artifact.rules)
        case "redirect_stub":
            return renderer.redirect_stub(artifact.rules[0], content)
        case _:
            raise ValueError(f"'{artifact.path}' is a {artifact.kind}, which is never rendered.")


def _links(artifact: Artifact, content: StoredContent) -> tuple[PageLink, ...]:
    links = (content.page_link(page_id) for page_id in artifact.pages)
    return tuple(link for link in links if link)


def _newest(links: tuple[PageLink, ...]) -> list[PageLink]:
    dated = [link for link in links if link.last_published_at]
    dated.sort(key=lambda link: (link.last_published_at, link.id), reverse=True)
    return dated[:FEED_LENGTH]
