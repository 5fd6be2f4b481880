"""How fast somebody may go on: a burst at once, then so many a second, and who is faster waits."""

from __future__ import annotations

import time
from collections.abc import Callable

LONGEST = 10.0  # s


class Pace:
    """A token bucket that may be overdrawn: `delay()` books one more and returns the seconds to wait, at most ten.

    >>> pace = Pace(rate=2, burst=3, clock=lambda: 0.0)
    >>> [pace.delay() for _ in range(5)]
    [0.0, 0.0, 0.0, 0.5, 1.0]
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        self.left, self.seen = float(burst), clock()

    def delay(self) -> float:
        """Book one; returns s."""
        now = self.clock()
        self.left = max(min(self.burst, self.left + (now - self.seen) * self.rate) - 1, -LONGEST * self.rate)
        self.seen = now
        return max(0.0, -self.left / self.rate)
