"""A run's report keeps its contract: the CMS takes what the schema lets pass, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cms.export_feed.models import ExportRun
from cms.export_feed.run_reports import RunShape
from tests.cms.export_site import report, send

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
SCHEMA: dict[str, Any] = json.loads((HERE / "run.schema.json").read_text())
GOLDEN: dict[str, Any] = json.loads((HERE / "run.golden.json").read_text())


def is_valid(told: Any) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(told)


@pytest.mark.parametrize("told", [GOLDEN, report()], ids=["golden", "of the tests"])
def test_report_that_the_schema_lets_pass_is_taken(told: dict[str, Any]) -> None:
    Draft202012Validator(SCHEMA).validate(told)
    assert send(told).status_code == 204


def test_golden_report_is_stored_whole() -> None:
    send(GOLDEN)
    run = ExportRun.objects.get()
    for name in ("release", "cursor", "pages", "rendered", "kept", "removed", "error", "pinned"):
        assert getattr(run, name) == GOLDEN[name]
    assert [one["id"] for one in run.releases] == [one["id"] for one in GOLDEN["releases"]]
    assert run.findings.count() == 2
    assert run.journal_number == 41


def test_schema_and_cms_know_the_same_fields() -> None:
    assert set(RunShape().fields) == set(SCHEMA["required"]) == set(SCHEMA["properties"])


@pytest.mark.parametrize("field", ["reason", "outcome"])
def test_schema_and_cms_know_the_same_words(field: str) -> None:
    assert set(RunShape().fields[field].choices) == set(SCHEMA["properties"][field]["enum"])


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": "fine"},
        {"reason": None},
        {"pages": -1},
        {"seconds": -0.1},
        {"finished_at": "now"},
        {"exit_code": 256},
        {"findings": [GOLDEN["findings"][0]] * 201},
        {"findings": [{**GOLDEN["findings"][0], "severity": "grave"}]},
        {"releases": [{"id": "r1"}]},
        {"request": 0},
        {"release": "r" * 101},
    ],
)
def test_what_the_schema_refuses_the_cms_refuses(values: dict[str, Any]) -> None:
    told = {**GOLDEN, **values}
    assert not is_valid(told)
    assert send(told).status_code == 400
