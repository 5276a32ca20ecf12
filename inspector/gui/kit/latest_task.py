"""Work for what is shown now: starting another gives up the one before."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from inspector.base.tasks import Tasks


class LatestTask:
    """One piece of work at a time, such as reading the capture that was chosen last."""

    def __init__(self, tasks: Tasks, name: str) -> None:
        self._tasks = tasks
        self._name = name
        self._task: asyncio.Task[Any] | None = None

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do `work` in place of what is still being done."""
        self.cancel()
        self._task = self._tasks.spawn(work, self._name)

    def cancel(self) -> None:
        """Give up what is being done, if anything is."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
