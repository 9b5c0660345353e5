"""``frontend-export`` by a clock that can be moved while it runs.

``python -m tests.faults.moved_clock FILE edge --port 8001``; ``FILE`` holds, as eight bytes, by how
many seconds the clock of the edge is wrong.
"""

from __future__ import annotations

import functools
import mmap
import struct
import sys
import time
from pathlib import Path

SECONDS = struct.Struct("d")


class MovedClock:
    """The file, for whoever moves the clock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.move(0.0)

    def move(self, seconds: float) -> None:
        """From now on it is wrong by so many."""
        if not self.path.exists():
            self.path.write_bytes(SECONDS.pack(seconds))
        with self.path.open("r+b") as file:  # in place: who reads it has this file open
            file.write(SECONDS.pack(seconds))


def main() -> None:
    from frontend_export import cli
    from frontend_export.edge import app

    with Path(sys.argv[1]).open("rb") as file:
        moved = mmap.mmap(file.fileno(), SECONDS.size, access=mmap.ACCESS_READ)

    def clock() -> float:
        return time.time() + float(SECONDS.unpack_from(moved)[0])

    app.create_app = functools.partial(app.create_app, clock=clock)
    cli.main(sys.argv[2:], prog_name="frontend-export")


if __name__ == "__main__":
    main()
