"""The parts of ``manage.py demo`` that need no running product."""

from __future__ import annotations

import socket
import stat
import sys
import time
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from cms.core.demo.folder import ROLES, DemoFolder
from cms.core.demo.processes import PartFailedError, Parts, free_port
from cms.core.management.commands.demo import alone_in
from cms.core.management.commands.prepare_demo import make_user

SLEEP = ["-c", "import time; time.sleep(60)"]
CRASH = ["-c", "print('no such table'); raise SystemExit(3)"]


def parts_in(folder: Path) -> Parts:
    return Parts(cwd=folder, environment={}, logs=folder / "logs")


def test_secrets_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    demo = DemoFolder(tmp_path / "demo")
    made = demo.secrets()

    assert demo.secrets() == made
    assert stat.S_IMODE(demo.secrets_file.stat().st_mode) == 0o600
    assert set(made.passwords) == set(ROLES)
    assert len(set(made.passwords.values())) == len(ROLES)


def test_settings_of_the_shell_do_not_reach_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://production/")
    monkeypatch.setenv("PLAINLEAF_THEME_DIR", "/elsewhere")
    environment = DemoFolder(tmp_path).environment(site_url="s", admin_url="a", cms_url="c")

    assert "DATABASE_URL" not in environment
    assert "PLAINLEAF_THEME_DIR" not in environment
    assert environment["PLAINLEAF_STATE_DIR"] == str(tmp_path / "state")


def test_settings_are_kept_for_commands_beside_the_demo(tmp_path: Path) -> None:
    demo = DemoFolder(tmp_path)
    demo.keep_environment(site_url="http://localhost:1", admin_url="http://127.0.0.1:2")

    kept = demo.environment_file.read_text().splitlines()
    assert "PLAINLEAF_CMS_URL=http://127.0.0.1:2" in kept
    assert f"PLAINLEAF_FEED_TOKEN={demo.secrets().feed_token}" in kept
    assert stat.S_IMODE(demo.environment_file.stat().st_mode) == 0o600


def test_a_part_that_ends_by_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    with parts_in(tmp_path) as parts:
        parts.start("worker", SLEEP)
        parts.start("watch", CRASH)
        with pytest.raises(PartFailedError) as caught:
            parts.watch()
        worker = parts.running["worker"]

    assert "'watch' ended by itself (exit code 3)" in str(caught.value)
    assert "no such table" in str(caught.value)
    assert worker.returncode is not None


def test_a_part_that_should_finish_and_fails_is_named(tmp_path: Path) -> None:
    with parts_in(tmp_path) as parts, pytest.raises(PartFailedError, match="'export' failed"):
        parts.finish("export", CRASH)


def test_a_part_that_will_not_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.core.demo.processes.STOP_SECONDS", 0.2)
    deaf = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1); "
    with parts_in(tmp_path) as parts:
        parts.start("deaf", ["-u", "-c", deaf + "time.sleep(60)"])
        while not (tmp_path / "logs" / "deaf.log").read_text():
            time.sleep(0.02)
        process = parts.running["deaf"]

    assert process.returncode == -9


def test_a_taken_port_is_named_with_another_to_try(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError) as caught:
            call_command("demo", site_port=port, admin_port=(free := free_port()), folder=tmp_path)

    assert str(caught.value) == (
        f"Port {port} is in use. Stop what uses it, or choose another: "
        f'make demo ARGS="--site-port {port + 1} --admin-port {free}"'
    )


def test_two_demos_in_one_folder_are_refused(tmp_path: Path) -> None:
    with (
        alone_in(tmp_path),
        pytest.raises(CommandError, match="Another demo is running in"),
        alone_in(tmp_path),
    ):
        pass


def test_refused_second_demo_leaves_the_settings_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)  # this process keeps its own handlers
    demo = DemoFolder(tmp_path)
    demo.keep_environment(site_url="http://localhost:1", admin_url="http://127.0.0.1:2")
    kept = demo.environment_file.read_text()
    with alone_in(tmp_path), pytest.raises(CommandError, match="Another demo is running in"):
        call_command("demo", once=True, folder=tmp_path)
    assert demo.environment_file.read_text() == kept


@pytest.mark.django_db
def test_every_role_can_log_in_and_only_admin_may_do_everything() -> None:
    for role in ROLES:
        make_user(role, "a password of this test")

    users = {
        role: authenticate(username=role, password="a password of this test") for role in ROLES
    }
    assert all(user.has_perm("wagtailadmin.access_admin") for user in users.values())
    assert [role for role, user in users.items() if user.is_superuser] == ["admin"]


@pytest.mark.django_db
def test_a_password_that_a_person_changed_is_kept() -> None:
    make_user("editor", "the first password")
    user = authenticate(username="editor", password="the first password")
    user.set_password("their own password")
    user.save()

    make_user("editor", "the first password")

    assert authenticate(username="editor", password="their own password")


def test_the_demo_runs_the_interpreter_it_was_started_with(tmp_path: Path) -> None:
    with parts_in(tmp_path) as parts:
        parts.finish("which", ["-c", "import sys; print(sys.executable)"])

    assert (tmp_path / "logs" / "which.log").read_text().strip() == sys.executable
