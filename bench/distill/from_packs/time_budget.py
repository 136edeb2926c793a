"""The time that a command may take."""

from __future__ import annotations

import time
from collections.abc import Callable


class TimeBudget:
    """Counts the time from when it is made.

    Args:
        seconds: All the time there is.
        now: Seconds of a clock that never goes back.

    Attributes:
        seconds: All the time there is.
        stopped: Whether ``stop`` was called.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._now = now
        self._began = now()
        self.stopped = False

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return self._now() - self._began

    def left(self, share: float = 1.0) -> float:
        """Return the seconds until ``share`` of all the time is spent; 0 after ``stop``."""
        return 0.0 if self.stopped else max(0.0, self.seconds * share - self.spent)

    def stop(self) -> None:
        """End the time now."""
        self.stopped = True
