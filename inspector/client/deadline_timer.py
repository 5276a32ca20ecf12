"""One timer for many waits.

`asyncio.timeout` starts a timer for each wait. On Qt's loop, a cancelled timer exists until it is due. With
3,000 requests per second and 30 seconds each, that would be 90,000 timers.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

_LONGEST_SLEEP_S = 1.0
"""Short, so that an earlier deadline rarely replaces the timer."""


class DeadlineTimer:
    """A timer that ends a wait with TimeoutError. There is one wait at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] | None = None
        self._due = 0.0
        self._cancels_before = 0
        self._has_rung = False
        self._timer: asyncio.Handle | None = None
        self._wakes = 0.0

    def within(self, seconds: float) -> DeadlineTimer:
        """Raise TimeoutError if the `with` block takes longer than `seconds`. Do not nest it."""
        self._due = self._loop.time() + seconds
        return self

    def __enter__(self) -> None:
        task = asyncio.current_task(self._loop)
        assert task is not None
        self._task, self._cancels_before, self._has_rung = task, task.cancelling(), False
        if self._timer is None or self._due < self._wakes:
            self.close()
            self._sleep()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        assert task is not None
        # Turn our own cancellation into a TimeoutError, unless the task was also cancelled elsewhere.
        is_ours = isinstance(error, asyncio.CancelledError) and self._has_rung
        if is_ours and task.uncancel() <= self._cancels_before:
            raise TimeoutError from None

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sleep(self) -> None:
        now = self._loop.time()
        self._wakes = min(max(self._due, now), now + _LONGEST_SLEEP_S)
        self._timer = self._loop.call_later(self._wakes - now, self._wake)

    def _wake(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if self._loop.time() < self._due:
            self._sleep()
        else:
            self._has_rung = True
            self._task.cancel()
