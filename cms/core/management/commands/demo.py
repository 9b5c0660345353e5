"""``manage.py demo``: site, admin, exporter, edge, worker and schedule on this machine."""

from __future__ import annotations

import fcntl
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from cms.core.demo.folder import ROLES, DemoFolder
from cms.core.demo.processes import PartFailedError, Parts, free_port, is_free

ENDS_IT = (signal.SIGINT, signal.SIGTERM)


class Command(BaseCommand):
    help = (
        "Makes a database with sample content, exports the site and serves everything on this "
        "machine until Ctrl-C. A second run goes on where the first stopped."
    )
    requires_system_checks: list[str] = []  # this process only starts others, which check

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Stop after the export.")
        parser.add_argument("--site-port", type=int, default=8080, help="Default: %(default)s.")
        parser.add_argument("--admin-port", type=int, default=8000, help="Default: %(default)s.")
        parser.add_argument(
            "--folder",
            type=Path,
            default=settings.BASE_DIR / "var" / "demo",
            help="Where everything is kept. Delete it to start again. Default: var/demo.",
        )

    def handle(
        self,
        *args: Any,
        once: bool,
        site_port: int,
        admin_port: int,
        folder: Path,
        **options: Any,
    ) -> None:
        demo = DemoFolder(folder.resolve())
        # Two host names, so that no cookie of the admin ever reaches the site.
        site_url, admin_url = f"http://localhost:{site_port}", f"http://127.0.0.1:{admin_port}"
        if once:
            cms_port = free_port()
        else:
            refuse_taken_ports(site_port, admin_port)
            cms_port = admin_port
        cms_url = f"http://127.0.0.1:{cms_port}"
        environment = demo.environment(site_url=site_url, admin_url=admin_url, cms_url=cms_url)
        for number in ENDS_IT:
            signal.signal(number, interrupt)
        parts = Parts(cwd=settings.BASE_DIR, environment=environment, logs=demo.logs)
        try:
            with alone_in(demo.root), parts:
                demo.keep_environment(site_url=site_url, admin_url=admin_url)
                self.say("Preparing the database and the sample content…")
                parts.finish("prepare", ["manage.py", "prepare_demo", str(demo.root)])
                parts.start(
                    "cms", ["manage.py", "runserver", "--noreload", f"127.0.0.1:{cms_port}"]
                )
                parts.wait_until_ready("cms", f"{cms_url}/healthz")
                self.say("Exporting the site…")
                parts.finish("export", ["-m", "frontend_export", "export"])
                if once:
                    self.say(f"The site is in {demo.current}.")
                    return
                parts.start("watch", ["-m", "frontend_export", "watch"])
                parts.start("site", ["-m", "frontend_export", "serve", "--port", str(site_port)])
                parts.start("worker", ["manage.py", "db_worker", "--no-reload"])
                parts.start("schedule", ["manage.py", "run_schedule"])
                parts.wait_until_ready("site", f"http://127.0.0.1:{site_port}/healthz")
                self.say(welcome(site_url, admin_url, demo))
                parts.watch()
        except PartFailedError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.say("Stopped. The next run goes on from here.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def interrupt(signum: int, frame: FrameType | None) -> None:
    """Once: who presses Ctrl-C again would break off the stopping, and the parts would go on."""
    for number in ENDS_IT:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def refuse_taken_ports(site_port: int, admin_port: int) -> None:
    """The remedy keeps the port that was free, since it stands in the same ``ARGS``."""
    ports = {"--site-port": site_port, "--admin-port": admin_port}
    taken = [option for option, port in ports.items() if not is_free(port)]
    if not taken:
        return
    others = [f"{option} {port + (option in taken)}" for option, port in ports.items()]
    raise CommandError(
        f"Port {ports[taken[0]]} is in use. Stop what uses it, or choose another: "
        f'make demo ARGS="{" ".join(others)}"'
    )


@contextmanager
def alone_in(root: Path) -> Iterator[None]:
    """Hold the folder for one demo at a time; the system lets go of it however we end."""
    with (root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                f"Another demo is running in '{root}'. Stop it, or give another --folder."
            ) from error
        yield


def welcome(site_url: str, admin_url: str, demo: DemoFolder) -> str:
    passwords = demo.secrets().passwords
    logins = "\n".join(f"  {role:<10} {passwords[role]}   may {may}" for role, may in ROLES.items())
    return f"""
Plainleaf is running.

  Site       {site_url}/
  Admin      {admin_url}/admin/

{logins}

The passwords are kept in {demo.secrets_file}, the logs in {demo.logs}. In this folder,
.venv/bin/frontend-export works on this site: try "check", "releases" or "export --dry-run".
Press Ctrl-C to stop. To start again from the sample content, stop and delete {demo.root}.
"""
