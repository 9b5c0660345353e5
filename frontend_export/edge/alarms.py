"""What an operator should mend, with which the edge works all the same: told once, and kept."""

from __future__ import annotations

import logging
import threading

logger = logging.getLogger(__name__)


class Alarms:
    """Sentences since the process started. For any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._raised: dict[str, None] = {}

    def ring(self, sentence: str) -> None:
        """Log it, unless it was said before."""
        with self._lock:
            is_new = sentence not in self._raised
            self._raised[sentence] = None
        if is_new:
            logger.warning("%s", sentence)

    def raised(self) -> list[str]:
        with self._lock:
            return list(self._raised)
