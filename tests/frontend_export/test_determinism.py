"""The same content gives the same bytes, whoever exports it, wherever and when."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontend_export.pipeline import export

from .fake_cms import FakeCms, cms, files_of, settings_for
from .newsroom import Newsroom

TURKISH = "tr_TR.UTF-8"
# What a machine may have set in one way or another; each line is one machine.
MACHINES = {
    "another seed of hashes": {"PYTHONHASHSEED": "7"},
    "a day ahead": {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
    "a day behind": {"TZ": "Pacific/Pago_Pago"},
    "ASCII only": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "another language": {
        "LC_ALL": TURKISH,  # with an i of its own
        "LANGUAGE": "tr",
        "LANG": TURKISH,
    },
}
USE_LOCALE = "import locale; locale.setlocale(locale.LC_ALL, '')"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeCms]:
    with cms() as fake:
        Newsroom().tell(fake)
        yield fake


@pytest.fixture(scope="module")
def usual(fake: FakeCms, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The site as it is exported here and now."""
    settings = settings_for(fake, tmp_path_factory.mktemp("usual"))
    export(settings)
    return files_of(settings)


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the locale that a bare machine lacks, where it would be asked for in vain."""
    folder, localedef = tmp_path_factory.mktemp("locales"), shutil.which("localedef")
    command = [localedef or "false", "--inputfile=tr_TR", "--charmap=UTF-8", folder / TURKISH]
    if subprocess.run(command, capture_output=True).returncode:
        fail_or_skip = pytest.fail if os.environ.get("CI") else pytest.skip
        fail_or_skip(f"NOT TESTED: a locale. The package 'locales' has what makes {TURKISH}.")
    return folder


@pytest.mark.parametrize("machine", MACHINES)
def test_machine_leaves_no_trace(fake, usual, locales, tmp_path, machine):
    settings = settings_for(fake, tmp_path)
    environment = (
        os.environ
        | MACHINES[machine]
        | {
            "LOCPATH": str(locales),
            "PLAINLEAF_CMS_URL": fake.url,
            "PLAINLEAF_FEED_TOKEN": fake.token,
            "PLAINLEAF_SITE_URL": settings.site_url,
            "PLAINLEAF_OUTPUT_DIR": str(settings.output_dir),
            "PLAINLEAF_SEARCH": "false",
            "PLAINLEAF_STATE_DIR": str(settings.state_dir),
        }
    )
    subprocess.run([sys.executable, "-c", USE_LOCALE], env=environment, check=True)
    command = [sys.executable, "-m", "frontend_export", "export"]
    subprocess.run(command, env=environment, check=True, capture_output=True, umask=0o077)
    assert files_of(settings) == usual


@pytest.mark.parametrize("seed", range(3))
def test_order_in_which_the_cms_says_it_does_not_matter(usual, tmp_path, seed):
    with cms() as fake:
        Newsroom().tell(fake)
        random.Random(seed).shuffle(fake.records)
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert files_of(settings) == usual


def test_hour_of_the_day_and_the_place_on_disk_do_not_matter(fake, usual, tmp_path):
    deep = tmp_path / Path(*["folder"] * 5)
    fake.now = "2026-11-25T23:59:59Z"
    settings = settings_for(fake, deep)
    export(settings)
    assert files_of(settings) == usual


def test_number_of_processes_does_not_matter(fake, usual, tmp_path, monkeypatch):
    monkeypatch.setattr("frontend_export.pipeline.build.PAGES_WORTH_A_PROCESS", 1)
    settings = settings_for(fake, tmp_path, processes=3)
    export(settings)
    assert files_of(settings) == usual


def test_layout_on_disk_does_not_matter(fake, usual, tmp_path, monkeypatch):
    monkeypatch.setattr("frontend_export.pipeline.build.MIN_UNIT_FILES", 2)
    settings = settings_for(fake, tmp_path, plain_tree_files=0)
    export(settings)
    assert any(path.is_symlink() for path in (settings.output_dir / "current").resolve().iterdir())
    assert files_of(settings) == usual
