"""Tests of the exporter know no settings but their own."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from frontend_export.config import Settings

# They wait for the exporter that follows a cursor.
collect_ignore = (
    []
    if find_spec("frontend_export.pipeline.exporter")
    else ["test_determinism.py", "test_incremental.py", "test_watch.py"]
)


@pytest.fixture(autouse=True)
def no_demo_of_this_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Settings.model_config, "env_file", None)
