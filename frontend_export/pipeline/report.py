"""What an export was asked to do, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from frontend_export.content import Finding
from frontend_export.errors import ContentError
from frontend_export.pipeline.build import Built
from frontend_export.pipeline.publish import Last, Published
from frontend_export.plan.changes import Changes, PublishedFile
from frontend_export.plan.site import Plan
from frontend_export.release import Manifest
from frontend_export.source.feed import Begin


@dataclass(frozen=True, slots=True)
class Options:
    """How one export differs from the usual one."""

    full: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What an export did.

    ``release`` is the newest there is, new or not; ``pinned`` the one a rollback holds the site
    at. ``rendered`` and ``kept`` count files, ``removed`` those that left the site. ``changes``
    lists paths, for a dry run only.
    """

    release: str | None
    switched: bool
    pinned: str | None
    pages: int
    rendered: int
    kept: int
    removed: int
    findings: tuple[Finding, ...]
    cursor: str
    next_change_at: datetime | None
    seconds: float = 0.0
    dry_run: bool = False
    changes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0, or that of ``ContentError`` where a page was kept from going out."""
        refused = any(finding.severity == "refused" for finding in self.findings)
        return ContentError.exit_code if refused else 0

    @classmethod
    def of(
        cls,
        release: Manifest,
        last: Last,
        published: Published,
        plan: Plan,
        built: Built | None,
        begin: Begin,
    ) -> Report:
        files = _served(release.files)
        rendered = built.rendered if built else 0
        return cls(
            release=release.id,
            switched=published.switched,
            pinned=published.pinned,
            pages=release.pages,
            rendered=rendered,
            kept=len(files) - rendered,
            removed=len(_served(last.manifest.files) - files) if last.manifest else 0,
            findings=(*(built.findings if built else plan.findings), *published.findings),
            cursor=begin.cursor,
            next_change_at=begin.next_change_at,
        )

    def timed(self, seconds: float) -> Report:
        return replace(self, seconds=round(seconds, 3))

    def as_json(self) -> dict[str, Any]:
        """For a machine: a subject is ``{"kind": "page", "id": 12}`` or null."""
        findings = [
            asdict(finding) | {"subject": finding.subject and finding.subject._asdict()}
            for finding in self.findings
        ]
        return asdict(self) | {"findings": findings, "exit_code": self.exit_code}


def intended(plan: Plan, changes: Changes, last: Last, begin: Begin) -> Report:
    """What an export would do, as far as the plan knows before anything is rendered."""
    return Report(
        release=last.manifest.id if last.manifest else None,
        switched=False,
        pinned=None,
        pages=len(plan.pages),
        rendered=len(changes.render),
        kept=len(changes.keep),
        removed=len(changes.remove),
        findings=plan.findings,
        cursor=begin.cursor,
        next_change_at=begin.next_change_at,
        dry_run=True,
        changes={
            "render": [artifact.path for artifact in changes.render],
            "remove": list(changes.remove),
        },
    )


def _served(files: Mapping[str, PublishedFile]) -> set[str]:
    return {path for path, file in files.items() if not file.is_retained}
