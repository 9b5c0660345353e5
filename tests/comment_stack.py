"""The way of a comment as in production: edges on one spool, gunicorn, the worker, a database."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import requests
from bs4 import BeautifulSoup

from tests.live import Stack, answers, free_port, wait_until

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "cms.settings.production",
    "SECRET_KEY": "not-a-secret-Wm3vT8qLr5yZc2Kd9Hn6Xb4Pj7Fg1Su0AeRtYuIoP",
    "ALLOWED_HOSTS": "127.0.0.1",
    "PLAINLEAF_COMMENT_NETWORK_PER_MINUTE": "0",
    "PLAINLEAF_COMMENT_SITE_PER_MINUTE": "0",
}
PAGES = """
from wagtail.models import Site
from cms.articles.models import ArticlePage, TopicPage
from cms.core.site import point_default_site
point_default_site({site_url!r})
home = Site.objects.get(is_default_site=True).root_page.specific
topic = home.add_child(instance=TopicPage(title="Care", slug="care", summary="All about care."))
for number in range({pages}):
    topic.add_child(
        instance=ArticlePage(
            topic_type="wellbeing",
            title=f"Article {{number}}",
            slug=f"article-{{number}}",
            summary="What to know.",
            body=[("rich_text", "<p>A sentence about a medicine.</p>")],
        )
    )
"""
COLUMNS = "id, name, text, translation_key, receipt, received_at"


@dataclass(frozen=True, slots=True)
class Row:
    """A comment as the CMS stored it, in the order in which it did."""

    number: int
    name: str
    text: str
    page: str
    receipt: str
    received_at: Any


class CommentStack(Stack):
    """``forms`` are what the form of each exported page sends unseen."""

    def __init__(self, folder: Path, database_url: str, **environment: str) -> None:
        """``database_url`` empty is SQLite."""
        super().__init__(folder, **{**PRODUCTION, "DATABASE_URL": database_url, **environment})
        self._database_url = database_url
        self.edge_ports: dict[str, int] = {}
        self.forms: list[dict[str, str]] = []

    def prepare(self, pages: int) -> None:
        """A site of that many articles, exported. The CMS runs afterwards."""
        self.manage("migrate", "--verbosity=0")
        self.shell(PAGES.format(site_url=self.site_url, pages=pages))
        self.start_cms()
        self.export()
        files = sorted(self.current.glob("care/article-*/index.html"))
        self.forms = [hidden_fields(file.read_text(encoding="utf-8")) for file in files]

    def start_cms(self) -> None:
        self.launch_cms()
        url = f"{self.cms_url}/healthz"
        wait_until(lambda: answers(url, self.processes["cms"]), f"the CMS to answer at {url}")

    def launch_cms(self) -> subprocess.Popen[bytes]:
        self.environment["CMS_BIND"] = f"127.0.0.1:{self.cms_port}"
        config = ["--config", "deploy/gunicorn.conf.py"]
        return self.launch("cms", ["-m", "gunicorn", *config, "cms.wsgi"])

    def launch_worker(self) -> subprocess.Popen[bytes]:
        return self.launch("worker", ["manage.py", "db_worker"])

    def launch_edge(
        self, name: str, *, module: tuple[str, ...] = ("frontend_export",)
    ) -> subprocess.Popen[bytes]:
        """At ``edge_url(name)``; ``module`` is what runs the command, with its arguments."""
        port = self.edge_ports.setdefault(name, free_port())
        return self.launch(name, ["-m", *module, "edge", "--port", str(port)])

    def edge_url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.edge_ports[name]}"

    def wait_for_edge(self, name: str) -> None:
        url = f"{self.edge_url(name)}/healthz"
        wait_until(lambda: answers(url, self.processes[name]), f"'{name}' to answer at {url}")

    def waiting(self, name: str) -> dict[str, Any]:
        """What the spool holds, by the edge's own account."""
        spool: dict[str, Any] = requests.get(f"{self.edge_url(name)}/readyz", timeout=30).json()[
            "spool"
        ]
        return spool

    def rows(self) -> list[Row]:
        query = f"SELECT {COLUMNS} FROM comments_readercomment ORDER BY id"
        if self._database_url:
            with psycopg.connect(self._database_url) as connection:
                found = connection.execute(query).fetchall()
        else:
            with closing(sqlite3.connect(self.folder / "cms" / "db.sqlite3")) as connection:
                found = connection.execute(query).fetchall()
        return [
            Row(number, name, text, str(page).replace("-", ""), *more)
            for number, name, text, page, *more in found
        ]

    def headers(self) -> dict[str, str]:
        """What a reader's browser says."""
        return {"origin": self.site_url, "sec_fetch_site": "same-origin"}


def hidden_fields(html: str) -> dict[str, str]:
    """What the comment form of a page sends without being asked."""
    soup = BeautifulSoup(html, "html.parser")
    found = soup.select("#comment-form input[type=hidden], #comment-trap")
    return {str(field["name"]): str(field.get("value", "")) for field in found}


def family(pid: int) -> list[int]:
    """A process and all that came from it, the oldest first."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it ended meanwhile
            children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += sorted(children.get(one, []))
    return found


def tell(pids: list[int], signal: int) -> None:
    """Send a signal to those that are still there."""
    for pid in pids:
        try:
            os.kill(pid, signal)
        except ProcessLookupError:
            continue
