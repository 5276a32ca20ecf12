"""Background work: named tasks whose failures are logged, time slices on the loop, and threads."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from inspector.base.errors import BusyError
from inspector.base.log import log_failure

T = TypeVar("T")

SLICE_S = 0.002
"""Maximum seconds that one piece of work uses the loop before other work runs."""
RETRY_INTERVAL_S = 1.0

log = logging.getLogger(__name__)


class Tasks:
    """The tasks of one owner. Each is referenced until it ends and logged if it fails."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, coro: Coroutine[Any, Any, T], name: str, *, is_awaited: bool = False) -> asyncio.Task[T]:
        """Start `coro` on the running loop; a failure is logged under `name`.

        With `is_awaited`, the caller awaits the task and handles its failure. If it never does, asyncio logs
        the failure.
        """
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard if is_awaited else self._ended)
        return task

    async def cancel_all(self) -> None:
        """Cancel the running tasks and wait for their end. Do not call this within one of them."""
        running = [task for task in self._running if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failure(log, f"task {task.get_name()}", error)


class Slices:
    """Slices of `SLICE_S` seconds for long work on the loop. The first begins immediately."""

    def __init__(self, pause_s: float = 0.0) -> None:
        """`pause_s` is the time between two slices. With 0, the next one can begin before a timer is due."""
        self._pause_s = pause_s
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + SLICE_S

    async def pause(self) -> None:
        """Let the loop run other work if the slice is over."""
        if self._loop.time() > self._until:
            await asyncio.sleep(self._pause_s)
            self._until = self._loop.time() + SLICE_S


@contextmanager
def keep_cancellation() -> Iterator[None]:
    """Raise CancelledError after the block if the task was cancelled in it, and a library dropped that.

    WORKAROUND(Python 3.11): `asyncio.wait_for` drops a cancellation at the moment when its work ends.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    try:
        yield
    except Exception as error:
        if task.cancelling() > before:
            raise asyncio.CancelledError from error
        raise
    if task.cancelling() > before:
        raise asyncio.CancelledError


async def in_own_thread(work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises. A cancelled wait abandons the thread.

    Python waits for the threads of the loop's executor before it ends, but not for this one: a read or write
    that never returns does not keep the program running.
    """
    done = _running_future()
    threading.Thread(target=_fulfil, args=(done, work), name="blocking call", daemon=True).start()
    return await asyncio.wrap_future(done)


class OwnThread:
    """One such thread for many calls. They run one after another, even if their callers are cancelled."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # With one thread per call, the loop would wait until each new thread is scheduled.
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def run(self, work: Callable[[], T]) -> T:
        """Run as `in_own_thread` does."""
        done = _running_future()
        self._jobs.put(partial(_fulfil, done, work))
        return await asyncio.wrap_future(done)

    def _work(self) -> None:
        while True:
            self._jobs.get()()


def _running_future() -> Future[Any]:
    """Return a future that cannot be cancelled, because its work runs in any case."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def _fulfil(done: Future[Any], work: Callable[[], Any]) -> None:
    try:
        result = work()
    except Exception as error:
        done.set_exception(error)
    else:
        done.set_result(result)


async def retry_while_busy(work: Callable[[], Awaitable[T]]) -> T:
    """Return what `work()` returns. While it raises BusyError, call it again every second.

    Only for work that no user waits for. Users get the error and can retry.
    """
    while True:
        try:
            return await work()
        except BusyError as error:
            log.info("background work waits: %s", error)
        await asyncio.sleep(RETRY_INTERVAL_S)
