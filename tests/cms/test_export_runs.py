"""What the exporter reports is stored once, whole, and refused by name where it is wrong."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cms.export_feed.contact import last_contact
from cms.export_feed.models import ExportFinding, ExportRun
from cms.export_feed.requests import Verb, ask, open_requests
from tests.cms.export_site import cursor, export, failure, finding, report, send
from tests.cms.feed_site import article, make_private, read, topic

pytestmark = pytest.mark.django_db


def test_run_is_stored_with_its_findings():
    page = topic()
    told = report(findings=[finding(page), finding(None, "warning", "Nothing links here.")])
    assert send(told).status_code == 204

    run = ExportRun.objects.get()
    assert str(run.pk) == told["id"]
    assert (run.outcome, run.release, run.pages, run.rendered) == ("published", "r1", 4, 9)
    assert [(one.severity, one.kind, one.object_id) for one in run.findings.all()] == [
        ("refused", "page", page.pk),
        ("warning", "", None),
    ]


def test_private_pages_are_counted_in_every_report_and_named_in_none():
    medicines = topic()
    page = article(medicines, "secret")
    article(medicines, "also-secret", live=False)
    for private in (medicines, page):  # twice covered, once counted
        make_private(private)
    send(report(findings=[finding(None, "warning", "Nothing links here.")], finding_count=1))

    run = ExportRun.objects.get()
    _, warning = run.findings.all()
    assert warning.message.startswith("2 live pages are private and not on the site")
    assert "ecret" not in warning.message
    assert run.finding_count == 2


def test_site_without_private_pages_has_no_word_of_them():
    topic()
    send(report())
    assert ExportRun.objects.get().finding_count == 0
    assert not ExportFinding.objects.exists()


def test_same_run_twice_is_stored_once():
    told = report(findings=[finding()])
    assert [send(told).status_code, send(told).status_code] == [204, 204]
    assert ExportRun.objects.count() == 1
    assert ExportFinding.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"outcome": "splendid"}, "'outcome'"),
        ({"finished_at": "yesterday"}, "'finished_at'"),
        ({"pages": -1}, "'pages'"),
        ({"pages": None}, "'pages'"),
        ({"id": "7"}, "'id'"),
        ({"release": "r" * 101}, "'release'"),
        ({"findings": [finding(), {**finding(), "severity": "bad"}]}, "'findings.1.severity'"),
        ({"findings": [{**finding(), "subject": {"kind": "page"}}]}, "'findings.0.subject.id'"),
        ({"findings": [finding()] * 201}, "'findings'"),
        ({"findings": {}}, "'findings'"),
        ({"releases": [{"id": "r1"}]}, "'releases.0.created_at'"),
    ],
)
def test_wrong_shape_is_refused_by_the_name_of_the_field(values, named):
    answer = send(report(**values))
    assert answer.status_code == 400
    assert named in answer.json()["message"]
    assert not ExportRun.objects.exists()


@pytest.mark.parametrize("missing", sorted(report()))
def test_missing_field_is_named(missing):
    told = report()
    del told[missing]
    answer = send(told)
    assert answer.status_code == 400
    assert f"'{missing}'" in answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"run"', b"\xff"])
def test_what_is_no_json_object_is_refused(body):
    answer = send(body)
    assert answer.status_code == 400
    assert "JSON" in answer.json()["message"]


def test_field_of_a_newer_exporter_is_left_alone():
    assert send(report(mood="fine")).status_code == 204


def test_long_sentence_is_cut_and_the_rest_kept():
    assert send(failure("x" * 10_000)).status_code == 204
    error = ExportRun.objects.get().error
    assert len(error) == 2000
    assert error.endswith("…")


def test_too_large_report_is_refused():
    answer = send(b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413


def test_only_the_exporter_may_report():
    assert send(report(), token="wrong").status_code == 401
    assert not ExportRun.objects.exists()
    assert Client().get("/api/export/v1/runs").status_code == 405


def test_answered_request_is_no_longer_open():
    request = ask(Verb.EXPORT, by=None)
    assert open_requests() == [{"id": request.pk, "verb": "export", "release": ""}]
    send(failure(request=request.pk))
    assert open_requests() == []
    assert ExportRun.objects.get().request == request


def test_run_that_answers_an_unknown_request_is_stored():
    assert send(report(request=999)).status_code == 204
    assert ExportRun.objects.get().request is None


def test_request_waits_in_the_answer_to_the_cursor():
    request = ask(Verb.ROLLBACK, by=None, release="r0")
    told = read(Client(), "/api/export/v1/cursor").json()
    assert told["requests"] == [{"id": request.pk, "verb": "rollback", "release": "r0"}]


def test_asking_twice_asks_once_until_it_is_answered():
    first = ask(Verb.EXPORT, by=None)
    assert ask(Verb.EXPORT, by=None) == first
    assert ask(Verb.RESUME, by=None) != first
    send(report(request=first.pk))
    assert ask(Verb.EXPORT, by=None) != first


def test_number_of_the_cursor_is_kept():
    topic()
    export()
    assert ExportRun.objects.get().journal_number == 1


def test_cursor_of_another_source_is_kept_without_a_number():
    send(report(cursor="2026-11-25T14:00:00Z"))
    run = ExportRun.objects.get()
    assert (run.cursor, run.journal_number) == ("2026-11-25T14:00:00Z", None)


def test_old_runs_are_forgotten_with_their_findings(settings):
    settings.PLAINLEAF_RUNS_KEPT = 3
    for minutes in (50, 40, 30, 20, 10):
        send(report(minutes_ago=minutes, findings=[finding()]))
    assert ExportRun.objects.count() == 3
    assert ExportFinding.objects.count() == 3


def test_run_older_than_the_days_kept_is_forgotten():
    send(report(minutes_ago=91 * 24 * 60))
    send(report())
    assert ExportRun.objects.count() == 1


def test_run_that_says_what_is_served_is_never_forgotten(settings):
    settings.PLAINLEAF_RUNS_KEPT = 2
    published = export(minutes_ago=60)
    for minutes in (50, 40, 30, 20):
        send(failure(minutes_ago=minutes))
    assert str(ExportRun.objects.successful().get().pk) == published["id"]
    assert ExportRun.objects.count() == 3


def test_asking_for_the_cursor_is_a_sign_of_life():
    assert last_contact(None) is None
    cursor()
    assert timezone.now() - last_contact(None) < timedelta(seconds=5)
