"""Who may write, and whether a rollback holds the site."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from frontend_export.disk import explained, sync_folder, write_durably
from frontend_export.errors import LockedError

PIN = "pinned"


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold ``folder`` alone, or raise ``LockedError`` at once. It ends with the process.

    Raises ``OutputError`` where it cannot be locked.
    """
    with explained(folder, to="lock"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with explained(folder, to="lock"):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LockedError(
                    f"Another export is running on '{folder}'. Wait for it or stop it."
                ) from error
        yield
    finally:
        os.close(handle)


def pinned(state_dir: Path) -> str | None:
    """The release that a rollback holds the site at."""
    try:
        return (state_dir / PIN).read_text().strip() or None
    except FileNotFoundError:
        return None


def pin(state_dir: Path, release: str | None) -> None:
    """Hold the site at ``release``; ``None`` lets it move on."""
    with explained(state_dir / PIN):
        if release is None:
            (state_dir / PIN).unlink(missing_ok=True)
            sync_folder(state_dir)
        else:
            write_durably(state_dir / PIN, [f"{release}\n".encode()])
