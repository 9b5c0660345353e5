"""One export, from the CMS to a site that is served: source → plan → render → write → publish.

A fault of the whole site leaves everything as it was. A fault of one page leaves its last good
version, and is reported. What left the CMS leaves the site, whatever else fails.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache, partial

from frontend_export.config import Settings
from frontend_export.pipeline.build import Build, Progress
from frontend_export.pipeline.edge_record import edge_record
from frontend_export.pipeline.intake import plan_of, take_in
from frontend_export.pipeline.publish import last_release, locked_releases, publish, seal
from frontend_export.pipeline.report import Options, Report, intended
from frontend_export.plan.changes import changes_since
from frontend_export.render import Renderer
from frontend_export.source.chosen import source_of
from frontend_export.state import State

__all__ = ["Options", "Report", "export"]

DEFAULT = Options()


def export(
    settings: Settings, options: Options = DEFAULT, *, progress: Progress = lambda done, of: None
) -> Report:
    """Bring the site to the state of the CMS. Raises ``PlainleafError`` with nothing changed."""
    started = time.monotonic()
    with (
        locked_releases(settings) as releases,
        State.open(settings.state_dir / "state.db") as state,
    ):
        cms = source_of(settings)
        intake = take_in(cms, state, afresh=options.full)

        renderer = Renderer(
            site_url=settings.site_url,
            theme_dir=settings.theme_dir,
            knows_types=settings.source == "cms",
        )
        plan_without = lru_cache(1)(partial(plan_of, intake, renderer, settings))
        plan = plan_without(frozenset())
        last = last_release(releases, by_content=options.full)
        changes = changes_since(plan, last.files, full=options.full)
        if options.dry_run:
            return intended(plan, changes, last, intake.begin).timed(time.monotonic() - started)

        release, built = last.manifest, None
        if changes.render or changes.remove or release is None:
            with releases.draft() as draft:
                built = Build(
                    draft=draft,
                    cms=cms,
                    state=state,
                    renderer=renderer,
                    last=last,
                    full=options.full,
                    now=intake.begin.now,
                    progress=progress,
                ).carry_out(plan_without)
                plan = built.plan
                edge = edge_record(state, intake.begin, pages=plan.pages)
                release = seal(releases, draft, last, intake.begin, edge)
        published = publish(releases, release, plan, settings)
    report = Report.of(release, last, published, plan, built, intake.begin)
    findings = (*cms.findings, *report.findings)
    return replace(report, findings=findings).timed(time.monotonic() - started)
