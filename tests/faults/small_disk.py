"""A file system of its own, which can be made too small; takes root and the right to mount."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, *, size: str = "4m") -> Iterator[Path | None]:
    """``folder`` as such a disk, or ``None`` where it cannot be one."""
    folder.mkdir()
    mount = shutil.which("mount")
    arguments = ["-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if os.getuid() != 0 or mount is None or subprocess.run([mount, *arguments]).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def shrink(disk: Path, limit: str, more: int) -> None:
    """Leave so much more than is used: of ``size`` kilobytes, of ``nr_inodes`` inodes."""
    used = os.statvfs(disk)
    if limit == "size":
        value = f"{(used.f_blocks - used.f_bfree) * used.f_frsize // 1024 + more}k"
    else:
        value = str(used.f_files - used.f_ffree + more)
    subprocess.run(["mount", "-o", f"remount,{limit}={value}", str(disk)], check=True)
