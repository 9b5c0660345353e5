"""From the CMS to a site that is served: ``exporter`` on one screen, ``watch`` around it."""

from __future__ import annotations

from dataclasses import replace

from frontend_export.config import Settings
from frontend_export.errors import LockedError, PlainleafError
from frontend_export.pipeline.build import Progress
from frontend_export.pipeline.exporter import Exporter
from frontend_export.pipeline.indexing import bring_index_up_to_date
from frontend_export.pipeline.report import Options, Report
from frontend_export.pipeline.run import Run, tell
from frontend_export.source.chosen import source_of

__all__ = ["Options", "Report", "export"]

DEFAULT = Options()


def export(
    settings: Settings, options: Options = DEFAULT, *, progress: Progress = lambda done, of: None
) -> Report:
    """Bring the site to the state of the CMS, and tell it. Raises ``PlainleafError`` with nothing
    changed."""
    source, run = source_of(settings), Run("command")
    with Exporter(settings, source) as exporter:
        try:
            report = exporter.export(options, progress=progress)
        except LockedError:
            raise  # whoever holds the lock tells of it
        except PlainleafError as error:
            if not options.dry_run:
                tell(source, run.failed(error, settings))
            raise
        if options.dry_run:
            return report
        tell(source, run.ended(report, settings))
        if findings := bring_index_up_to_date(settings):
            report = replace(report, findings=(*report.findings, *findings))
            tell(source, run.ended(replace(report, switched=False), settings))
        return report
