"""The commands that keep an installation running: set_up, run_schedule, check_tasks."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks.utils import get_module_path
from django_tasks_db.models import DBTaskResult, get_date_max
from wagtail.models import Site

from cms.articles.models import HomePage
from cms.core.management.commands import run_schedule
from cms.core.management.commands.run_schedule import Job, Schedule

pytestmark = pytest.mark.django_db

GOOD_PASSWORD = "a-long-and-unusual-passphrase"


@pytest.fixture
def admin_variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "first")
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "first@example.org")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", GOOD_PASSWORD)
    return monkeypatch


def test_set_up_makes_the_first_administrator_once(admin_variables: pytest.MonkeyPatch) -> None:
    call_command("set_up", verbosity=0)
    admin_variables.delenv("DJANGO_SUPERUSER_PASSWORD")
    call_command("set_up", verbosity=0)

    admin = get_user_model().objects.get(is_superuser=True)
    assert admin.username == "first"
    assert admin.check_password(GOOD_PASSWORD)


def test_set_up_points_the_default_site_at_the_public_address(
    admin_variables: pytest.MonkeyPatch,
) -> None:
    call_command("set_up", verbosity=0)

    site = Site.objects.get(is_default_site=True)
    assert (site.hostname, site.port) == ("www.plainleaf.test", 443)


def test_set_up_names_the_variable_it_lacks(admin_variables: pytest.MonkeyPatch) -> None:
    admin_variables.delenv("DJANGO_SUPERUSER_EMAIL")
    with pytest.raises(
        CommandError,
        match="There is no administrator yet, and DJANGO_SUPERUSER_EMAIL is not set. Set it for "
        "the first start",
    ):
        call_command("set_up", verbosity=0)


def test_set_up_refuses_a_weak_password(admin_variables: pytest.MonkeyPatch) -> None:
    admin_variables.setenv("DJANGO_SUPERUSER_PASSWORD", "password")
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_PASSWORD: This password is too"):
        call_command("set_up", verbosity=0)
    assert not get_user_model().objects.exists()


def test_schedule_runs_everything_at_the_start_then_each_at_its_interval() -> None:
    often, seldom = Job("often", 60), Job("seldom", 3600)
    schedule = Schedule([often, seldom], now=0.0)
    assert schedule.take_due(0.0) == [often, seldom]
    assert schedule.seconds_to_next(20.0) == 40.0
    assert schedule.take_due(59.0) == []
    assert schedule.take_due(60.0) == [often]
    assert schedule.take_due(3600.0) == [often, seldom]


def test_schedule_publishes_a_page_that_is_due_and_leaves_a_heartbeat(tmp_path: Path) -> None:
    home = Site.objects.get(is_default_site=True).root_page.specific
    home.title = "Due"
    home.go_live_at = timezone.now() - timedelta(seconds=30)
    home.save_revision(approved_go_live_at=home.go_live_at)
    heartbeat = tmp_path / "heartbeat"

    call_command("run_schedule", once=True, heartbeat=heartbeat)

    assert HomePage.objects.get(pk=home.pk).title == "Due"
    assert heartbeat.exists()


def test_a_failing_job_is_logged_and_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat = tmp_path / "heartbeat"
    monkeypatch.setattr(run_schedule, "JOBS", (Job("no_such_command", 60), Job("check", 60)))

    call_command("run_schedule", once=True, heartbeat=heartbeat)

    assert "Scheduled command 'no_such_command' failed; it runs again later." in caplog.messages
    assert heartbeat.exists()


def test_a_task_that_waits_too_long_fails_the_check() -> None:
    task = DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path=get_module_path(call_command),
        backend_name="default",
        run_after=get_date_max(),
    )
    call_command("check_tasks", waiting_seconds=300)

    DBTaskResult.objects.filter(pk=task.pk).update(enqueued_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(CommandError, match="1 tasks have waited longer than 300 seconds"):
        call_command("check_tasks", waiting_seconds=300)
