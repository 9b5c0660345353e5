"""How many comments one network, or all of them, may send in a minute."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from math import ceil

WINDOW_SECONDS = 60.0
MOST_NETWORKS = 10_000


class RateLimit:
    """Counts in memory, forgetting the network that was quiet longest beyond ``MOST_NETWORKS``.

    For any number of threads.
    """

    def __init__(self, most: int) -> None:
        """``most`` is a window's number of comments for each network; 0 is no limit."""
        self.most = most
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_seconds(self, network: str, now: float) -> int:
        """0, counting this comment, or the whole seconds until the next one may come."""
        if not self.most:
            return 0
        with self._lock:
            return self._counted(network, now)

    def _counted(self, network: str, now: float) -> int:
        times = self._times.setdefault(network, deque())
        self._times.move_to_end(network)
        if len(self._times) > MOST_NETWORKS:
            self._times.popitem(last=False)
        while times and not now - WINDOW_SECONDS < times[0] <= now:  # a clock may be set back
            times.popleft()
        if len(times) >= self.most:
            return max(1, ceil(times[0] + WINDOW_SECONDS - now))
        times.append(now)
        return 0
