"""Tests of the exporter know no settings but their own."""

from __future__ import annotations

import pytest

from frontend_export.config import Settings


@pytest.fixture(autouse=True)
def no_demo_of_this_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Settings.model_config, "env_file", None)
