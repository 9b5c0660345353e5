"""Measurements in, one table or one JSON object out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measurement:
    """``seconds`` of wall clock; ``peak_mb`` of the whole process tree, where that was looked at:
    these seconds are longer for it."""

    seconds: float
    peak_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What one system needed for one kind of work: the median time, the highest memory."""

    system: str
    work: str
    seconds: float
    pages_per_second: float
    peak_mb: float


def summarise(
    pages: int, measurements: Mapping[tuple[str, str], Sequence[Measurement]]
) -> list[Run]:
    """One ``Run`` for each (system, work), in the order they were first measured."""
    return [_run(system, work, pages, repeats) for (system, work), repeats in measurements.items()]


def _run(system: str, work: str, pages: int, repeats: Sequence[Measurement]) -> Run:
    seconds = median(repeat.seconds for repeat in repeats if repeat.peak_mb is None)
    return Run(
        system=system,
        work=work,
        seconds=round(seconds, 3),
        pages_per_second=round(pages / seconds, 1),
        peak_mb=round(max(repeat.peak_mb for repeat in repeats if repeat.peak_mb is not None), 1),
    )


def as_json(
    pages: int, runs: Iterable[Run], *, article_bytes: Mapping[str, int]
) -> dict[str, object]:
    """``article_bytes``: how large each system made the same article."""
    return {
        "pages": pages,
        "runs": [asdict(run) for run in runs],
        "article_bytes": dict(article_bytes),
    }


def as_table(
    pages: int, runs: Sequence[Run], *, ours: str, article_bytes: Mapping[str, int]
) -> Table:
    """``ratio``: how many times as many pages a second as ``ours`` on a full export."""
    ours_full = next(run for run in runs if run.system == ours and run.work == "full")
    sizes = ", ".join(f"{system} {size:,}" for system, size in article_bytes.items())
    table = Table(title=f"{pages:,} articles", caption=f"Bytes of an article: {sizes}")
    table.add_column("system")
    table.add_column("work")
    for heading in ("seconds", "pages/s", "ratio", "peak MB"):
        table.add_column(heading, justify="right")
    for run in runs:
        table.add_row(
            run.system,
            run.work,
            f"{run.seconds:.2f}",
            f"{run.pages_per_second:,.0f}",
            f"{run.pages_per_second / ours_full.pages_per_second:.2f}",
            f"{run.peak_mb:.0f}",
        )
    return table
