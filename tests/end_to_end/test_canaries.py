"""Unique strings hidden in all that is not public, looked for in all that goes out."""

from __future__ import annotations

import gzip
import html
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from tests.faults.unruly import Exchange, passed_on, unruly
from tests.live import Stack

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, dict[str, str]]]:
    """A site that was exported while it was empty, so that what was planted comes as a change."""
    with Stack(tmp_path_factory.mktemp("canaries")) as stack:
        stack.manage("migrate", "--verbosity", "0")
        stack.start_cms()
        stack.export()
        yield stack, json.loads(plant(stack, "plant()"))


def test_canaries_cover_what_must_not_leave(planted: tuple[Stack, dict[str, str]]) -> None:
    assert len(planted[1]) >= 180


@pytest.mark.parametrize("how", [(), ("--full",)], ids=["incremental", "full"])
def test_no_canary_is_in_any_byte_of_the_site(
    planted: tuple[Stack, dict[str, str]], how: tuple[str, ...]
) -> None:
    """Nor in what the exporter says, nor in what it and the edge remember."""
    stack, canaries = planted
    done = stack.run("-m", "frontend_export", "export", "--json", *how, check=False)
    page = (stack.current / "medicines/ketamine/index.html").read_text()
    for words in (
        "A comment that is shown.",  # the export did go out
        "A reply that is shown.",
        "Redacted, [removed] and all.",
        "A reply that stays.",
    ):
        assert words in page
    assert leaks(canaries, files_below(stack.public)) == []
    assert leaks(canaries, files_below(stack.folder / "state")) == []
    assert leaks(canaries, {"output": (done.stdout + done.stderr).encode()}) == []


def test_what_a_private_page_alone_shows_is_nowhere_until_it_is_public(
    planted: tuple[Stack, dict[str, str]],
) -> None:
    """A picture, a document and people that are no secret by themselves: only what is shown goes
    out."""
    stack, _ = planted
    stack.run("-m", "frontend_export", "export", check=False)
    pictures = set(files_below(stack.current / "images"))  # they leave all words behind
    canaries = json.loads(plant(stack, "hide_what_one_private_page_shows()"))
    for how in ((), ("--full",)):
        stack.run("-m", "frontend_export", "export", *how, check=False)
        assert leaks(canaries, files_below(stack.public)) == []
        assert set(files_below(stack.current / "images")) == pictures
    plant(stack, "show_it()")
    stack.run("-m", "frontend_export", "export", check=False)
    there = " ".join(leaks(canaries, files_below(stack.current)))
    for what in ("document: text", "helpline", "author", "reviewer"):
        assert f"{what} in " in there
    assert set(files_below(stack.current / "images")) > pictures
    plant(stack, "take_it_off('delete')")


@pytest.mark.parametrize(
    ("endpoint", "end"),
    [("feed", True), ("feed?cursor=0", True), ("manifest", True), ("cursor", False)],
)
def test_no_canary_is_in_any_answer_to_the_exporter(
    planted: tuple[Stack, dict[str, str]], endpoint: str, end: bool
) -> None:
    stack, canaries = planted
    answer = ask(stack, "GET", endpoint)
    if end:
        assert answer.text.splitlines()[-1].startswith('{"kind":"end"')
    assert leaks(canaries, {endpoint: answer.content}) == []


def test_no_canary_is_in_any_file_that_the_exporter_can_have(
    planted: tuple[Stack, dict[str, str]],
) -> None:
    stack, canaries = planted
    every = {"renditions": list(range(1, 60)), "documents": list(range(1, 20))}
    answer = ask(stack, "POST", "files", json=every)
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as members:
        found = {one.name: members.extractfile(one).read() for one in members}
    assert len(found) == 78
    assert leaks(canaries, found) == []


def test_no_canary_is_in_what_the_exporter_tells_the_cms(
    planted: tuple[Stack, dict[str, str]],
) -> None:
    stack, canaries = planted
    told: list[bytes] = []

    def overheard(exchange: Exchange) -> None:
        told.append(exchange.body)
        passed_on(exchange)

    with unruly(stack.cms_url) as between:
        between.faults["runs"] = overheard
        stack.run("-m", "frontend_export", "export", "--cms-url", between.url, check=False)
    assert told
    assert leaks(canaries, {"report": b"".join(told)}) == []


def test_no_canary_is_in_any_answer_of_api_v2(planted: tuple[Stack, dict[str, str]]) -> None:
    stack, canaries = planted
    answers = dict(walk_api_v2(stack.cms_url))
    assert any(b"Ketamine" in body for body in answers.values())
    assert leaks(canaries, answers) == []


@pytest.mark.parametrize(
    "verb",
    [
        *("unpublish", "unpublish_in_bulk", "update"),
        *("delete", "restrict", "expire", "move_below_private"),
    ],
)
def test_page_that_is_public_no_more_leaves_every_release_with_the_next_export(
    planted: tuple[Stack, dict[str, str]], verb: str
) -> None:
    stack, _ = planted
    canaries = json.loads(plant(stack, "publish_one_more()"))
    stack.run("-m", "frontend_export", "export", check=False)
    assert leaks(canaries, files_below(stack.current))  # it was there
    assert leaks(canaries, files_below(stack.current / "search/index"))  # and was found
    plant(stack, f"take_it_off('{verb}')")
    stack.run("-m", "frontend_export", "export", check=False)
    assert leaks(canaries, files_below(stack.public)) == []
    assert leaks(canaries, files_below(stack.folder / "state")) == []


def plant(stack: Stack, call: str) -> str:
    return stack.shell(f"from tests.end_to_end import canaries; canaries.{call}")


def ask(stack: Stack, method: str, endpoint: str, **more: Any) -> requests.Response:
    answer = requests.request(
        method,
        f"{stack.cms_url}/api/export/v1/{endpoint}",
        headers={"Authorization": f"Bearer {stack.feed_token}"},
        timeout=30,
        **more,
    )
    answer.raise_for_status()
    return answer


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file, through any link to a folder, by a name that is searched as well."""
    found = {}
    for parent, _folders, files in os.walk(folder, followlinks=True):
        for name in files:
            path = Path(parent) / name
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def walk_api_v2(cms_url: str) -> Iterator[tuple[str, bytes]]:
    """Every listing and every detail that a stranger can ask for."""
    for kind in ("pages", "images", "documents"):
        listing = f"{cms_url}/api/v2/{kind}/"
        for query in ("", "?fields=*", "?fields=*&rich_text_format=html", "?search=canary"):
            answer = requests.get(listing + query, timeout=30)
            yield listing + query, answer.content
        for number in range(1, 40):
            answer = requests.get(f"{listing}{number}/?fields=*", timeout=30)
            yield f"{listing}{number}/", answer.content


def leaks(canaries: dict[str, str], places: dict[str, bytes]) -> list[str]:
    """``"draft: title in sitemap.xml"`` for each canary found, whatever it was encoded as."""
    return [
        f"{hidden} in {place}"
        for place, body in places.items()
        for seen in [" ".join(readings(place, body))]
        for canary, hidden in canaries.items()
        if canary in seen
    ]


def readings(place: str, body: bytes) -> Iterator[str]:
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    text = body.decode("utf-8", "replace").lower()
    yield place.lower()
    yield text
    yield html.unescape(text)
    yield unquote(text)
    yield body.decode("utf-16-le", "ignore").lower()  # how EXIF may hold text
