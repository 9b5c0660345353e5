"""What an export was asked to do, and what it did."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from frontend_export.content import Finding
from frontend_export.errors import ContentError
from frontend_export.pipeline.build import Built
from frontend_export.pipeline.publish import Published
from frontend_export.release import Manifest
from frontend_export.source.feed import Begin


@dataclass(frozen=True, slots=True)
class Options:
    """How one export differs from the usual one.

    ``full`` reads, makes and verifies everything again; ``compare`` looks for changes that the CMS
    does not know of; ``dry_run`` changes nothing.
    """

    full: bool = False
    dry_run: bool = False
    compare: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What an export did.

    ``release`` is the newest there is, new or not; ``pinned`` the one a rollback holds the site
    at. ``rendered`` counts files whose bytes are new, ``kept`` the others, ``removed`` those that
    left. ``changes`` lists paths, for a dry run only.
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
        published: Published,
        built: Built | None,
        findings: tuple[Finding, ...],
        begin: Begin,
    ) -> Report:
        rendered = len(built.written) if built else 0
        return cls(
            release=release.id,
            switched=published.switched,
            pinned=published.pinned,
            pages=release.pages,
            rendered=rendered,
            kept=release.size - rendered,
            removed=len(built.removed) if built else 0,
            findings=(*findings, *published.findings),
            cursor=begin.cursor,
            next_change_at=begin.next_change_at,
        )

    @classmethod
    def intended(cls, last: Manifest | None, built: Built | None, begin: Begin) -> Report:
        """What an export would do now: it was done, and left where nothing serves it."""
        written, removed = (built.written, built.removed) if built else ((), ())
        return cls(
            release=last.id if last else None,
            switched=False,
            pinned=None,
            pages=last.pages if last else 0,
            rendered=len(written),
            kept=last.size if last else 0,
            removed=len(removed),
            findings=built.findings if built else (),
            cursor=begin.cursor,
            next_change_at=begin.next_change_at,
            dry_run=True,
            changes={"render": list(written), "remove": list(removed)},
        )

    def timed(self, seconds: float) -> Report:
        return replace(self, seconds=round(seconds, 3))

    def as_json(self) -> dict[str, Any]:
        """For a machine: a subject is ``{"kind": "page", "id": 12}`` or null."""
        findings = [
            finding._asdict() | {"subject": finding.subject and finding.subject._asdict()}
            for finding in self.findings
        ]
        return asdict(self) | {"findings": findings, "exit_code": self.exit_code}
