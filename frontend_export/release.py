"""Bytes become an immutable release, complete and durable before anything serves it.

    public/releases/<id>/          a complete copy of the site; unchanged files are hard links
    state/releases/<id>.json       its manifest: every file, its hash, what it shows
    state/releases/<id>.edge.ndjson    what the edge knows while the CMS is away

What a killed export leaves behind wears a ``.new-`` or ``.old-`` prefix and is removed by the
next one.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from frontend_export.disk import explained, sync_folder, sync_tree, write_all, write_durably
from frontend_export.errors import OutputError
from frontend_export.plan.changes import PublishedFile, may_stay

NEW, OLD = ".new-", ".old-"
ID_FORMAT = "%Y%m%dT%H%M%SZ"
ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One release: ``files`` by path, ``pages`` how many pages it has."""

    id: str
    created_at: str
    cursor: str
    pages: int
    files: Mapping[str, PublishedFile]


class Releases:
    """All releases of one output folder. Only the holder of the lock may change them."""

    def __init__(self, output_dir: Path, state_dir: Path) -> None:
        self._folder = output_dir / "releases"
        self._records = state_dir / "releases"

    def prepare(self) -> None:
        """Make the folders and clear what a killed export left."""
        with explained(self._folder):
            if self._folder.is_symlink():
                raise OutputError(f"'{self._folder}' is a link. Remove it: releases live there.")
            self._folder.mkdir(exist_ok=True)
            self._records.mkdir(parents=True, exist_ok=True)
            for folder in self._folder.iterdir():
                if folder.name.startswith((NEW, OLD)):
                    shutil.rmtree(folder)
            for record in self._records.iterdir():
                release = record.name.partition(".")[0]
                if record.name.endswith(".new") or not (self._folder / release).is_dir():
                    record.unlink()

    def ids(self) -> list[str]:
        """Those with a manifest, oldest first."""
        names = (record.name for record in self._records.glob("*.json"))
        return sorted(name.removesuffix(".json") for name in names)

    def manifest(self, release: str) -> Manifest:
        """Raises ``OutputError`` where there is no such release, or its record is damaged."""
        path = self._records / f"{release}.json"
        try:
            data = orjson.loads(path.read_bytes())
            files = {
                name: PublishedFile(**file | {key: tuple(file[key]) for key in ("shows", "needs")})
                for name, file in data.pop("files").items()
            }
            return Manifest(files=files, **data)
        except FileNotFoundError as error:
            raise OutputError(
                f"There is no release '{release}'. 'frontend-export releases' lists them."
            ) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise OutputError(f"The record '{path}' is damaged. Remove it.") from error

    def latest(self) -> Manifest | None:
        """The newest release whose record can be read; an older one does when it cannot."""
        for release in reversed(self.ids()):
            with suppress(OutputError):
                return self.manifest(release)
        return None

    def folder(self, release: str) -> Path:
        return self._folder / release

    def whole_files(self, manifest: Manifest, *, by_content: bool) -> dict[str, PublishedFile]:
        """The files that are on disk as they were written: by size, or by their bytes."""
        root = self.folder(manifest.id)
        return {
            path: file
            for path, file in manifest.files.items()
            if is_whole(root / path, file, by_content=by_content)
        }

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
        draft = Draft(release, self._folder / f"{NEW}{release}", moment)
        try:
            yield draft
        finally:
            shutil.rmtree(draft.root, ignore_errors=True)

    def seal(self, draft: Draft, *, cursor: str, edge: Iterable[bytes]) -> Manifest:
        """Make a draft a durable release, not served yet."""
        pages = {file.page_id for file in draft.files.values() if file.page_id is not None}
        manifest = Manifest(
            id=draft.id,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            cursor=cursor,
            pages=len(pages),
            files=dict(sorted(draft.files.items())),
        )
        with explained(self._folder):
            sync_tree(draft.root)
        with explained(self._records):
            write_durably(self._records / f"{draft.id}.edge.ndjson", edge)
            self.save(manifest)
        with explained(self._folder):
            draft.root.rename(self.folder(draft.id))
            sync_folder(self._folder)
        return manifest

    def save(self, manifest: Manifest) -> None:
        data = {
            "id": manifest.id,
            "created_at": manifest.created_at,
            "cursor": manifest.cursor,
            "pages": manifest.pages,
            "files": {path: file._asdict() for path, file in manifest.files.items()},
        }
        with explained(self._records):
            write_durably(self._records / f"{manifest.id}.json", [orjson.dumps(data)])

    def prune(self, *, keep: int, exported: frozenset[str], spare: Iterable[str]) -> list[str]:
        """Remove releases that are too old, and any that shows what has since left the CMS.

        One whose record is lost is among the latter: nobody knows what it shows. Folders of
        other names are left alone, and ``spare`` is never removed.
        """
        removed = []
        for release in sorted(self._unrecorded() - set(spare)):
            self._remove(release)
            removed.append(release)
        ids = self.ids()
        for at, release in enumerate(ids):
            if release in spare:
                continue
            if at < len(ids) - keep or not self.may_return(release, exported):
                self._remove(release)
                removed.append(release)
        return removed

    def _unrecorded(self) -> set[str]:
        names = {path.name for path in self._folder.iterdir() if ID.fullmatch(path.name)}
        return names.difference(self.ids())

    def may_return(self, release: str, exported: frozenset[str]) -> bool:
        """Whether everything that a release shows is still public."""
        try:
            files = self.manifest(release).files.values()
        except OutputError:
            return False  # nobody knows what it shows
        return all(may_stay(file, exported) for file in files)

    def _remove(self, release: str) -> None:
        old = self._folder / f"{OLD}{release}"
        with explained(self._folder):
            with suppress(FileNotFoundError):
                self.folder(release).rename(old)
            for record in self._records.glob(f"{release}.*"):
                record.unlink()
            shutil.rmtree(old)


class Draft:
    """A release while it is written, in a folder that nothing serves."""

    def __init__(self, release: str, root: Path, moment: datetime) -> None:
        self.id = release
        self.root = root
        self._written_at = moment.timestamp()
        self.files: dict[str, PublishedFile] = {}
        self._made: set[str] = set()
        with explained(root):
            root.mkdir()

    def write(self, path: str, body: bytes) -> tuple[str, int]:
        """Write a new file; its hash and size."""
        return self.receive(path, (body,))

    def receive(self, path: str, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Write a new file as it arrives; what arrived of a broken one is removed again."""
        target = self._place_for(path)
        digest, size = hashlib.sha256(), 0
        try:
            with explained(target), target.open("xb", buffering=0) as file:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    write_all(file.fileno(), chunk)
                # No two releases have one moment. Servers and rsync tell files of one size apart
                # by it, to the second.
                os.utime(file.fileno(), (self._written_at, self._written_at))
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return digest.hexdigest(), size

    def link(self, path: str, source: Path) -> None:
        """Take over a file of an earlier release, which shares its bytes from now on."""
        target = self._place_for(path)
        with explained(target):
            os.link(source, target, follow_symlinks=False)

    def discard(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)
        self.files.pop(path, None)

    def _place_for(self, path: str) -> Path:
        folder = path.rpartition("/")[0]
        if folder not in self._made:
            with explained(self.root / folder):
                (self.root / folder).mkdir(parents=True, exist_ok=True)
            self._made.add(folder)
        return self.root / path


def is_whole(path: Path, file: PublishedFile, *, by_content: bool) -> bool:
    """Whether a file on disk is the one that was published."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_size != file.size:
        return False
    return not by_content or sha256_of(path) == file.sha256


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
