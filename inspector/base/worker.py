"""The one process for heavy Python work, so that no computation ever stalls the loop."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """Runs pure functions in one other process, started when first needed.

    A call that is cancelled while it computes has its process killed and replaced; the other
    waiting calls are run again in the new one.
    """

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._is_closed = False
        self._turn = asyncio.Lock()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns or raises; it and its arguments must be picklable."""
        async with self._turn:  # one at a time, so that a cancelled call kills no other's work
            for attempt in (1, 2):
                if self._is_closed:
                    raise asyncio.CancelledError
                if self._pool is None:
                    self._pool = _new_pool()
                future = self._pool.submit(function, *args, **kwargs)
                try:
                    return await asyncio.wrap_future(future)
                except asyncio.CancelledError:
                    self._kill()
                    raise
                except BrokenProcessPool:  # the process died under us: out of memory, or killed
                    self._kill()
                    if attempt == 2:
                        raise
            raise AssertionError

    def close(self) -> None:
        """End the process, whatever it is doing; no call is taken after it."""
        self._is_closed = True
        self._kill()

    def _kill(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        # WORKAROUND(Python 3.11): the executor has no way to end a busy process (3.14 brings
        # kill_workers), hence its private list.
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)


def _new_pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn"), initializer=_start, initargs=(os.getpid(),)
    )


def _start(parent: int) -> None:
    """Ctrl+C reaches the whole process group: only the parent decides. End with it if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Large values of millions of parts and no cycles: looking for these was half of the work on them.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.name == "posix":
        threading.Thread(target=watch, name="parent-watch", daemon=True).start()
