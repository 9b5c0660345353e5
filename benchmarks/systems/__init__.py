"""The systems a benchmark compares: each says what it can do, and does it once when asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.results import Measurement

Work = str
"""``full``: everything, from nothing, in a fresh process.
``noop_cold`` and ``one_edit_cold``: nothing changed, one article did; again in a fresh process.
``noop`` and ``one_edit``: the same, noticed by a process that follows the CMS.
"""


class System(Protocol):
    """``name`` as on the command line; ``works`` in the order in which they build on each other."""

    name: str
    works: tuple[Work, ...]

    def run(self, work: Work, *, weigh: bool) -> Sequence[Measurement]:
        """Do it; several times where once is over too quickly to tell. ``weigh``: for its memory,
        not for its time."""
        ...

    def output_dir(self) -> Path:
        """Where the site lies afterwards."""
        ...
