"""Where the settings come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontend_export import config
from frontend_export.config import (
    DEMO_ENVIRONMENT,
    FilesOnDisk,
    Settings,
    SiteOnDisk,
    read_settings,
)
from frontend_export.errors import SettingsError


@pytest.fixture
def beside_a_demo(tmp_path, monkeypatch):
    for name in ("CMS_URL", "FEED_TOKEN", "SITE_URL"):
        monkeypatch.delenv(f"PLAINLEAF_{name}", raising=False)
    monkeypatch.setattr(config, "DEMO_ENVIRONMENT", DEMO_ENVIRONMENT)
    monkeypatch.chdir(tmp_path)
    DEMO_ENVIRONMENT.parent.mkdir(parents=True)
    DEMO_ENVIRONMENT.write_text(
        "SECRET_KEY='not ours'\n"
        "PLAINLEAF_CMS_URL=http://127.0.0.1:8000\n"
        "PLAINLEAF_FEED_TOKEN=a-token\n"
        "PLAINLEAF_SITE_URL=http://localhost:8080\n"
    )


@pytest.mark.parametrize("kind", [Settings, SiteOnDisk, FilesOnDisk])
def test_commands_beside_a_demo_work_on_the_demo(beside_a_demo, kind):
    assert read_settings(kind).cms_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.1),
        ({"SOURCE": "pages-api", "API_URL": "https://cms.example.org/api/v2/"}, 5),
        ({"SOURCE": "pages-api", "API_URL": "https://cms.example.org/", "POLL_SECONDS": "1"}, 1),
    ],
)
def test_another_wagtail_is_asked_less_often(beside_a_demo, monkeypatch, environment, seconds):
    monkeypatch.setenv("PLAINLEAF_SITE_URL", "https://www.example.org")
    for name, value in environment.items():
        monkeypatch.setenv(f"PLAINLEAF_{name}", value)
    assert read_settings().poll_seconds == seconds


def test_the_environment_goes_before_the_demo(beside_a_demo, monkeypatch):
    monkeypatch.setenv("PLAINLEAF_SITE_URL", "https://plainleaf.example")

    assert read_settings().site_url == "https://plainleaf.example"


def test_a_demo_lends_nothing_to_the_exporter_of_another_cms(beside_a_demo, monkeypatch):
    with DEMO_ENVIRONMENT.open("a") as file:
        file.write("PLAINLEAF_ALLOW_SAMPLE_CONTENT=true\nPLAINLEAF_OUTPUT_DIR=var/demo/public\n")
    monkeypatch.setenv("PLAINLEAF_CMS_URL", "https://cms.example.org")
    monkeypatch.setenv("PLAINLEAF_FEED_TOKEN", "its-token")
    monkeypatch.setenv("PLAINLEAF_SITE_URL", "https://www.example.org")

    settings = read_settings()

    assert not settings.allow_sample_content
    assert settings.output_dir == Path("var/public")


@pytest.mark.parametrize("place", ["9100", "localhost", ":9100", "127.0.0.1:"])
def test_metrics_need_an_address_and_a_port(beside_a_demo, monkeypatch, place):
    monkeypatch.setenv("PLAINLEAF_METRICS_LISTEN", place)
    with pytest.raises(SettingsError, match="PLAINLEAF_METRICS_LISTEN: must be an address and a"):
        read_settings()


@pytest.mark.parametrize(
    "name", [name for name in Settings.model_fields if name.startswith(("comment_", "spool_"))]
)
def test_operators_are_told_of_every_setting_of_comments_and_its_default(name):
    operators = (Path(__file__).parents[2] / "docs" / "operators.md").read_text("utf-8")
    default = Settings.model_fields[name].default
    (row,) = [
        line
        for line in operators.splitlines()
        if line.startswith("| `") and f"`PLAINLEAF_{name.upper()}`" in line.split(" | ")[0]
    ][-1:]
    if isinstance(default, int | float):
        assert f"`{default:g}`" in row or f"`{default}`" in row
