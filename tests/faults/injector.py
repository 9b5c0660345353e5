"""Lets the disk fail the process it is installed in: at the Nth call of a kind, or from it on.

What is counted are calls of Python's own modules. SQLite asks the disk by itself: the limits of
the operating system and ``strace`` reach that.
"""

from __future__ import annotations

import builtins
import ctypes
import errno
import io
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any

from frontend_export import disk

CALLS: dict[str, tuple[str, ...]] = {
    "open": ("open",),
    "write": ("write", "pwrite", "writev", "sendfile", "copy_file_range"),
    "fsync": ("fsync", "fdatasync"),
    "rename": ("rename", "replace"),
    "link": ("link",),
    "symlink": ("symlink",),
    "mkdir": ("mkdir",),
    "unlink": ("unlink", "remove", "rmdir"),
}
KINDS = tuple(CALLS)
KILL = "KILL"


@dataclass(frozen=True, slots=True)
class Fault:
    """The ``number``-th call of ``kind`` fails with ``error``, or with ``KILL`` is the last.

    ``lasting``: so does every later one of every kind, as on a disk that is full or gone.
    """

    kind: str
    number: int
    error: str
    lasting: bool = False


def install(fault: Fault, *, report: int) -> None:
    """From now on. A byte is written to the open file ``report`` when the fault strikes."""
    injector = _Injector(fault, report)
    for kind, names in CALLS.items():
        for name in names:
            if hasattr(os, name):
                setattr(os, name, injector.guarded(kind, getattr(os, name)))
    opened = partial(_opened, injector)
    builtins.open = opened  # type: ignore[assignment]
    io.open = opened  # type: ignore[assignment]
    for name, value in vars(disk).items():
        if isinstance(value, ctypes.CDLL):
            setattr(disk, name, _Library(injector, value))


class _Injector:
    def __init__(self, fault: Fault, report: int) -> None:
        self._fault = fault
        self._report = report
        self._seen = 0
        self._struck = False
        self._write = os.write

    def guarded(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def guard(*args: Any, **kwargs: Any) -> Any:
            half = None
            if kind == "write" and len(args) > 1 and isinstance(args[1], bytes | memoryview):
                half = partial(call, args[0], args[1][: len(args[1]) // 2])
            self.strikes(kind, half, path=args[0])
            return call(*args, **kwargs)

        return guard

    def strikes(
        self, kind: str, half: Callable[[], Any] | None = None, *, path: object = None
    ) -> None:
        """Count a call and let it fail, in the middle of what it does where that can be."""
        if kind == "open" and not _is_of_the_site(path):
            return
        is_due = kind == self._fault.kind and not self._struck
        if is_due:
            self._seen += 1
            is_due = self._seen == self._fault.number
        if not is_due and not (self._struck and self._fault.lasting):
            return
        if not self._struck:
            self._struck = True
            self._write(self._report, b"!")
        if half:
            half()
        if self._fault.error == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, self._fault.error)
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else None
        raise OSError(number, os.strerror(number), name)


def _is_of_the_site(path: object) -> bool:
    """Whether it lies where the exporter writes, and not among Python's own files."""
    if not isinstance(path, str | os.PathLike):
        return False
    names = ("PLAINLEAF_OUTPUT_DIR", "PLAINLEAF_STATE_DIR")
    return any(Path(path).is_relative_to(os.environ[name]) for name in names)


class _Raw(io.FileIO):
    """A file whose writes are counted, below whatever buffer it is given."""

    def __init__(self, injector: _Injector, file: Any, mode: str) -> None:
        self._injector = injector
        super().__init__(file, mode)

    def write(self, data: Any, /) -> int:
        view = memoryview(data)
        self._injector.strikes("write", partial(super().write, view[: view.nbytes // 2]))
        return super().write(data)


def _opened(
    injector: _Injector, file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any
) -> Any:
    injector.strikes("open", path=file)
    if not set(mode) & set("wxa+"):
        return _REAL_OPEN(file, mode, buffering, *args, **kwargs)
    raw = _Raw(injector, file, mode.replace("b", "").replace("t", ""))
    if buffering == 0:
        return raw
    buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
    return buffer if "b" in mode else io.TextIOWrapper(buffer, *args, **kwargs)


_REAL_OPEN = open


class _Library:
    """The C library, whose ``syncfs`` is counted among the calls that make durable."""

    def __init__(self, injector: _Injector, real: ctypes.CDLL) -> None:
        self._injector = injector
        self._real = real

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._real, name)
        return partial(self._sync, call) if "sync" in name else call

    def _sync(self, call: Any, *args: Any) -> int:
        try:
            self._injector.strikes("fsync")
        except OSError as error:
            ctypes.set_errno(error.errno or errno.EIO)
            return -1
        answer: int = call(*args)
        return answer
