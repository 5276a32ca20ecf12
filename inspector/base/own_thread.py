"""Blocking calls in a thread that may be left behind: a reader or writer that never answers ends nothing.

Not the loop's executor, for whose threads Python waits before it ends.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


async def in_own_thread(work: Callable[[], T]) -> T:
    """What `work` returns or raises. If the wait is cancelled, the thread is left to itself."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    threading.Thread(target=partial(_attempt, work, loop, done), name="blocking call", daemon=True).start()
    return await done


class OwnThread:
    """One such thread for many calls, one after another; each waits for those before it."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        # A thread a call would make the loop wait each time until the new one has had its first turn.
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def run(self, work: Callable[[], T]) -> T:
        """As `in_own_thread`."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(partial(_attempt, work, loop, done))
        return await done

    def _work(self) -> None:
        while True:
            self._jobs.get()()


def _attempt(work: Callable[[], T], loop: asyncio.AbstractEventLoop, done: asyncio.Future[T]) -> None:
    try:
        result = work()
    except Exception as error:
        _tell(loop, done, done.set_exception, error)
    else:
        _tell(loop, done, done.set_result, result)


def _tell(
    loop: asyncio.AbstractEventLoop, done: asyncio.Future[T], settle: Callable[[Any], None], value: Any
) -> None:
    def arrive() -> None:
        if not done.done():
            settle(value)

    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(arrive)
