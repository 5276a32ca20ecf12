"""One timer for many waits.

`asyncio.timeout` starts a timer for each wait, and on Qt's loop one that was cancelled lives on until
its time has come: at 3,000 requests a second and 30 seconds each, 90,000 of them.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

_LONGEST_SLEEP_S = 1.0
"""Short, so that the timer need not be replaced for a wait that ends before the one it was set for."""


class DeadlineTimer:
    """Ends a wait of its task by TimeoutError; one wait at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] | None = None
        self._due = 0.0
        self._cancels_before = 0
        self._has_rung = False
        self._timer: asyncio.Handle | None = None
        self._wakes = 0.0

    def within(self, seconds: float) -> DeadlineTimer:
        """For `with`: raise TimeoutError if the block is not left within `seconds`; not to be nested."""
        self._due = self._loop.time() + seconds
        return self

    def __enter__(self) -> None:
        task = asyncio.current_task()
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
        # Our own cancelling becomes a TimeoutError, unless somebody else cancelled the task as well.
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
