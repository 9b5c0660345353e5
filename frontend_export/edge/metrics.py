"""What the edge counts of itself, as Prometheus reads it. No label names a page or a network."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping

COUNTERS = {
    "plainleaf_comments_accepted_total": "What readers sent and was put on disk, by its kind.",
    "plainleaf_comments_refused_total": "Posts that were answered with a refusal, by its status.",
    "plainleaf_comments_delivered_total": "What the CMS has, by its kind.",
    "plainleaf_comments_postponed_total": "Attempts after which it waits for another, by its kind.",
    "plainleaf_comments_parked_total": "What waits for a person, by its kind.",
}
HISTOGRAMS = {
    "plainleaf_comment_answer_seconds": (
        "From a request to its answer.",
        (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    ),
    "plainleaf_spool_commit_writes": (
        "What shared one wait for the disk.",
        (1, 2, 4, 8, 16, 32, 64, 128, 256),
    ),
}
GAUGES = {
    "plainleaf_spool_waiting": "Comments that wait for the CMS.",
    "plainleaf_spool_parked": "Comments that the CMS refused for good.",
    "plainleaf_spool_bytes": "The size of both.",
    "plainleaf_spool_used_ratio": "How near the spool is to its bounds, from 0 to 1.",
    "plainleaf_spool_oldest_seconds": "How long the oldest comment has waited.",
    "plainleaf_forwarder_running": "1 while comments are being forwarded.",
}


class Metrics:
    """Counted since the process started, by any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._buckets = {name: [0] * (len(bounds) + 1) for name, (_, bounds) in HISTOGRAMS.items()}
        self._sums = dict.fromkeys(HISTOGRAMS, 0.0)

    def count(self, name: str, amount: int = 1, *, labels: str = "") -> None:
        """``labels`` is as it is written, such as ``status="429"``."""
        with self._lock:
            self._counts[name, labels] += amount

    def observe(self, name: str, value: float) -> None:
        with self._lock:
            self._buckets[name][bisect_left(HISTOGRAMS[name][1], value)] += 1
            self._sums[name] += value

    def text(self, gauges: Mapping[str, float]) -> str:
        """All of it in Prometheus's text format 0.0.4, with what is known now of ``GAUGES``."""
        with self._lock:
            return "\n".join([*self._lines(gauges), ""])

    def _lines(self, gauges: Mapping[str, float]) -> Iterator[str]:
        for name, help in COUNTERS.items():
            yield from (f"# HELP {name} {help}", f"# TYPE {name} counter")
            labelled = {key: count for key, count in self._counts.items() if key[0] == name}
            for (_, labels), count in sorted(labelled.items()) or [((name, ""), 0)]:
                yield f"{name}{{{labels}}} {count}" if labels else f"{name} {count}"
        for name, (help, bounds) in HISTOGRAMS.items():
            yield from (f"# HELP {name} {help}", f"# TYPE {name} histogram")
            count = 0
            for bound, more in zip([*bounds, "+Inf"], self._buckets[name], strict=True):
                count += more
                yield f'{name}_bucket{{le="{bound}"}} {count}'
            yield from (f"{name}_sum {self._sums[name]}", f"{name}_count {count}")
        for name, help in GAUGES.items():
            if name in gauges:
                yield from (f"# HELP {name} {help}", f"# TYPE {name} gauge")
                yield f"{name} {gauges[name]}"
