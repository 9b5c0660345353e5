"""Tests of the exporter know no settings but their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from frontend_export import config


@pytest.fixture(autouse=True)
def no_demo_of_this_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "DEMO_ENVIRONMENT", Path(os.devnull))
