"""Unique strings hidden in all that is not public, looked for in all that goes out."""

from __future__ import annotations

import gzip
import html
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests

from tests.live import Stack

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, dict[str, str]]]:
    with Stack(tmp_path_factory.mktemp("canaries")) as stack:
        stack.manage("migrate", "--verbosity", "0")
        answer = json.loads(plant(stack, "plant()"))
        stack.start_cms()
        yield stack, answer


def test_canaries_cover_what_must_not_leave(planted: tuple[Stack, dict[str, str]]) -> None:
    assert len(planted[1]) >= 60


def test_no_canary_is_in_any_byte_of_the_site(planted: tuple[Stack, dict[str, str]]) -> None:
    stack, canaries = planted
    stack.run("-m", "frontend_export", "export", check=False)
    page = (stack.current / "medicines/ketamine/index.html").read_text()
    assert "A comment that is shown." in page  # the export did go out
    assert leaks(canaries, files_below(stack.public)) == []


def test_no_canary_is_in_what_the_edge_is_told(planted: tuple[Stack, dict[str, str]]) -> None:
    stack, canaries = planted
    stack.run("-m", "frontend_export", "export", check=False)
    told = {str(path): path.read_bytes() for path in (stack.folder / "state/releases").iterdir()}
    assert told
    assert leaks(canaries, told) == []


def test_no_canary_is_in_any_answer_of_the_feed(planted: tuple[Stack, dict[str, str]]) -> None:
    stack, canaries = planted
    answer = requests.get(
        f"{stack.cms_url}/api/export/v1/feed",
        headers={"Authorization": f"Bearer {stack.feed_token}"},
        timeout=30,
    )
    assert answer.text.splitlines()[-1].startswith('{"kind":"end"')
    assert leaks(canaries, {"feed": answer.content}) == []


def test_no_canary_is_in_any_answer_of_api_v2(planted: tuple[Stack, dict[str, str]]) -> None:
    stack, canaries = planted
    answers = dict(walk_api_v2(stack.cms_url))
    assert any(b"Ketamine" in body for body in answers.values())
    assert leaks(canaries, answers) == []


def test_an_unpublished_page_leaves_with_the_next_export(
    planted: tuple[Stack, dict[str, str]],
) -> None:
    stack, _ = planted
    canaries = json.loads(plant(stack, "publish_one_more()"))
    stack.run("-m", "frontend_export", "export", check=False)
    assert leaks(canaries, files_below(stack.current.resolve()))  # it was there
    plant(stack, "unpublish_it_again()")
    stack.run("-m", "frontend_export", "export", check=False)
    assert leaks(canaries, files_below(stack.current.resolve())) == []


def plant(stack: Stack, call: str) -> str:
    return stack.shell(f"from tests.end_to_end import canaries; canaries.{call}")


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file, by a name that is searched as well."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


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
