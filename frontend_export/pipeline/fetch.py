"""Bring in images and documents while pages are rendered, straight into the draft."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import NamedTuple

from frontend_export.errors import FileUnavailableError
from frontend_export.release import Draft
from frontend_export.source import Source, Wanted

FETCHES_AT_ONCE = 3
FILES_OF_ONE_FETCH = 50


class Fetched(NamedTuple):
    """``fault`` says why there is no file."""

    wanted: Wanted
    sha256: str = ""
    size: int = 0
    fault: str = ""


class Fetching(AbstractContextManager["Fetching"]):
    """Threads that fetch; leaving by an exception drops what has not been begun."""

    def __init__(self, source: Source, draft: Draft) -> None:
        self._source = source
        self._draft = draft
        self._pool = ThreadPoolExecutor(FETCHES_AT_ONCE, "fetch")
        self._batches: list[Future[list[Fetched]]] = []

    def start(self, wanted: Sequence[Wanted]) -> None:
        for first in range(0, len(wanted), FILES_OF_ONE_FETCH):
            batch = wanted[first : first + FILES_OF_ONE_FETCH]
            self._batches.append(self._pool.submit(self._fetch, batch))

    def results(self) -> Iterator[Fetched]:
        """Waits for each. Raises ``SourceError`` when the CMS is gone."""
        for batch in self._batches:
            yield from batch.result()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _fetch(self, batch: Sequence[Wanted]) -> list[Fetched]:
        fetched = []
        for wanted, chunks in self._source.files(batch):
            try:
                fetched.append(Fetched(wanted, *self._draft.receive(wanted.path, chunks)))
            except FileUnavailableError as error:
                fetched.append(Fetched(wanted, fault=str(error)))
        return fetched
