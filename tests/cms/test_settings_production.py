"""The production settings, read by a process of their own with an environment of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ACCEPTED = dict(
    re.findall(
        r"^export (\w+)=(.*)$", (REPOSITORY / "tests" / "production.env").read_text(), re.MULTILINE
    )
)


def run(code: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Run ``code`` after the settings were read. A change to ``None`` leaves that variable out."""
    environment = {**ACCEPTED, **{name: value or "" for name, value in changes.items()}}
    environment = {name: value for name, value in environment.items() if value}
    return subprocess.run(
        [sys.executable, "-c", f"import cms.settings.production as settings\n{code}"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FALLBACKS", f"{'k' * 50},short"),
        ("ALLOWED_HOSTS", None),
        ("ALLOWED_HOSTS", "admin.plainleaf.test,*"),
        ("PLAINLEAF_SITE_URL", None),
        ("PLAINLEAF_SITE_URL", "www.plainleaf.test"),
        ("PLAINLEAF_SITE_URL", "https://"),
        ("PLAINLEAF_ADMIN_URL", None),
        ("PLAINLEAF_FEED_TOKEN", None),
        ("PLAINLEAF_FEED_TOKEN", "short"),
        ("PLAINLEAF_COMMENT_KEYS", None),
        ("PLAINLEAF_COMMENT_KEYS", f"{'k' * 32},{'k' * 31}"),
        ("PLAINLEAF_ALERT_AFTER_FAILURES", "often"),
        ("PLAINLEAF_ALERT_AFTER_MINUTES", "-1"),
    ],
)
def test_production_refuses_to_start_and_names_the_variable(variable, value):
    answer = run("", **{variable: value})
    assert answer.returncode != 0
    assert f"ImproperlyConfigured: {variable} " in answer.stderr


def test_a_refusal_does_not_repeat_the_secret():
    assert "hunter2" not in run("", SECRET_KEY="hunter2").stderr


def test_production_starts_with_accepted_values():
    answer = run("print(settings.DEBUG, settings.WAGTAILADMIN_BASE_URL)")
    assert answer.stdout.split() == ["False", ACCEPTED["PLAINLEAF_ADMIN_URL"]], answer.stderr


def test_links_of_mails_that_are_out_outlive_their_key():
    sign = "from django.core.signing import Signer\nprint(Signer().{}({!r}))"
    environment = {"DJANGO_SETTINGS_MODULE": "cms.settings.production", "SECRET_KEY": "o" * 50}
    signed = run(sign.format("sign", "x"), **environment).stdout.strip()
    environment["SECRET_KEY"] = "n" * 50
    kept = run(
        sign.format("unsign", signed), **environment, SECRET_KEY_FALLBACKS=f"{'e' * 50}, {'o' * 50}"
    )
    assert kept.stdout.strip() == "x", kept.stderr
    assert "BadSignature" in run(sign.format("unsign", signed), **environment).stderr


def test_cookies_are_secure_exactly_when_the_admin_is():
    code = "print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE)"
    assert run(code).stdout.split() == ["True", "True"]
    plain = run(code, PLAINLEAF_ADMIN_URL="http://127.0.0.1:8000")
    assert plain.stdout.split() == ["False", "False"]


def test_cookies_have_names_of_their_own():
    code = "print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)"
    names = run(code).stdout.split()
    assert len(set(names)) == 2
    assert not set(names) & {"sessionid", "csrftoken"}


def test_database_url_gives_both_aliases_one_server():
    answer = run(
        "print(*(settings.DATABASES[alias]['HOST'] for alias in ('default', 'feed')))",
        DATABASE_URL="postgres://plainleaf@db.test/plainleaf",
    )
    assert answer.stdout.split() == ["db.test", "db.test"], answer.stderr


def test_deploy_check_finds_nothing():
    answer = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "check",
            "--deploy",
            "--fail-level=WARNING",
            "--settings=cms.settings.production",
        ],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **ACCEPTED},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
