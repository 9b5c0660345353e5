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
        self._week = -1
        self._salt = b""

    def of(self, network: str, now: float) -> str:
        """16 hex digits, or ``""`` where the network or its salt is not known."""
        if not self._days or network == UNKNOWN_ADDRESS:
            return ""
        week = int(now // WEEK_SECONDS)
        if week != self._week:  # the one wait for the disk in a week
            try:
                self._salt, self._week = self._spool.salt(week), week
            except SpoolError as error:
                logger.error("%s", error)
                return ""
        keyed = hashlib.blake2b(network.encode(), key=self._salt, digest_size=HASH_BYTES)
        return keyed.hexdigest()
