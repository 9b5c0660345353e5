"""A folder on this machine: ``current`` names the release that a web server serves.

public/.plainleaf                  says that this folder is the exporter's to write and prune
public/current -> releases/<id>    switched by rename: a reader sees the old site or the new
"""

from __future__ import annotations

from pathlib import Path

from frontend_export.disk import explained, sync_folder
from frontend_export.errors import OutputError

MARKER = ".plainleaf"
MARKER_TEXT = "Written by frontend-export, which also removes old releases here.\n"


class Directory:
    """The output folder. Only the holder of the lock may change it."""

    def __init__(self, output_dir: Path) -> None:
        self._folder = output_dir
        self._current = output_dir / "current"

    def claim(self) -> None:
        """Make it ours. Raises ``OutputError`` for a folder with somebody else's files."""
        if self._folder.resolve() in {Path("/"), Path.home()}:
            raise OutputError(
                f"'{self._folder}' is no place for a site. Set PLAINLEAF_OUTPUT_DIR to a folder "
                "of its own."
            )
        with explained(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not (self._folder / MARKER).exists():
                if any(self._folder.iterdir()):
                    raise OutputError(
                        f"'{self._folder}' holds files that are not the exporter's. Empty it, or "
                        "set PLAINLEAF_OUTPUT_DIR to another folder."
                    )
                (self._folder / MARKER).write_text(MARKER_TEXT)
            self._next.unlink(missing_ok=True)  # a killed export may have left it

    def current(self) -> str | None:
        """The id of the release that is served."""
        try:
            return self._current.readlink().name
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutputError(
                f"'{self._current}' is not a link. Move it away: it must lead to a release."
            ) from error

    def serve(self, release: str) -> None:
        """From the next request on, durably. Everything of the release must be durable before."""
        with explained(self._current):
            self._next.unlink(missing_ok=True)
            self._next.symlink_to(Path("releases") / release)
            self._next.replace(self._current)
            sync_folder(self._folder)

    @property
    def _next(self) -> Path:
        return self._folder / "current.new"
