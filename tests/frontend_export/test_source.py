"""Every way in which the CMS can fail ends in a sentence, exit code 3 and an unharmed site."""

from __future__ import annotations

import itertools
import json
import socket
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from frontend_export.check import check_release
from frontend_export.content import Alert, ReportingLine, Site
from frontend_export.errors import FileUnavailableError, SourceError
from frontend_export.pipeline import export
from frontend_export.source import cms as source
from frontend_export.source.cms import Cms
from frontend_export.source.feed import Record, parse_record

from .fake_cms import (
    cms,
    document,
    files_of,
    image,
    image_block,
    page,
    rich_text,
    settings_for,
    site,
)

HOME = page(1, "/")


@pytest.fixture
def exported(tmp_path):
    """A site that stands, and the CMS it came from, which then says more."""
    with cms(HOME) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = files_of(settings)
        fake.publish(page(2, "/about/"))
        fake.is_always_full = True
        yield fake, settings
    assert files_of(settings) == before


def refused(settings) -> str:
    with pytest.raises(SourceError) as caught:
        export(settings)
    assert caught.value.exit_code == 3
    return str(caught.value)


def test_cms_that_is_down_is_named_with_the_remedy(exported):
    fake, settings = exported
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert refused(settings.model_copy(update={"cms_url": url})) == (
        f"Could not read '{url}/api/export/v1/feed' from the CMS: Connection refused. "
        "Start the CMS, or set PLAINLEAF_CMS_URL to where it runs."
    )


def test_wrong_token_names_the_setting(exported):
    fake, settings = exported
    fake.token = "another"
    assert refused(settings) == (
        f"The CMS refused the token at '{fake.url}/api/export/v1/feed' (401). "
        "Set PLAINLEAF_FEED_TOKEN to the token that the CMS has."
    )


def test_error_of_the_cms_points_to_its_log(exported):
    fake, settings = exported
    fake.answers = [(500, {}, b"<h1>Server Error</h1>")]
    assert refused(settings) == (
        f"'{fake.url}/api/export/v1/feed' answered 500 Internal Server Error. "
        "See the log of the CMS, then export again."
    )


def test_login_page_instead_of_a_feed_is_recognised(exported):
    fake, settings = exported
    fake.answers = [(200, {"content_type": "text/html; charset=utf-8"}, b"<form>")]
    assert "answered text/html, not JSON. Set PLAINLEAF_CMS_URL" in refused(settings)


def test_refusal_of_the_cms_is_told_in_its_own_words(exported):
    fake, settings = exported
    said = "No site is marked as the default one. Choose one under Settings, Sites."
    fake.answers = [(503, {}, json.dumps({"message": said}).encode())] * 9
    assert refused(settings).endswith(f"answered 503 Service Unavailable: {said}")


def test_redirect_is_not_followed(exported):
    fake, settings = exported
    fake.answers = [(302, {"Location": "http://elsewhere.example/"}, b"")]
    message = refused(settings)
    assert "answered 302 Found to 'http://elsewhere.example/'" in message
    assert "redirects are not followed" in message


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_feed_cut_before_its_end_is_refused(exported, lines):
    fake, settings = exported
    fake.cut_after = lines
    assert f"'{fake.url}/api/export/v1/feed'. It was cut before its end" in refused(settings)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("is_gzipped", [False, True])
def test_connection_that_breaks_in_the_feed_is_a_cut_and_says_so(exported, share, is_gzipped):
    fake, settings = exported
    fake.is_gzipped = is_gzipped
    fake.break_after = share
    assert f"'{fake.url}/api/export/v1/feed' was cut before its end" in refused(settings)


def test_empty_answer_is_refused(exported):
    fake, settings = exported
    fake.cut_after = 0
    assert "It was cut before its end, after 0 records" in refused(settings)


def test_count_that_disagrees_is_refused(exported):
    fake, settings = exported
    fake.counts = {"site": 1, "page": 3}
    assert "It says 3 page records and has 2" in refused(settings)


def test_record_that_comes_twice_is_refused(exported):
    fake, settings = exported
    fake.records += [page(2, "/again/")]
    assert "page 2 comes twice" in refused(settings)


def test_other_version_of_the_feed_is_refused(exported):
    fake, settings = exported
    fake.version = 2
    assert "The CMS speaks version 2 of the feed, this exporter 1" in refused(settings)


def test_wrong_type_names_record_and_field(exported):
    fake, settings = exported
    fake.publish(page(2, "/about/", title=7))
    assert "page 2: 'title' must be text, not '7'" in refused(settings)


@pytest.mark.parametrize("number", [2**63, -(2**63), 2**64 - 1])
@pytest.mark.parametrize("key", ["id", "parent"])
def test_number_that_no_database_holds_is_named(exported, key, number):
    fake, settings = exported
    fake.publish(page(2, "/about/") | {key: number})
    assert f"'{key}' must be a whole number" in refused(settings)


def test_instant_before_the_first_year_is_named(exported):
    fake, settings = exported
    fake.publish(page(2, "/about/", first_published_at="0001-01-01T00:00:00+01:00"))
    assert "page 2: 'first_published_at' must be an instant" in refused(settings)


def test_instant_of_another_zone_is_the_same_instant(exported):
    fake, settings = exported
    fake.publish(page(2, "/about/", last_published_at="2026-11-02T10:00:00+01:00"))
    [found] = [
        line.value.value
        for line in Cms.of(settings).feed()
        if isinstance(line.value, Record) and line.value.kind == "page" and line.value.id == 2
    ]
    assert found.last_published_at == datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_feed_without_a_site_is_refused(exported):
    fake, settings = exported
    fake.records += [site(id=1), site(id=2)]
    message = refused(settings)
    assert "2 'site' records instead of one" in message
    assert f"'{fake.url}/api/export/v1/feed'" in message


def test_redirect_to_no_address_is_refused(exported):
    fake, settings = exported
    fake.answers.append((302, {"Location": "http://[x"}, b""))
    assert "answered 302 Found to 'http://[x', and redirects are not followed" in refused(settings)


def test_file_at_no_address_is_refused(exported):
    _fake, settings = exported
    with pytest.raises(FileUnavailableError, match=r"'http://\[x' is not on the CMS"):
        list(Cms.of(settings).file("http://[x", max_bytes=9))


def test_deadline_of_a_short_answer_is_the_one_that_is_told(exported, monkeypatch):
    _fake, settings = exported
    late = itertools.count(step=100)
    monkeypatch.setattr(source, "time", SimpleNamespace(monotonic=lambda: next(late)))
    with pytest.raises(SourceError, match=r"is still sending '.+/cursor' after 5 seconds"):
        Cms.of(settings).position()


def test_record_without_end_is_refused(exported, monkeypatch):
    fake, settings = exported
    monkeypatch.setattr(source, "MAX_LINE_BYTES", 10_000)
    monkeypatch.setattr(source, "READ_BYTES", 1_000)
    fake.publish(page(2, "/about/", title="x" * 50_000))
    assert "is longer than 10,000 bytes" in refused(settings)


def test_feed_that_never_ends_is_refused_after_so_many_records(exported, monkeypatch):
    fake, settings = exported
    monkeypatch.setattr(source, "MAX_RECORDS", 3)
    assert len(list(Cms.of(settings).feed())) == len(["begin", "site", "page", "page", "end"])
    fake.publish(page(3, "/more/"))
    message = refused(settings)
    assert f"Could not read the feed at '{fake.url}/api/export/v1/feed'. " in message
    assert "It has more than 3 records" in message
    assert "See in the log of the CMS why it does not end" in message


def test_manifest_that_never_ends_is_refused_after_so_many_records(exported, monkeypatch):
    fake, settings = exported
    monkeypatch.setattr(source, "MAX_RECORDS", 2)
    with pytest.raises(SourceError, match="the manifest at '.+/manifest'. It has more than 2 "):
        list(Cms.of(settings).manifest())


def test_feed_that_trickles_hits_the_deadline(exported, monkeypatch):
    fake, settings = exported
    monkeypatch.setattr(source, "FEED_DEADLINE_SECONDS", 0.1)
    fake.pause_seconds = 0.08
    assert "is still sending" in refused(settings)


def test_silence_is_a_timeout(exported):
    fake, settings = exported
    fake.pause_seconds = 0.5
    message = refused(settings.model_copy(update={"timeout_seconds": 0.1}))
    assert "did not answer" in message
    assert "PLAINLEAF_TIMEOUT_SECONDS" in message


def test_busy_cms_is_asked_again(tmp_path):
    with cms(HOME) as fake:
        fake.answers = [(503, {"Retry_After": "0"}, b""), (0, {}, b""), (429, {}, b"")]
        export(settings_for(fake, tmp_path))
    assert fake.requests == ["/api/export/v1/feed"] * 4 + ["/api/export/v1/runs"]


def test_busy_cms_is_not_asked_for_ever(exported):
    fake, settings = exported
    fake.answers = [(503, {}, b"")] * 20
    assert "answered 503 Service Unavailable" in refused(settings)
    assert len(fake.answers) > 10


def test_gzip_is_undone(tmp_path):
    with cms(HOME) as fake:
        fake.is_gzipped = True
        settings = settings_for(fake, tmp_path)
        export(settings)
    assert files_of(settings)["index.html"].startswith(b"<!DOCTYPE html>")


def test_file_on_another_host_is_never_asked_for(tmp_path):
    with cms() as other, cms(HOME) as fake:
        fake.publish(
            page(2, "/about/", body=[image_block(7)]), image(7, url=f"{other.url}/secret.png")
        )
        report = export(settings_for(fake, tmp_path))
    assert other.requests == []
    assert "files come from nowhere else" in report.findings[0].message


def test_image_that_is_none_is_refused(tmp_path):
    with cms(HOME, page(2, "/about/", body=[image_block(7)]), image(7, url="/x.png")) as fake:
        fake.files["/x.png"] = b"<svg onload=alert(1)>"
        report = export(settings_for(fake, tmp_path))
    assert "is not the image/png that the CMS said" in report.findings[0].message


def test_image_that_comes_in_small_pieces_is_recognised(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "READ_BYTES", 3)
    with cms(HOME, page(2, "/about/", body=[image_block(7)]), image(7)) as fake:
        report = export(settings_for(fake, tmp_path))
    assert report.findings == ()


def test_file_that_is_too_large_holds_back_its_page(tmp_path, monkeypatch):
    monkeypatch.setitem(source.MAX_BYTES, "image", 60)
    with cms(HOME, page(2, "/about/", body=[image_block(7)]), image(7)) as fake:
        settings = settings_for(fake, tmp_path)
        report = export(settings)
    assert "is larger than 60 bytes. Make the file smaller." in report.findings[0].message
    assert report.pages == 1
    assert not any(path.startswith("images/") for path in files_of(settings))


def test_record_that_comes_after_the_end_is_refused(exported):
    fake, settings = exported
    feed = b"\n".join([*fake.lines(), fake.lines()[1]])
    fake.answers = [(200, {"content_type": "application/x-ndjson"}, feed)]
    assert "Something follows the 'end' record." in refused(settings)


@pytest.mark.parametrize("begins", [0, 2])
def test_feed_begins_once(exported, begins):
    fake, settings = exported
    begin, *rest = fake.lines()
    feed = b"\n".join([begin] * begins + rest)
    fake.answers = [(200, {"content_type": "application/x-ndjson"}, feed)]
    assert "It does not start with one 'begin' record." in refused(settings)


@pytest.mark.parametrize(
    "line", [b"<html>", b"null", b"[]", b'{"kind": 7}', b'{"kind": "pages"}', b"[" * 100_000]
)
def test_line_that_is_no_record_is_refused(line):
    with pytest.raises(SourceError):
        parse_record(line)


@pytest.mark.parametrize(
    ("uploaded", "published"),
    [
        ("leaflet.pdf", "leaflet.pdf"),
        ("a b's é🌿.pdf", "a b's é🌿.pdf"),
        ("../../x.pdf", "_.._x.pdf"),
        (".hidden.pdf", "hidden.pdf"),
        ("a\\b\n.pdf", "a_b_.pdf"),
        ("..", "document"),
        ("", "document"),
        ("é" * 200 + ".pdf", "é" * 125 + ".pdf"),
        ("x." + "é" * 200, "x." + "é" * 126),
    ],
)
def test_document_of_any_name_goes_out_below_its_own_folder(tmp_path, uploaded, published):
    body = [rich_text('<p><a linktype="document" id="2">The leaflet</a></p>')]
    with cms(HOME, page(2, "/about/", body=body), document(2, uploaded)) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        assert f"documents/{2:016x}/{published}" in files_of(settings)
        assert check_release(settings) == []


def test_netrc_does_not_replace_the_token(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with cms(HOME) as fake:
        assert Cms(fake.url, fake.token, timeout_seconds=5).position().cursor == "1"


def test_proxy_of_the_environment_is_asked(monkeypatch):
    with cms(HOME) as fake:
        monkeypatch.setenv("HTTP_PROXY", fake.url)
        with pytest.raises(SourceError, match="404"):
            Cms("http://cms.example", fake.token, timeout_seconds=5).position()
    assert fake.requests == ["http://cms.example/api/export/v1/cursor"]


def test_site_says_its_advice_its_lines_for_side_effects_and_its_alert():
    line = {"country": "GB", "label": "Yellow Card", "url": "https://yellowcard.mhra.gov.uk/"}
    alert = {"text": "Recall", "level": "urgent", "until": "2026-12-01T09:00:00Z"}
    told = site(advice_statement="Ask.", side_effect_reporting=[line], alert=alert)
    value = site_in(told)
    assert value.advice_statement == "Ask."
    assert value.side_effect_reporting == (ReportingLine(**line),)
    assert value.alert == Alert("Recall", "urgent", datetime(2026, 12, 1, 9, tzinfo=UTC))


def test_alert_is_over_at_its_instant_and_without_one_stays():
    until = datetime(2026, 12, 1, 9, tzinfo=UTC)
    limited = site_in(site(alert={"text": "Recall", "level": "urgent", "until": until.isoformat()}))
    assert limited.alert_at(until - timedelta(seconds=1)) is not None
    assert limited.alert_at(until) is None
    lasting = site_in(site(alert={"text": "Recall", "level": "urgent", "until": None}))
    assert lasting.alert_at(until) is not None
    assert site_in(site()).alert_at(until) is None


def test_alert_of_a_wrong_shape_names_its_field():
    with pytest.raises(SourceError, match="site 1: alert: 'text' must be text"):
        site_in(site(alert={"text": 7, "level": "urgent", "until": None}))


def site_in(record) -> Site:
    value = parse_record(json.dumps(record | {"fingerprint": "f"}).encode())
    assert isinstance(value, Record)
    assert isinstance(value.value, Site)
    return value.value
