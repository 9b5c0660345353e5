"""A reader's network becomes a hash that tells comments apart and nobody where they came from.

The key of the hash is a salt of the spool's, another one each week. Once it is deleted, nobody can
find the network by trying them all, of which there are few.
"""

from __future__ import annotations

import hashlib
import logging

from frontend_export.edge.spool import WEEK_SECONDS, Spool, SpoolError
from frontend_export.edge.visitor import UNKNOWN_ADDRESS

logger = logging.getLogger(__name__)

HASH_BYTES = 8


class NetworkHash:
    """For any number of threads; of several processes on one spool, each gives the same."""

    def __init__(self, spool: Spool, *, days: int) -> None:
        """``days`` is how long a salt is kept; 0 is no hash at all."""
        self._spool = spool
        self._days = days
        self._salts: dict[int, bytes] = {}

    def of(self, network: str, now: float) -> str:
        """16 hex digits, or ``""`` where the network or its salt is not known."""
        return self.within_ids(network, now) if self._days else ""

    def within_ids(self, network: str, now: float) -> str:
        """The same, also where no hash is to be kept: an id says nothing once the salt is gone."""
        if network == UNKNOWN_ADDRESS or (salt := self._salt(int(now // WEEK_SECONDS))) is None:
            return ""
        return hashlib.blake2b(network.encode(), key=salt, digest_size=HASH_BYTES).hexdigest()

    def _salt(self, week: int) -> bytes | None:
        """The one wait for the disk in a week. Two are kept for the turn of the week."""
        if (salt := self._salts.get(week)) is not None:
            return salt
        try:
            salt = self._spool.salt(week)
        except SpoolError as error:
            logger.error("%s", error)
            return None
        self._salts = {known: self._salts[known] for known in self._salts if abs(known - week) == 1}
        self._salts[week] = salt
        return salt
