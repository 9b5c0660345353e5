"""Lighthouse, html-validate and MDN's HTTP Observatory, as npm has them, and what they say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import CommandError

HERE = Path(__file__).parent
LOCK = ("package.json", "package-lock.json")
OBSERVATORY = "@mdn/mdn-http-observatory"
MOST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Fault:
    """What html-validate found: the file, the rule, and its sentence."""

    file: str
    rule: str
    message: str


class Tools:
    """Installed in ``folder`` at the versions of the lock, unless they are."""

    def __init__(self, folder: Path, *, chromium: str) -> None:
        self._modules = folder / "node_modules"
        self._chromium = chromium
        if all(
            (folder / name).exists() and (folder / name).read_bytes() == (HERE / name).read_bytes()
            for name in LOCK
        ):
            return
        folder.mkdir(parents=True, exist_ok=True)
        # Nothing of a package runs as it is installed.
        flags = ["--ignore-scripts", "--no-audit", "--no-fund"]
        for name in reversed(LOCK):
            shutil.copyfile(HERE / name, folder / name)
        _run(["npm", "ci", *flags], cwd=folder)
        # Which hosts every browser knows as TLS alone, which its scripts would fetch: not ours.
        (self._modules / OBSERVATORY / "conf" / "hsts-preload.json").write_text("{}")

    def lighthouse(self, url: str) -> dict[str, Any]:
        """Its whole report on a phone. The page's certificate is our own."""
        chrome = ["--headless=new", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"]
        command = [self._bin("lighthouse"), url, "--output=json", "--quiet"]
        command.append(f"--chrome-flags={' '.join(chrome)}")
        report: dict[str, Any] = json.loads(_run(command, env={"CHROME_PATH": self._chromium}))
        return report

    def html_faults(self, folder: Path) -> list[Fault]:
        """Errors in all pages below ``folder``."""
        config = ["--config", str(HERE / "htmlvalidate.json"), "--formatter", "json"]
        said = _run([self._bin("html-validate"), *config, str(folder)], codes=(0, 1))
        return [
            Fault(
                Path(page["filePath"]).relative_to(folder).as_posix(),
                message["ruleId"],
                message["message"],
            )
            for page in json.loads(said)
            for message in page["messages"]
            if message["severity"] == 2
        ]

    def observatory(self, host: str, *, authority: Path) -> dict[str, Any]:
        """The scan of ``localhost:8443``; ``authority`` is the certificate to believe."""
        script = self._modules / OBSERVATORY / "src" / "scan.js"
        said = _run(["node", str(script), host], env={"NODE_EXTRA_CA_CERTS": str(authority)})
        report: dict[str, Any] = json.loads(said)
        return report

    def _bin(self, name: str) -> str:
        return str(self._modules / ".bin" / name)


def _run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> str:
    """What it prints. Raises ``CommandError``."""
    with tempfile.TemporaryFile("w+") as out:  # Node leaves before a pipe has taken all it said
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
        out.seek(0)
        said = out.read()
    if done.returncode not in codes:
        raise CommandError(
            f"'{command[0]}' ended with exit code {done.returncode}:\n"
            f"{said[-2000:]}\n{done.stderr[:2000]}"
        )
    return said
