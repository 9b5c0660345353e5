"""Carries spooled comments to the CMS, in signed batches, until it has every one.

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
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import requests

from frontend_export.edge.metrics import Metrics
from frontend_export.edge.spool import (
    LONGEST_POSTPONEMENT_SECONDS,
    MOST_SENT_COMMENTS,
    Spool,
    SpoolError,
    Waiting,
)

logger = logging.getLogger(__name__)

PATH = "/api/comments/v1/"
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
IDLE_SECONDS = 0.25  # what another process took wakes nobody here
GATHERING_SECONDS = 0.05
FORGETTING_SECONDS = 60 * 60
DELIVERED_STATUSES = frozenset({200, 201})
FINAL_STATUSES = frozenset({400, 413, 422})


class Refused(Exception):  # noqa: N818 - reads as what happened
    """The CMS takes no such batch: one comment in it may be to blame, or their number."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer means for one comment, and why in words."""

    kind: Literal["delivered", "refused", "later"]
    reason: str = ""


def batch_body(batch: Iterable[Waiting]) -> bytes:
    """One comment a line; see the contract."""
    return b"".join(waiting.body + b"\n" for waiting in batch)


def signature_headers(id: str, body: bytes, *, key: str, now: float) -> dict[str, str]:
    """Headers that prove to the CMS who sends ``body``, and when; see the contract."""
    timestamp = str(int(now))
    digest = hmac.digest(key.encode(), f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/x-ndjson",
        "Plainleaf-Id": id,
        "Plainleaf-Timestamp": timestamp,
        "Plainleaf-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def outcomes_of(response: requests.Response, batch: Sequence[Waiting]) -> list[Outcome]:
    """What an answer means for each comment of a batch.

    Only the CMS itself can say that it has a comment, by its id, or refuse it for good, with a
    ``code``. Whatever a proxy in between answers, be it a redirect or a page that asks to log in,
    and a signature that does not match yet, is for later. Raises ``Refused`` where several came
    and the comments must be sent one by one to find out.
    """
    try:
        record = response.json()
    except (ValueError, RecursionError):
        record = None
    record = record if isinstance(record, dict) else {}
    results = record.get("results")
    if response.status_code == 200 and isinstance(results, list):
        by_id = {str(result.get("id")): result for result in results if isinstance(result, dict)}
        return [_outcome_of_result(by_id.get(waiting.id, {})) for waiting in batch]
    reason = _reason(response.status_code, record)
    is_malformed = response.status_code == 400 and record.get("code") == "malformed"
    if not (response.status_code == 413 or is_malformed):
        return [Outcome("later", reason)] * len(batch)
    if len(batch) > 1:
        raise Refused(reason)
    return [Outcome("refused" if isinstance(record.get("code"), str) else "later", reason)]


def _outcome_of_result(result: Mapping[str, object]) -> Outcome:
    status = result.get("status")
    if not isinstance(status, int):
        return Outcome("later", "the CMS did not say what became of it")
    if status in DELIVERED_STATUSES:
        return Outcome("delivered")
    is_final = status in FINAL_STATUSES and isinstance(result.get("code"), str)
    return Outcome("refused" if is_final else "later", _reason(status, result))


def _reason(status: int, record: Mapping[str, object]) -> str:
    code = record.get("code")
    more = f", '{code}': {record.get('message')}" if isinstance(code, str) else ""
    return f"the CMS answered {status}{more}"


class Forwarder:
    """One thread that empties the spool, and lets go of what its time is over.

    Of several processes on one spool, one forwards.
    """

    def __init__(
        self,
        spool: Spool,
        *,
        cms_url: str,
        keys: Sequence[str],
        timeout_seconds: float,
        replay_hours: int,
        network_days: int,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._spool = spool
        self._url = cms_url + PATH
        self._key = keys[0]
        self._timeout_seconds = timeout_seconds
        self._replay_hours = replay_hours
        self._network_days = network_days
        self._metrics = metrics
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
        """Finish the batch that is being sent; the others wait on disk."""
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
        forgotten_at = 0.0
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no .netrc between edge and CMS
            while not self._stopping.is_set():
                self._news.clear()
                batch: Sequence[Waiting] = ()
                try:
                    now = self._clock()
                    if abs(now - forgotten_at) >= FORGETTING_SECONDS:  # it may be set back too
                        self._spool.forget(
                            now=now,
                            replay_hours=self._replay_hours,
                            network_days=self._network_days,
                        )
                        forgotten_at = now
                    batch = self._spool.due(now)
                    has_moved = self._send(session, batch)
                except SpoolError as error:
                    logger.error("%s", error)
                    has_moved = False
                if has_moved:
                    failures = 0
                    if len(batch) < MOST_SENT_COMMENTS:
                        self._stopping.wait(GATHERING_SECONDS)  # many that come now go together
                elif batch:
                    failures += 1
                    self._stopping.wait(backoff_seconds(failures, most=LONGEST_PAUSE_SECONDS))
                else:
                    self._news.wait(IDLE_SECONDS)

    def _send(self, session: requests.Session, batch: Sequence[Waiting]) -> bool:
        """Whether any of these left the others' way."""
        whole = [waiting for waiting in batch if waiting.is_whole]
        damage = Outcome("refused", "its bytes are not those that were written: it is damaged")
        outcomes = [(waiting, damage) for waiting in batch if not waiting.is_whole]
        try:
            outcomes += zip(whole, self._asked(session, whole), strict=True) if whole else ()
        except Refused as refused:
            logger.warning("%d comments are sent one by one: %s", len(whole), refused)
            self._settle(outcomes)
            return self._send_apart(session, whole) or bool(outcomes)
        return self._settle(outcomes)

    def _send_apart(self, session: requests.Session, batch: Sequence[Waiting]) -> bool:
        """One by one, so that the comment which the CMS cannot take holds no other page."""
        has_moved = False
        held: set[str] = set()
        for waiting in batch:
            if waiting.page in held or self._stopping.is_set():
                continue
            if self._send(session, [waiting]):
                has_moved = True
            else:
                held.add(waiting.page)
        return has_moved

    def _asked(self, session: requests.Session, batch: Sequence[Waiting]) -> list[Outcome]:
        body = batch_body(batch)
        id = secrets.token_hex(16)
        try:
            response = session.post(
                self._url,
                data=body,
                headers=signature_headers(id, body, key=self._key, now=self._clock()),
                timeout=self._timeout_seconds,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            reason = f"the CMS could not be reached ({type(error).__name__})"
            return [Outcome("later", reason)] * len(batch)
        return outcomes_of(response, batch)

    def _settle(self, outcomes: Sequence[tuple[Waiting, Outcome]]) -> bool:
        """Write down what became of each; whether any of them waits no more."""
        if not outcomes:
            return False
        now = self._clock()
        delivered = [waiting.number for waiting, outcome in outcomes if outcome.kind == "delivered"]
        refused = [pair for pair in outcomes if pair[1].kind == "refused"]
        later = [pair for pair in outcomes if pair[1].kind == "later"]
        first_of_page = {waiting.page: waiting for waiting, _ in reversed(later)}
        self._spool.settle(
            delivered=delivered,
            parked={waiting.number: outcome.reason for waiting, outcome in refused},
            postponed={  # what follows on its page waits for it
                waiting.number: now
                + backoff_seconds(waiting.attempts + 1, most=LONGEST_POSTPONEMENT_SECONDS)
                for waiting in first_of_page.values()
            },
        )
        self._count("delivered", (waiting for waiting, one in outcomes if one.kind == "delivered"))
        self._count("parked", (waiting for waiting, _ in refused))
        self._count("postponed", first_of_page.values())
        for waiting, outcome in refused:
            logger.error(
                "%s %s is parked in '%s': %s",
                *(waiting.kind.capitalize(), waiting.id, self._spool.path, outcome.reason),
            )
        for reason, count in Counter(outcome.reason for _, outcome in later).items():
            logger.warning("Comments that wait: %d, because %s", count, reason)
        return len(later) < len(outcomes)

    def _count(self, became: str, lines: Iterable[Waiting]) -> None:
        for kind, count in Counter(waiting.kind for waiting in lines).items():
            self._metrics.count(
                f"plainleaf_comments_{became}_total", count, labels=f'kind="{kind}"'
            )


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
