"""Operators get one mail when exports begin to fail or stand still, and one when that is over."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from cms.core.management.commands.run_schedule import JOBS
from cms.export_feed.alerts import look_after_exports
from cms.export_feed.models import Change, ExportAlarm
from tests.cms.export_site import export, failure, send
from tests.cms.feed_site import topic

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def operators(settings, db) -> None:
    settings.PLAINLEAF_ALERT_EMAILS = ["operators@example.org"]
    # What the migrations changed has waited as long as this database has stood.
    Change.objects.update(made_at=timezone.now())


def subjects() -> list[str]:
    return [one.subject for one in mail.outbox]


def look(**later: float) -> None:
    look_after_exports(timezone.now() + timedelta(**later))


FAIL, WORK = "[Plainleaf] exports fail or stand still", "[Plainleaf] exports work again"


def test_third_failure_in_a_row_is_told():
    export(minutes_ago=9)
    send(failure(minutes_ago=3))
    send(failure(minutes_ago=2))
    assert subjects() == []
    send(failure("The disk is full.", minutes_ago=1))
    [told] = mail.outbox
    assert told.subject == FAIL
    assert told.to == ["operators@example.org"]
    assert "Exports fail (3 in a row). The disk is full." in told.body
    assert "https://admin.plainleaf.test/admin/site-export/" in told.body


@pytest.mark.parametrize("exit_code", [2, 4])
def test_what_no_retry_mends_is_told_at_once(exit_code):
    send(failure(exit_code=exit_code))
    assert subjects() == [FAIL]


def test_every_further_failure_is_not_told():
    for minutes in range(9, 1, -1):
        send(failure(minutes_ago=minutes))
    look()
    assert subjects() == [FAIL]


def test_alarm_is_repeated_once_a_day():
    send(failure(exit_code=4))
    look(hours=23)
    assert subjects() == [FAIL]
    look(hours=25)
    look(hours=26)
    assert subjects() == [FAIL, FAIL]


def test_success_ends_the_alarm_once():
    send(failure(exit_code=4, minutes_ago=3))
    export(minutes_ago=2)
    export(minutes_ago=1)
    look()
    assert subjects() == [FAIL, WORK]


def test_success_without_an_alarm_tells_nothing():
    send(failure(minutes_ago=2))
    export(minutes_ago=1)
    look()
    assert subjects() == []


def test_change_that_waits_too_long_is_told_and_its_export_too():
    export(minutes_ago=30)
    topic()
    look()
    assert subjects() == []
    Change.objects.update(made_at=timezone.now() - timedelta(minutes=11))
    look()
    assert subjects() == [FAIL]
    assert "waited for more than 10 minutes" in mail.outbox[0].body
    export()
    assert subjects() == [FAIL, WORK]


def test_limits_are_settings(settings):
    settings.PLAINLEAF_ALERT_AFTER_FAILURES = 1
    send(failure())
    assert subjects() == [FAIL]


def test_mail_server_that_is_down_fails_no_report_and_is_tried_again(settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    assert send(failure(exit_code=4)).status_code == 204
    assert ExportAlarm.objects.get().told_at is None

    settings.EMAIL_BACKEND = working
    look()
    look()
    assert subjects() == [FAIL]


def test_end_of_what_nobody_heard_of_is_not_told(settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    send(failure(exit_code=4, minutes_ago=1))
    settings.EMAIL_BACKEND = working
    export()
    assert subjects() == []


def test_admins_are_told_where_nobody_is_named(settings):
    settings.PLAINLEAF_ALERT_EMAILS = []
    settings.ADMINS = [("Ada", "ada@example.org")]
    send(failure(exit_code=4))
    assert mail.outbox[0].to == ["ada@example.org"]


def test_nobody_to_tell_is_no_error(settings):
    settings.PLAINLEAF_ALERT_EMAILS, settings.ADMINS = [], []
    send(failure(exit_code=4))
    assert subjects() == []
    assert ExportAlarm.objects.get().began_at is not None


def test_schedule_looks_every_minute():
    assert ("check_exports", 60) in [(job.command, job.every_seconds) for job in JOBS]
    send(failure(exit_code=4))
    mail.outbox.clear()
    ExportAlarm.objects.update(told_at=datetime(2026, 1, 1, tzinfo=timezone.get_current_timezone()))
    call_command("check_exports")
    assert subjects() == [FAIL]
