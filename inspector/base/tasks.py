"""Background tasks that are kept alive, named, and whose failures are never silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from inspector.base.log import log_failure

T = TypeVar("T")

log = logging.getLogger(__name__)


class Tasks:
    """The tasks of one owner. Each is referenced until it ends and logged if it fails."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, coro: Coroutine[Any, Any, T], name: str, *, is_awaited: bool = False) -> asyncio.Task[T]:
        """Start `coro` on the running loop; a failure is logged under `name`.

        With `is_awaited` the caller awaits the task and handles its failure. If the caller never does, it
        is logged by asyncio.
        """
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard if is_awaited else self._ended)
        return task

    async def cancel_all(self) -> None:
        """Cancel what still runs and wait until it has ended; called from outside of these tasks."""
        running = [task for task in self._running if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failure(log, f"task {task.get_name()}", error)
