"""What grows with a site: no statement of one edit walks through all pages, and what all pages have
alike is held once."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from frontend_export.pipeline import Options, export
from frontend_export.pipeline.build import Built
from frontend_export.pipeline.exporter import Exporter
from frontend_export.pipeline.publish import seal
from frontend_export.source.chosen import source_of
from frontend_export.state.database import connected

from .fake_cms import Record, article, block, cms, page, settings_for, topic

# Of every page, but in an index that holds all that is asked: 100,000 take a few milliseconds. The
# pages that stay out have an index of their own, and are few.
IS_CHEAP = re.compile(r"USING (COVERING INDEX|INDEX page_refused\b)")
READING = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
TABLES_THAT_GROW = ("artifact", "file", "page", "record", "reference")


def medicine(number: int, title: str = "", summary: str = "") -> Record:
    return article(
        number,
        f"/medicines/m{number}/",
        parent=2,
        title=title or f"Medicine {number}",
        fields={"synonyms": [block("name", f"Name {number}")], "summary": summary},
    )


HOME = page(1, "/", title="Plainleaf")
MEDICINES = topic(2, "/medicines/", title="Medicines")
EDITS = {
    "of its summary": medicine(13, summary="Other words."),
    "of its title": medicine(13, "Another"),
    "of nothing": medicine(13),
}


@pytest.fixture
def as_of_a_large_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontend_export.plan.site.MAX_NAMES_OF_ONE_A_TO_Z", 3)
    monkeypatch.setattr("frontend_export.pipeline.planning.MAX_PAGES_OF_ONE_SITEMAP", 3)
    monkeypatch.setattr("frontend_export.pipeline.finding_aids.MAX_PAGES_OF_A_SITE_MAP", 3)
    monkeypatch.setattr("frontend_export.pipeline.exporter.PAGES_COMPARED_AT_ONCE", 3)


def walked(database_path: Path, statements: set[str]) -> list[str]:
    """The steps of ``statements`` that go through a table, each with its statement."""
    found = []
    with closing(connected(database_path)) as database:
        for statement in sorted(statements):
            steps = database.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            found += [
                f"{step} in: {statement}"
                for _id, _parent, _unused, step in steps
                if step.startswith("SCAN ")
                and step.split()[1] in TABLES_THAT_GROW
                and not IS_CHEAP.search(step)
            ]
    return found


@pytest.mark.usefixtures("as_of_a_large_site")
@pytest.mark.parametrize("edit", EDITS)
def test_no_statement_of_one_edit_walks_through_all_pages(tmp_path: Path, edit: str) -> None:
    statements: set[str] = set()
    with cms(HOME, MEDICINES, *(medicine(number) for number in range(10, 22))) as fake:
        settings = settings_for(fake, tmp_path)
        with Exporter(settings, source_of(settings)) as exporter:
            exporter.export(Options())
            exporter.export(Options())
            fake.publish(EDITS[edit])
            database = exporter._opened_state()._database
            database.set_trace_callback(statements.add)
            exporter.export(Options())
            database.set_trace_callback(None)
    asked = {one for one in statements if one.split()[0] in READING}
    assert asked
    assert walked(settings.state_dir / "state.db", asked) == []


def test_text_that_pages_have_alike_is_held_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Built] = []

    def sealed(*values: Any) -> Any:
        built.extend(one for one in values if isinstance(one, Built))
        return seal(*values)

    monkeypatch.setattr("frontend_export.pipeline.exporter.seal", sealed)
    # Each page comes in a message of its own.
    monkeypatch.setattr("frontend_export.pipeline.build.PAGES_WORTH_A_PROCESS", 1)
    monkeypatch.setattr("frontend_export.pipeline.make.PAGES_AT_ONCE", 1)
    with cms(HOME, MEDICINES, *(medicine(number) for number in range(10, 22))) as fake:
        export(settings_for(fake, tmp_path, processes=2))
    pages = [
        file
        for files in built[0].folders.values()
        for path, file in files.items()
        if path.startswith("medicines/m")
    ]
    assert len(pages) == 12
    assert pages[0].needs
    assert len({id(file.needs) for file in pages}) == 1
