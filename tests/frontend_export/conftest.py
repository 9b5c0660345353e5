"""Tests of the exporter know no settings but their own."""

from __future__ import annotations

import pytest

from frontend_export.config import FilesOnDisk, Settings, SiteOnDisk


@pytest.fixture(autouse=True)
def no_demo_of_this_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Settings, SiteOnDisk, FilesOnDisk):
        monkeypatch.setitem(kind.model_config, "env_file", None)
