"""How long a reader took is a hint for the moderators and never a reason to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from frontend_export.edge.app import create_app
from tests.frontend_export.edge_site import Edge, publish, serving, settings_for
from tests.frontend_export.test_edge_comments import FORM, spooled

NOW = 1_795_000_000.0


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def edge(tmp_path: Path, clock: Clock) -> Iterator[Edge]:
    publish(tmp_path)
    with serving(create_app(settings_for(tmp_path), serve_site=True, clock=clock)) as running:
        yield running


def started(edge: Edge) -> str:
    answer = edge.get("/comments/start")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    start: str = answer.json()["start"]
    return start


@pytest.mark.parametrize(
    ("seconds", "signals"), [(0, ["timing"]), (2.9, ["timing"]), (3.1, []), (400 * 86_400, [])]
)
def test_form_that_was_filled_too_fast_is_taken_and_marked(
    edge: Edge, clock: Clock, tmp_path: Path, seconds: float, signals: list[str]
) -> None:
    start = started(edge)
    clock.now += seconds
    assert edge.post("/comments", data=FORM | {"start": start}).status_code == 303
    (row,) = spooled(tmp_path)
    assert row["signals"] == signals
    assert "start" not in row


@pytest.mark.parametrize(
    "start",
    [
        "",
        "x",
        f"{NOW * 1000:.0f}",
        f"{NOW * 1000:.0f}.{'0' * 32}",
        f"{(NOW - 9) * 1000:.0f}.é",
        f"-{NOW * 1000:.0f}.{'0' * 32}",
        "9" * 5000 + ".x",
        "٣.x",
        "\ud83d",
    ],
)
def test_start_that_nobody_signed_is_none_and_costs_no_comment(
    edge: Edge, tmp_path: Path, start: str
) -> None:
    assert edge.post("/comments", json=FORM | {"start": start}).status_code == 202
    assert spooled(tmp_path)[0]["signals"] == []


def test_start_of_another_edge_is_none(edge: Edge, tmp_path: Path) -> None:
    other = tmp_path / "other"
    publish(other)
    with serving(create_app(settings_for(other), serve_site=False)) as running:
        start = started(running)
    edge.post("/comments", data=FORM | {"start": start})
    assert spooled(tmp_path)[0]["signals"] == []


def test_marking_can_be_off(tmp_path: Path, clock: Clock) -> None:
    publish(tmp_path)
    app = create_app(
        settings_for(tmp_path, comment_fastest_seconds=0), serve_site=False, clock=clock
    )
    with serving(app) as edge:
        edge.post("/comments", data=FORM | {"start": started(edge)})
    assert spooled(tmp_path)[0]["signals"] == []
