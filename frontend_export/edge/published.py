"""What the edge knows of the site while the CMS is away: the record beside each release."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

from frontend_export.content import ContentIndex, Page
from frontend_export.errors import OutputError, SourceError
from frontend_export.release import Releases
from frontend_export.source.feed import End, Record, content_from_records, parse_record

logger = logging.getLogger(__name__)

# Many posts that come together look once: to ask the disk gives other threads a turn, for which
# the post waits longer than for the answer.
LOOK_AGAIN_SECONDS = 0.002


class Version(NamedTuple):
    """A file as it was when it was read: each that takes its place is another."""

    path: str
    inode: int
    changed_at: int

    @classmethod
    def of(cls, path: str) -> Version:
        """Raises ``OSError`` where there is none."""
        found = os.stat(path)  # noqa: PTH116 - a post waits for it
        return cls(path, found.st_ino, found.st_mtime_ns)


class Named(NamedTuple):
    """Where ``current`` leads: to which release, and where the record of it stands."""

    target: str
    release: str
    record: str


@dataclass(frozen=True, slots=True)
class Published:
    """One release, as far as comments need it; ``record`` is the file that it was read from."""

    record: Version
    content: ContentIndex
    pages: tuple[Page, ...]
    translations: Mapping[str, tuple[Page, ...]]

    def page(self, translation_key: str, locale: str) -> Page | None:
        """The page a form names; a locale decides only where translations share the key."""
        found = self.translations.get(translation_key, ())
        if len(found) == 1 and not locale:
            return found[0]
        return next((page for page in found if page.locale == locale), None)


class PublishedSite:
    """Reads the record of the release that ``current`` names, again when either changed."""

    def __init__(self, *, output_dir: Path, state_dir: Path) -> None:
        self._current_link = output_dir / "current"
        self._releases = Releases(output_dir, state_dir)
        self._named = Named("", "", "")
        self._parts: dict[Version, list[Record]] = {}
        self._lock = threading.Lock()
        self._published: Published | None = None
        self._known_until = 0.0

    def current(self) -> Published:
        """The release that is being served.

        A record that cannot be read is logged and the one before stays in use. Raises
        ``OutputError`` where there never was one.
        """
        with self._lock:
            try:
                named = self._named_now()
                record = Version.of(named.record)
                if self._published is None or self._published.record != record:
                    self._published = self._read(named.release, record)
            except (OSError, SourceError, OutputError) as error:
                message = (
                    f"The record of the release at '{self._current_link}' cannot be read: {error} "
                    "Run 'frontend-export export'."
                )
                if self._published is None:
                    raise OutputError(message) from error
                logger.error("%s", message)
            return self._published

    def known(self) -> Published | None:
        """The release that is being served, where it was read already: at once, in any thread."""
        published = self._published
        if published and time.monotonic() < self._known_until:
            return published
        try:
            is_served = published and published.record == Version.of(self._named_now().record)
        except (OSError, OutputError):
            return None  # ``current`` says what is wrong
        if not is_served:
            return None
        self._known_until = time.monotonic() + LOOK_AGAIN_SECONDS
        return published

    def _named_now(self) -> Named:
        """What ``current`` names. As texts that are kept: each post asks, and to make a path of
        them takes longer than to ask the disk."""
        target = os.readlink(self._current_link)  # noqa: PTH115 - as the docstring says
        named = self._named
        if named.target != target:
            release = PurePath(target).name
            named = Named(target, release, str(self._releases.edge_record(release)))
            self._named = named
        return named

    def _read(self, release: str, record: Version) -> Published:
        """Of the folders that two releases share, what is known already is not read again."""
        top, *units = self._releases.edge_records(release)
        parts = {
            version: self._parts.get(version) or read_part(Path(version.path))
            for version in (Version.of(str(unit)) for unit in units)
        }
        records = read_part(top) + [record for part in parts.values() for record in part]
        self._parts = parts
        pages = tuple(_pages(records))
        translations: dict[str, tuple[Page, ...]] = defaultdict(tuple)
        for page in pages:
            translations[page.translation_key] += (page,)
        return Published(
            record=record,
            content=content_from_records(records),
            pages=pages,
            translations=dict(translations),
        )


def read_part(path: Path) -> list[Record]:
    """Parse one part. Raises ``OSError``, or ``SourceError`` where it is cut or damaged."""
    with path.open("rb") as lines:
        parsed = [parse_record(line) for line in lines if line.strip()]
    if not parsed or not isinstance(parsed[-1], End):
        raise SourceError(f"The record '{path}' is cut: it has no 'end'.")
    return [item for item in parsed if isinstance(item, Record)]


def _pages(records: Iterable[Record]) -> Iterable[Page]:
    return (record.value for record in records if isinstance(record.value, Page))
