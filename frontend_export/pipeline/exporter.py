"""One export, from the CMS to a site that is served: source → plan → render → write → publish.

A fault of the whole site leaves everything as it was. A fault of one page leaves its last good
version, and is reported. What left the CMS leaves the site, whatever else fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from contextlib import AbstractContextManager, ExitStack, nullcontext
from types import TracebackType

from frontend_export.config import Settings
from frontend_export.pipeline.build import Build, Progress
from frontend_export.pipeline.intake import decode, take_in
from frontend_export.pipeline.last import Last
from frontend_export.pipeline.planning import Planner
from frontend_export.pipeline.publish import (
    Verify,
    last_release,
    locked_releases,
    prune,
    publish,
    seal,
)
from frontend_export.pipeline.report import Options, Report
from frontend_export.plan.changes import FETCHED_KINDS
from frontend_export.plan.site import SITE
from frontend_export.release import Releases, trial_draft
from frontend_export.render.chosen import brand_of, renderer_of
from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import ThemeFiles
from frontend_export.search_index import SearchIndexes
from frontend_export.source import Source
from frontend_export.state import State
from frontend_export.state.content import StoredContent
from frontend_export.state.store import StateDamagedError
from frontend_export.targets import target_of

PAGES_COMPARED_AT_ONCE = 1000
SEARCHABLE = ("page/", "snippet/")


def _silent(done: int, of: int) -> None:
    """No progress is shown."""


class Exporter(AbstractContextManager["Exporter"]):
    """What outlives one export: the connection to the CMS, the state, the compiled theme."""

    def __init__(self, settings: Settings, source: Source) -> None:
        self.source = source
        self._settings = settings
        self._stack = ExitStack()
        self._state: State | None = None
        self._renderer: Renderer | None = None
        self._theme: object = None
        self._is_first = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def export(
        self, options: Options, *, verify: Verify | None = None, progress: Progress = _silent
    ) -> Report:
        """Bring the site to the state of the CMS. Raises ``PlainleafError`` with nothing changed.

        ``verify`` says how closely the files on disk are looked at: for the first time by size.
        """
        verify = "content" if options.full else verify or ("size" if self._is_first else "nothing")
        try:
            report = self._export(options, verify, progress)
        except StateDamagedError:
            self._forget_state()
            report = self._export(options, verify, progress)
        self._is_first = False
        return report

    def _export(self, options: Options, verify: Verify, progress: Progress) -> Report:
        started = time.monotonic()
        with locked_releases(self._settings) as releases:
            state = self._opened_state()
            with state.explained(), state.undone() if options.dry_run else nullcontext():
                report = self._bring_up_to_date(releases, state, options, verify, progress)
        return report.timed(time.monotonic() - started)

    def _bring_up_to_date(
        self,
        releases: Releases,
        state: State,
        options: Options,
        verify: Verify,
        progress: Progress,
    ) -> Report:
        renderer = self._current_renderer()
        with renderer.warming_up() if state.cursor is None else nullcontext():
            begin = take_in(
                self.source,
                state,
                self._settings,
                afresh=options.full,
                compare=options.compare or (self._is_first and is_worth_a_comparison(state)),
            )
        content = state.content(decode)
        indexes = SearchIndexes(self._settings.output_dir, self._settings.state_dir)
        last = last_release(releases, verify=verify)
        mark_what_else_changed(state, last, renderer)
        keys = None if state.is_everything_dirty else state.dirty()
        release, built = last.manifest, None
        if keys is None or keys or release is None:
            planner = Planner(
                state,
                content,
                last,
                assets=renderer.assets(),
                card_path=renderer.card_path,
                site_url=self._settings.site_url,
                knows_types=renderer.knows_types,
                has_search=self._settings.search,
            )
            plan = planner.plan(keys)
            with releases.draft() if not options.dry_run else trial_draft() as draft:
                built = Build(
                    draft=draft,
                    source=self.source,
                    state=state,
                    content=content,
                    renderer=renderer,
                    last=last,
                    now=begin.now,
                    is_dry=options.dry_run,
                    processes=1 if options.dry_run else self._settings.processes,
                    plain_tree_files=self._settings.plain_tree_files,
                    progress=progress,
                ).carry_out(plan, planner)
                if options.dry_run:
                    return Report.intended(last.manifest, built, begin)
                if self._settings.search:
                    indexes.link_into(draft.root, draft.id)
                release = seal(releases, draft, last, built, content, begin)
        elif options.dry_run:
            return Report.intended(last.manifest, None, begin)
        is_gone = _asked_of(content, state.gone()) if keys is None else state.gone().__contains__
        target = target_of(self._settings)
        if self._settings.search:
            indexes.settle(release.id, has_lost=has_lost_searchable_words(state))
        published = publish(releases, release, target, self._settings, is_gone=is_gone)
        prune(releases, release, target, self._settings, is_gone=is_gone)
        indexes.prune(releases.ids() if self._settings.search else ())
        if built:
            state.finish()
            has_lost_words = bool(state.gone())
            with state.transaction():
                state.settle(
                    release.id,
                    owners=built.owners,
                    artifacts=built.artifacts,
                    still_dirty=(f"page/{page_id}" for page_id in built.held),
                )
            if has_lost_words:
                state.scrub()
        standing = built.findings if built else tuple(state.graph.findings())
        findings = (*self.source.findings, *standing)
        return Report.of(release, published, built, findings, begin)

    def _opened_state(self) -> State:
        if self._state is None:
            path = self._settings.state_dir / "state.db"
            self._state = self._stack.enter_context(State.open(path))
        return self._state

    def _forget_state(self) -> None:
        self._stack.close()
        self._state = None

    def _current_renderer(self) -> Renderer:
        """The theme is compiled again when one of its files changed."""
        theme = ThemeFiles(self._settings.theme_dir, brand_of(self._settings)).state()
        if self._renderer is None or self._theme != theme:
            self._renderer = renderer_of(self._settings)
            self._theme = theme
        return self._renderer


def is_worth_a_comparison(state: State) -> bool:
    """Whether it costs next to nothing to look for what the CMS does not know to have changed."""
    return state.count_pages() <= PAGES_COMPARED_AT_ONCE


def mark_what_else_changed(state: State, last: Last, renderer: Renderer) -> None:
    """What the feed does not tell of: the theme, lost releases, files that were changed by hand."""
    with state.transaction():
        is_other_theme = state.meta("theme") != renderer.theme_fingerprint
        if is_other_theme or last.manifest is None or state.release != last.manifest.id:
            state.graph.mark_everything()
        state.remember(theme=renderer.theme_fingerprint)
        for path in last.damaged:
            file = None if last.manifest is None else last.recorded(path)
            if file is None:
                state.graph.mark_everything()
            elif file.kind in FETCHED_KINDS:
                state.graph.mark([f"file/{path}"])
            else:
                state.graph.mark([state.owner_of(path) or SITE])


def has_lost_searchable_words(state: State) -> bool:
    """Whether something left that a search index may have words of, as far as anybody knows."""
    return state.release is None or any(key.startswith(SEARCHABLE) for key in state.gone())


def _asked_of(content: StoredContent, gone: Container[str]) -> Callable[[str], bool]:
    return lambda key: key in gone or not content.is_exported(key)
