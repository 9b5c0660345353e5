"""Whatever the CMS answers: a sentence with its address and the cause, and an untouched site."""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from tests.faults.attempt import DEADLINE, Attempt, at
from tests.faults.nursery import Nursery, Place
from tests.faults.small_site import small_site
from tests.faults.unruly import (
    MB,
    NDJSON,
    Fault,
    Unruly,
    counted,
    cut,
    dripping,
    endless,
    gzip_bomb,
    in_turn,
    passed_on,
    records_rewritten,
    reset,
    rewritten,
    says,
    silent,
    silent_after_the_head,
    unruly,
)
from tests.frontend_export.fake_cms import FakeCms, cms, page

CERTIFICATES = Path(__file__).parent / "certificates"
RETRIES = "frontend_export.source.cms.RETRY"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeCms]:
    with cms(*small_site()) as fake:
        yield fake


@pytest.fixture
def between(fake: FakeCms) -> Iterator[Unruly]:
    with unruly(fake.url) as between:
        yield between


@pytest.fixture(params=["first", "next"])
def attempt(
    request: pytest.FixtureRequest,
    nursery: Nursery,
    fake: FakeCms,
    between: Unruly,
    tmp_path: Path,
) -> Attempt:
    place = Place(tmp_path, between.url, more={"PLAINLEAF_TIMEOUT_SECONDS": "0.5"})
    attempt = Attempt(nursery, place, has_site=request.param == "next")
    # so that a feed of what changed has as much to say as one of the whole site
    fake.publish(*(record | {"fingerprint": token_hex(8)} for record in fake.records))
    return attempt


def test_refused_connection_is_named(attempt: Attempt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert f"'{url}/api/export/v1/feed' from the CMS: Connection refused" in attempt(
        at(attempt.place, url)
    )


def test_name_that_does_not_resolve_is_named(attempt: Attempt) -> None:
    message = attempt(at(attempt.place, "http://cms.invalid"))
    assert "'http://cms.invalid/api/export/v1/feed'" in message
    assert re.search(r"[Nn]ame|resol", message.partition("from the CMS: ")[2])


def test_reset_in_the_middle_is_a_cut(attempt: Attempt, between: Unruly) -> None:
    between.faults["feed"] = reset(3000)
    message = attempt()
    assert f"'{between.url}/api/export/v1/feed' was cut before its end" in message
    assert "reset" in message


@pytest.mark.parametrize("announced", [True, False], ids=["length", "chunked"])
def test_cut_at_any_kilobyte_is_no_feed(
    attempt: Attempt, between: Unruly, fake: FakeCms, announced: bool
) -> None:
    size = len(b"\n".join(fake.lines()))
    assert size > 8 * 1024
    for length in range(0, size + 1024, 1024):
        between.faults["feed"] = cut(length, announced=announced)
        assert f"'{between.url}/api/export/v1/feed' was cut before its end" in attempt()


def test_cut_that_no_length_betrays_is_no_feed(
    attempt: Attempt, between: Unruly, fake: FakeCms
) -> None:
    size = len(b"\n".join(fake.lines()))
    for length in range(0, size + 1024, 1024):
        between.faults["feed"] = rewritten(
            lambda body, length=length: body[: min(length, len(body) - 2)]
        )
        assert f"'{between.url}/api/export/v1/feed'" in attempt()


@pytest.mark.parametrize("status", [400, 404, 410, 418, 500, 501, 505, 511])
def test_status_that_is_an_error_is_named(attempt: Attempt, between: Unruly, status: int) -> None:
    between.faults["feed"] = says(status, b"<h1>Sorry</h1>", content_type="text/html")
    assert f"'{between.url}/api/export/v1/feed' answered {status} " in attempt()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_cms_is_asked_five_times_and_no_more(
    attempt: Attempt, between: Unruly, status: int
) -> None:
    before = len(between.requests)
    between.faults["feed"] = says(status, retry_after="0")
    assert f"'{between.url}/api/export/v1/feed' answered {status} " in attempt()
    assert len(between.requests) - before <= 6


def test_busy_cms_is_left_alone_for_as_long_as_it_says(
    nursery: Nursery, between: Unruly, tmp_path: Path
) -> None:
    between.faults["feed"] = in_turn(says(429, retry_after="2"), passed_on)
    ended = nursery.run(Place(tmp_path, between.url), "export")
    assert ended.exit_code == 0
    assert ended.seconds >= 2


def test_busy_cms_cannot_hold_an_export_for_a_day(attempt: Attempt, between: Unruly) -> None:
    between.faults["feed"] = says(503, retry_after="86400")
    started = time.monotonic()
    assert "answered 503" in attempt(constants={f"{RETRIES}.retry_after_max": 1})
    assert time.monotonic() - started < 10


def test_drip_meets_the_deadline_of_the_whole_answer(attempt: Attempt, between: Unruly) -> None:
    between.faults["feed"] = dripping(0.1)
    message = attempt(constants={DEADLINE: 1})
    assert f"still sending '{between.url}/api/export/v1/feed' after 1 seconds" in message


@pytest.mark.parametrize("fault", [silent, silent_after_the_head])
def test_silence_is_not_waited_for(attempt: Attempt, between: Unruly, fault: Fault) -> None:
    between.faults["feed"] = fault
    assert f"did not answer '{between.url}/api/export/v1/feed' within 0.5 seconds" in attempt()


@pytest.mark.parametrize(
    ("unit", "cause"),
    [(b"x" * MB, "is longer than"), (b"\n" * MB, "is still sending"), (b"[" * MB, "is longer")],
    ids=["one line", "empty lines", "deep"],
)
def test_gzip_bomb_of_ten_gigabytes_is_not_unpacked(
    attempt: Attempt, between: Unruly, unit: bytes, cause: str
) -> None:
    between.faults["feed"] = gzip_bomb(unit, times=10 * 1024)
    message = attempt(constants={DEADLINE: 2 if unit == b"\n" * MB else 30})
    assert f"'{between.url}/api/export/v1/feed'" in message
    assert cause in message


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b"\0"])
def test_answer_that_is_no_feed_is_refused(attempt: Attempt, between: Unruly, body: bytes) -> None:
    between.faults["feed"] = says(200, body, content_type=NDJSON)
    assert f"'{between.url}/api/export/v1/feed'" in attempt()


def test_login_page_is_not_taken_for_a_site(attempt: Attempt, between: Unruly) -> None:
    between.faults["feed"] = says(200, b"<form>Log in</form>", content_type="text/html")
    message = attempt()
    assert f"'{between.url}/api/export/v1/feed' answered text/html, not JSON" in message
    assert "login page" in message


@pytest.mark.parametrize("kind", ["page", "image", "document", "snippet", "redirect", "comment"])
def test_record_that_comes_twice_is_not_guessed_about(
    attempt: Attempt, between: Unruly, kind: str
) -> None:
    def doubled(records: list[dict]) -> list[dict]:
        again = next(record for record in records if record["kind"] == kind)
        return [*records[:-1], again, records[-1]]

    between.faults["feed"] = records_rewritten(doubled)
    assert f"'{between.url}/api/export/v1/feed'. {kind} {{}}" in re.sub(
        r"(?<= )\d+ comes twice", "{}", attempt()
    )


@pytest.mark.parametrize("change", [{"page": 1}, {"page": "many"}, {"page": None}, {"ghost": 4}])
def test_counts_that_disagree_are_not_believed(
    attempt: Attempt, between: Unruly, change: dict[str, Any]
) -> None:
    def miscounted(records: list[dict]) -> list[dict]:
        counts = records[-1]["counts"] | change
        return [*records[:-1], records[-1] | {"counts": counts}]

    between.faults["feed"] = records_rewritten(miscounted)
    assert f"'{between.url}/api/export/v1/feed'" in attempt()


def test_record_that_went_missing_is_missed(attempt: Attempt, between: Unruly) -> None:
    between.faults["feed"] = records_rewritten(lambda records: records[:5] + records[6:])
    assert "It says" in attempt()


@pytest.mark.parametrize("version", [0, 2, 99, "1", None])
def test_version_that_is_not_ours_is_refused(
    attempt: Attempt, between: Unruly, version: object
) -> None:
    between.faults["feed"] = records_rewritten(
        lambda records: [records[0] | {"version": version}, *records[1:]]
    )
    message = attempt()
    assert f"'{between.url}/api/export/v1/feed'" in message
    assert "version" in message


def test_line_of_a_gigabyte_is_not_kept(attempt: Attempt, between: Unruly) -> None:
    between.faults["feed"] = endless(b'"' + b"x" * (MB - 1))
    assert "is longer than" in attempt()


def test_stream_without_end_meets_the_deadline(attempt: Attempt, between: Unruly) -> None:
    record = json.dumps(page(77, "/n/") | {"fingerprint": "0" * 16}).encode() + b"\n"
    between.faults["feed"] = counted(record.replace(b": 77,", b": %d,", 1), first=2)
    message = attempt(constants={DEADLINE: 2})
    assert f"still sending '{between.url}/api/export/v1/feed'" in message


@pytest.mark.parametrize("opening", [b"[", b'{"a":'], ids=["lists", "objects"])
@pytest.mark.parametrize("where", ["line", "field"])
def test_json_of_a_hundred_thousand_levels_is_refused(
    attempt: Attempt, between: Unruly, opening: bytes, where: str
) -> None:
    closing = b"]" if opening == b"[" else b"}"
    deep = opening * 100_000 + b"1" + closing * 100_000
    line = deep if where == "line" else b'{"kind": "page", "id": 5, "fields": ' + deep + b"}"
    between.faults["feed"] = rewritten(lambda body: body.replace(b"\n", b"\n" + line + b"\n", 1))
    assert f"'{between.url}/api/export/v1/feed'. A line is not JSON" in attempt()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_another_host_is_not_followed(
    attempt: Attempt, between: Unruly, fake: FakeCms, status: int
) -> None:
    fake.requests.clear()
    between.faults["feed"] = says(status, location=f"{fake.url}/api/export/v1/feed")
    message = attempt()
    assert f"'{between.url}/api/export/v1/feed' answered {status}" in message
    assert f"to '{fake.url}/api/export/v1/feed'" in message
    assert not [path for path in fake.requests if "/feed" in path]


@pytest.mark.parametrize(
    ("certificate", "cause"),
    [
        ("expired", "certificate has expired"),
        ("another_host", "IP address mismatch"),
        ("self_signed", "self-signed certificate"),
    ],
)
def test_certificate_that_is_not_good_is_refused(
    attempt: Attempt, fake: FakeCms, certificate: str, cause: str
) -> None:
    trusted = {"REQUESTS_CA_BUNDLE": str(CERTIFICATES / "authority.pem")}
    with unruly(fake.url, CERTIFICATES / f"{certificate}.pem") as secured:
        message = attempt(at(attempt.place, secured.url, **trusted))
        assert secured.requests == []
    assert f"The certificate of '{secured.url}/api/export/v1/feed' was refused" in message
    assert cause in message.replace("self signed", "self-signed")


def test_certificate_that_is_good_is_accepted(
    nursery: Nursery, fake: FakeCms, tmp_path: Path
) -> None:
    trusted = {"REQUESTS_CA_BUNDLE": str(CERTIFICATES / "authority.pem")}
    with unruly(fake.url, CERTIFICATES / "good.pem") as secured:
        assert nursery.run(Place(tmp_path, secured.url, more=trusted), "export").exit_code == 0


def test_feed_that_drifted_while_it_was_read_is_refused(attempt: Attempt, between: Unruly) -> None:
    between.faults["feed"] = records_rewritten(
        lambda records: [*records[:-1], records[-1] | {"cursor": "another"}]
    )
    message = attempt(exit_code=7)
    assert f"'{between.url}/api/export/v1/feed'" in message
    assert "to 'another'" in message


def test_compressed_body_that_is_none_is_refused(attempt: Attempt, between: Unruly) -> None:
    def fault(exchange: Any) -> None:
        body = gzip.compress(exchange.of_the_cms().body)
        broken = body[:200] + b"\0" * 50 + body[250:]
        exchange.say(200, broken, content_type=NDJSON, content_encoding="gzip")

    between.faults["feed"] = fault
    assert f"'{between.url}/api/export/v1/feed'" in attempt()
