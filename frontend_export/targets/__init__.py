"""Where a site goes out. Today that is a folder; a bucket would be a second class."""

from __future__ import annotations

from typing import Protocol

from frontend_export.config import Settings
from frontend_export.targets.directory import Directory


class Target(Protocol):
    """What the pipeline asks of it. Only the holder of the lock may change it."""

    def claim(self) -> None:
        """Make it ours. Raises ``OutputError`` where it holds somebody else's files."""

    def current(self) -> str | None:
        """The id of the release that is served."""

    def serve(self, release: str) -> None:
        """From the next request on, durably. Everything of the release is there already."""


def target_of(settings: Settings) -> Target:
    return Directory(settings.output_dir)
