"""A finished draft becomes the release that is served, unless it says nothing new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from frontend_export.config import Settings
from frontend_export.content import Finding
from frontend_export.disk import explained
from frontend_export.errors import OutputError, SettingsError
from frontend_export.plan.changes import PublishedFile
from frontend_export.plan.site import Plan
from frontend_export.release import Draft, Manifest, Releases
from frontend_export.source.feed import Begin
from frontend_export.state import lock, pin, pinned
from frontend_export.targets import target_of


@dataclass(frozen=True, slots=True)
class Last:
    """The release before: where it lies, and which of its files are still whole."""

    manifest: Manifest | None = None
    folder: Path = Path()
    files: Mapping[str, PublishedFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """Whether another release is served now, and what holds it back."""

    switched: bool
    pinned: str | None
    findings: tuple[Finding, ...] = ()


@contextmanager
def locked_releases(settings: Settings) -> Iterator[Releases]:
    """The releases of this output, for one export at a time. Raises ``LockedError`` at once."""
    output, state = settings.output_dir.resolve(), settings.state_dir.resolve()
    if output == state or output in state.parents:
        raise SettingsError(
            f"PLAINLEAF_STATE_DIR '{settings.state_dir}' lies inside PLAINLEAF_OUTPUT_DIR "
            f"'{settings.output_dir}', where it would be served. Set it to another folder."
        )
    for folder in (settings.state_dir, settings.output_dir):
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
    with lock(settings.state_dir), lock(settings.output_dir):
        target_of(settings).claim()
        releases = Releases(settings.output_dir, settings.state_dir)
        releases.prepare()
        yield releases


def last_release(releases: Releases, *, by_content: bool) -> Last:
    manifest = releases.latest()
    if manifest is None:
        return Last()
    files = releases.whole_files(manifest, by_content=by_content)
    return Last(manifest, releases.folder(manifest.id), files)


def seal(
    releases: Releases, draft: Draft, last: Last, begin: Begin, edge: Iterable[bytes]
) -> Manifest:
    """The draft as a release; or the last release again, where every byte is the same."""
    before = last.manifest
    is_whole = before is not None and len(last.files) == len(before.files)
    if before and is_whole and _bytes_of(draft.files) == _bytes_of(last.files):
        known = {**before.files, **draft.files}
        if known != before.files:  # other inputs gave the same bytes
            releases.save(replace(before, files=known))
        return before
    return releases.seal(draft, cursor=begin.cursor, edge=edge)


def publish(releases: Releases, release: Manifest, plan: Plan, settings: Settings) -> Published:
    """Serve the release unless a rollback holds the site, and remove what may not come back.

    A pin yields to a removal: what has left the CMS leaves the site.
    """
    target = target_of(settings)
    held = pinned(settings.state_dir)
    findings: tuple[Finding, ...] = ()
    if held and not releases.may_return(held, plan.exported):
        pin(settings.state_dir, None)
        message = (
            f"The site was rolled back to release '{held}', which shows what has since left the "
            f"CMS. It moved on to release '{release.id}'."
        )
        findings = (Finding("warning", None, "", message),)
        held = None
    switched = held is None and target.current() != release.id
    if switched:
        target.serve(release.id)
    releases.prune(
        keep=settings.releases_kept,
        exported=plan.exported,
        spare={release.id, target.current() or release.id},
    )
    return Published(switched, held, findings)


def _bytes_of(files: Mapping[str, PublishedFile]) -> dict[str, str]:
    return {path: file.sha256 for path, file in files.items() if not file.is_retained}


class Listed(NamedTuple):
    """One release, for a person who chooses among them."""

    id: str
    created_at: str
    pages: int
    is_current: bool
    is_pinned: bool


def listed_releases(settings: Settings) -> list[Listed]:
    """What is on disk, newest first."""
    releases = Releases(settings.output_dir, settings.state_dir)
    current, held = target_of(settings).current(), pinned(settings.state_dir)
    manifests = [releases.manifest(release) for release in reversed(releases.ids())]
    return [
        Listed(one.id, one.created_at, one.pages, one.id == current, one.id == held)
        for one in manifests
    ]


def roll_back(settings: Settings, release: str | None) -> str:
    """Serve an earlier release and hold the site there; without a name, the one before.

    Every kept release may return: an export removes those that show what has left the CMS.
    """
    target = target_of(settings)
    with locked_releases(settings) as releases:
        current = target.current() or ""
        chosen = release or max((one for one in releases.ids() if one < current), default=None)
        if chosen is None:
            raise OutputError(
                "There is no earlier release to return to. An export removes those that show "
                "something which has since left the CMS."
            )
        manifest = releases.manifest(chosen)
        if len(releases.whole_files(manifest, by_content=True)) < len(manifest.files):
            raise OutputError(
                f"Files of release '{chosen}' were changed or removed on disk. Choose another."
            )
        pin(settings.state_dir, chosen)
        target.serve(chosen)
    return chosen


def resume(settings: Settings) -> str | None:
    """Let exports switch again. The release that was held, or ``None``."""
    with locked_releases(settings):
        held = pinned(settings.state_dir)
        pin(settings.state_dir, None)
    return held
