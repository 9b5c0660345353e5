from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import requests

from frontend_export.edge.app import create_app
from frontend_export.edge.metrics import Metrics
from frontend_export.edge.server import listen, served_beside
from frontend_export.errors import OutputError
from tests.frontend_export.edge_site import (
    KETAMINE,
    comment_cms,
    publish,
    serving,
    settings_for,
)

FORM = {
    **{"page": KETAMINE, "locale": "en", "name": "Sam", "text": "Thank you.", "email": ""},
    "leave_this_empty": "",
}
LINE = re.compile(r'(# (HELP|TYPE) \w+ .+|\w+({\w+="[^"]*"})? -?[0-9.e+-]+)')


def test_counts_say_what_became_of_comments_and_name_no_page_and_no_network(
    tmp_path: Path,
) -> None:
    publish(tmp_path)
    with comment_cms() as cms:
        cms.results = [{"status": 422, "code": "conflict", "message": "It came before."}]
        app = create_app(settings_for(tmp_path, cms_url=cms.url), serve_site=False)
        with serving(app) as edge, serving(app.state.metrics) as port:
            for text in ("One.", "One.", "Two.", ""):
                edge.post("/comments", data=FORM | {"text": text})
            until = time.monotonic() + 10
            while 'delivered_total{kind="comment"} 1' not in (text := port.get("/metrics").text):
                assert time.monotonic() < until
            assert edge.get("/metrics").status_code == 404
    for line in (
        'plainleaf_comments_accepted_total{kind="comment"} 2',
        'plainleaf_comments_refused_total{status="422"} 1',
        'plainleaf_comments_parked_total{kind="comment"} 1',
        "plainleaf_comments_postponed_total 0",
        'plainleaf_comment_answer_seconds_bucket{le="+Inf"} 4',
        "plainleaf_comment_answer_seconds_count 4",
        "plainleaf_spool_parked 1",
        "plainleaf_forwarder_running 1",
    ):
        assert f"{line}\n" in text
    assert all(LINE.fullmatch(line) for line in text.splitlines())
    assert set(re.findall(r"{(\w+)=", text)) == {"kind", "le", "status"}


def test_buckets_of_a_histogram_hold_the_smaller_ones_too() -> None:
    metrics = Metrics()
    for writes in (1, 3, 4, 1000):
        metrics.observe("plainleaf_spool_commit_writes", writes)
    text = metrics.text({})
    name = "plainleaf_spool_commit_writes"
    for bound, count in [("1", 1), ("2", 1), ("4", 3), ("256", 3), ("+Inf", 4)]:
        assert f'{name}_bucket{{le="{bound}"}} {count}\n' in text
    assert f"{name}_sum 1008.0\n{name}_count 4\n" in text


def test_counts_have_a_port_of_their_own(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path), serve_site=False)
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    with served_beside(app.state.metrics, f"127.0.0.1:{port}"):
        answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "plainleaf_forwarder_running 0\n" in answer.text


def test_port_of_the_counts_that_is_taken_is_named_by_its_setting(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        app = create_app(settings_for(tmp_path), serve_site=False)
        with (
            pytest.raises(OutputError, match=r"choose another with PLAINLEAF_METRICS_LISTEN\.$"),
            served_beside(app.state.metrics, place),
        ):
            pass
