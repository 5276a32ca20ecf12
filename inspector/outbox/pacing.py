"""The timing of deliveries: at their scheduled times, and not during a pause.

Deadlines are absolute, so errors do not add up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

NEAR_S = 0.04
"""Below this, a timer is set to the exact time. Qt's timers may be off by 5 %."""
SLICE_S = 0.1
"""Maximum sleep before the remaining time is checked again."""
EARLY_S = 0.1
"""How long before its time a delivery is claimed. A commit takes a few milliseconds."""
NEARBY_S = 0.25
"""Deliveries that leave within this time are claimed together."""
_LATE_S = 0.5
"""Above this lateness, the target is too slow for the schedule, which no longer shows the time left."""


class Pacing:
    """The clock of one dispatcher."""

    def __init__(self) -> None:
        self._paused_since: float | None = None
        self.begin()

    def begin(self, *, is_paced: bool = False, first_ms: int = 0) -> None:
        """Start the clock. With `is_paced`, the delivery scheduled at `first_ms` leaves at once."""
        self._is_paced = is_paced
        self._first_ms = first_ms
        self._lead_s = EARLY_S if is_paced else 0.0
        self._began = time.monotonic()
        self._base = self._began + self._lead_s
        self._paused_s = 0.0
        if self._paused_since is not None:
            self._paused_since = self._began

    @property
    def is_paused(self) -> bool:
        """Whether nothing may leave."""
        return self._paused_since is not None

    def pause(self) -> None:
        """Hold all deliveries until `resume`."""
        if self._paused_since is None:
            self._paused_since = time.monotonic()

    def resume(self) -> None:
        """End a pause. The times of the remaining deliveries move by its length."""
        if self._paused_since is not None:
            paused_s = time.monotonic() - self._paused_since
            self._base += paused_s + self._lead_s
            self._paused_s += paused_s
            self._paused_since = None

    def late_s(self, at_ms: int | None) -> float:
        """Return how late a delivery is, negative before its time, or 0 if it has no time."""
        return 0.0 if at_ms is None else time.monotonic() - self._moment(at_ms)

    def is_near(self, at_ms: int | None) -> bool:
        """Return whether a delivery leaves soon."""
        return at_ms is None or self._moment(at_ms) - time.monotonic() < NEARBY_S

    def until_near_s(self, at_ms: int | None) -> float | None:
        """Return the time until a delivery must be claimed or checked again, or None if it has no time."""
        if at_ms is None:
            return None
        return min(SLICE_S, max(0.0, self._moment(at_ms) - EARLY_S - time.monotonic()))

    def seconds_left(self, *, done: int, total: int, times_ms: Sequence[int]) -> float | None:
        """Return the time left, from the schedule `times_ms` if it is met, otherwise at the rate so far."""
        is_on_time = not times_ms or self.late_s(times_ms[min(done, len(times_ms) - 1)]) < _LATE_S
        if self._is_paced and times_ms and is_on_time:
            return max(0.0, -self.late_s(times_ms[-1]))
        spent_s = time.monotonic() - self._began - self._paused_s
        return (total - done) * spent_s / done if done else None

    def _moment(self, at_ms: int) -> float:
        return self._base + (at_ms - self._first_ms) / 1000
