"""What is wrong with content files: every problem in one sentence, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


class ContentFileError(Exception):
    """Files, or what they were to be made of, were refused. ``problems`` are sentences that name
    the place and the remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass
class Problems:
    """Collects problems, so that a person mends a folder in one go.

    ``file``, below ``folder``, and ``key`` say where: ``articles/ketamine.yaml`` and
    ``body.3.next_step.label``, counted from 1. Without a folder, ``file`` is what is said.
    """

    folder: Path | None
    found: list[str] = field(default_factory=list)

    def add(self, file: str, key: str, sentence: str) -> None:
        place = (self.folder / file).as_posix() if self.folder else file
        self.found.append(f"{place}: {key}: {sentence}" if key else f"{place}: {sentence}")

    def raise_if_any(self) -> None:
        if self.found:
            raise ContentFileError(self.found)

    @contextmanager
    def at(self, file: str, key: str) -> Iterator[None]:
        """Turn a ``ValueError`` inside into a problem of that key, and go on."""
        try:
            yield
        except ValueError as error:
            self.add(file, key, str(error))


@dataclass(frozen=True, slots=True)
class Where:
    """One key of one file, and where its problems go."""

    problems: Problems
    file: str
    key: str = ""

    def child(self, name: str | int) -> Where:
        return Where(self.problems, self.file, f"{self.key}.{name}" if self.key else str(name))

    def refuse(self, sentence: str) -> None:
        self.problems.add(self.file, self.key, sentence)


def listed(names: Iterable[object]) -> str:
    """Names for the end of a sentence, in the order given; ``nothing`` when there are none."""
    return ", ".join(str(name) for name in names) or "nothing"
