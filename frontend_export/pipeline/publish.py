"""A finished draft becomes the release that is served, unless it says nothing new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from frontend_export.config import Settings
from frontend_export.content import Finding
from frontend_export.disk import explained
from frontend_export.errors import OutputError, SettingsError
from frontend_export.pipeline.build import Built
from frontend_export.pipeline.edge_record import top_record, unit_record
from frontend_export.pipeline.last import Last
from frontend_export.release import TOP, Draft, Manifest, MayReturn, Releases, Sealed
from frontend_export.source.feed import Begin
from frontend_export.state import lock, pin, pinned
from frontend_export.state.content import StoredContent
from frontend_export.targets import Target, target_of

Verify = Literal["nothing", "size", "content"]


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
    with explained(output), lock(settings.state_dir), lock(settings.output_dir):
        target_of(settings).claim()
        releases = Releases(settings.output_dir, settings.state_dir)
        releases.prepare()
        yield releases


def last_release(releases: Releases, *, verify: Verify) -> Last:
    """The newest release, and which of its files are not as they were written."""
    manifest = releases.latest()
    if manifest is None or verify == "nothing":
        return Last(releases, manifest)
    return Last(releases, manifest, releases.damaged(manifest, by_content=verify == "content"))


def seal(
    releases: Releases, draft: Draft, last: Last, built: Built, content: StoredContent, begin: Begin
) -> Manifest:
    """The draft as a release; or the last release again, where every byte is the same.

    What is known of a unit may change while its bytes do not: such a unit stays where it is.
    """
    before = last.manifest
    shared, _files = content.shared()
    top = built.folders[TOP]
    units = before.units if before else {}
    kept = {
        folder: unit
        for folder, unit in units.items()
        if folder not in built.changed and built.folders.get(folder, True)
    }
    for folder, unit in kept.items():
        if folder in built.folders:
            files = built.folders[folder]
            releases.save_unit(folder, unit, files, unit_record(content, files))
    if before is not None and not built.changed:
        releases.save(replace(before, files=top, shared=shared))
        releases.save_edge(before, top_record(content, begin, top))
        return before
    made = {
        folder: files
        for folder, files in built.folders.items()
        if folder != TOP and folder in built.changed and files
    }
    sealed = Sealed(
        cursor=begin.cursor,
        top=top,
        made=made,
        kept=kept,
        shared=shared,
        edge={
            TOP: top_record(content, begin, top),
            **{folder: unit_record(content, files) for folder, files in made.items()},
        },
    )
    return releases.seal(draft, sealed)


def publish(
    releases: Releases,
    release: Manifest,
    target: Target,
    settings: Settings,
    *,
    is_gone: Callable[[str], bool],
) -> Published:
    """Serve the release unless a rollback holds the site, and remove what may not come back.

    A pin yields to a removal: what has left the CMS leaves the site.
    """
    may_return = MayReturn(releases, release, is_gone)
    held = pinned(settings.state_dir)
    findings: tuple[Finding, ...] = ()
    if held and not may_return(held):
        pin(settings.state_dir, None)
        message = (
            f"The site was rolled back to release '{held}', which shows what has since left the "
            f"CMS. It moved on to release '{release.id}'."
        )
        findings = (Finding("warning", None, "", message),)
        held = None
    current = target.current()
    switched = held is None and current != release.id
    if switched:
        target.serve(release.id)
    return Published(switched, held, findings)


def prune(
    releases: Releases,
    release: Manifest,
    target: Target,
    settings: Settings,
    *,
    is_gone: Callable[[str], bool],
) -> None:
    """Remove what is too old, and what shows something that has left. After the switch."""
    releases.prune(
        keep=settings.releases_kept,
        may_return=MayReturn(releases, release, is_gone),
        spare={release.id, target.current() or release.id},
    )


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
        served = None
        with suppress(OutputError):  # then every byte is read
            served = releases.manifest(current)
        if releases.damaged(manifest, by_content=True, served=served):
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
