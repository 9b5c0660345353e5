"""Carry out a plan in a draft: keep, fetch or render each file, and bear with single pages.

A page that cannot be made keeps its last good version as long as all that it shows is still
public. One that has none stays out, and what shows it is planned and made again without it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from frontend_export.content import ARTICLE_TYPES, Finding, Page, PageLink, Ref, Rendered
from frontend_export.errors import ContentError
from frontend_export.pipeline.fetch import Fetched, Fetching
from frontend_export.pipeline.finding_aids import finding_aid
from frontend_export.pipeline.last import Last
from frontend_export.pipeline.make import (
    PAGES_AT_ONCE,
    PAGES_WORTH_A_PROCESS,
    Made,
    PageMaker,
    Shared,
    Task,
    page_makers,
)
from frontend_export.pipeline.planning import Plan, Planner
from frontend_export.plan.changes import PublishedFile
from frontend_export.plan.paths import path_for
from frontend_export.plan.site import FEED_LENGTH, Artifact
from frontend_export.release import (
    MIN_UNIT_FILES,
    TOP,
    Draft,
    Files,
    first_segment,
    retained,
)
from frontend_export.render.card import CARDS
from frontend_export.render.renderer import Renderer
from frontend_export.source import Source, Wanted
from frontend_export.state import State
from frontend_export.state.content import StoredContent

Progress = Callable[[int, int], None]

# The disk begins to write when so much of a large draft is there, while the rest is rendered.
SYNCED_EARLY = 0.8


@dataclass(frozen=True, slots=True)
class Built:
    """What came of it: the files of each folder that was touched, and which of these changed.

    ``artifacts`` are path and owner of all that these ``owners`` have now; a plan of the whole
    site has noted its own.
    ``written`` are the paths of files whose bytes are new, ``removed`` of those that left the site.
    ``held`` are the pages that were not made as they are now.
    """

    folders: Mapping[str, Files]
    changed: frozenset[str]
    owners: frozenset[str]
    artifacts: tuple[tuple[str, str], ...]
    written: tuple[str, ...]
    removed: tuple[str, ...]
    held: frozenset[int]
    findings: tuple[Finding, ...]


@dataclass(slots=True, kw_only=True)
class Build:
    """One draft on its way to hold the whole site. ``now`` is the time of the CMS.

    ``is_dry``: the draft is to be looked at only, and holds nothing of earlier releases.
    """

    draft: Draft
    source: Source
    state: State
    content: StoredContent
    renderer: Renderer
    last: Last
    now: datetime
    processes: int
    is_dry: bool
    plain_tree_files: int
    progress: Progress
    _files: dict[str, PublishedFile] = field(init=False, default_factory=dict)
    _written: set[str] = field(init=False, default_factory=set)
    _dropped: set[str] = field(init=False, default_factory=set)
    _findings: dict[str, tuple[Finding, ...]] = field(init=False, default_factory=dict)
    _faults: dict[int, str] = field(init=False, default_factory=dict)
    _held: set[int] = field(init=False, default_factory=set)
    _home_page: Page | None = field(init=False, default=None)
    _is_whole: bool = field(init=False, default=False)
    _makes_all: bool = field(init=False, default=False)
    _stood_in: bool = field(init=False, default=False)
    _made_of_changes: set[str] = field(init=False, default_factory=set)

    def carry_out(self, plan: Plan, planner: Planner) -> Built:
        """Make the plan, and plan again without pages that turn out to be unfit.

        Raises ``SourceError`` when the CMS is gone, ``ContentError`` for a file of the whole site
        that cannot be made, ``OutputError`` from the disk.
        """
        self._is_whole = plan.is_whole
        self.draft.linked = self._linked_folders(plan)
        while True:
            self._makes_all = plan.is_whole
            self._forget_rounds_before(plan)
            self._make(plan)
            unfit = self._hold_back(plan)
            root = self.content.site.root_page_id
            if root in unfit:
                self._stand_in(root)
                unfit.remove(root)
            if not unfit:
                return self._compose(plan)
            plan = planner.plan_without(unfit, plan)
            self._is_whole |= plan.is_whole

    def _stand_in(self, root: int) -> None:
        """The site goes on without its home page: what left the CMS must not wait for it."""
        rendered = self.renderer.home_stand_in(self.content)
        digest, size = self.draft.receive("index.html", [rendered.body])
        snippets, needs = self.content.shown_by_snippets()
        keys = [f"page/{root}", *snippets, *_keys(self.content.children(root))]
        file = PublishedFile(digest, size, "page", root, " ".join(keys), "\n".join(needs))
        self._put("index.html", file, is_new=True)
        self._held.add(root)
        self._stood_in = True

    def _forget_rounds_before(self, plan: Plan) -> None:
        """What earlier rounds made and this plan makes again, or no more.

        A plan of the whole site stands for all that was made. One of what changed stands for the
        rounds of its kind before it; it need not know of a path that came with one of those.
        """
        made = self._files.keys() if plan.is_whole else self._made_of_changes
        again = {one.page_id for one in plan.artifacts.values() if one.kind == "page"}
        held = {path for path, file in self._files.items() if file.page_id in again & self._held}
        stale = held | (made - plan.files.keys())
        for path in plan.artifacts.keys() | plan.dropped | stale:
            self._forget(path)
        for page_id in again:
            self._faults.pop(page_id or 0, None)
            self._held.discard(page_id or 0)
        self._made_of_changes.clear()

    def _make(self, plan: Plan) -> None:
        """Every file of the plan is in the draft, or taken over, or its page has a fault."""
        self._dropped |= plan.dropped
        wanted = list(self._fetch_or_keep(plan))
        pages = [one for one in plan.artifacts.values() if one.kind == "page"]
        maker = PageMaker(
            self.renderer,
            self.content,
            path=self.state.path,
            now=self.now,
            shared=Shared(*self.content.shared()),
            written_at=self.draft.written_at,
        )
        if len(pages) >= PAGES_WORTH_A_PROCESS:
            maker.expect_many()
        processes = self.processes if len(pages) >= PAGES_WORTH_A_PROCESS else 1
        syncing: list[Future[None]] = []
        with (
            page_makers(maker, processes) as make,
            Fetching(self.source, self.draft) as fetching,
            ThreadPoolExecutor(1, "sync") as thread,
        ):
            fetching.start(wanted)
            # Other files are made here while other processes make pages: none is left for the end.
            others = [one for one in plan.artifacts.values() if one.kind != "page"]
            remaining, pages_between = iter(others), 1 + len(pages) // (1 + len(others))
            for done, made in enumerate(make(map(self._task, pages))):
                if done % pages_between == 0:
                    self._make_next(remaining, plan)
                if done % PAGES_AT_ONCE == 0:
                    self.progress(done, len(pages))
                    if processes > 1 and not syncing and done >= SYNCED_EARLY * len(pages):
                        syncing.append(thread.submit(self.draft.sync))
                self._note(made)
            self.progress(len(pages), len(pages))
            while self._make_next(remaining, plan):
                continue
            for fetched in fetching.results():
                self._note_fetched(fetched, plan)
            for sync in syncing:
                sync.result()  # an error of the disk is told once, and may not be told again

    def _fetch_or_keep(self, plan: Plan) -> Iterator[Wanted]:
        """Images and documents: those that are there are taken over, the others wanted."""
        for path, owners in plan.files.items():
            there = self._files[path] if path in self._written else self.last.file(path)
            if there is None:
                yield self._wanted(path, owners)
            else:
                kept = there._replace(shows=" ".join(owners), is_retained=False)
                self._put(path, kept, is_new=False)

    def _wanted(self, path: str, owners: tuple[str, ...]) -> Wanted:
        for key in owners:
            kind, _, number = key.partition("/")
            if kind == "document" and (document := self.content.document(int(number))):
                return Wanted(path, kind, f"document {number} '{document.title}'", document.url)
            image = self.content.image(int(number)) if kind == "image" else None
            for rendition in image.renditions if image else ():
                if image and rendition.file_path == path:
                    name = f"image {number} '{image.title}'"
                    return Wanted(path, kind, name, rendition.url, rendition.mime)
        raise KeyError(path)

    def _task(self, artifact: Artifact) -> Task:
        before = self.last.file(artifact.path)
        target = str(self.draft.place_for(artifact.path))
        return Task(artifact, target, before.sha256 if before else "")

    def _note(self, made: Made) -> None:
        if made.file is None:
            self._faults.setdefault(made.page_id, made.fault)
            return
        # One text for all pages that need the same files, whichever process told of them.
        file = made.file._replace(needs=sys.intern(made.file.needs))
        self._put(made.path, file, is_new=made.is_new)
        if made.findings:
            self._findings[made.path] = made.findings

    def _put(self, path: str, file: PublishedFile, *, is_new: bool) -> None:
        self._files[path] = file
        if not self._makes_all:
            self._made_of_changes.add(path)
        self._dropped.discard(path)
        if is_new:
            self._written.add(path)

    def _forget(self, path: str) -> None:
        """What an earlier round made."""
        self._files.pop(path, None)
        self._findings.pop(path, None)
        if path in self._written:
            self._written.discard(path)
            self.draft.discard(path)

    def _note_fetched(self, fetched: Fetched, plan: Plan) -> None:
        if not fetched.fault:
            kind = fetched.wanted.kind
            shows = " ".join(plan.files[fetched.wanted.path])
            file = PublishedFile(fetched.sha256, fetched.size, kind, shows=shows)
            self._put(fetched.wanted.path, file, is_new=True)
            return
        reason = f"{fetched.wanted.name} could not be had: {fetched.fault}"
        for page_id in self.state.pages_that_need(fetched.wanted.path):
            self._faults.setdefault(page_id, reason)

    def _make_next(self, others: Iterator[Artifact], plan: Plan) -> bool:
        """Whether there was one left to make."""
        for artifact in others:
            self._make_own(artifact, plan)
            return True
        return False

    def _make_own(self, artifact: Artifact, plan: Plan) -> None:
        """A file that no single page of the CMS stands for."""
        before = self.last.file(artifact.path)
        if artifact.kind == "card" and before is not None:
            self._put(artifact.path, before._replace(is_retained=False), is_new=False)
            return
        if artifact.kind == "asset":
            if before is None:
                digest, size = self.draft.receive(
                    artifact.path, [self.renderer.assets()[artifact.path]]
                )
                self._put(artifact.path, PublishedFile(digest, size, "asset"), is_new=True)
            else:
                self._put(artifact.path, before._replace(is_retained=False), is_new=False)
            return
        rendered, shows, needs = self._rendered(artifact, plan)
        body = rendered.body
        digest = sha256(body).hexdigest()
        is_new = before is None or digest != before.sha256
        if is_new:
            self.draft.receive(artifact.path, [body])
        file = PublishedFile(
            digest, len(body), artifact.kind, artifact.page_id, " ".join(shows), "\n".join(needs)
        )
        self._put(artifact.path, file, is_new=is_new)
        self._findings[artifact.path] = rendered.findings

    def _rendered(
        self, artifact: Artifact, plan: Plan
    ) -> tuple[Rendered, Iterable[str], Iterable[str]]:
        """The bytes, the keys of what is in them, and the paths of files they need."""
        renderer, content = self.renderer, self.content
        match artifact.kind:
            case "not_found" | "comment_thanks":
                snippets, files = content.shown_by_snippets()
                topics = content.children(content.site.root_page_id)
                if artifact.kind == "not_found":
                    rendered = renderer.not_found(content, home=self._home())
                else:
                    renderer.try_answers(content)
                    rendered = renderer.comment_thanks(content)
                return rendered, (*snippets, *_keys(topics)), files
            case "a_to_z" | "site_map" | "glossary" | "search":
                rendered, shows = finding_aid(
                    artifact,
                    content,
                    renderer,
                    home=self._home(),
                    pages=self.state.count_pages(),
                    has_a_to_z=plan.has_a_to_z,
                )
                return rendered, shows, ()
            case "card":
                topic = content.page_link(artifact.page_id) if artifact.page_id else None
                return renderer.card(topic, content), _keys([topic] if topic else []), ()
            case "sitemap":
                pages = self._mapped(artifact, plan)
                return renderer.sitemap(pages), _keys(pages), ()
            case "sitemap_index":
                paths = ["/sitemap-pages.xml", *(f"/{one}/sitemap.xml" for one in plan.shards)]
                return renderer.sitemap_index(paths), (), ()
            case "feed":
                newest = self._newest()
                return renderer.feed(newest, content), _keys(newest), ()
            case "topic_feed":
                return self._topic_feed(int(artifact.owner.removeprefix("page/")))
            case "robots":
                return renderer.robots(), (), ()
            case "headers":
                return renderer.headers(), (), ()
            case "redirects":
                return renderer.redirects(artifact.path, artifact.rules), (), ()
            case "redirect_stub":
                return renderer.redirect_stub(artifact.rules[0], content), (), ()
            case _:
                raise ValueError(f"'{artifact.path}' is a {artifact.kind}.")

    def _home(self) -> Page:
        root = self.content.site.root_page_id
        if self._home_page is None:
            self._home_page = self.content.page(root)
        if self._home_page is None:
            raise ContentError(f"The root page {root} of the site is not exported.")
        return self._home_page

    def _topic_feed(self, page_id: int) -> tuple[Rendered, Iterable[str], Iterable[str]]:
        topic, page = self.content.page_link(page_id), self.content.page(page_id)
        pages = [one for one in self.content.children(page_id) if one.type in ARTICLE_TYPES]
        pages.sort(key=_age, reverse=True)
        newest = pages[:FEED_LENGTH]
        shown = [*([topic] if topic else []), *newest]
        locale = page.locale if page else ""
        feed = self.renderer.feed(newest, self.content, topic=topic, locale=locale)
        return feed, _keys(shown), ()

    def _newest(self) -> Sequence[PageLink]:
        """The pages of the Atom feed. Of another CMS no type is known to be of articles."""
        content = self.content
        if not self.renderer.knows_types:
            return content.newest_of_any(FEED_LENGTH)
        types = sorted(ARTICLE_TYPES)
        return [link for one in types for link in content.newest(one, FEED_LENGTH)]

    def _mapped(self, artifact: Artifact, plan: Plan) -> list[PageLink]:
        """The pages of a sitemap: all, those of one folder, or those of no folder."""
        content = self.content
        if artifact.folder is None:
            return list(content.all_links())
        if artifact.folder:
            return list(content.below(artifact.folder))
        root = content.page_link(content.site.root_page_id)
        top = content.children(content.site.root_page_id)
        lone = [one for one in top if first_segment(one.path.lstrip("/")) not in plan.shards]
        return sorted([*([root] if root else []), *lone], key=lambda link: link.path)

    def _hold_back(self, plan: Plan) -> list[int]:
        """Put the last good version where a page failed; the pages that have none."""
        unfit = []
        for page_id in sorted(self._faults):
            if page_id in self._held or self.content.page_link(page_id) is None:
                continue
            pages = [path for path, file in self._files.items() if file.page_id == page_id]
            for path in pages:
                if not path.startswith(CARDS):  # that of a topic is named by the pages below it
                    self._forget(path)
            if self._hold(page_id, plan):
                self._held.add(page_id)
            else:
                unfit.append(page_id)
        return unfit

    def _hold(self, page_id: int, plan: Plan) -> bool:
        """Whether all files of the last good version stay, at the path the page still has."""
        link = self.content.page_link(page_id)
        first = self.last.file(path_for(link.path)) if link else None
        manifest = self.last.manifest
        if link is None or manifest is None or first is None or first.page_id != page_id:
            return False
        files = {
            path: file
            for path, file in self.last.files_in(manifest.folder_of(path_for(link.path))).items()
            if file.page_id == page_id
        }
        needs = {path for file in files.values() for path in file.needed_paths}
        keys = {key for file in files.values() for key in file.keys} | set(manifest.shared)
        others = (plan.artifacts[path] for path in files if path in plan.artifacts)
        if (
            not all(map(self.content.is_exported, keys))
            or any(other.page_id != page_id for other in others)
            or not all(path in self._files or self.last.file(path) for path in needs)
        ):
            return False
        for path in needs - self._files.keys():
            if before := self.last.file(path):
                self._put(path, before._replace(is_retained=False), is_new=False)
        shown = [key for file in files.values() for key in file.keys] + [*manifest.shared]
        for path, file in files.items():
            self._put(path, file._replace(shows=" ".join(dict.fromkeys(shown))), is_new=False)
        return True

    def _linked_folders(self, plan: Plan) -> frozenset[str]:
        """Which folders become units: the large ones, where the site is not small as a whole.

        A folder that is a unit stays one, and a site goes back to one tree only at half the size,
        so that the layout does not go to and fro.
        """
        units = self.last.manifest.units if self.last.manifest else {}
        paths = {*plan.artifacts, *plan.files}
        counts: Counter[str] = Counter(map(first_segment, paths))
        if not plan.is_whole:
            counts.update(
                first_segment(path) for path in self.last.files_in(TOP) if path not in paths
            )
            for folder, unit in units.items():
                counts[folder] = max(counts[folder], unit.files)
        limit = self.plain_tree_files // 2 if units else self.plain_tree_files
        if counts.total() <= limit:
            return frozenset()
        large = {folder for folder, count in counts.items() if count >= MIN_UNIT_FILES}
        return frozenset(large | units.keys()) - {TOP}

    def _compose(self, plan: Plan) -> Built:
        """The files of every folder that was touched, and all that stays linked into the draft."""
        last, own = self.last, self._files
        units = last.manifest.units if last.manifest else {}
        touched = {TOP, *map(self._place_of, (*own, *self._dropped))}
        touched |= {folder for folder, unit in units.items() if unit.retained}
        touched |= units.keys() - self.draft.linked
        if self._is_whole:
            touched |= units.keys()
        before = {path: file for folder in touched for path, file in last.files_in(folder).items()}
        now: dict[str, dict[str, PublishedFile]] = {folder: {} for folder in touched}
        if not self._is_whole:
            gone = own.keys() | self._dropped
            stays = {p: f for p, f in before.items() if p not in gone and not f.is_retained}
            self._file_away(stays, now)
        self._file_away(own, now)
        paths = {path for files in now.values() for path in files}
        self._file_away(retained(before, paths, self.content.is_exported), now)
        changed = {
            folder
            for folder, files in now.items()
            if _bytes_of(files) != _bytes_of(last.files_in(folder))
        }
        if changed and not self.is_dry:
            self._link(now, {TOP, *changed})
        served = {
            path for files in now.values() for path, one in files.items() if not one.is_retained
        }
        removed = {path for path, file in before.items() if not file.is_retained} - served
        return Built(
            folders=now,
            changed=frozenset(changed),
            owners=(plan.owners or frozenset()).union(f"page/{one}" for one in self._held),
            artifacts=tuple(self._artifacts(plan)),
            written=tuple(sorted(self._written)),
            removed=tuple(sorted(removed)),
            held=frozenset(self._held),
            findings=(*plan.findings, *self._all_findings()),
        )

    def _place_of(self, path: str) -> str:
        """The unit of a file in this release, or ``TOP``."""
        folder = first_segment(path)
        return folder if folder in self.draft.linked else TOP

    def _file_away(self, files: Files, folders: dict[str, dict[str, PublishedFile]]) -> None:
        for path, file in files.items():
            folders.setdefault(self._place_of(path), {})[path] = file

    def _link(self, folders: Mapping[str, Files], changed: Iterable[str]) -> None:
        """A folder that changed is a new one, which shares the bytes that did not change."""
        for folder in changed:
            for path in folders[folder].keys() - self._written:
                self.draft.link(path, self.last.place_of(path))

    def _artifacts(self, plan: Plan) -> Iterator[tuple[str, str]]:
        """Path and owner of what was planned, and of what is held in place of it."""
        for path, artifact in () if plan.owners is None else plan.artifacts.items():
            if path in self._files and artifact.page_id not in self._held:
                yield path, artifact.owner
        for path, file in self._files.items():
            if file.page_id in self._held:
                yield path, f"page/{file.page_id}"

    def _all_findings(self) -> Iterator[Finding]:
        for page_id, reason in sorted(self._faults.items()):
            link = self.content.link_of_any(page_id)
            if link is None:
                continue
            fate = "keeps its last version" if page_id in self._held else "stays out"
            if self._stood_in and page_id == self.content.site.root_page_id:
                fate = "shows the topics alone"
            message = f"Page {page_id} '{link.path}' {fate}: {reason}"
            yield Finding("refused", Ref("page", page_id), link.path, message)
        # What is true of many pages is said once.
        yield from dict.fromkeys(
            one for path in sorted(self._findings) for one in self._findings[path]
        )


def _bytes_of(files: Files) -> dict[str, tuple[str, bool]]:
    return {path: (file.sha256, file.is_retained) for path, file in files.items()}


def _age(link: PageLink) -> tuple[datetime, int]:
    """Orders pages as the state does: by their last time, and those of one time by number."""
    return link.last_published_at or datetime.min.replace(tzinfo=UTC), link.id


def _keys(links: Iterable[PageLink]) -> list[str]:
    return [f"page/{link.id}" for link in links]
