"""How many comments one network, or all of them, may send in a minute.

What came in the last minute is counted in the spool, so that several processes share one limit and
a restart forgets none. Networks stand there as the hash that tells them apart and names none.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from math import ceil

WINDOW_SECONDS = 60.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS recent (kind TEXT NOT NULL, network TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS recent_of_network ON recent (kind, network, at);
CREATE INDEX IF NOT EXISTS recent_at ON recent (at);
"""
COUNT = "SELECT COUNT(*), MIN(at) FROM recent WHERE kind = ?"


class Flood(Exception):  # noqa: N818 - reads as the reason it is
    """Too many came, from one network or from all; ``seconds`` until the next one may come."""

    def __init__(self, seconds: int, *, of_network: bool) -> None:
        super().__init__(f"The next one may come in {seconds} seconds.")
        self.seconds = seconds
        self.of_network = of_network


@dataclass(frozen=True, slots=True)
class RateLimit:
    """For one ``kind`` of thing that readers send. A number of 0 is no limit."""

    kind: str
    of_network: int
    of_site: int

    def admit(self, connection: sqlite3.Connection, network: str, now: float) -> None:
        """Count one more, in the caller's transaction, or raise ``Flood`` and count none.

        The network is asked first, so that one which floods does not use up what all share.
        """
        if not (self.of_network or self.of_site):
            return
        forget(connection, now)
        for most, which, values in (
            (self.of_network, " AND network = ?", (self.kind, network)),
            (self.of_site, "", (self.kind,)),
        ):
            count, oldest = connection.execute(COUNT + which, values).fetchone()
            if most and count >= most:
                seconds = max(1, ceil(oldest + WINDOW_SECONDS - now))
                raise Flood(seconds, of_network=bool(which))
        connection.execute("INSERT INTO recent VALUES (?, ?, ?)", (self.kind, network, now))


def forget(connection: sqlite3.Connection, now: float) -> None:
    """Let go of what came before the last minute, or by a clock that was set back since."""
    connection.execute(
        "DELETE FROM recent WHERE at <= ? OR at > ?", (now - WINDOW_SECONDS, now + WINDOW_SECONDS)
    )
