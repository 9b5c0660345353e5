"""One site behind every web server that we say can serve it: real ones, with our configuration."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from frontend_export.config import Settings
from frontend_export.edge.app import create_app
from frontend_export.headers import SECURITY_HEADERS
from frontend_export.targets.server_config import server_config
from tests.frontend_export.edge_site import serving
from tests.live import REPOSITORY, free_port

HOST = "site.example"
SERVERS = ("serve", "nginx", "caddy", "deployed")
SAME_TYPE = {
    "application/javascript": "text/javascript",
    "text/xml": "application/xml",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader notices of an answer; ``headers`` have lower-case names."""

    status: int
    location: str
    content_type: str
    cache_control: str
    security: Mapping[str, str | None]
    body_digest: str
    headers: Mapping[str, str] = field(compare=False, repr=False)
    body: bytes = field(compare=False, repr=False)


@dataclass(slots=True)
class WebServer:
    """A running server. ``process`` is there where it is a process of its own."""

    name: str
    port: int
    folder: Path = Path()
    process: subprocess.Popen[bytes] | None = None

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        *,
        body: bytes = b"",
    ) -> Answer:
        """The answer to exactly this path: nothing is normalised on the way."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": HOST, **(headers or {})}.items():
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        found: dict[str, str] = {}
        for header, value in response.getheaders():
            known = found.get(header.lower())
            found[header.lower()] = value if known is None else f"{known}, {value}"
        content_type, _, parameters = found.get("content-type", "").partition(";")
        return Answer(
            status={308: 301}.get(response.status, response.status),
            location=without_origin(urljoin(f"http://{HOST}{path}", found["location"]))
            if "location" in found
            else "",
            content_type=";".join(
                filter(None, (SAME_TYPE.get(content_type, content_type), parameters.strip()))
            ),
            cache_control=found.get("cache-control", ""),
            security={name: found.get(name.lower()) for name in SECURITY_HEADERS},
            body_digest=sha256(body).hexdigest(),
            headers=found,
            body=body,
        )

    def ask_raw(self, request: bytes) -> str:
        """The head of the answer to bytes that need not be HTTP."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            answer = b""
            with suppress(ConnectionError):  # refused before all of it was read
                connection.sendall(request)
                while part := connection.recv(65_536):
                    answer += part
        return answer.partition(b"\r\n\r\n")[0].decode("latin-1")

    def reload(self) -> None:
        """What an operator's hook does. Ours reads as it goes."""
        if self.name == "nginx" and self.process:
            self.process.send_signal(signal.SIGHUP)
        elif self.name == "caddy":
            command = ["caddy", "reload", "--config", "Caddyfile", "--adapter", "caddyfile"]
            subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=20)
        elif self.name == "deployed":  # Caddy 2.7 and later see the new list by themselves
            (self.folder / "Caddyfile").touch()


def without_origin(url: str) -> str:
    parts = urlsplit(url)
    return url if parts.netloc != HOST else parts._replace(scheme="", netloc="").geturl()


@contextmanager
def running(name: str, settings: Settings, folder: Path, *, edge: str = "") -> Iterator[WebServer]:
    """One of ``SERVERS`` before this site; ``edge`` is where it passes comments on.

    nginx before a site of ``https://`` has a certificate, and is asked without TLS.
    """
    if name == "serve":
        with serving(create_app(settings, serve_site=True)) as served:
            yield WebServer(name, urlsplit(served.address).port or 0)
        return
    program = "nginx" if name == "nginx" else "caddy"
    if shutil.which(program) is None:
        pytest.skip(f"No {program} was found. Install the package '{program}' to run this.")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = _command(name, settings, folder, port, edge)
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(settings, folder, port, edge),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    server = WebServer(name, port, folder, process)
    try:
        _wait_for(server, log)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=10)
    assert "panic" not in log.read_text()


def _command(name: str, settings: Settings, folder: Path, port: int, edge: str) -> list[str]:
    if name == "nginx":
        snippet = folder / "plainleaf.conf"
        if settings.site_url.startswith("https:"):
            site = _with_certificate(server_config("nginx", settings, edge=edge), folder, port)
        else:
            site = server_config("nginx", settings, listen=f"127.0.0.1:{port}", edge=edge)
        snippet.write_text(site, "utf-8")
        main = folder / "nginx.conf"
        main.write_text(_nginx_around(folder, port, snippet))
        return ["nginx", "-p", str(folder), "-c", str(main)]
    caddyfile = folder / "Caddyfile"
    if name == "caddy":
        site = server_config("caddy", settings, listen=f"127.0.0.1:{port}", edge=edge)
        caddyfile.write_text(f"{{\n\tadmin 127.0.0.1:{free_port()}\n}}\n{site}", "utf-8")
    else:
        shutil.copyfile(REPOSITORY / "deploy" / "Caddyfile", caddyfile)
    return ["caddy", "run", "--watch", "--config", str(caddyfile), "--adapter", "caddyfile"]


def _with_certificate(site: str, folder: Path, port: int) -> str:
    """``site`` as it was printed, but for its ports and where its certificate lies."""
    names = [str(folder / name) for name in ("privkey.pem", "fullchain.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}"]
    subprocess.run(
        [*command, "-keyout", names[0], "-out", names[1]], check=True, capture_output=True
    )
    for printed, here in (
        (r"listen \[::\]:.*;", ""),
        (r"listen 80;", f"listen 127.0.0.1:{port};"),
        (r"listen 443 ", f"listen 127.0.0.1:{free_port()} "),
        (re.escape(f"/etc/letsencrypt/live/{HOST}"), str(folder)),
    ):
        site, found = re.subn(printed, here, site)
        assert found, f"nginx has no '{printed}'."
    return site


def _nginx_around(folder: Path, port: int, snippet: Path) -> str:
    """What may stand around the site, below a folder of ours: tuned, hardened, another site."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr;\n"
        "events { }\nhttp {\ninclude /etc/nginx/mime.types;\n"
        f"default_type application/octet-stream;\n{scratch}access_log {folder}/log;\n"
        "open_file_cache max=1000 inactive=60s;\nopen_file_cache_valid 60s;\n"
        "disable_symlinks on;\n"
        f"server {{ listen 127.0.0.1:{port} default_server; return 421; }}\n"
        f"include {snippet};\n}}\n"
    )


def _environment(settings: Settings, folder: Path, port: int, edge: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "PLAINLEAF_SITE_HOST": HOST,
        "PLAINLEAF_ADMIN_HOST": f"admin.{HOST}",
        "PLAINLEAF_OUTPUT_DIR": str(settings.output_dir),
        "WEB_PORT": str(port),
        "EDGE_ADDRESS": edge,
        "WEB_TRUSTED_PROXIES": "10.0.0.1/32",
    }


def _wait_for(server: WebServer, log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            server.ask("/")
            return
        except OSError:
            assert server.process and server.process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


def link_folders(settings: Settings) -> None:
    """The release as a large site has it: its folders are links to ones it shares."""
    root = (settings.output_dir / "current").resolve()
    store = settings.output_dir / "store" / root.name
    store.mkdir(parents=True)
    for folder in [path for path in root.iterdir() if path.is_dir() and not path.is_symlink()]:
        folder.rename(store / folder.name)
        folder.symlink_to(Path("../../store") / root.name / folder.name)


def file_like(settings: Settings, pattern: str) -> str:
    """The path of the one file below ``current`` that matches: ``"assets/site.*.css"``."""
    root = settings.output_dir / "current"
    folder, _, name = pattern.rpartition("/")
    (found,) = [path for path in (root / folder).rglob(name) if re.search(r"\.\w+$", path.name)]
    return f"/{found.relative_to(root).as_posix()}"
