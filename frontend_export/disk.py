"""The few things that a release asks of a disk: to be durable, and to say what is wrong."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from frontend_export.errors import OutputError

REMEDIES = {
    errno.ENOSPC: "Free some space, then export again.",
    errno.EDQUOT: "Raise the quota or free some space, then export again.",
    errno.EROFS: "Mount it for writing, or set PLAINLEAF_OUTPUT_DIR to another folder.",
    errno.EACCES: "Give the exporter's user the right to read and write there.",
    errno.EPERM: "Give the exporter's user the right to read and write there.",
    errno.EMFILE: "Raise the limit of open files (ulimit -n).",
    errno.ENFILE: "Raise the machine's limit of open files (sysctl fs.file-max).",
    errno.ENOLCK: "Move the folder to a disk that has locks.",
    errno.EEXIST: "Move away the file that stands where a folder must be.",
    errno.ENOTDIR: "Move away the file that stands where a folder must be.",
    errno.ENAMETOOLONG: "Shorten the slug, or the path of the output folder.",
}

_LIBC = ctypes.CDLL(None, use_errno=True)
_HAS_SYNCFS = hasattr(_LIBC, "syncfs")


@contextmanager
def explained(path: Path, *, to: str = "write") -> Iterator[None]:
    """Whatever the disk refuses is an ``OutputError`` that names the remedy, and ``path`` where
    the error itself names no place. ``to`` says what was tried."""
    try:
        yield
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, "See what is wrong with that disk.")
        named = error.filename2 or error.filename  # that of a link is where it leads to
        place = named if isinstance(named, str) and Path(named).is_absolute() else path
        raise OutputError(
            f"Could not {to} '{place}': {error.strerror or error}. {remedy} "
            "The site that stands is unharmed."
        ) from error


def write_all(handle: int, data: bytes) -> None:
    """All of it, where one call may take a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def write_durably(path: Path, chunks: Iterable[bytes]) -> None:
    """Replace a file as a whole: a crash leaves the old one or the new one."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """What was written to it is on the disk afterwards."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """The names in it are on the disk afterwards: what was made, renamed or removed."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_trees(*roots: Path) -> None:
    """Everything below these folders is on the disk afterwards, or ``OSError``.

    One ``syncfs`` for each file system they are on: unlike ``os.sync`` it reports errors.
    """
    by_device = {root.stat().st_dev: root for root in roots}
    for root in roots if not _HAS_SYNCFS else by_device.values():
        sync_tree(root)


def sync_tree(root: Path) -> None:
    """Everything below ``root`` is on the disk afterwards, or ``OSError``."""
    if _HAS_SYNCFS:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if _LIBC.syncfs(handle) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        finally:
            os.close(handle)
        return
    for folder, _folders, files in os.walk(root):
        for path in (Path(folder) / name for name in files):
            if not path.is_symlink():  # its folder has it; it may lead to what is yet to be named
                sync_file(path)
        sync_folder(Path(folder))
