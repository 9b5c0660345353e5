"""The release before: which of its files may be taken over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from frontend_export.plan.changes import PublishedFile
from frontend_export.release import TOP, Files, Manifest, Releases


@dataclass(frozen=True, slots=True)
class Last:
    """Without a ``manifest`` there was none. ``damaged`` are paths, and units as ``folder/``."""

    releases: Releases
    manifest: Manifest | None = None
    damaged: frozenset[str] = frozenset()

    @property
    def folders(self) -> tuple[str, ...]:
        """The units and the top level."""
        return (TOP, *self.manifest.units) if self.manifest else (TOP,)

    def files_in(self, folder: str) -> Files:
        """The whole files of a unit or of the top level."""
        manifest = self.manifest
        if manifest is None or (folder and folder not in manifest.units):
            return {}
        if f"{folder}/" in self.damaged:
            return {}
        files = self.releases.files_in(manifest, folder)
        if not self.damaged:
            return files
        return {path: file for path, file in files.items() if path not in self.damaged}

    def file(self, path: str) -> PublishedFile | None:
        """The file at a path, where it is whole."""
        if self.manifest is None or path in self.damaged:
            return None
        return self.files_in(self.manifest.folder_of(path)).get(path)

    def recorded(self, path: str) -> PublishedFile | None:
        """The file at a path as it was written, whole or not."""
        if self.manifest is None or path.endswith("/"):
            return None
        folder = self.manifest.folder_of(path)
        return self.releases.files_in(self.manifest, folder).get(path)

    def place_of(self, path: str) -> Path:
        if self.manifest is None:
            raise KeyError(path)
        return self.releases.place_of(self.manifest, path)
