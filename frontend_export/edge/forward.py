"""Carries spooled comments to the CMS, signed, until it has every one.

At least once from here, at most once there: the CMS knows a comment by its id. Comments of one
page arrive in the order readers sent them.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import requests

from frontend_export.edge.spool import Spool, SpoolError, Waiting

logger = logging.getLogger(__name__)

PATH = "/api/comments/v1/"
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
LONGEST_POSTPONEMENT_SECONDS = 60.0
IDLE_SECONDS = 1.0
DELIVERED_STATUSES = frozenset({200, 201})
FINAL_STATUSES = frozenset({400, 404, 413, 422})

Outcome = Literal["delivered", "refused", "later"]


def signature_headers(id: str, body: bytes, *, key: str, now: float) -> dict[str, str]:
    """Headers that prove to the CMS who sends ``body``, and when; see the contract."""
    timestamp = str(int(now))
    digest = hmac.digest(key.encode(), f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "Plainleaf-Id": id,
        "Plainleaf-Timestamp": timestamp,
        "Plainleaf-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def outcome_of(response: requests.Response, *, id: str) -> tuple[Outcome, str]:
    """What an answer means for the comment of this ``id``, and why in words.

    Only the CMS itself can say that it has the comment, by its id, or refuse it for good, with a
    ``code``. Whatever a proxy in between answers, be it a redirect or a page that asks to log in,
    and a signature that does not match yet, is for later.
    """
    try:
        record = response.json()
    except ValueError:
        record = None
    if not isinstance(record, dict):
        record = {}
    if response.status_code in DELIVERED_STATUSES and record.get("id") == id:
        return "delivered", ""
    message = f"the CMS answered {response.status_code}"
    if isinstance(record.get("code"), str):
        message = f"{message}, '{record['code']}': {record.get('message')}"
        if response.status_code in FINAL_STATUSES:
            return "refused", message
    return "later", message


class Forwarder:
    """One thread that empties the spool. Of several processes on one spool, one forwards."""

    def __init__(
        self,
        spool: Spool,
        *,
        cms_url: str,
        keys: Sequence[str],
        timeout_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._spool = spool
        self._url = cms_url + PATH
        self._key = keys[0]
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name="comment-forwarder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def wake(self) -> None:
        """A comment came in: send it now."""
        self._news.set()

    def stop(self) -> None:
        """Finish the comment that is being sent; the others wait on disk."""
        self._stopping.set()
        self._news.set()
        self._thread.join(self._timeout_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with only_forwarder(self._spool.path.with_suffix(".forwarder")) as is_ours:
                if is_ours:
                    self._forward()
            self._stopping.wait(IDLE_SECONDS)

    def _forward(self) -> None:
        failures = 0
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no .netrc between edge and CMS
            while not self._stopping.is_set():
                self._news.clear()
                try:
                    due = self._spool.due(self._clock(), most=1)
                    delivered = self._send(session, due[0]) if due else None
                except SpoolError as error:
                    logger.error("%s", error)
                    delivered = False
                if delivered is None:
                    self._news.wait(IDLE_SECONDS)
                elif delivered:
                    failures = 0
                else:
                    failures += 1
                    self._stopping.wait(backoff_seconds(failures, most=LONGEST_PAUSE_SECONDS))

    def _send(self, session: requests.Session, waiting: Waiting) -> bool:
        now = self._clock()
        if not waiting.is_whole:
            self._park(waiting, "its bytes are not those that were written: it is damaged", now=now)
            return True
        try:
            response = session.post(
                self._url,
                data=waiting.body,
                headers=signature_headers(waiting.id, waiting.body, key=self._key, now=now),
                timeout=self._timeout_seconds,
                allow_redirects=False,
            )
            outcome, reason = outcome_of(response, id=waiting.id)
        except requests.RequestException as error:
            outcome, reason = "later", f"the CMS could not be reached ({type(error).__name__})"
        if outcome == "delivered":
            self._spool.settle(delivered=[waiting.number], now=now)
            return True
        if outcome == "refused":
            self._park(waiting, reason, now=now)
            return True
        seconds = backoff_seconds(waiting.attempts + 1, most=LONGEST_POSTPONEMENT_SECONDS)
        self._spool.settle(postponed={waiting.number: now + seconds}, now=now)
        logger.warning(
            "Comment %s waits %.1f s after attempt %d: %s",
            waiting.id,
            seconds,
            waiting.attempts + 1,
            reason,
        )
        return False

    def _park(self, waiting: Waiting, reason: str, *, now: float) -> None:
        self._spool.settle(parked={waiting.number: reason}, now=now)
        logger.error("Comment %s is parked in '%s': %s", waiting.id, self._spool.path, reason)


def backoff_seconds(attempts: int, *, most: float) -> float:
    """Twice as long after each attempt, up to ``most``; spread so that many do not come at once."""
    longest = min(most, FIRST_PAUSE_SECONDS * 2 ** min(attempts, 20))
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, protects nothing


@contextmanager
def only_forwarder(path: Path) -> Iterator[bool]:
    """Whether this process holds the lock; the system frees it when a holder dies."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
