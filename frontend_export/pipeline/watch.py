"""Follow the CMS: export after every change, when time alone changes the site, when a rollback no
longer holds it, and now and then.

The comparison in each export is the truth; the cursor only says when to look. A CMS that is away
is asked again, ever more slowly.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from frontend_export.config import Settings
from frontend_export.errors import PlainleafError, SourceError
from frontend_export.pipeline import export
from frontend_export.source.chosen import source_of
from frontend_export.state import pinned

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
RECONCILE_SECONDS = 300.0
MAX_WAIT_SECONDS = 30.0

Log = Callable[[dict[str, Any]], None]


def watch(
    settings: Settings,
    stop: threading.Event,
    *,
    log: Log,
    poll_seconds: float = POLL_SECONDS,
    reconcile_seconds: float = RECONCILE_SECONDS,
) -> None:
    """Export until ``stop`` is set; ``log`` gets one entry for each run. One run at a time."""
    cms = source_of(settings)
    seen: str | None = None
    held: str | None = None
    due = time.monotonic()
    wake_at: datetime | None = None
    wait = poll_seconds
    while not stop.is_set():
        try:
            position = cms.position()
            pin = pinned(settings.state_dir)
            reason = _reason(position.cursor != seen, bool(held and not pin), due, wake_at)
            if reason:
                report = export(settings)
                seen, wake_at, pin = report.cursor, report.next_change_at, report.pinned
                due = time.monotonic() + reconcile_seconds
                log({"event": "export", "reason": reason, **report.as_json()})
            held, wait = pin, poll_seconds
        except PlainleafError as error:
            # refused content or a full disk may heal without the cursor moving: try again
            wait = min(MAX_WAIT_SECONDS, max(wait * 2, poll_seconds))
            due = time.monotonic() + wait if not isinstance(error, SourceError) else due
            log({"event": "failed", "error": str(error), "exit_code": error.exit_code})
        stop.wait(wait)


def _reason(
    has_changed: bool, is_resumed: bool, due: float, wake_at: datetime | None
) -> str | None:
    if has_changed:
        return "change"
    if is_resumed:
        return "resume"
    if wake_at and datetime.now(UTC) >= wake_at:
        return "time"
    return "reconcile" if time.monotonic() >= due else None
