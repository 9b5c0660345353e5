"""The systems a benchmark compares: each says what to run, and what to lay out before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Work = str
"""``full``: from nothing. ``noop_cold``: nothing changed, a fresh process. ``one_edit``."""


@dataclass(frozen=True, slots=True)
class Command:
    arguments: Sequence[str]
    env: Mapping[str, str]


class System(Protocol):
    """``name`` as on the command line; ``works`` in the order in which they build on each other."""

    name: str
    works: tuple[Work, ...]

    def prepare(self, work: Work) -> None:
        """Bring about what ``work`` starts from. Not measured."""
        ...

    def command(self, work: Work) -> Command:
        """What is measured."""
        ...

    def output_dir(self) -> Path:
        """Where the site lies after the command, to count what it made."""
        ...
