"""A Postgres of one's own, in a folder that goes with it: it can be killed and hurts nobody."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psycopg

from tests.live import free_port

DEBIANS = Path("/usr/lib/postgresql")
FOLDERS = (Path("/tmp"), Path(tempfile.gettempdir()))  # the first is open to another user
START_SECONDS = 60


class OwnPostgres:
    """A cluster on a free port, as Postgres ships: every commit waits for the disk.

    ```python
    with OwnPostgres() as postgres:
        postgres.start()
        connect(postgres.url)
    ```
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="plainleaf-postgres-", dir=_open_folder()))
        self.data = self._folder / "data"
        self.log = self._folder / "postgres.log"
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.process: subprocess.Popen[bytes] | None = None
        # Postgres will not run as root.
        self._user = _unprivileged() if os.getuid() == 0 else None

    @staticmethod
    def is_installed() -> bool:
        return _programs() is not None

    def __enter__(self) -> OwnPostgres:
        programs = _programs()
        if programs is None:
            raise FileNotFoundError(
                "There is no 'initdb'. Install the package 'postgresql' (it need not run)."
            )
        self._programs = programs
        if self._user:
            shutil.chown(self._folder, self._user)
        initdb = [str(programs / "initdb"), f"--pgdata={self.data}", "--auth=trust"]
        initdb += ["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(initdb, user=self._user, cwd="/", capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"'initdb' failed: {done.stderr}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGINT)  # "fast": without waiting for anybody
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Back when it answers, after whatever it had to recover."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process is None or self.process.poll() is not None:
                self.launch()  # after a kill, until the last of its processes has noticed
            if time.monotonic() > deadline:
                raise RuntimeError(f"Postgres did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def launch(self) -> None:
        """Start it and wait for nothing."""
        command = [str(self._programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        command += [
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"unix_socket_directories={self.data}",
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, user=self._user, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _programs() -> Path | None:
    """Debian keeps the server's programs out of the way."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return max((file.parent for file in DEBIANS.glob("*/bin/initdb")), default=None)


def _unprivileged() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _open_folder() -> Path:
    return next(folder for folder in FOLDERS if folder.is_dir() and os.access(folder, os.W_OK))
