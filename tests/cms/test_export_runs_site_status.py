"""Where the whole site stands, from the runs, the journal and the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cms.export_feed.models import Change, ExporterContact, ExportRequest
from cms.export_feed.requests import Verb, ask
from cms.export_feed.site_status import SiteState, SiteStatus, site_status
from tests.cms.export_site import cursor, export, failure, release, report, send
from tests.cms.feed_site import topic

pytestmark = pytest.mark.django_db


def status(**later) -> SiteStatus:
    return site_status(timezone.now() + timedelta(**later))


def test_site_that_was_never_exported_says_so():
    assert status().state == SiteState.NEVER


def test_site_is_live_since_it_was_last_published():
    told = export(minutes_ago=20)
    export(outcome="unchanged", minutes_ago=10)
    now = status()
    assert now.state == SiteState.LIVE
    assert now.live_since.isoformat() == told["finished_at"].replace("Z", "+00:00")


def test_changes_wait_until_they_are_exported():
    export(minutes_ago=1)
    medicines = topic()
    medicines.save()
    now = status()
    assert (now.state, now.waiting.changes) == (SiteState.WAITING, 1)

    export()
    assert (status().state, status().waiting) == (SiteState.LIVE, None)


def test_request_waits_until_it_is_answered():
    export(minutes_ago=1)
    request = ask(Verb.EXPORT, by=None)
    now = status()
    assert (now.state, now.open_requests) == (SiteState.WAITING, (request,))
    export(request=request.pk, reason="request")
    assert status().state == SiteState.LIVE


def test_failed_export_is_told_until_one_succeeds():
    export(minutes_ago=3)
    send(failure(minutes_ago=2))
    send(failure(minutes_ago=1))
    now = status()
    assert (now.state, now.failures, now.last_run.error) == (
        SiteState.FAILED,
        2,
        "The disk is full.",
    )
    export()
    assert (status().state, status().failures) == (SiteState.LIVE, 0)


def test_rollback_that_could_not_be_done_is_no_failed_export():
    export(minutes_ago=2)
    asked = ask(Verb.ROLLBACK, by=None, release="r0")
    send(failure("There is no release 'r0'.", request=asked.pk, reason="request", minutes_ago=1))
    now = status()
    assert (now.state, now.failures, now.open_requests) == (SiteState.LIVE, 0, ())
    assert now.failed_rollback.error == "There is no release 'r0'."
    export()
    assert status().failed_rollback is None


def test_failure_before_any_success_is_told():
    send(failure())
    assert status().state == SiteState.FAILED


def test_rollback_is_told_until_the_site_moves_on():
    export(release="r1", minutes_ago=3)
    send(report(release="r2", outcome="held", pinned="r1", minutes_ago=2))
    assert status().state == SiteState.HELD
    assert status().served.release == "r1"
    export(release="r2", reason="resume")
    assert status().state == SiteState.LIVE


def test_exporter_that_is_silent_seems_stopped():
    export()
    assert status(minutes=4).state == SiteState.LIVE
    assert status(minutes=6).state == SiteState.STOPPED


def test_exporter_that_asks_and_never_exports_is_told_when_it_has_been_long():
    export(minutes_ago=60)
    topic()
    assert status().state == SiteState.WAITING
    Change.objects.update(made_at=timezone.now() - timedelta(minutes=11))
    assert status().state == SiteState.STOPPED
    assert status().is_stalled


def test_request_that_nobody_answers_is_told_when_it_has_been_long():
    export(minutes_ago=60)
    ask(Verb.EXPORT, by=None)
    ExportRequest.objects.update(asked_at=timezone.now() - timedelta(minutes=11))
    assert status().is_stalled


def test_what_a_rollback_holds_back_does_not_stall():
    export(release="r1", minutes_ago=60)
    topic()
    send(report(release="r2", cursor=cursor(), outcome="held", pinned="r1"))
    Change.objects.update(made_at=timezone.now() - timedelta(minutes=50))
    assert status().waiting.changes > 0
    assert not status().is_stalled


def test_releases_are_those_of_the_last_run_that_told_any():
    export(releases=[release("r2", is_current=True), release("r1")], minutes_ago=2)
    send(failure(releases=[], minutes_ago=1))
    assert [(one.id, one.is_current) for one in status().releases] == [("r2", True), ("r1", False)]


def test_sign_of_life_is_written_at_most_once_in_ten_seconds():
    cursor()
    first = ExporterContact.objects.get().heard_at
    cursor()
    assert ExporterContact.objects.get().heard_at == first
    ExporterContact.objects.update(heard_at=first - timedelta(seconds=11))
    cursor()
    assert ExporterContact.objects.get().heard_at >= first
