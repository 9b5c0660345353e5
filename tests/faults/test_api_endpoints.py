"""What is asked of the CMS beside the feed may fail as well: files, reports, the cursor."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.attempt import DEADLINE, Attempt
from tests.faults.nursery import Nursery, Place
from tests.faults.small_site import seen_below, small_site, written
from tests.faults.unruly import (
    MB,
    NDJSON,
    Exchange,
    Fault,
    Unruly,
    cut,
    dripping,
    endless,
    gzip_bomb,
    records_rewritten,
    reset,
    rewritten,
    says,
    silent,
    silent_after_the_head,
    unruly,
)
from tests.frontend_export.fake_cms import FakeCms, cms, image

TAR = "application/x-tar"
FAULTS: dict[str, Fault] = {
    "an error": says(500, b"<h1>Sorry</h1>", content_type="text/html"),
    "a redirect": says(302, location="http://elsewhere.example/"),
    "a login page": says(200, b"<form>Log in</form>", content_type="text/html"),
    "silence": silent,
    "silence after the head": silent_after_the_head,
    "a reset": reset(500),
    "a drip": dripping(0.1),
}
NO_MANIFEST: dict[str, Fault] = {
    "nothing": says(200, b"", content_type=NDJSON),
    "an object": says(200, b"{}", content_type=NDJSON),
    "null": says(200, b"null", content_type=NDJSON),
    "a record twice": records_rewritten(lambda lines: [*lines[:-1], lines[1], lines[-1]]),
    "a record less": records_rewritten(lambda lines: [*lines[:2], *lines[3:]]),
    "another version": records_rewritten(lambda lines: [lines[0] | {"version": 2}, *lines[1:]]),
    "a wrong id": records_rewritten(lambda lines: [lines[0], lines[1] | {"id": "x"}, *lines[2:]]),
    "a wrong fingerprint": records_rewritten(
        lambda lines: [lines[0], lines[1] | {"fingerprint": 7}, *lines[2:]]
    ),
    "deep JSON": rewritten(lambda body: body.replace(b"\n", b"\n" + b"[" * 100_000 + b"\n", 1)),
    "one endless line": endless(b"x" * MB),
    "a bomb": gzip_bomb(b"x" * MB, times=10 * 1024),
}


@pytest.fixture
def fake() -> Iterator[FakeCms]:
    with cms(*small_site()) as fake:
        yield fake


@pytest.fixture
def between(fake: FakeCms) -> Iterator[Unruly]:
    with unruly(fake.url) as between:
        yield between


@pytest.fixture
def place(between: Unruly, tmp_path: Path) -> Place:
    return Place(tmp_path, between.url, more={"PLAINLEAF_TIMEOUT_SECONDS": "0.5"})


@pytest.fixture
def attempt(nursery: Nursery, place: Place) -> Attempt:
    return Attempt(nursery, place, has_site=True)


@pytest.mark.parametrize("name", [*FAULTS, *NO_MANIFEST])
def test_comparison_that_cannot_be_made_changes_nothing(
    attempt: Attempt, between: Unruly, name: str
) -> None:
    between.faults["manifest"] = (FAULTS | NO_MANIFEST)[name]
    message = attempt(constants={DEADLINE: 1})
    assert f"'{between.url}/api/export/v1/manifest'" in message


def test_comparison_that_is_cut_at_any_kilobyte_changes_nothing(
    attempt: Attempt, between: Unruly
) -> None:
    for length in range(0, 2048, 256):
        between.faults["manifest"] = cut(length)
        assert f"'{between.url}/api/export/v1/manifest' was cut before its end" in attempt()


def tar(*members: tuple[str, bytes], **changes: object) -> bytes:
    """A tar of these files; ``changes`` are made to the head of the last."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for at, (name, content) in enumerate(members):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if at == len(members) - 1:
                for key, value in changes.items():
                    setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content.ljust(info.size) if info.size < MB else b""))
    return buffer.getvalue()


def new_files(fake: FakeCms) -> None:
    """Two images that an export has to fetch, on a page that is there already."""
    fake.publish(
        image(7, widths=(330, 660)), image(8, widths=(340, 680)), written(10, 2, words="New")
    )


def members_rewritten(
    change: Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]],
) -> Fault:
    """The members of the answer of the CMS, changed."""

    def fault(exchange: Exchange) -> None:
        with tarfile.open(fileobj=io.BytesIO(exchange.of_the_cms().body)) as archive:
            members = [(one.name, archive.extractfile(one).read()) for one in archive]
        exchange.say(200, tar(*change(members)), content_type=TAR)

    return fault


def bomb_in_a_header(kind: bytes) -> Fault:
    """A member that says about itself, in two gigabytes, what it is called."""

    def fault(exchange: Exchange) -> None:
        info = tarfile.TarInfo("././@LongLink")
        info.type = kind
        info.size = 2 * 1024 * MB
        head = info.tobuf(tarfile.GNU_FORMAT)
        exchange.say(200, None, content_type=TAR)
        exchange.pour((head, *(b"x" * MB for _ in range(2 * 1024))))

    return fault


NO_FILES: dict[str, Fault] = {
    "no tar": says(200, b"<html>" * 1000, content_type=TAR),
    "nothing": says(200, b"", content_type=TAR),
    "an empty tar": says(200, b"\0" * 10240, content_type=TAR),
    "another member": members_rewritten(lambda members: [("renditions/999", b"x"), *members]),
    "a path that leads out": members_rewritten(lambda members: [("../../x", b"x"), *members]),
    "a member less": members_rewritten(lambda members: members[1:]),
    "a member twice": members_rewritten(lambda members: [members[0], *members]),
    "a link": lambda exchange: exchange.say(
        200,
        tar(("renditions/70", b""), type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        content_type=TAR,
    ),
    "a long name without end": bomb_in_a_header(tarfile.GNUTYPE_LONGNAME),
    "a header without end": bomb_in_a_header(tarfile.XHDTYPE),
    "a bomb": gzip_bomb(b"x" * MB, times=10 * 1024),
}


@pytest.mark.parametrize("name", [*FAULTS, *NO_FILES])
def test_files_that_do_not_come_change_nothing(
    attempt: Attempt, between: Unruly, fake: FakeCms, name: str
) -> None:
    new_files(fake)
    between.faults["files"] = (FAULTS | NO_FILES)[name]
    message = attempt(constants={DEADLINE: 1})
    assert between.url in message


def test_files_that_are_cut_at_any_kilobyte_change_nothing(
    attempt: Attempt, between: Unruly, fake: FakeCms
) -> None:
    new_files(fake)
    for length in range(0, 4096, 512):
        between.faults["files"] = cut(length)
        assert f"'{between.url}/api/export/v1/files' was cut before its end" in attempt()


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"", "is empty"), (b"<svg onload=alert(1)>", "is not the image/png")],
)
def test_file_that_is_not_what_was_said_keeps_the_last_version_of_its_pages(
    nursery: Nursery, place: Place, between: Unruly, fake: FakeCms, content: bytes, cause: str
) -> None:
    assert nursery.run(place, "export").exit_code == 0
    before = (place.current / "medicines/a10/index.html").read_bytes()
    new_files(fake)
    between.faults["files"] = members_rewritten(
        lambda members: [(members[0][0], content), *members[1:]]
    )
    ended = nursery.run(place, "export")
    assert ended.exit_code == 4, ended
    assert cause in ended.stderr
    assert (place.current / "medicines/a10/index.html").read_bytes() == before
    assert nursery.run(place, "check").exit_code == 0


def test_file_that_says_it_is_too_large_is_not_read(
    nursery: Nursery, place: Place, between: Unruly, fake: FakeCms
) -> None:
    assert nursery.run(place, "export").exit_code == 0
    new_files(fake)

    def fault(exchange: Exchange) -> None:
        with tarfile.open(fileobj=io.BytesIO(exchange.of_the_cms().body)) as archive:
            first = archive.getnames()[0]
        info = tarfile.TarInfo(first)
        info.size = 8 * 1024 * MB
        exchange.say(200, None, content_type=TAR)
        exchange.pour((info.tobuf(), *(b"x" * MB for _ in range(1024))))

    between.faults["files"] = fault
    ended = nursery.run(place, "export", constants={DEADLINE: 2})
    assert ended.exit_code in {3, 4}, ended
    assert ended.peak_mb <= 400
    assert nursery.run(place, "check").exit_code == 0


@pytest.mark.parametrize("name", [*FAULTS, "nothing by that name"])
def test_report_that_is_not_heard_undoes_nothing(
    nursery: Nursery, place: Place, between: Unruly, fake: FakeCms, name: str
) -> None:
    between.faults["runs"] = {**FAULTS, "nothing by that name": says(404)}[name]
    ended = nursery.run(place, "export")
    assert ended.exit_code == 0, ended
    assert f"'{between.url}/api/export/v1/runs'" in ended.stderr
    assert place.token not in ended.stderr
    assert nursery.run(place, "check").exit_code == 0
    between.faults["feed"] = says(500)
    assert nursery.run(place, "export").exit_code == 3


NO_CURSOR = {
    "an empty object": says(200, b"{}", content_type="application/json"),
    "null": says(200, b"null", content_type="application/json"),
    "a list": says(200, b"[]", content_type="application/json"),
    "nothing": says(200, b"", content_type="application/json"),
    "wishes of a wrong type": says(
        200,
        b'{"cursor": "1", "next_change_at": null, "requests": [7]}',
        content_type="application/json",
    ),
    "a moment that is none": says(
        200, b'{"cursor": "1", "next_change_at": "soon"}', content_type="application/json"
    ),
    "deep JSON": says(200, b"[" * 60_000, content_type="application/json"),
    "a bomb": gzip_bomb(b"x" * MB, times=10 * 1024),
}


@pytest.mark.parametrize("name", [*FAULTS, *NO_CURSOR])
def test_cursor_that_cannot_be_read_is_told_and_asked_for_again(
    nursery: Nursery, place: Place, between: Unruly, name: str
) -> None:
    assert nursery.run(place, "export").exit_code == 0
    before = seen_below(place.public)
    between.faults["cursor"] = (FAULTS | NO_CURSOR)[name]
    ended = nursery.run(place, "watch", kill_after_seconds=2.5)
    assert ended.was_killed, ended
    runs = [json.loads(line) for line in ended.stdout.splitlines()]
    assert runs
    for run in runs:
        assert (run["event"], run["exit_code"]) == ("failed", 3)
        assert re.search(f"'{between.url}/api/export/v1/cursor'", run["error"])
        assert place.token not in run["error"]
    assert seen_below(place.public) == before
    assert ended.peak_mb <= 400
