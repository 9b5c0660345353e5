"""What a newcomer types first."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [(), ("help",)])
def test_make_alone_lists_the_targets_and_does_nothing(arguments: tuple[str, ...]) -> None:
    told = make(*arguments)
    assert told.returncode == 0
    assert [line.split()[0] for line in told.stdout.splitlines()] == [
        *("help", "setup", "setup-dev", "demo", "test", "lint", "check"),
        *("bench", "messages", "lock", "audit", "clean"),
    ]


def test_missing_python_is_named_with_the_remedy(tmp_path: Path) -> None:
    told = make("setup", "PYTHON=python3.99", f"VENV={tmp_path / 'venv'}")
    assert told.returncode == 2
    assert told.stderr.startswith("There is no 'python3.99'. Install Python 3.11")
    assert not (tmp_path / "venv").exists()
