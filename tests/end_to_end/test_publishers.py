"""Many publishers at once on Postgres, and the real exporter that follows them: nothing is lost."""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live import (
    REPOSITORY,
    WITH_A_WORKER,
    Stack,
    database_of_its_own,
    wait_until,
)

pytestmark = [pytest.mark.end_to_end, pytest.mark.postgres, pytest.mark.fault]

PUBLISHERS = 8
CHANGES_OF_EACH = 250
BUILD = """
import json
from tests.cms.publishers import build_site
print(json.dumps(build_site({publishers})))
"""
WRITE = """
import tests.bare_pages
from tests.cms.publishers import write
print(write({topics}, {changes}))
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with (
        database_of_its_own() as address,
        Stack(
            tmp_path,
            DATABASE_URL=address,
            PLAINLEAF_PLAIN_TREE_FILES="100",
            PLAINLEAF_SEARCH="false",  # an index follows its release later
            DJANGO_SETTINGS_MODULE=WITH_A_WORKER,
        ) as stack,
    ):
        yield stack


def test_site_that_eight_publishers_changed_is_what_a_clean_export_makes(stack: Stack) -> None:
    stack.manage("migrate", "--verbosity=0")
    sections = json.loads(stack.shell(BUILD.format(publishers=PUBLISHERS)))
    stack.start_cms()
    stack.start_watch()
    with ThreadPoolExecutor(PUBLISHERS) as pool:
        writers = [pool.submit(written, stack, topics) for topics in sections]
        made = sum(writer.result() for writer in writers)
    assert made >= PUBLISHERS * CHANGES_OF_EACH
    wait_until(lambda: is_up_to_date(stack), "'watch' to have seen every change", seconds=120)
    stack.stop("watch")
    exports = [json.loads(line) for line in stack.log("watch").splitlines() if line[:1] == "{"]
    assert len([one for one in exports if one["reason"] == "change"]) > 5
    assert [one for one in exports if one["event"] == "failed"] == []
    followed = files_below(stack.current)
    clean = Stack(
        stack.folder / "clean",
        **{
            name: stack.environment[name]
            for name in (
                *("DATABASE_URL", "PLAINLEAF_CMS_URL"),
                *("PLAINLEAF_FEED_TOKEN", "PLAINLEAF_PAGE_KEYS", "PLAINLEAF_SEARCH"),
            )
        },
        PLAINLEAF_SITE_URL=stack.site_url,
    )
    clean.folder.mkdir()
    clean.export()
    new = files_below(clean.current)
    lingers = {path for path in followed.keys() - new.keys() if path.startswith("images/")}
    assert differences({path: followed[path] for path in followed.keys() - lingers}, new) == {}
    assert any(path.startswith("images/") for path in new)
    assert any(b"Thank you for" in body for body in new.values())
    assert b"/old-" in new["_redirects"]


def written(stack: Stack, topics: list[int]) -> int:
    """One publisher's work, in a process of its own; how many changes it made."""
    code = WRITE.format(topics=topics, changes=CHANGES_OF_EACH)
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", code],
        cwd=REPOSITORY,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return int(done.stdout.split()[-1])


def is_up_to_date(stack: Stack) -> bool:
    """Whether the CMS has heard of an export of all that changed."""
    code = (
        "from django.utils import timezone;"
        "from cms.export_feed.site_status import site_status;"
        "print(site_status(timezone.now()).waiting is None)"
    )
    return stack.shell(code).split()[-1] == "True"


def differences(followed: dict[str, bytes], clean: dict[str, bytes]) -> dict[str, list[str]]:
    """By path, the lines that one of the two sites alone has there."""
    return {
        path: list(
            difflib.unified_diff(
                *(
                    site.get(path, b"").decode(errors="replace").splitlines()
                    for site in (followed, clean)
                ),
                fromfile="followed" if path in followed else "not followed",
                tofile="clean" if path in clean else "not clean",
                lineterm="",
                n=0,
            )
        )
        for path in sorted(followed.keys() | clean.keys())
        if followed.get(path) != clean.get(path)
    }


def files_below(root: Path) -> dict[str, bytes]:
    found = {}
    for folder, _folders, names in os.walk(root, followlinks=True):
        for name in names:
            path = Path(folder) / name
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found
