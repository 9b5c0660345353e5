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
from itertools import pairwise
from typing import Any

import orjson

from frontend_export.config import Settings
from frontend_export.errors import SourceError
from frontend_export.pipeline import Options, Report
from frontend_export.pipeline.exporter import Exporter
from frontend_export.pipeline.publish import locked_releases, resume, roll_back
from frontend_export.pipeline.watch import HEARTBEAT, watch

from .fake_cms import FakeCms, cms, files_of, page, settings_for, text_of

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


def until_it_looked(fake: FakeCms) -> None:
    """It looks at the pin each time it asks the CMS."""
    asked = len(fake.requests)
    until(lambda: len(fake.requests) >= asked + 3)


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


def test_site_that_is_edited_all_the_time_is_compared_too(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings, reconcile_seconds=0.5) as entries:
            until(lambda: len(entries) == 1)
            with fake.unnoticed():
                fake.publish(page(2, "/about/"))
            for number in range(1, 200):  # none of the pauses is long enough for a look of its own
                fake.publish(page(3, "/news/") | {"title": f"Edition {number}"})
                until(lambda number=number: len(entries) > number)
                if (settings.output_dir / "current/about/index.html").exists():
                    break
    assert "about/index.html" in files_of(settings)
    assert "change" in {entry["reason"] for entry in entries[1:]}


def test_edit_does_not_wait_for_the_comparison_that_is_due(tmp_path, monkeypatch):
    compared = []
    works = Exporter.export

    def export(exporter: Exporter, options: Options, **how: Any) -> Report:
        report = works(exporter, options, **how)
        compared.append(options.compare)
        return report

    monkeypatch.setattr(Exporter, "export", export)
    with cms(HOME) as fake, watching(settings_for(fake, tmp_path), reconcile_seconds=0) as entries:
        for number in range(5):
            fake.publish(page(3, "/news/") | {"title": f"Edition {number}"})
            until_it_looked(fake)
    reasons = [entry["reason"] for entry in entries]
    assert {"change", "reconcile"} <= {*reasons}
    assert compared == [reason == "reconcile" for reason in reasons]


def test_site_moves_on_once_a_rollback_is_over(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            fake.publish(page(2, "/about/"))
            until(lambda: len(entries) == 2)
            roll_back(settings, None)
            until(lambda: not (settings.output_dir / "current/about").exists())
            until_it_looked(fake)
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
            until_it_looked(fake)
            fake.cut_after = 1
            resume(settings)
            until(lambda: entries[-1]["event"] == "failed")
            fake.cut_after = None
            until(lambda: entries[-1]["event"] == "export")
    assert entries[-1]["reason"] == "resume"
    assert "about/index.html" in files_of(settings)


def test_file_that_somebody_removed_is_made_again(tmp_path):
    with cms(HOME, page(2, "/about/"), page(3, "/more/")) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            (settings.output_dir / "current/more/index.html").unlink()
            fake.publish(page(2, "/about/", title="Another title"))
            until(lambda: "Another title" in text_of(settings, "about/index.html"))
    assert "Page 3" in text_of(settings, "more/index.html")


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


def test_burst_of_changes_is_few_runs_one_after_the_other(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            for number in range(2, 22):
                fake.publish(page(number, f"/p{number}/"))
            until(lambda: (settings.output_dir / "current/p21/index.html").exists())
            until(lambda: fake.runs[-1]["cursor"] == fake.cursor)
    assert len(fake.runs) <= 5
    for one, next_one in pairwise(fake.runs):
        assert one["finished_at"] <= next_one["started_at"]


def test_watch_may_start_before_the_cms(tmp_path):
    with cms(HOME) as fake:
        port = int(fake.url.rpartition(":")[2])
        settings = settings_for(fake, tmp_path)
    with watching(settings) as entries:
        until(lambda: len(entries) > 1)
        with cms(HOME, port=port):
            until(lambda: entries[-1]["event"] == "export")
    assert "Connection refused" in entries[0]["error"]
    assert "index.html" in files_of(settings)


def test_cms_that_hangs_up_for_a_while_loses_no_change(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            fake.answers = [(0, {}, b"")] * 1_000
            fake.publish(page(2, "/about/"))
            until(lambda: entries[-1]["event"] == "failed")
            fake.answers = []
            until(lambda: (settings.output_dir / "current/about/index.html").exists())


def test_failing_cms_is_asked_ever_more_slowly(tmp_path):
    with cms(HOME) as fake:
        fake.token = "another"
        with watching(settings_for(fake, tmp_path)) as entries:
            until(lambda: len(entries) == 1)
            started = time.monotonic()
            until(lambda: len(entries) == 5)
    assert time.monotonic() - started >= 0.6  # 0.04 + 0.08 + 0.16 + 0.32, not 4 times 0.02
    assert {entry["exit_code"] for entry in entries} == {SourceError.exit_code}


def test_content_that_is_refused_is_told_and_goes_out_once_it_is_mended(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            fake.publish(page(2, "/about/"), page(3, "/About/"))  # one path for two
            until(lambda: entries[-1]["event"] == "failed")
            fake.unpublish("page", 3)
            until(lambda: (settings.output_dir / "current/about/index.html").exists())
    failed = [run for run in fake.runs if run["outcome"] == "failed"]
    assert "Change one slug." in failed[0]["error"]


def test_every_run_is_told_to_the_cms(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings):
            until(lambda: len(fake.runs) == 1)
            fake.publish(page(2, "/about/"))
            until(lambda: len(fake.runs) == 2)
    run = fake.runs[1]
    assert (run["reason"], run["outcome"], run["exit_code"]) == (
        "change",
        "published",
        0,
    )
    assert (run["cursor"], run["pages"], run["request"]) == (fake.cursor, 2, None)
    assert run["release"] == (settings.output_dir / "current").readlink().name
    assert [one["is_current"] for one in run["releases"]] == [True, False]
    assert len({one["id"] for one in fake.runs}) == 2


def test_cms_that_takes_no_reports_is_followed_all_the_same(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        fake.takes_reports = False
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            fake.publish(page(2, "/about/"))
            until(lambda: len(entries) == 2)
    assert {entry["event"] for entry in entries} == {"export"}
    assert "about/index.html" in files_of(settings)


def test_watch_that_has_nothing_to_do_touches_and_tells_nothing(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings, reconcile_seconds=0.2) as entries:
            until(lambda: len(entries) == 1)
            before = {path: path.lstat().st_mtime_ns for path in settings.output_dir.rglob("*")}
            until(lambda: len(entries) == 3)
    assert {path: path.lstat().st_mtime_ns for path in settings.output_dir.rglob("*")} == before
    assert [entry["reason"] for entry in entries[1:3]] == ["reconcile"] * 2
    assert len(fake.runs) == 1


def test_heart_beats_while_there_is_nothing_to_do_and_no_longer_than_the_watch(
    tmp_path,
):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        heart = settings.state_dir / HEARTBEAT
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            before = heart.stat().st_mtime_ns
            until(lambda: heart.stat().st_mtime_ns > before)
    before = heart.stat().st_mtime_ns
    time.sleep(0.2)
    assert heart.stat().st_mtime_ns == before


def test_another_export_is_waited_for(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        with watching(settings) as entries:
            until(lambda: len(entries) == 1)
            with locked_releases(settings):
                fake.publish(page(2, "/about/"))
                until(lambda: entries[-1]["event"] == "failed")
            until(lambda: entries[-1]["event"] == "export")
    assert "about/index.html" in files_of(settings)


def test_export_that_an_operator_asks_for_finds_what_nothing_told_of(tmp_path):
    with (
        cms(HOME) as fake,
        watching(settings := settings_for(fake, tmp_path)) as entries,
    ):
        until(lambda: len(entries) == 1)
        with fake.unnoticed():
            fake.publish(page(2, "/about/"))
        number = fake.ask("export")
        until(lambda: not fake.position()["requests"])
    assert (fake.runs[-1]["reason"], fake.runs[-1]["request"]) == ("request", number)
    assert "about/index.html" in files_of(settings)


def test_operator_rolls_the_site_back_and_lets_it_move_on(tmp_path):
    with (
        cms(HOME) as fake,
        watching(settings := settings_for(fake, tmp_path)) as entries,
    ):
        current = settings.output_dir / "current"
        until(lambda: len(entries) == 1)
        first = current.readlink().name
        fake.publish(page(2, "/about/"))
        until(lambda: len(fake.runs) == 2)
        fake.ask("rollback", first)
        until(lambda: not fake.position()["requests"])
        assert current.readlink().name == first
        assert (fake.runs[-1]["outcome"], fake.runs[-1]["pinned"]) == ("held", first)
        fake.publish(page(3, "/more/"))
        until(lambda: fake.runs[-1]["reason"] == "change")
        assert (fake.runs[-1]["outcome"], current.readlink().name) == ("held", first)
        number = fake.ask("resume")
        until(lambda: not fake.position()["requests"])
    (resumed,) = [run for run in fake.runs if run["request"] == number]
    assert (resumed["outcome"], resumed["pinned"]) == ("published", None)
    assert {"about/index.html", "more/index.html"} <= files_of(settings).keys()


def test_rollback_that_cannot_be_is_told_once_with_the_remedy(tmp_path):
    with cms(HOME) as fake, watching(settings_for(fake, tmp_path)) as entries:
        until(lambda: len(entries) == 1)
        number = fake.ask("rollback", "20200101T000000Z-0badcafe")
        until(lambda: not fake.position()["requests"])
        fake.publish(page(2, "/about/"))
        until(lambda: fake.runs[-1]["outcome"] == "published")
    answers = [run for run in fake.runs if run["request"] == number]
    assert [run["outcome"] for run in answers] == ["failed"]
    assert "'frontend-export releases' lists them" in answers[0]["error"]


def test_sigterm_ends_it_cleanly_and_each_run_is_a_line_of_json(tmp_path):
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        environment = os.environ | {
            "PLAINLEAF_CMS_URL": fake.url,
            "PLAINLEAF_FEED_TOKEN": fake.token,
            "PLAINLEAF_SITE_URL": "https://plainleaf.example",
            "PLAINLEAF_OUTPUT_DIR": str(settings.output_dir),
            "PLAINLEAF_SEARCH": "false",
            "PLAINLEAF_STATE_DIR": str(settings.state_dir),
        }
        command = [sys.executable, "-m", "frontend_export", "watch"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout
            line = orjson.loads(process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=15) == 0
    assert (line["event"], line["switched"], line["pages"]) == ("export", True, 1)
