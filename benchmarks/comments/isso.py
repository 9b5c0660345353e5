"""Isso as its documentation serves it: gunicorn with two workers, SQLite, moderation as shipped."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comments.readers import MARK, Order
from benchmarks.scratch_cms import free_port, wait_until_ready

SETTINGS = """
[general]
dbpath = {database}
host = {site_url}
[guard]
enabled = false
"""
PAGE = "/care/article-0/"


@dataclass(frozen=True, slots=True)
class Isso:
    url: str
    process: subprocess.Popen[bytes]
    database: Path

    def order(self, *, readers: int, seconds: float, text: str) -> Order:
        """A title goes with the comment, or Isso would ask the site for it."""
        comment = {"author": f"Reader {MARK}", "email": None, "text": text, "title": "Article 0"}
        return Order(
            url=f"{self.url}/new?uri={PAGE}",
            headers={"Host": "localhost", "Content-Type": "application/json"},
            bodies=(json.dumps(comment),),
            readers=readers,
            seconds=seconds,
        )

    def stored(self) -> int:
        with closing(sqlite3.connect(self.database)) as connection:
            count: int = connection.execute("SELECT COUNT(*) FROM comments").fetchone()[0]
            return count


@contextmanager
def isso(folder: Path, *, env: Mapping[str, str]) -> Iterator[Isso]:
    folder.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings, database = folder / "isso.cfg", folder / "comments.db"
    settings.write_text(SETTINGS.format(database=database, site_url=url))
    command = [sys.executable, "-m", "gunicorn", "isso.run", "--workers", "2"]
    command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    log = folder / "isso.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**env, "ISSO_SETTINGS": str(settings)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_ready(f"{url}/info", process, log)
        yield Isso(url, process, database)
    finally:
        process.terminate()
        process.wait(timeout=30)
