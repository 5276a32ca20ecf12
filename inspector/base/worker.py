"""The only process for heavy Python work, which would block the loop."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from inspector.base.processes import end_with_parent, process_context

P = ParamSpec("P")
T = TypeVar("T")


MEMORY_BYTES = 4 * 2**30
"""Address space of the process, if the platform can limit it, so that a call cannot use up the memory."""

log = logging.getLogger(__name__)


class TooMuchWork(Exception):
    """Raised if a bounded call failed twice. `str(error)` is the reason, such as `it took longer than 30
    s`."""


class Worker:
    """A process for pure functions, started on first use.

    If a running call is cancelled, its process is replaced, and waiting calls run in the new one.
    """

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._is_closed = False
        self._turn = asyncio.Lock()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns, or raise what it raises. All arguments must be picklable."""
        work = partial(function, *args, **kwargs)
        async with self._turn:  # one at a time: cancelling a call must not kill the work of another
            try:
                return await self._run(work, None)
            except BrokenProcessPool:  # the process was killed, possibly not by this call
                return await self._run(work, None)

    async def run_bounded(
        self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run as `run` does, for work on a sender's data: at most `seconds`, with a second try if the first
        fails.

        Raises TooMuchWork if both runs took too long, ran out of memory or ended the process.
        """
        work = partial(function, *args, **kwargs)
        why = ""
        for _ in range(2):
            async with self._turn:  # released between the two runs for other calls
                try:
                    return await self._run(work, seconds)
                except TimeoutError:
                    why = f"it took longer than {seconds:g} s"
                except MemoryError:
                    why = "it needed more memory than available"
                except BrokenProcessPool:
                    why = "the worker process ended"
            log.info("%s: %s", getattr(function, "__qualname__", function), why)
        raise TooMuchWork(why)

    async def _run(self, work: Callable[[], T], seconds: float | None) -> T:
        if self._is_closed:
            raise asyncio.CancelledError
        if self._pool is None:
            context = await asyncio.to_thread(process_context)
            if self._is_closed:
                raise asyncio.CancelledError
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_start)
        try:
            future = self._pool.submit(work)
        except (OSError, EOFError) as error:  # the fork server has ended: the system has no process left
            self._kill()
            raise BrokenProcessPool("no process can be started") from error
        # WORKAROUND(Python 3.11): the thread that feeds the process keeps a copy of the last arguments,
        # possibly a body of 50 MiB, until the next call.
        with suppress(BrokenProcessPool):
            self._pool.submit(_nothing)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(future)
        except (asyncio.CancelledError, TimeoutError, MemoryError, BrokenProcessPool):
            self._kill()
            raise

    def close(self) -> None:
        """Kill the process. Later calls are cancelled."""
        self._is_closed = True
        self._kill()

    def _kill(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        # WORKAROUND(Python 3.11): before kill_workers of 3.14, the executor cannot end a busy process. So its
        # private list is used.
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)


def _nothing() -> None:
    """Do nothing. Calling it replaces the large arguments of the last call."""


def _limit_memory() -> None:
    """Limit the address space of this process, including reserved memory, if the platform supports it."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        bounds = [bound for bound in (soft, hard, MEMORY_BYTES) if bound != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min(bounds), hard))


def _start() -> None:
    """Prepare the process: leave Ctrl+C to the parent, limit its memory, and end with its parent."""
    end_with_parent()
    _limit_memory()
    # Searching for cycles in values with millions of parts, which have none, took half of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
