"""A Wagtail project that has never heard of us, made by ``wagtail start`` and run by its manage.py.

It runs with the packages of this environment and without the checkout: ``python -S`` reads no
``.pth`` file, so that neither ``cms`` nor ``frontend_export`` can be imported there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import TracebackType

from tests.live import answers, free_port, is_ours, wait_until

BLOG = Path(__file__).parent / "blog"
SETTINGS = """
INSTALLED_APPS += ["blog", "rest_framework", "wagtail.api.v2", "wagtail.contrib.table_block",
                   "wagtail.contrib.typed_table_block"]
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", "blog.meddling.Meddling", *MIDDLEWARE]
DATABASES["default"]["OPTIONS"] = {
    "init_command": "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY"
}
"""
URLS = """
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.images.api.v2.views import ImagesAPIViewSet

api = WagtailAPIRouter("wagtailapi")
api.register_endpoint("pages", PagesAPIViewSet)
api.register_endpoint("images", ImagesAPIViewSet)
api.register_endpoint("documents", DocumentsAPIViewSet)
urlpatterns.insert(0, path("api/v2/", api.urls))
"""
MADE = """
from django.core.management import call_command
call_command("makemigrations", "blog", verbosity=0)
call_command("migrate", verbosity=0)
from blog.fill import fill
fill()
"""


class Project:
    """``ids`` name what ``blog/fill.py`` made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mysite"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api_url = f"{self.url}/api/v2/"
        self.ids: dict[str, int] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **{key: value for key, value in os.environ.items() if not is_ours(key)},
            "PYTHONPATH": sysconfig.get_path("purelib"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def make(self) -> None:
        """``wagtail start``, a blog, the stock API, a database, content."""
        self.folder.mkdir(parents=True)
        start = "from wagtail.bin.wagtail import main; main()"
        self._run("-c", start, "start", "mysite", ".")
        shutil.copytree(BLOG, self.folder / "blog", ignore=shutil.ignore_patterns("README.md"))
        (self.folder / "blog" / "__init__.py").touch()
        with (self.folder / "mysite/settings/dev.py").open("a") as settings:
            settings.write(SETTINGS)
        with (self.folder / "mysite/urls.py").open("a") as urls:
            urls.write(URLS)
        said = self.shell(MADE)
        self.ids = json.loads(said.splitlines()[-1])

    def set(self, *lines: str) -> None:
        """Lines for the settings, in place of those of the time before; heard on the next start."""
        (self.folder / "mysite/settings/local.py").write_text("\n".join(lines))

    def manage(self, *arguments: str) -> str:
        return self._run("manage.py", *arguments)

    def shell(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "--command", code)

    def start(self) -> None:
        log = (self.folder / "server.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-S",
                    "manage.py",
                    "runserver",
                    "--noreload",
                    f"127.0.0.1:{self.port}",
                ],
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        process = self._process
        wait_until(
            lambda: answers(f"{self.api_url}pages/", process), f"an answer of {self.api_url}"
        )

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=20)
            self._process = None

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-S", *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            raise AssertionError(f"{arguments} left with {done.returncode}:\n{done.stderr[-4000:]}")
        return done.stdout
