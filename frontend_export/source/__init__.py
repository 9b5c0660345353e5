"""Where the content comes from: the only modules that know endpoints and JSON shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from frontend_export.content import Finding
from frontend_export.source.feed import Line, Position

MAX_BYTES = {"image": 20 * 1024 * 1024, "document": 200 * 1024 * 1024}


class Wanted(NamedTuple):
    """A file that the content names: the ``path`` it gets in the site, and where it is.

    ``kind`` is ``image`` or ``document``, ``name`` what a message calls it, ``mime`` what an
    image must turn out to be.
    """

    path: str
    kind: str
    name: str
    url: str
    mime: str = ""


class Source(Protocol):
    """What the pipeline asks of a CMS. Every failure is a ``SourceError``."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person should know of the feed that was read last."""

    def feed(self, cursor: str | None) -> Iterator[Line]:
        """The whole site, or what changed since ``cursor``: nothing of it counts before its end."""

    def position(self) -> Position:
        """Where the CMS is in its history; cheap, since ``watch`` asks about every second."""

    def manifest(self) -> Iterator[tuple[str, str, int, str]]:
        """Kind, type, id and fingerprint of everything: what ``feed`` would say without a cursor,
        for less."""

    def report(self, run: Mapping[str, Any]) -> None:
        """Tell the CMS what an export did, if it wants to know."""

    def files(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, Iterator[bytes]]]:
        """Each file with its bytes, which are read before the next one is asked for.

        Reading raises ``FileUnavailableError`` where that file alone cannot be had.
        """
