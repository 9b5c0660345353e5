"""The parts that run: started together, watched, and stopped together."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

READY_SECONDS = 60
STOP_SECONDS = 10
POLL_SECONDS = 0.2
LINES_TOLD = 15


class PartFailedError(Exception):
    """A part ended by itself, or never answered; the message names it and its log."""


class Parts:
    """Python processes with one environment, each with a log of its own in ``logs``.

    Leaving the context stops them, the last one first. Each has a session of its own: Ctrl-C in
    a terminal reaches us alone, and we stop them in order.
    """

    def __init__(self, *, cwd: Path, environment: Mapping[str, str], logs: Path) -> None:
        self.cwd = cwd
        self.environment = environment
        self.logs = logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Parts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self.running.values()):
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start ``python`` with these arguments under a name for people."""
        with self._log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, *arguments],
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self, name: str, arguments: Sequence[str]) -> None:
        """Start a part and wait for its end. Raises ``PartFailedError`` unless it is a good one."""
        self.start(name, arguments)
        code = self.running[name].wait()
        del self.running[name]
        if code:
            raise PartFailedError(f"'{name}' failed (exit code {code}). {self._end_of_log(name)}")

    def wait_until_ready(self, name: str, url: str) -> None:
        """Return once ``url`` answers 200. Raises ``PartFailedError`` if the part ends first."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.refuse_ended()
            if _answers(url):
                return
            time.sleep(POLL_SECONDS)
        raise PartFailedError(
            f"'{name}' did not answer at {url} within {READY_SECONDS} seconds. "
            f"{self._end_of_log(name)}"
        )

    def watch(self) -> None:
        """Return never; raises ``PartFailedError`` as soon as a part ends."""
        while True:
            self.refuse_ended()
            time.sleep(POLL_SECONDS)

    def refuse_ended(self) -> None:
        for name, process in self.running.items():
            if (code := process.poll()) is not None:
                raise PartFailedError(
                    f"'{name}' ended by itself (exit code {code}), and the rest was stopped. "
                    f"{self._end_of_log(name)}"
                )

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _end_of_log(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()[-LINES_TOLD:]
        return f"Its log is '{self._log(name)}' and ends:\n" + "\n".join(lines)


def is_free(port: int) -> bool:
    """Whether we could listen on a port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (HTTPError, URLError, TimeoutError, ConnectionError):
        return False
