"""The sample content, exported, behind a Caddy with TLS and the configuration that we print."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.measure import CommandError, end_of
from tests.live import Stack, free_port

START_SECONDS = 30
# A certificate of its own, trusted by nobody else, and HTTP on the same port led to HTTPS.
AROUND = """{{
	admin off
	local_certs
	skip_install_trust
	default_bind 127.0.0.1
	auto_https disable_redirects
	storage file_system "{folder}"
	servers {{
		listener_wrappers {{
			http_redirect
			tls
		}}
	}}
}}
"""


@dataclass(frozen=True, slots=True)
class Served:
    """``root`` is the release, ``authority`` the certificate that signed the site's."""

    host: str
    root: Path
    authority: Path

    @property
    def url(self) -> str:
        return f"https://{self.host}"


@contextmanager
def sample_site(folder: Path, *, say: Callable[[str], None]) -> Iterator[Served]:
    """Until the block ends. Raises ``CommandError``."""
    host = f"localhost:{free_port()}"
    with Stack(folder, PLAINLEAF_SITE_URL=f"https://{host}") as stack:
        say("Loading the sample content.")
        stack.manage("migrate", "--verbosity", "0")
        stack.manage("load_content")
        stack.start_cms()
        stack.export()
        stack.stop("cms")
        site = stack.run("-m", "frontend_export", "server-config", "caddy", "--no-edge").stdout
    with _caddy(folder / "caddy", site, host) as authority:
        yield Served(host, stack.current.resolve(), authority)


@contextmanager
def _caddy(folder: Path, site: str, host: str) -> Iterator[Path]:
    folder.mkdir()
    caddyfile = folder / "Caddyfile"
    caddyfile.write_text(AROUND.format(folder=folder) + site)
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["caddy", "run", "--config", str(caddyfile), "--adapter", "caddyfile"],
            env={**os.environ, "XDG_CONFIG_HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    authority = folder / "pki" / "authorities" / "local" / "root.crt"
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"https://{host}/", authority):
            if process.poll() is not None or time.monotonic() > deadline:
                raise CommandError(f"Caddy did not answer:\n{end_of(log)}")
            time.sleep(0.1)
        yield authority
    finally:
        process.terminate()
        process.wait()


def _answers(url: str, authority: Path) -> bool:
    try:
        return authority.exists() and requests.get(url, timeout=5, verify=str(authority)).ok
    except requests.RequestException:
        return False
