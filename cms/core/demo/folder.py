"""What a demo keeps between two runs: its database and files, its secrets, its logins."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROLES = {
    "admin": "everything",
    "editor": "write and publish pages",
    "reviewer": "review pages, once an editor ties it to an entry under People",
    "moderator": "decide on readers' comments",
}
PASSWORD_LENGTH = 16
# Without the letters and digits that look alike, since people copy them from a terminal.
PASSWORD_ALPHABET = "".join(set(string.ascii_letters + string.digits) - set("0O1lI"))

OURS = ("PLAINLEAF_", "DJANGO_")
OURS_TOO = {"ALLOWED_HOSTS", "DATABASE_URL", "SECRET_KEY"}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made once. ``passwords`` are by role."""

    secret_key: str
    feed_token: str
    comment_key: str
    page_key: str
    passwords: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """``root`` holds ``cms/``, ``public/``, ``state/``, ``spool/``, ``logs/`` and two files."""

    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def current(self) -> Path:
        """The release that is served."""
        return self.root / "public" / "current"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def environment_file(self) -> Path:
        """The settings of every part, for whoever wants to run one beside the demo."""
        return self.root / "environment"

    def secrets(self) -> Secrets:
        """Those of the last run, and new ones for what it had none for, in a file that only its
        owner can read."""
        kept = json.loads(self.secrets_file.read_text()) if self.secrets_file.exists() else {}
        if kept.keys() >= set(Secrets.__slots__):
            return Secrets(**kept)
        new = {
            "secret_key": secrets.token_urlsafe(64),
            "feed_token": secrets.token_urlsafe(32),
            "comment_key": secrets.token_urlsafe(48),
            "page_key": secrets.token_urlsafe(48),
            "passwords": {role: _new_password() for role in ROLES},
        }
        made = Secrets(**(new | kept))
        self.root.mkdir(parents=True, exist_ok=True)
        _write_for_owner(
            self.secrets_file,
            json.dumps({name: getattr(made, name) for name in Secrets.__slots__}, indent=2),
        )
        return made

    def environment(self, *, site_url: str, admin_url: str, cms_url: str) -> dict[str, str]:
        """What every part runs in. Nothing of this shell's own Plainleaf settings is in it."""
        theirs = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(OURS) and name not in OURS_TOO
        }
        ours = self._settings(site_url=site_url, admin_url=admin_url, cms_url=cms_url)
        return {**theirs, "PYTHONUNBUFFERED": "1", **ours}

    def keep_environment(self, *, site_url: str, admin_url: str) -> None:
        """Write ``environment_file``; the demo's CMS is to be found where its admin is."""
        ours = self._settings(site_url=site_url, admin_url=admin_url, cms_url=admin_url)
        lines = [f"{name}={shlex.quote(value)}\n" for name, value in ours.items()]
        _write_for_owner(self.environment_file, "".join(lines))

    def _settings(self, *, site_url: str, admin_url: str, cms_url: str) -> dict[str, str]:
        kept = self.secrets()
        return {
            "DJANGO_SETTINGS_MODULE": "cms.settings.demo",
            "SECRET_KEY": kept.secret_key,
            "PLAINLEAF_DATA_DIR": str(self.root / "cms"),
            "PLAINLEAF_SITE_URL": site_url,
            "PLAINLEAF_ADMIN_URL": admin_url,
            "PLAINLEAF_CMS_URL": cms_url,
            "PLAINLEAF_FEED_TOKEN": kept.feed_token,
            "PLAINLEAF_COMMENT_KEYS": kept.comment_key,
            "PLAINLEAF_PAGE_KEYS": kept.page_key,
            "PLAINLEAF_OUTPUT_DIR": str(self.root / "public"),
            "PLAINLEAF_STATE_DIR": str(self.root / "state"),
            "PLAINLEAF_SPOOL_DIR": str(self.root / "spool"),
            "PLAINLEAF_ALLOW_SAMPLE_CONTENT": "true",
        }


def _write_for_owner(path: Path, text: str) -> None:
    """Put ``text`` there whole or not at all, where only its owner can read it."""
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)


def _new_password() -> str:
    return "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(PASSWORD_LENGTH))
