"""The benchmark of exports: one database, one live CMS, every system in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import articles
from benchmarks.editor import Editor, editor
from benchmarks.measure import CommandError
from benchmarks.results import Measurement
from benchmarks.scratch_cms import scratch_cms
from benchmarks.systems import System
from benchmarks.systems.django_distill import DjangoDistill
from benchmarks.systems.hugo import Hugo
from benchmarks.systems.plainleaf import Plainleaf
from benchmarks.systems.wagtail_bakery import WagtailBakery

MEASURED_ARTICLE = 1
MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Results:
    """``measurements`` by (system, work); ``article_bytes`` is the size of one same article."""

    measurements: dict[tuple[str, str], list[Measurement]] = field(
        default_factory=lambda: defaultdict(list)
    )
    article_bytes: dict[str, int] = field(default_factory=dict)


def run(
    directory: Path,
    *,
    pages: int,
    kind: articles.Kind,
    peers: Sequence[str],
    repeats: int,
    cache: Path | None,
    say: Callable[[str], None],
) -> Results:
    """Every (system, work) ``repeats`` times, the systems alternating; and once more for its
    memory, since to look at that takes time. Raises ``CommandError``."""
    results = Results()
    with (
        scratch_cms(directory, pages=pages, kind=kind, cache=cache, say=say) as cms,
        editor(pages=pages, env=cms.env, log=directory / "edit.log") as at_work,
    ):
        systems = list(_systems(directory, pages, kind, peers, cms.env, at_work))
        for turn in [*(f"{repeat}/{repeats}" for repeat in range(1, repeats + 1)), MEMORY]:
            for system in systems:
                for work in system.works:
                    measured = system.run(work, weigh=turn == MEMORY)
                    _require_articles(system, pages)
                    results.measurements[system.name, work] += measured
                    say(f"{turn} {system.name} {work}: {_said(measured)}")
        for system in systems:
            results.article_bytes[system.name] = _article_bytes(system)
    return results


def _said(measured: Sequence[Measurement]) -> str:
    if measured[0].peak_mb is not None:
        return f"{measured[0].peak_mb:.0f} MB"
    return " ".join(f"{one.seconds:.2f}" for one in measured) + " s"


def _systems(
    directory: Path,
    pages: int,
    kind: articles.Kind,
    peers: Sequence[str],
    env: dict[str, str],
    at_work: Editor,
) -> Iterable[System]:
    yield Plainleaf(directory / "plainleaf", env=env, editor=at_work)
    if Hugo.name in peers:
        yield Hugo(directory / "hugo", pages=pages, kind=kind, env=env)
    if WagtailBakery.name in peers:
        yield WagtailBakery(directory / "wagtail-bakery", env=env)
    if DjangoDistill.name in peers:
        yield DjangoDistill(directory / "django-distill", env=env)


def _require_articles(system: System, pages: int) -> None:
    """A fast build of half a site is no result."""
    found = sum(1 for _ in system.output_dir().glob("topic-*/article-*/index.html"))
    if found != pages:
        raise CommandError(f"{system.name} wrote {found} of {pages} articles.")


def _article_bytes(system: System) -> int:
    path = articles.path_of(MEASURED_ARTICLE)[1:]
    return (system.output_dir() / path / "index.html").stat().st_size
