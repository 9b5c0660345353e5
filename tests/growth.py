"""Whether work grows with the size of what it is given, or faster.

How long work takes says little in tests: machines differ, and others use them too. How much longer
it takes for eight times as much is a property of the code. What others do to a machine passes, so
the quickest of many rounds counts; a square stays one in each of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

TIMES_THE_SIZE = 8
MOST_TIMES_AS_LONG = 24  # a square would take 64 times as long
TICK_SECONDS = 0.005  # what a clock and a collection of garbage add to very little work
ROUNDS = 40


def assert_linear(work: Callable[[str], object], small: str, large: str) -> None:
    """``large`` is eight times ``small``: the work for it may take 24 times as long, not 64."""
    assert abs(len(large) - TIMES_THE_SIZE * len(small)) <= TIMES_THE_SIZE
    work(large)  # what is kept between calls
    shortest = longest = float("inf")
    for _ in range(ROUNDS):
        shortest = min(shortest, _seconds(work, small))
        longest = min(longest, _seconds(work, large))
        if longest < MOST_TIMES_AS_LONG * shortest + TICK_SECONDS:
            return
    raise AssertionError(
        f"{TIMES_THE_SIZE} times the size took {longest / shortest:.0f} times as long: "
        f"{shortest:.4f} and {longest:.4f} s of the processor, the best of {ROUNDS}."
    )


def _seconds(work: Callable[[str], object], text: str) -> float:
    start = time.thread_time()
    work(text)
    return time.thread_time() - start
