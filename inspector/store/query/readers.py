"""Long reads, in threads with read-only connections."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from inspector.base.errors import BusyError
from inspector.store.file.database import connect
from inspector.store.file.disk_errors import Health

T = TypeVar("T")

AT_ONCE = 4
"""Maximum number of concurrent reads. Further ones wait."""
_CLOSED = "The store is closed; start Webhook Inspector again."


class Readers:
    """The connections of long reads. Idle ones are reused."""

    def __init__(self, path: Path, health: Health) -> None:
        self._path = path
        self._health = health
        # Not the threads of the loop, which can be blocked until a name server responds.
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="store-reader")
        self._guard = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._busy: set[sqlite3.Connection] = set()
        self._outdated: set[sqlite3.Connection] = set()
        """Busy connections that are closed after their read."""
        self._running: set[asyncio.Future[Any]] = set()
        self._is_closed = False

    async def fetch(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `query`, run in a thread."""
        if self._is_closed:
            raise BusyError(_CLOSED)

        def work() -> T:
            with self._health.in_words():
                connection = self._take()
                try:
                    return query(connection)
                finally:
                    self._put_back(connection)

        # A cancelled caller leaves its thread running, and `close` must wait for it.
        running: asyncio.Future[T] = asyncio.get_running_loop().run_in_executor(self._threads, work)
        self._running.add(running)
        running.add_done_callback(self._ended)
        return await asyncio.shield(running)

    def forget(self) -> None:
        """Close all open connections, the busy ones after their read."""
        with self._guard:
            idle, self._idle = self._idle, []
            self._outdated |= self._busy
        for connection in idle:
            connection.close()

    async def wait(self) -> None:
        """Wait for all current reads to end."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def close(self) -> None:
        """Interrupt running reads, and close all connections."""
        with self._guard:
            self._is_closed = True
            for connection in self._busy:
                connection.interrupt()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._threads.shutdown()
        for connection in self._idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            if self._is_closed:
                raise BusyError(_CLOSED)
            connection = self._idle.pop() if self._idle else connect(self._path, read_only=True)
            self._busy.add(connection)
            return connection

    def _put_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            self._busy.discard(connection)
            if connection in self._outdated:
                self._outdated.discard(connection)
                connection.close()
            else:
                self._idle.append(connection)

    def _ended(self, running: asyncio.Future[Any]) -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # its caller has the error, or was cancelled
