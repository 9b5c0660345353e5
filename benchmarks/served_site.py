"""The exported site as readers reach it: ``frontend-export serve``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.scratch_cms import free_port, wait_until_ready


@contextmanager
def served_site(env: Mapping[str, str], log: Path) -> Iterator[str]:
    """Gives its address. Raises ``CommandError`` where it does not answer."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "frontend_export", "serve", "--port", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        wait_until_ready(f"{url}/healthz", server, log)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=60)
