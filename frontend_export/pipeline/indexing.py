"""The newest release gets its search index: after it is served, and while nobody waits.

An index costs far more than an edit, so that ``watch`` makes it beside its exports, and rests after
each for several times as long as it took. Only where readers find no index at all, since something
left the site, it is made at once.
"""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from frontend_export.config import Settings
from frontend_export.content import Finding
from frontend_export.errors import LockedError, OutputError, PlainleafError
from frontend_export.pipeline.publish import locked_releases
from frontend_export.release import Releases
from frontend_export.search_index import NONE, Hold, IndexedFile, SearchIndexes

logger = logging.getLogger(__name__)

SHORTEST_REST_SECONDS = 10.0
RESTS = 5  # times as long as an index took
RETRY_SECONDS = 60.0


def bring_index_up_to_date(settings: Settings) -> tuple[Finding, ...]:
    """Make and show the index of the newest release, if it is not there; what went wrong."""
    if not settings.search:
        return ()
    try:
        release = lacking_index(settings)
        if release is not None:
            make_index(settings, release, hold=lambda process: None)
            show_index(settings, release)
    except LockedError:
        return ()  # whoever holds the lock makes it
    except OutputError as error:
        return (as_finding(error),)
    return ()


def lacking_index(settings: Settings) -> str | None:
    """The newest release, where what is shown beside it was made of an older one."""
    release = max(Releases(settings.output_dir, settings.state_dir).ids(), default=None)
    if release is None or indexes_of(settings).shown_by(release) in (None, release):
        return None
    return release


def make_index(settings: Settings, release: str, *, hold: Hold) -> bool:
    """Whether there is one to show now: a release may be removed while it is read. Raises
    ``OutputError``, and ``LockedError`` where somebody else makes one."""
    releases = Releases(settings.output_dir, settings.state_dir)
    try:
        indexes_of(settings).make(release, _pages(releases, release), hold=hold)
    except OutputError:
        if release in releases.ids():
            raise
        return False
    return True


def show_index(settings: Settings, release: str) -> bool:
    """Whether it is shown: not where something left since it was made."""
    with locked_releases(settings) as releases:
        return indexes_of(settings).publish(release, kept=releases.ids())


def indexes_of(settings: Settings) -> SearchIndexes:
    return SearchIndexes(settings.output_dir, settings.state_dir)


def as_finding(error: Exception) -> Finding:
    return Finding("warning", None, "", str(error) or repr(error))


def _pages(releases: Releases, release: str) -> Iterator[IndexedFile]:
    manifest = releases.manifest(release)
    for path, file in releases.all_files(manifest):
        if file.kind == "page":
            yield IndexedFile(path, releases.place_of(manifest, path))


class Indexing(AbstractContextManager["Indexing"]):
    """Makes one index after another in a thread, for a ``watch``; ``look`` is its turn."""

    def __init__(self, settings: Settings, log: Callable[[dict[str, Any]], None]) -> None:
        self.findings: tuple[Finding, ...] = ()
        self._settings = settings
        self._log = log
        self._thread = ThreadPoolExecutor(1, "search-index")
        self._making: Future[bool] | None = None
        self._release = ""
        self._process: subprocess.Popen[str] | None = None
        self._began_at = 0.0
        self._rests_until = 0.0
        self._is_stopped = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_stopped = True
        if self._process is not None:
            self._process.kill()
        self._thread.shutdown(cancel_futures=True)

    def look(self) -> bool:
        """Begin what is due and show what is done. Whether there are other ``findings`` now."""
        if not self._settings.search:
            return False
        before = self.findings
        try:
            if self._making is None:
                self._begin()
            elif self._making.done():
                self._show(self._making)
        except LockedError as error:
            logger.debug("The search index waits", exc_info=error)
        except Exception as error:  # whatever it is, exports go on
            if not isinstance(error, PlainleafError):
                logger.exception("The search index was not made")
            self._rest(RETRY_SECONDS)
            self.findings = (as_finding(error),)
            self._log({"event": "search", "release": self._release, "error": str(error)})
        return self.findings != before

    def _begin(self) -> None:
        release = lacking_index(self._settings)
        if release is None:
            return
        is_urgent = not self.findings and indexes_of(self._settings).shown_by(release) == NONE
        if not is_urgent and time.monotonic() < self._rests_until:
            return
        self._release, self._began_at = release, time.monotonic()
        self._making = self._thread.submit(
            make_index, self._settings, release, hold=self._remember_process
        )

    def _show(self, making: Future[bool]) -> None:
        is_shown = making.result() and show_index(self._settings, self._release)
        took = self._rest(SHORTEST_REST_SECONDS)
        self.findings = ()
        if is_shown:
            self._log({"event": "search", "release": self._release, "seconds": round(took, 3)})

    def _rest(self, at_least_seconds: float) -> float:
        """How long the index took: one that fails after minutes is not begun again at once."""
        now = time.monotonic()
        took = 0.0 if self._making is None else now - self._began_at
        self._making = None
        self._rests_until = now + max(at_least_seconds, RESTS * took)
        return took

    def _remember_process(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        if self._is_stopped:
            process.kill()
