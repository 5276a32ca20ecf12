"""Blocking calls in a thread that may be left behind: a reader or writer that never answers ends nothing.

Not the loop's executor, for whose threads Python waits before it ends.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from inspector.base.errors import InspectorError

T = TypeVar("T")


async def in_own_thread(work: Callable[[], T]) -> T:
    """What `work` returns or raises. If the wait is cancelled, the thread is left to itself."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def attempt() -> None:
        try:
            result = work()
        except Exception as error:
            _tell(loop, done, done.set_exception, error)
        else:
            _tell(loop, done, done.set_result, result)

    threading.Thread(target=attempt, name="blocking call", daemon=True).start()
    return await done


def standard_input() -> bytes:
    """All of it; raises InspectorError where there is none. Read past Python's buffer, whose lock a
    thread that is left behind would hold at the end of the process."""
    if sys.stdin is None or sys.stdin.closed:
        raise InspectorError("Standard input is closed; name a file instead.")
    raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    try:
        data: bytes = raw.read()
    except OSError as error:
        raise InspectorError(f"Cannot read standard input: {error.strerror}.") from error
    return data


def _tell(
    loop: asyncio.AbstractEventLoop, done: asyncio.Future[T], settle: Callable[[Any], None], value: Any
) -> None:
    def arrive() -> None:
        if not done.done():
            settle(value)

    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(arrive)
