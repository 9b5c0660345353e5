"""Exporters by the hundred: Python and the exporter are loaded once, then each run is a fork.

with Nursery() as nursery:
    ended = nursery.run(place, "export", "--json", fault=Fault("write", 3, "ENOSPC"))

The forking is done by a process of its own, ``python -m tests.faults.nursery``, which has no
threads: a fork of the tests' process would inherit the locks of its servers.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.faults.injector import Fault, install

REPOSITORY = Path(__file__).parent.parent.parent
TOO_LONG_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one exporter reads and writes. ``more`` are further variables of its environment."""

    folder: Path
    cms_url: str
    token: str = "the-token-of-the-feed"
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def public(self) -> Path:
        return self.folder / "public"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def current(self) -> Path:
        return self.public / "current"

    def environment(self) -> dict[str, str]:
        return {
            "PLAINLEAF_CMS_URL": self.cms_url,
            "PLAINLEAF_FEED_TOKEN": self.token,
            "PLAINLEAF_SITE_URL": "https://plainleaf.example",
            "PLAINLEAF_OUTPUT_DIR": str(self.public),
            "PLAINLEAF_STATE_DIR": str(self.state),
            "PLAINLEAF_SPOOL_DIR": str(self.folder / "spool"),
            "PLAINLEAF_SEARCH": "false",
            **self.more,
        }


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended. A negative ``exit_code`` is the signal that ended it, as everywhere."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    fired: bool

    @property
    def was_killed(self) -> bool:
        return self.exit_code == -signal.SIGKILL

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.stdout)
        return found


class Nursery:
    """Runs ``frontend-export`` as a child that can be killed, limited or let down by its disk."""

    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=REPOSITORY,
            env={name: value for name, value in os.environ.items() if "PLAINLEAF" not in name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()  # the end of its input is the end of it

    def run(self, place: Place, *arguments: str, **how: Any) -> Ended:
        """One run to its end: see ``run_many`` for ``how``."""
        return self.run_many(place, *arguments, **how)[0]

    def run_many(
        self,
        place: Place,
        *arguments: str,
        times: int = 1,
        fault: Fault | None = None,
        kill_after_seconds: float | None = None,
        limits: Mapping[str, int] | None = None,
        constants: Mapping[str, float] | None = None,
        strace: tuple[str, ...] = (),
    ) -> list[Ended]:
        """``times`` runs of the same command at once, in the order of their ends.

        ``limits`` are of ``setrlimit``, such as ``{"NOFILE": 20}``. ``constants`` replaces numbers
        of the exporter's modules, such as ``{"frontend_export.source.cms.READ_BYTES": 10}``.
        ``strace`` are its arguments; each run then starts once it is traced.
        """
        order = {
            "arguments": arguments,
            "environment": place.environment(),
            "times": times,
            "fault": fault and asdict(fault),
            "kill_after_seconds": kill_after_seconds,
            "limits": limits or {},
            "constants": constants or {},
            "strace": strace,
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return [Ended(**one) for one in json.loads(self._process.stdout.readline())]


def serve() -> None:
    """Carry out one order a line, until there are no more."""
    importlib.import_module("frontend_export.cli")
    importlib.import_module("encodings.idna")  # what a request would load in each child
    for line in sys.stdin.buffer:
        answer = json.dumps(_carry_out(json.loads(line)))
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


def _carry_out(order: dict[str, Any]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        children = dict(_Child(order, Path(folder), at).begin() for at in range(order["times"]))
        deadline = time.monotonic() + (order["kill_after_seconds"] or TOO_LONG_SECONDS)
        ended = []
        while children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid in children:
                ended.append(children.pop(pid).end(status, usage))
            elif pid == 0 and time.monotonic() > deadline:
                for one in children:
                    os.kill(one, signal.SIGKILL)
                deadline += TOO_LONG_SECONDS
            elif pid == 0:
                # a SIGCHLD that came before is still pending, so that none is slept through
                signal.sigtimedwait({signal.SIGCHLD}, max(deadline - time.monotonic(), 0))
        return ended


class _Child:
    def __init__(self, order: dict[str, Any], folder: Path, number: int) -> None:
        self._order = order
        self._said = [folder / f"{number}.stdout", folder / f"{number}.stderr"]
        self._fired = os.pipe2(os.O_CLOEXEC)
        self._gate = os.pipe2(os.O_CLOEXEC)
        self._tracer: subprocess.Popen[bytes] | None = None
        self._trace = folder / f"{number}.strace"

    def begin(self) -> tuple[int, _Child]:
        self._opened = [  # here, so that no call of the child before it is let go can fail
            os.open(os.devnull, os.O_RDONLY),
            *(os.open(path, os.O_WRONLY | os.O_CREAT) for path in self._said),
        ]
        self._started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            self._run()
        if self._order["strace"]:
            self._tracer = _traced(pid, self._order["strace"], self._trace)
        os.write(self._gate[1], b"!")
        return pid, self

    def end(self, status: int, usage: resource.struct_rusage) -> dict[str, Any]:
        seconds = time.monotonic() - self._started
        if self._tracer:
            self._tracer.communicate()
        os.close(self._fired[1])
        fired = os.read(self._fired[0], 1) or (
            self._tracer and b"(INJECTED)" in self._trace.read_bytes()
        )
        for handle in (self._fired[0], *self._gate, *self._opened):
            os.close(handle)
        stdout, stderr = (path.read_text(errors="replace") for path in self._said)
        return {
            "exit_code": os.waitstatus_to_exitcode(status),
            "stdout": stdout,
            "stderr": stderr,
            "seconds": seconds,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_mb": usage.ru_maxrss / 1024,
            "fired": bool(fired),
        }

    def _run(self) -> None:
        """In the child: be ``frontend-export`` and end."""
        code = 1
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            for handle, opened in enumerate(self._opened):
                os.dup2(opened, handle)
            os.environ.update(self._order["environment"])
            for name, value in self._order["constants"].items():
                where, _, constant = name.rpartition(".")
                holder = pkgutil.resolve_name(where)
                getattr(holder, constant)  # one that is gone is a test that tests nothing
                setattr(holder, constant, value)
            for name, value in self._order["limits"].items():
                resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
            if self._order["fault"]:
                install(Fault(**self._order["fault"]), report=self._fired[1])
            os.read(self._gate[0], 1)
            importlib.import_module("frontend_export.cli").main(self._order["arguments"])
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _traced(pid: int, arguments: list[str], trace: Path) -> subprocess.Popen[bytes]:
    """``strace`` on a child that waits; back once it is attached."""
    strace = shutil.which("strace") or "strace"
    tracer = subprocess.Popen(
        [strace, "-f", "-p", str(pid), "-o", str(trace), *arguments], stderr=subprocess.PIPE
    )
    assert tracer.stderr
    said = tracer.stderr.readline()
    if b"attached" not in said:
        raise RuntimeError(f"strace did not attach: {said!r}")
    return tracer


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    serve()
