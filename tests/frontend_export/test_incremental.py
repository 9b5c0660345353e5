"""Whatever editors do between two exports, the site is the one that a first export would make."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontend_export.config import Settings
from frontend_export.pipeline import export
from frontend_export.render import Renderer

from .fake_cms import (
    article,
    block,
    cms,
    comment,
    document,
    helpline,
    image,
    image_block,
    page,
    redirect,
    rich_text,
    settings_for,
    site,
    topic,
)

CALLOUT = {"severity": "serious", "title": "Risk", "text": "<p>Take care.</p>", "helpline": 2}
NEXT_STEP = {"label": "Go", "purpose": "read_next", "page": 6, "url": ""}
EVERYTHING = [
    image_block(7),
    image_block(8),
    rich_text('<p>x</p><embed alt="a > b" embedtype="image" id="7" format="full"/>'),
    rich_text('<p><a linktype="page" id="4">Four</a></p>'),
    rich_text('<p><a linktype="document" id="2">Leaflet</a></p>'),
    block("next_step", NEXT_STEP),
    block("helpline", {"helpline": 1}),
    block("risk_callout", CALLOUT),
]
BODIES = {"everything": EVERYTHING, "nothing": [], "an image": EVERYTHING[:1]}
# The first value of each is where every example starts: a site on which each edit shows.
KNOBS: dict[str, list[Any]] = {
    "site name": ["Plainleaf", "Leaf"],
    "main menu": [
        [{"label": "", "page": 4, "url": ""}, {"label": "Nine", "page": 9, "url": ""}],
        [{"label": "Web", "page": None, "url": "https://example.org/"}],
    ],
    "footer": ['<p><a linktype="page" id="5">Five</a></p>', "<p>Words</p>"],
    "policy page": [9, None],
    "list size": [1, 2, 20],
    "today": ["2026-11-25T09:00:00Z", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"],
    "topic slug": ["medicines", "médecine"],
    "topic title": ["Medicines", "All medicines"],
    "topic is live": [True, False],
    "title of 4": ["Four", "Quatre"],
    "4 is live": [True, False],
    "slug of 4": ["four", "quatre"],
    "position of 4": ["00000004", "00000009"],
    "summary of 4": ["About four", ""],
    "4 was published": ["2026-11-02T09:00:00Z", "2026-11-20T09:00:00Z"],
    "5 is below": [2, 3],
    "body of 5": list(BODIES),
    "comments of 5": [(1, 2), (), (2,), (1,)],
    "words of comment 1": ["Thank you.", "Thanks"],
    "5 takes comments": [True, False],
    "review of 5 due": ["2026-12-01", "2026-11-30", None],
    "6 is a sample": [False, True],
    "body of 9": ["nothing", "everything"],
    "9 is live": [True, False],
    "file of image 7": [(320, 640), (320,), None],
    "image 8": ["own file", "the file of image 7", "absent"],
    "document": ["leaflet.pdf", "guide.pdf", None],
    "phone of helpline 1": ["116 123", "999", None],
    "helpline 2": [True, False, None],
    "redirect": [("/old", 4), ("/old", "/living/"), ("/medicines/four", 4), None],
}
START = {name: values[0] for name, values in KNOBS.items()}
EDITS = st.sampled_from(sorted(KNOBS)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(KNOBS[name]))
)


def records_of(at: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The content of the CMS with each knob where ``at`` has it."""
    folders = {2: f"/{at['topic slug']}/", 3: "/living/"}
    records = [
        site(
            name=at["site name"],
            main_menu=at["main menu"],
            footer_text=at["footer"],
            comment_policy_page=at["policy page"],
            lists_page_size=at["list size"],
        ),
        page(1, "/"),
        topic(3, folders[3]),
        article(
            5,
            f"{folders[at['5 is below']]}five/",
            parent=at["5 is below"],
            body=BODIES[at["body of 5"]],
            fields={
                "comments_open": at["5 takes comments"],
                "next_review_due": at["review of 5 due"],
            },
        ),
        article(6, "/living/six/", parent=3, fields={"sample_content": at["6 is a sample"]}),
    ]
    if at["topic is live"]:
        slug = at["topic slug"]
        records.append(topic(2, folders[2], title=at["topic title"]) | {"slug": slug})
    if at["4 is live"]:
        four = article(
            4,
            f"{folders[2]}{at['slug of 4']}/",
            parent=2,
            title=at["title of 4"],
            fields={"summary": at["summary of 4"]},
            position=at["position of 4"],
            last_published_at=at["4 was published"],
        )
        records.append(four)
    if at["9 is live"]:
        records.append(page(9, "/nine/", body=BODIES[at["body of 9"]]))
    for number in at["comments of 5"]:
        words = at["words of comment 1"] if number == 1 else "And I."
        records.append(comment(number, 5, words))
    if at["file of image 7"]:
        records.append(image(7, widths=at["file of image 7"]))
    if at["image 8"] == "own file":
        records.append(image(8))
    elif at["image 8"] == "the file of image 7":
        records.append(image(7) | {"id": 8})
    if at["document"]:
        name = at["document"]
        records.append(document(2, name, fingerprint=f"{len(name):016x}"))
    if at["phone of helpline 1"]:
        records.append(helpline(1, phone=at["phone of helpline 1"]))
    if at["helpline 2"] is not None:
        records.append(helpline(2, show_after_comment=at["helpline 2"]))
    if at["redirect"]:
        records.append(redirect(1, *at["redirect"]))
    return records


def published(settings: Settings) -> dict[str, Any]:
    """What is served, file by file: hash, inputs, what it shows; without what merely lingers."""
    release = (settings.output_dir / "current").readlink().name
    manifest = json.loads((settings.state_dir / f"releases/{release}.json").read_bytes())
    return {path: file for path, file in manifest["files"].items() if not file["is_retained"]}


@pytest.fixture(scope="module")
def one_renderer():
    """Most of a small export is Jinja reading the templates: here it does so once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("frontend_export.pipeline.Renderer", lru_cache(Renderer))
        yield


@pytest.mark.parametrize("knob", KNOBS)
def test_one_edit_reaches_every_file_it_must(one_renderer, tmp_path, knob):
    with cms() as fake:
        edited = settings_for(fake, tmp_path / "edited")
        for number, value in enumerate(KNOBS[knob]):
            at = START | {knob: value}
            fake.records, fake.now = records_of(at), at["today"]
            export(edited)
            new = settings_for(fake, tmp_path / str(number))
            export(new)
            assert published(edited) == published(new)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_site_that_was_edited_is_the_site_that_is_new(one_renderer, rounds):
    at = START
    with tempfile.TemporaryDirectory() as folder, cms() as fake:
        edited, new = (settings_for(fake, Path(folder) / name) for name in ("edited", "new"))
        for edits in [[], *rounds]:
            at = at | dict(edits)
            fake.records, fake.now = records_of(at), at["today"]
            export(edited)
        export(new)
        assert published(edited) == published(new)
