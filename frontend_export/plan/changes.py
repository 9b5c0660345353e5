"""The plan beside what was published last: what to render, what to keep, what goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from frontend_export.plan.site import Artifact, Plan


class PublishedFile(NamedTuple):
    """One file of a release. ``is_retained``: no page of that release names it any more."""

    sha256: str
    size: int
    kind: str
    digest: str
    page_id: int | None = None
    shows: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_retained: bool = False


class Changes(NamedTuple):
    """What an export has to do, each by path."""

    render: tuple[Artifact, ...]
    keep: tuple[Artifact, ...]
    remove: tuple[str, ...]


HASHED_KINDS = frozenset({"asset", "image", "document"})


def changes_since(
    plan: Plan, published: Mapping[str, PublishedFile], *, full: bool = False
) -> Changes:
    """Pure. ``published`` holds the files of the last release that are still whole.

    ``full`` renders everything again; a file whose name holds its hash cannot differ.
    """
    render: list[Artifact] = []
    keep: list[Artifact] = []
    for path, artifact in plan.artifacts.items():
        before = published.get(path)
        is_same = (
            before is not None
            and before.digest == artifact.digest
            and before.shows == artifact.shows  # a page made anew may look like the one that left
            and not before.is_retained
        )
        if full and artifact.kind not in HASHED_KINDS:
            is_same = False
        (keep if is_same else render).append(artifact)
    gone = (
        path
        for path, file in published.items()
        if path not in plan.artifacts and not file.is_retained
    )
    return Changes(tuple(render), tuple(keep), tuple(gone))


def may_stay(file: PublishedFile, exported: frozenset[str]) -> bool:
    """Whether everything that a published file shows is still public."""
    return exported.issuperset(file.shows)


def retained(plan: Plan, published: Mapping[str, PublishedFile]) -> dict[str, PublishedFile]:
    """Hashed files that pages of the last release name: a reader may just have loaded one."""
    return {
        path: file._replace(is_retained=True)
        for path, file in published.items()
        if file.kind in HASHED_KINDS
        and not file.is_retained
        and path not in plan.artifacts
        and may_stay(file, plan.exported)
    }
