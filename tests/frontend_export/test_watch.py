"""``watch`` follows a real CMS: a change, a moment in time, a CMS that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from frontend_export.config import Settings
from frontend_export.pipeline.publish import resume, roll_back
from frontend_export.pipeline.watch import watch

from .fake_cms import cms, files_of, page, settings_for

HOME = page(1, "/")


@contextmanager
def watching(settings: Settings, **pace: float) -> Iterator[list[dict[str, Any]]]:
    """What ``watch`` logged so far, while it runs."""
    stop = threading.Event()
    entries: list[dict[str, Any]] = []
    thread = threading.Thread(
        target=watch,
        args=(settings, stop),
        kwargs={"log": entries.append, "poll_seconds": 0.02, **pace},
    )
    thread.start()
    try:
        yield entries
    finally:
        stop.set()
        thread.join()


def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_change_goes_out_by_itself(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            fake.publish(page(2, "/about/"))
            until(lambda: len(entries) == 2)
    assert "about/index.html" in files_of(settings)
    assert [entry["reason"] for entry in entries] == ["change", "change"]


def test_moment_that_changes_the_site_wakes_it(tmp_path):
    with cms(HOME) as fake:
        soon = datetime.now(UTC) + timedelta(seconds=1)
        fake.next_change_at = soon.isoformat()
        with watching(settings_for(fake, tmp_path)) as entries:
            until(lambda: len(entries) == 1)
            fake.next_change_at = None
            until(lambda: len(entries) == 2)
    assert entries[1]["reason"] == "time"


def test_change_without_a_signal_is_found_by_comparison(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings, reconcile_seconds=0.3) as entries:
            until(lambda: len(entries) == 1)
            with fake.unnoticed():
                fake.publish(page(2, "/about/"))
            until(lambda: (settings.output_dir / "current/about/index.html").exists())
    assert {entry["reason"] for entry in entries[1:]} == {"reconcile"}


def test_site_moves_on_once_a_rollback_is_over(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            fake.publish(page(2, "/about/"))
            until(lambda: len(entries) == 2)
            roll_back(settings, None)
            until(lambda: not (settings.output_dir / "current/about").exists())
            time.sleep(0.2)  # it looks at the pin each time it asks the CMS
            resume(settings)
            until(lambda: (settings.output_dir / "current/about/index.html").exists())
    assert entries[-1]["reason"] == "resume"


def test_resume_that_meets_a_broken_feed_is_not_forgotten(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            fake.publish(page(2, "/about/"))
            until(lambda: len(entries) == 2)
            roll_back(settings, None)
            time.sleep(0.2)  # it looks at the pin each time it asks the CMS
            fake.cut_after = 2
            resume(settings)
            until(lambda: entries[-1]["event"] == "failed")
            fake.cut_after = None
            until(lambda: entries[-1]["event"] == "export")
    assert entries[-1]["reason"] == "resume"
    assert "about/index.html" in files_of(settings)


def test_cms_that_comes_back_is_followed_again(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            fake.token = "another"
            until(lambda: entries[-1]["event"] == "failed")
            fake.token = settings.feed_token.get_secret_value()
            fake.publish(page(2, "/about/"))
            until(lambda: entries[-1]["event"] == "export")
    assert "PLAINLEAF_FEED_TOKEN" in entries[1]["error"]
    assert "about/index.html" in files_of(settings)


def test_sigterm_ends_it_cleanly_and_each_run_is_a_line_of_json(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        environment = os.environ | {
            "PLAINLEAF_CMS_URL": fake.url,
            "PLAINLEAF_FEED_TOKEN": fake.token,
            "PLAINLEAF_SITE_URL": "https://plainleaf.example",
            "PLAINLEAF_OUTPUT_DIR": str(settings.output_dir),
            "PLAINLEAF_STATE_DIR": str(settings.state_dir),
        }
        command = [sys.executable, "-m", "frontend_export", "watch"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout
            line = orjson.loads(process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=15) == 0
    assert (line["event"], line["switched"], line["pages"]) == ("export", True, 1)
