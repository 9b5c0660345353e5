"""Bytes become an immutable release, complete and durable before anything serves it.

    public/releases/<id>/             the site: its top level and small folders as files, and for
                                      each large folder a link to
    public/store/<id>/<folder>/       a *unit*, written by the release of that id and shared by
                                      later ones; files that did not change are hard links
    state/releases/<id>.json          its manifest: the files of its top level and its units
    state/releases/<id>.edge.ndjson   what the edge knows while the CMS is away, but for pages
    state/units/<id>/<folder>.json    the files of a unit, and beside it its pages for the edge

A small site is one plain tree without units. What a killed export leaves behind wears a ``.new-``
or ``.old-`` prefix, or belongs to no release, and is removed by the next one.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from frontend_export.disk import explained, sync_folder, sync_trees, write_all, write_durably
from frontend_export.errors import OutputError
from frontend_export.plan.changes import HASHED_KINDS, PublishedFile

NEW, OLD = ".new-", ".old-"
ID_FORMAT = "%Y%m%dT%H%M%SZ"
ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
TOP = ""  # the folder of what lies in no unit
MIN_UNIT_FILES = 8  # below that, links to files are cheaper than a folder and a link to it
CACHED_UNITS = 8

Files = Mapping[str, PublishedFile]


class Unit(NamedTuple):
    """A folder of the site in the store, written by ``release``."""

    release: str
    files: int
    pages: int
    retained: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One release: ``files`` of its top level by path, its ``units`` by folder.

    ``shared`` are the keys of what every page shows.
    """

    id: str
    created_at: str
    cursor: str
    files: Files
    units: Mapping[str, Unit] = field(default_factory=dict)
    shared: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages of the CMS it has."""
        return _pages_in(self.files) + sum(unit.pages for unit in self.units.values())

    @property
    def size(self) -> int:
        """How many files it has that some page of it names."""
        top = sum(not file.is_retained for file in self.files.values())
        return top + sum(unit.files - unit.retained for unit in self.units.values())

    def folder_of(self, path: str) -> str:
        """The unit that a file belongs to, or ``TOP``."""
        folder = first_segment(path)
        return folder if folder in self.units else TOP


class Releases:
    """All releases of one output folder. Only the holder of the lock may change them."""

    def __init__(self, output_dir: Path, state_dir: Path) -> None:
        self._output = output_dir
        self._folder = output_dir / "releases"
        self._store = output_dir / "store"
        self._state = state_dir
        self._records = state_dir / "releases"
        self._unit_records = state_dir / "units"
        self._unit_files = lru_cache(CACHED_UNITS)(self._read_unit)

    def prepare(self) -> None:
        """Make the folders and clear what a killed export left."""
        with explained(self._folder):
            for folder in (self._folder, self._store):
                if folder.is_symlink():
                    raise OutputError(f"'{folder}' is a link. Remove it: releases live there.")
            for folder in (self._folder, self._store, self._records, self._unit_records):
                folder.mkdir(parents=True, exist_ok=True)
                for left in folder.iterdir():
                    if left.name.startswith((NEW, OLD)):
                        shutil.rmtree(left)
            for record in self._records.iterdir():
                release = record.name.partition(".")[0]
                if record.name.endswith(".new") or not (self._folder / release).is_dir():
                    record.unlink()
            self._remove_unused_units()

    def ids(self) -> list[str]:
        """Those with a manifest, oldest first."""
        names = (record.name for record in self._records.glob("*.json"))
        return sorted(name.removesuffix(".json") for name in names)

    def manifest(self, release: str) -> Manifest:
        """Raises ``OutputError`` where there is no such release, or its record is damaged."""
        path = self._records / f"{release}.json"
        with _readable_record(path, release):
            data = orjson.loads(path.read_bytes())
            return Manifest(
                id=data["id"],
                created_at=data["created_at"],
                cursor=data["cursor"],
                files=_files_from(data["files"]),
                units={name: Unit(*unit) for name, unit in data["units"].items()},
                shared=tuple(data["shared"]),
            )

    def latest(self) -> Manifest | None:
        """The newest release whose record can be read; an older one does when it cannot."""
        for release in reversed(self.ids()):
            with suppress(OutputError):
                return self.manifest(release)
        return None

    def files_in(self, manifest: Manifest, folder: str) -> Files:
        """The files of one unit, or of the top level, by path. Raises ``OutputError``."""
        if folder == TOP:
            return manifest.files
        return self._unit_files(folder, manifest.units[folder].release)

    def all_files(self, manifest: Manifest) -> Iterator[tuple[str, PublishedFile]]:
        """Every file of a release, unit by unit. Raises ``OutputError``."""
        for folder in (TOP, *manifest.units):
            yield from self.files_in(manifest, folder).items()

    def _read_unit(self, folder: str, release: str) -> Files:
        path = self._unit_record(folder, release, ".json")
        with _readable_record(path, release):
            return _files_from(orjson.loads(path.read_bytes())["files"])

    def _unit_record(self, folder: str, release: str, suffix: str) -> Path:
        return self._unit_records / release / f"{unit_name(folder)}{suffix}"

    def folder(self, release: str) -> Path:
        return self._folder / release

    def place_of(self, manifest: Manifest, path: str) -> Path:
        """Where a file of a release really lies."""
        folder = manifest.folder_of(path)
        if folder == TOP:
            return self._folder / manifest.id / path
        return self._store / manifest.units[folder].release / path

    def damaged(
        self, manifest: Manifest, *, by_content: bool, served: Manifest | None = None
    ) -> frozenset[str]:
        """The files that are not on disk as they were written, by size or by their bytes.

        Of what is one file with that of a release that is ``served`` the bytes are not read: what
        was done to it is served already.
        """
        found = set()
        for folder in (TOP, *manifest.units):
            try:
                files = self.files_in(manifest, folder)
            except OutputError:
                found.add(f"{folder}/")
                continue
            for path, file in files.items():
                place = self.place_of(manifest, path)
                is_read = by_content and not (
                    served and _is_one_file(place, self.place_of(served, path))
                )
                if not is_whole(place, file, by_content=is_read):
                    found.add(path)
        for folder, record in zip(
            (TOP, *manifest.units), self.edge_records(manifest.id), strict=True
        ):
            if not _has_end(record):
                found.add(f"{folder}/")
        for folder, unit in manifest.units.items():
            link = self._folder / manifest.id / folder
            if not link.is_symlink() or str(link.readlink()) != _link_to(unit.release, folder):
                found.add(f"{folder}/")
        return frozenset(found)

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """A new release; what is not sealed at the end of the block is gone.

        Its id sorts after every other, whatever the clock says.
        """
        moment = datetime.now(UTC).replace(microsecond=0)
        if ids := self.ids():
            last = datetime.strptime(ids[-1].partition("-")[0], ID_FORMAT).replace(tzinfo=UTC)
            moment = max(moment, last + timedelta(seconds=1))
        release = f"{moment.strftime(ID_FORMAT)}-{secrets.token_hex(4)}"
        draft = Draft(
            release,
            root=self._folder / f"{NEW}{release}",
            store=self._store / f"{NEW}{release}",
            written_at=moment.timestamp(),
        )
        try:
            yield draft
        finally:
            shutil.rmtree(draft.root, ignore_errors=True)
            shutil.rmtree(draft.store, ignore_errors=True)
            shutil.rmtree(self._unit_records / f"{NEW}{release}", ignore_errors=True)

    def seal(self, draft: Draft, sealed: Sealed) -> Manifest:
        """Make a draft a durable release, not served yet.

        First every byte and name is on the disk, then each gets its final name, the release
        itself last, and those are on the disk before this returns.
        """
        manifest = Manifest(
            id=draft.id,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            cursor=sealed.cursor,
            files=dict(sorted(sealed.top.items())),
            units=dict(sorted(sealed.kept.items()))
            | {name: _unit_of(draft.id, files) for name, files in sorted(sealed.made.items())},
            shared=sealed.shared,
        )
        units = self._unit_records / f"{NEW}{draft.id}"
        record = self._records / f"{draft.id}.json.new"
        with explained(self._folder):
            for folder, unit in manifest.units.items():
                (draft.root / folder).symlink_to(_link_to(unit.release, folder))
        with explained(self._records):
            if sealed.made:
                units.mkdir()
            for folder, files in sealed.made.items():
                name = unit_name(folder)
                _write(units / f"{name}.json", [_unit_json(folder, files)])
                _write(units / f"{name}.edge.ndjson", sealed.edge.get(folder, ()))
            _write(self.edge_record(draft.id), sealed.edge.get(TOP, ()))
            _write(record, [_manifest_json(manifest)])
        with explained(self._output):
            sync_trees(self._output, self._state)
            if sealed.made:
                draft.store.rename(self._store / draft.id)
                units.rename(self._unit_records / draft.id)
            record.replace(self._records / f"{draft.id}.json")
            draft.root.rename(self._folder / draft.id)
            for place in (self._store, self._unit_records, self._records, self._folder):
                sync_folder(place)
        return manifest

    def save(self, manifest: Manifest) -> None:
        """Other inputs gave the same bytes: the record alone is written again."""
        with explained(self._records):
            self._rewrite(self._records / f"{manifest.id}.json", [_manifest_json(manifest)])

    def save_edge(self, manifest: Manifest, lines: Iterable[bytes]) -> None:
        """What the edge knows of the top level of a release changed, and no byte of it did."""
        with explained(self._records):
            self._rewrite(self.edge_record(manifest.id), lines)

    def save_unit(self, folder: str, unit: Unit, files: Files, edge: Iterable[bytes]) -> None:
        """What is known of a unit changed, and no byte of it did."""
        with explained(self._unit_records):
            record = self._unit_record(folder, unit.release, ".json")
            self._rewrite(record, [_unit_json(folder, files)])
            self._rewrite(self._unit_record(folder, unit.release, ".edge.ndjson"), edge)
        self._unit_files.cache_clear()

    def _rewrite(self, record: Path, chunks: Iterable[bytes]) -> None:
        """Nothing is written where the same stands there."""
        new = b"".join(chunks)
        if not record.is_file() or record.read_bytes() != new:
            write_durably(record, [new])

    def edge_record(self, release: str) -> Path:
        """Where what the edge knows of the top level of a release stands."""
        return self._records / f"{release}.edge.ndjson"

    def edge_records(self, release: str) -> list[Path]:
        """That, and what it knows of each unit."""
        units = self.manifest(release).units
        parts = [self._unit_record(one, units[one].release, ".edge.ndjson") for one in units]
        return [self.edge_record(release), *parts]

    def prune(self, *, keep: int, may_return: MayReturn, spare: Iterable[str]) -> list[str]:
        """Remove releases that are too old, and any that shows what has since left the CMS.

        One whose record is lost is among the latter: nobody knows what it shows. Folders of
        other names are left alone, and ``spare`` is never removed.
        """
        removed = sorted(self._unrecorded() - set(spare))
        ids = self.ids()
        for at, release in enumerate(ids):
            if release not in spare and (at < len(ids) - keep or not may_return(release)):
                removed.append(release)
        for release in removed:
            self._remove(release)
        if removed:
            with explained(self._store):
                self._remove_unused_units()
        return removed

    def _unrecorded(self) -> set[str]:
        names = {path.name for path in self._folder.iterdir() if ID.fullmatch(path.name)}
        return names.difference(self.ids())

    def _remove(self, release: str) -> None:
        old = self._folder / f"{OLD}{release}"
        with explained(self._folder):
            with suppress(FileNotFoundError):
                self.folder(release).rename(old)
            for record in self._records.glob(f"{release}.*"):
                record.unlink()
            shutil.rmtree(old)

    def _remove_unused_units(self) -> None:
        """Whatever no release names any more, on both sides."""
        used: defaultdict[str, set[str]] = defaultdict(set)
        for release in self.ids():
            try:
                units = self.manifest(release).units
            except OutputError:
                return  # what it needs is unknown; it is removed itself by the next export
            for folder, unit in units.items():
                used[unit.release].add(folder)
        for written in [path for path in self._store.iterdir() if ID.fullmatch(path.name)]:
            self._discard(written, keep=used[written.name])
        for written in [path for path in self._unit_records.iterdir() if ID.fullmatch(path.name)]:
            names = {unit_name(folder) for folder in used[written.name]}
            self._discard(written, keep={one + end for one in names for end in RECORD_SUFFIXES})

    def _discard(self, written: Path, *, keep: set[str]) -> None:
        """Of what one release wrote, all but ``keep``."""
        unused = [path for path in written.iterdir() if path.name not in keep]
        for number, path in enumerate(unused):
            if path.is_dir():
                old = written.parent / f"{OLD}{written.name}-{number}"
                path.rename(old)
                shutil.rmtree(old)
            else:
                path.unlink()
        if not keep:
            written.rmdir()


END_BYTES = 4096
RECORD_SUFFIXES = (".json", ".edge.ndjson")


class Draft:
    """A release while it is written, in folders that nothing serves.

    ``linked`` are the folders that become units of their own. ``written_at`` becomes the time of
    every new file: no two releases share it. Servers and rsync tell files of one size apart by it,
    to the second.
    """

    def __init__(self, release: str, *, root: Path, store: Path, written_at: float) -> None:
        self.id = release
        self.written_at = written_at
        self.root = root
        self.store = store
        self.linked: frozenset[str] = frozenset()
        self._made: set[Path] = set()
        with explained(root):
            root.mkdir()
            store.mkdir()

    def place_for(self, path: str) -> Path:
        """Where a file goes; nothing is made."""
        return (self.store if first_segment(path) in self.linked else self.root) / path

    def receive(self, path: str, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Write a new file as it arrives; its hash and size. What arrived of a broken one goes."""
        target = self._prepared(path)
        digest, size = hashlib.sha256(), 0
        try:
            with explained(target), target.open("xb", buffering=0) as file:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    write_all(file.fileno(), chunk)
                os.utime(file.fileno(), (self.written_at, self.written_at))
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return digest.hexdigest(), size

    def link(self, path: str, source: Path) -> None:
        """Take over a file of an earlier release, which shares its bytes from now on."""
        target = self._prepared(path)
        with explained(target):
            os.link(source, target, follow_symlinks=False)

    def sync(self) -> None:
        """What is there by now is on the disk afterwards."""
        with explained(self.root):
            sync_trees(self.root, self.store)

    def discard(self, path: str) -> None:
        self.place_for(path).unlink(missing_ok=True)

    def _prepared(self, path: str) -> Path:
        target = self.place_for(path)
        if target.parent not in self._made:
            with explained(target.parent):
                target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(target.parent)
        return target


@contextmanager
def trial_draft() -> Iterator[Draft]:
    """A draft that never becomes a release, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="plainleaf-") as folder:
        root = Path(folder)
        yield Draft("trial", root=root / "root", store=root / "store", written_at=0)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a draft consists of: the files of its top level, of each unit it made, and the units
    of earlier releases that it keeps; for the edge, lines by folder."""

    cursor: str
    top: Files
    made: Mapping[str, Files]
    kept: Mapping[str, Unit]
    shared: tuple[str, ...]
    edge: Mapping[str, Iterable[bytes]]


class MayReturn:
    """Whether everything that a kept release shows is still public.

    ``gone`` are the keys of what left since ``last``; a unit that ``last`` has as well is free of
    them, or it would not be served. Without ``gone``, every key is asked for.
    """

    def __init__(self, releases: Releases, served: Manifest, is_gone: Any) -> None:
        self._releases = releases
        self._served = served
        self._is_gone = is_gone

    def __call__(self, release: str) -> bool:
        try:
            manifest = self._releases.manifest(release)
            folders = [
                folder
                for folder, unit in manifest.units.items()
                if unit != self._served.units.get(folder)
            ]
            keys = set(manifest.shared)
            for folder in (TOP, *folders):
                for file in self._releases.files_in(manifest, folder).values():
                    keys.update(file.keys)
        except OutputError:
            return False  # nobody knows what it shows
        return not any(map(self._is_gone, keys))


def first_segment(path: str) -> str:
    """``"medicines"`` of ``"medicines/ketamine/index.html"``; nothing of ``"index.html"``."""
    return path.partition("/")[0] if "/" in path else TOP


def unit_name(folder: str) -> str:
    """A name for the records of a unit that every file system takes."""
    return hashlib.blake2b(folder.encode(), digest_size=12).hexdigest()


def retained(
    files: Files, now: Container[str], is_exported: Callable[[str], bool]
) -> dict[str, PublishedFile]:
    """Hashed files that pages of the last release name: a reader may just have loaded one."""
    return {
        path: file._replace(is_retained=True)
        for path, file in files.items()
        if file.kind in HASHED_KINDS
        and not file.is_retained
        and path not in now
        and all(map(is_exported, file.keys))
    }


def is_whole(path: Path, file: PublishedFile, *, by_content: bool) -> bool:
    """Whether a file on disk is the one that was published."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_size != file.size:
        return False
    return not by_content or sha256_of(path) == file.sha256


def _is_one_file(path: Path, other: Path) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.lstat(other))
    except OSError:
        return False


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _has_end(record: Path) -> bool:
    """Whether a part of what the edge knows is there to its last line."""
    try:
        with record.open("rb") as file:
            file.seek(-min(END_BYTES, record.stat().st_size), os.SEEK_END)
            *_, last = file.read().splitlines() or [b""]
    except OSError:
        return False
    return last.startswith(b'{"kind":"end"') and last.endswith(b"}")


def _link_to(release: str, folder: str) -> str:
    return f"../../store/{release}/{folder}"


def _unit_of(release: str, files: Files) -> Unit:
    retained_files = sum(file.is_retained for file in files.values())
    return Unit(release, len(files), _pages_in(files), retained_files)


def _pages_in(files: Files) -> int:
    return len({file.page_id for file in files.values() if file.kind == "page"})


def _files_from(data: Mapping[str, list[Any]]) -> dict[str, PublishedFile]:
    return {path: PublishedFile(*values) for path, values in data.items()}


def _as_json(files: Files) -> dict[str, tuple[Any, ...]]:
    return {path: tuple(file) for path, file in sorted(files.items())}


def _unit_json(folder: str, files: Files) -> bytes:
    return orjson.dumps({"folder": folder, "files": _as_json(files)})


def _manifest_json(manifest: Manifest) -> bytes:
    data = {
        "id": manifest.id,
        "created_at": manifest.created_at,
        "cursor": manifest.cursor,
        "files": _as_json(manifest.files),
        "units": {folder: tuple(unit) for folder, unit in manifest.units.items()},
        "shared": manifest.shared,
    }
    return orjson.dumps(data)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(chunks)


@contextmanager
def _readable_record(path: Path, release: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise OutputError(
            f"There is no release '{release}'. 'frontend-export releases' lists them."
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise OutputError(f"The record '{path}' is damaged. Remove it.") from error
