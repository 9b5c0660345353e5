"""What the systems that bake Django's answers have in common."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import measure


def environment_of(directory: Path, env: dict[str, str], settings: str) -> dict[str, str]:
    """Make ``directory``, lay out in it what the peers are handed, and say how to run one."""
    directory.mkdir(parents=True)
    static_dir = directory / "theme"
    command = [sys.executable, "-m", "benchmarks.peers.django_site.prepare", str(static_dir)]
    measure(command, env=env, log=directory / "prepare.log")
    return {**env, "DJANGO_SETTINGS_MODULE": settings, "BENCH_STATIC_DIR": str(static_dir)}
