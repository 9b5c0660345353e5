"""Run the services of docker-compose.yml as plain processes: their own commands, environment,
order and health checks, with ports and folders of this machine in place of the containers'.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from tests.live import REPOSITORY, free_port

HEALTHY_SECONDS = 60
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?:(?P<empty>:?)(?P<how>[?-])(?P<rest>[^}]*))?\}")


class NativeCompose:
    """``variables`` is what a ``.env`` file would hold; ``database_url`` stands for postgres."""

    def __init__(self, folder: Path, *, database_url: str, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.ports = {"cms": free_port(), "edge": free_port(), "web": free_port()}
        composed = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text("utf-8"))
        variables = {
            **variables,
            "PLAINLEAF_SITE_URL": f"http://localhost:{self.ports['web']}",
            "PLAINLEAF_SITE_HOST": "localhost",
            "PLAINLEAF_ADMIN_URL": f"http://admin.localhost:{self.ports['web']}",
            "PLAINLEAF_ADMIN_HOST": "admin.localhost",
        }
        self.services: dict[str, dict[str, Any]] = fill_in(composed["services"], variables)
        self.database_url = database_url
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for volume in ("cms/media", "public", "state", "spool"):
            (folder / "data" / volume).mkdir(parents=True)
        (folder / "tmp").mkdir()

    def __enter__(self) -> NativeCompose:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def run(self, service: str, *command: str) -> str:
        """What ``docker compose run SERVICE COMMAND`` does; without a command, the service's."""
        done = subprocess.run(
            self.native(command or self.services[service]["command"]),
            cwd=REPOSITORY,
            env=self.environment(service),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{service} {command}: {done.stdout}{done.stderr}"
        return done.stdout

    def up(self, service: str) -> None:
        """Start ``service`` once what it depends on is as far as the file asks."""
        for other, how in self.services[service].get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                self.wait_until_healthy(other)
        with self.log(service).open("wb") as log:
            self.processes[service] = subprocess.Popen(
                self.native(self.services[service]["command"]),
                cwd=REPOSITORY,
                env=self.environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_healthy(self, service: str) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        while not self.is_healthy(service):
            process = self.processes.get(service)
            ended = process is not None and process.poll() is not None
            assert not ended and time.monotonic() < deadline, (
                f"{service} is not healthy:\n{self.log(service).read_text()[-4000:]}"
            )
            time.sleep(0.5)

    def is_healthy(self, service: str) -> bool:
        """The service's own health check, run where the service runs."""
        kind, *command = self.services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        checked = subprocess.run(
            self.native(command),
            cwd=REPOSITORY,
            env=self.environment(service),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        return checked.returncode == 0

    def stop(self, service: str) -> int:
        """Send SIGTERM, as ``docker compose stop`` does, and answer the exit code."""
        process = self.processes.pop(service)
        process.terminate()
        return process.wait(timeout=30)

    def log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def environment(self, service: str) -> dict[str, str]:
        """As in a container: nothing of ours but what the file gives."""
        given = self.services[service].get("environment", {})
        values = dict(zip(given, self.native(given.values()), strict=True))
        if "DATABASE_URL" in values:
            values["DATABASE_URL"] = self.database_url
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8", **values}

    def native(self, values: Any) -> list[str]:
        return [self.native_value(str(value)) for value in values]

    def native_value(self, value: str) -> str:
        """Addresses and paths of the containers as those of this machine."""
        for service, port in (("cms", "8000"), ("edge", "8001"), ("web", "8080")):
            for host in (service, "0.0.0.0", "127.0.0.1"):
                value = value.replace(f"{host}:{port}", f"127.0.0.1:{self.ports[service]}")
            if value == port:
                value = str(self.ports[service])
        if value == "0.0.0.0":
            return "127.0.0.1"
        # The container's folders first: this checkout may itself lie below one named like them.
        value = re.sub(r"(^|=)/(data|tmp)\b", rf"\1{self.folder}/\2", value)
        return value.replace("/etc/caddy/Caddyfile", str(REPOSITORY / "deploy" / "Caddyfile"))


def fill_in(node: Any, variables: Mapping[str, str]) -> Any:
    """Every ``${NAME:-default}`` and ``${NAME:?message}`` below ``node``, as compose reads them."""
    if isinstance(node, dict):
        return {key: fill_in(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [fill_in(value, variables) for value in node]
    if isinstance(node, str):
        return VARIABLE.sub(lambda found: value_of(found, variables), node)
    return node


def value_of(found: re.Match[str], variables: Mapping[str, str]) -> str:
    """``${X:-a}`` is ``a`` where ``X`` is empty, ``${X-a}`` only where it is not set at all."""
    value = variables.get(found["name"], "")
    if value or found["how"] is None or (found["name"] in variables and not found["empty"]):
        return value
    assert found["how"] == "-", found["rest"]
    return found["rest"]
