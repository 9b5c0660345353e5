"""``kill -9`` at any instant leaves a complete site; the next export clears up behind it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from frontend_export.pipeline import export
from tests.frontend_export.fake_cms import (
    FakeCms,
    article,
    cms,
    page,
    rich_text,
    settings_for,
    topic,
)

PAGES = 60


def content(version: int) -> list[dict]:
    body = [rich_text(f"<p>Version {version}. {'A sentence about a medicine. ' * 20}</p>")]
    articles = [
        article(10 + at, f"/medicines/a{at}/", parent=2, body=body, title=f"Version {version}")
        for at in range(PAGES)
    ]
    return [page(1, "/"), topic(2, "/medicines/"), *articles]


def assert_complete(output_dir: Path, state_dir: Path) -> None:
    """Every file that the manifest of the served release names is there, byte for byte."""
    release = (output_dir / "current").readlink().name
    root = output_dir / "current"
    files = json.loads((state_dir / f"releases/{release}.json").read_bytes())["files"]
    assert len(files) > PAGES
    for path, file in files.items():
        assert hashlib.sha256((root / path).read_bytes()).hexdigest() == file["sha256"], path
    versions = {
        (root / path).read_bytes().partition(b"Version ")[2][:4]
        for path, file in files.items()
        if file["page_id"] and file["page_id"] >= 10
    }
    assert len(versions) == 1  # never a mix
    assert (state_dir / f"releases/{release}.edge.ndjson").read_bytes().endswith(b"}\n")


def start(fake: FakeCms, output_dir: Path, state_dir: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PLAINLEAF_CMS_URL": fake.url,
        "PLAINLEAF_FEED_TOKEN": fake.token,
        "PLAINLEAF_SITE_URL": "https://plainleaf.example",
        "PLAINLEAF_OUTPUT_DIR": str(output_dir),
        "PLAINLEAF_STATE_DIR": str(state_dir),
    }
    command = [sys.executable, "-m", "frontend_export", "export", "--json"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.mark.fault
def test_first_export_killed_at_any_instant_leaves_no_site_or_a_complete_one(tmp_path):
    chance = random.Random(1)  # the same instants in every run
    with cms(*content(1000)) as fake:
        started = time.monotonic()
        assert start(fake, tmp_path / "public", tmp_path / "state").wait() == 0
        usual_seconds = time.monotonic() - started
        for number in range(20):
            settings = settings_for(fake, tmp_path / str(number))
            process = start(fake, settings.output_dir, settings.state_dir)
            time.sleep(usual_seconds * chance.uniform(0.35, 1.05))
            process.kill()
            process.wait()
            if (settings.output_dir / "current").is_symlink():
                assert_complete(settings.output_dir, settings.state_dir)
            export(settings)
            assert_complete(settings.output_dir, settings.state_dir)


@pytest.mark.parametrize(
    "instants", [pytest.param(4, id="short"), pytest.param(50, id="long", marks=pytest.mark.fault)]
)
def test_killed_export_leaves_a_complete_site(tmp_path, instants):
    chance = random.Random(instants)  # the same instants in every run
    with cms(*content(1000)) as fake:
        settings = settings_for(fake, tmp_path)
        output_dir, state_dir = settings.output_dir, settings.state_dir
        export(settings)
        started = time.monotonic()
        fake.records = content(1001)
        assert start(fake, output_dir, state_dir).wait() == 0
        usual_seconds = time.monotonic() - started
        for number in range(instants):
            fake.records = content(1002 + number)
            process = start(fake, output_dir, state_dir)
            # half of the time is Python starting: the instants that matter come after it
            time.sleep(usual_seconds * chance.uniform(0.35, 1.05))
            process.kill()
            process.wait()
            assert_complete(output_dir, state_dir)
        export(settings)
        assert_complete(output_dir, state_dir)
    names = [path.name for path in (output_dir / "releases").iterdir()]
    assert not [name for name in names if name.startswith(".")]
    assert len(names) <= settings.releases_kept
    records = {path.name.partition(".")[0] for path in (state_dir / "releases").iterdir()}
    assert records == set(names)
