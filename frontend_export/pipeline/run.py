"""What an export did, as the CMS wants to hear it: docs/export-feed.md has the shape."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from frontend_export.config import Settings
from frontend_export.content import Finding
from frontend_export.errors import OutputError, PlainleafError, SourceError
from frontend_export.pipeline.publish import listed_releases
from frontend_export.pipeline.report import Report
from frontend_export.source import Source

logger = logging.getLogger(__name__)

MOST_FINDINGS = 200
VERSION = version("plainleaf")  # looked up while files can still be opened


@dataclass(frozen=True, slots=True)
class Run:
    """One export, or one answer to a request, from its start.

    ``reason`` is why it was made: ``change``, ``time``, ``reconcile``, ``resume``, ``request``,
    ``retry`` or ``command``.
    """

    reason: str
    request: int | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def outcome(self, report: Report) -> str:
        """``"published"``, ``"unchanged"``, or ``"held"`` by a rollback."""
        if report.pinned:
            return "held"
        return "published" if report.switched else "unchanged"

    def ended(self, report: Report, settings: Settings) -> dict[str, Any]:
        """It is done, at least but for single pages."""
        return self._told(settings) | {
            "outcome": self.outcome(report),
            "release": report.release,
            "cursor": report.cursor,
            "pages": report.pages,
            "rendered": report.rendered,
            "kept": report.kept,
            "removed": report.removed,
            "findings": _findings(report.findings),
            "finding_count": len(report.findings),
            "exit_code": report.exit_code,
            "pinned": report.pinned,
            "next_change_at": report.next_change_at,
        }

    def failed(self, error: PlainleafError, settings: Settings) -> dict[str, Any]:
        """Nothing changed."""
        return self._told(settings) | {
            "outcome": "failed",
            "error": str(error),
            "exit_code": error.exit_code,
        }

    def rolled_back(self, release: str, settings: Settings) -> dict[str, Any]:
        """The site went to a kept release; nothing was made."""
        return self._told(settings) | {"outcome": "held", "release": release, "pinned": release}

    def _told(self, settings: Settings) -> dict[str, Any]:
        finished_at = datetime.now(UTC)
        try:
            releases = [release._asdict() for release in listed_releases(settings)]
        except (OSError, OutputError):
            releases = []  # the run's own error says what is wrong there
        return {
            "id": str(uuid.uuid4()),
            "started_at": self.started_at,
            "finished_at": finished_at,
            "seconds": round((finished_at - self.started_at).total_seconds(), 3),
            "reason": self.reason,
            "request": self.request,
            "release": None,
            "cursor": None,
            **dict.fromkeys(("pages", "rendered", "kept", "removed", "finding_count"), 0),
            "findings": [],
            "error": "",
            "exit_code": 0,
            "pinned": None,
            "next_change_at": None,
            "releases": releases,
            "version": VERSION,
        }


def tell(source: Source, run: dict[str, Any]) -> None:
    """Tell the CMS. What it does not hear does not undo what was done."""
    try:
        source.report(run)
    except SourceError as error:
        # The error of a run that failed is said already, and is most often the same.
        level = logging.DEBUG if run["outcome"] == "failed" else logging.WARNING
        logger.log(level, "The CMS was not told of this export: %s", error)


def _findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The ones that kept a page from going out first."""
    ordered = sorted(findings, key=lambda one: one.severity != "refused")
    return [
        {
            "severity": one.severity,
            "subject": one.subject and one.subject._asdict(),
            "path": one.path,
            "message": one.message,
        }
        for one in ordered[:MOST_FINDINGS]
    ]
