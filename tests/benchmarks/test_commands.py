"""Each command of the benchmarks does its work on a handful of pages, in the processes it
measures. Skipped where `make bench` has not installed what they need."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.__main__ import PEERS
from benchmarks.articles import Kind
from benchmarks.search import queries_of
from tests.own_postgres import OwnPostgres

MISSING = sorted(name for name in PEERS.values() if importlib.util.find_spec(name) is None)
pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(
        bool(MISSING), reason=f"`make bench` installs what is missing here: {', '.join(MISSING)}"
    ),
]
PAGES = 21  # one more than a list holds: a topic has a second page


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The answer of a command about ``PAGES`` articles, which are loaded once."""
    cache = tmp_path_factory.mktemp("cache")

    def measure(command: str, *options: str) -> dict[str, Any]:
        done = run_command(
            command, "--pages", str(PAGES), "--cache", str(cache), "--json", *options
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        assert answer["pages"] == PAGES
        return answer

    return measure


@pytest.mark.parametrize("kind", Kind)
def test_every_system_is_measured_on_the_same_pages(measured: Any, kind: Kind) -> None:
    answer = measured("export", "--articles", kind, "--repeats", "1", "--peers", ",".join(PEERS))
    works: dict[str, list[str]] = {}
    for run in answer["runs"]:
        works.setdefault(run["system"], []).append(run["work"])
        assert run["seconds"] > 0
        assert run["pages_per_second"] == pytest.approx(PAGES / run["seconds"], rel=0.05)
    assert works == {
        "plainleaf": ["full", "noop_cold", "one_edit_cold", "noop", "one_edit"],
        "hugo": ["full", "noop"],
        "wagtail-bakery": ["full"],
        "django-distill": ["full"],
    }
    ours = answer["article_bytes"].pop("plainleaf")
    for size in answer["article_bytes"].values():
        assert size == pytest.approx(ours, rel=0.15)


def test_what_is_published_in_the_admin_reaches_a_reader(measured: Any) -> None:
    answer = measured("publish", "--publishes", "2")
    assert answer["publishes"] == 2
    assert 0 < answer["p50"] <= answer["p95"] <= answer["max"]


def test_the_feed_is_read_whole_and_its_queries_are_counted(measured: Any) -> None:
    answer = measured("feed", "--repeats", "1")
    assert answer["bytes"] > PAGES * 5_000
    assert answer["queries"] > 0


def test_articles_are_rendered_whole_and_timed(measured: Any) -> None:
    answer = measured("render", "--repeats", "2")
    assert 0 < answer["fastest"] <= answer["median"]
    assert answer["bytes"] > 10_000


def test_what_a_query_fetches_is_counted(measured: Any) -> None:
    if not shutil.which("chromium"):
        pytest.skip("Queries are asked in Chromium.")
    queries = measured("search")["queries"]
    assert [one["kind"] for one in queries] == list(queries_of(PAGES))
    for one in queries:
        assert one["bytes"] > one["program"] > 50_000
        assert one["requests"] > 5


def test_comments_are_posted_beside_isso_and_all_become_rows() -> None:
    if not (OwnPostgres.is_installed() and importlib.util.find_spec("isso")):
        pytest.skip("Comments are measured with Isso (`make bench` installs it) and 'initdb'.")
    done = run_command("comments", "--seconds", "1", "--rate", "50", "--json")
    assert done.returncode == 0, done.stderr
    runs = json.loads(done.stdout)["runs"]
    works = [(run["system"], run["work"]) for run in runs]
    assert works == [("isso", "most"), ("plainleaf", "at 50/s"), ("plainleaf", "most")]
    for run in runs:
        assert run["stored"] == run["accepted"] > 0
    assert runs[1]["accepted"] == 50


def test_a_slow_peer_is_refused_many_pages() -> None:
    done = run_command("export", "--pages", "2001", "--peers", "hugo,django-distill")
    assert done.returncode != 0
    assert "django-distill is measured with at most 2,000 pages" in done.stderr
