"""Reads that belong together and that one call interrupts."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from typing import TypeVar

from inspector.store.store import Store

T = TypeVar("T")

_AGAIN_S = 0.01


class Stopped(Exception):
    """The reads were stopped, or the store was closed."""


class InterruptibleReads:
    """Runs reads in the threads of the store until they are stopped."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._busy: set[sqlite3.Connection] = set()
        self._is_stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._is_stopped

    @property
    def is_busy(self) -> bool:
        """Whether a read runs now."""
        return bool(self._busy)

    def stop(self) -> None:
        """Interrupt the running reads and refuse further ones. To be called on the loop."""
        with self._guard:
            self._is_stopped = True
            for connection in self._busy:
                connection.interrupt()
            if self._busy:  # a statement that is just about to begin does not notice
                asyncio.get_running_loop().call_later(_AGAIN_S, self.stop)

    async def fetch(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `query`, from a thread. Raises Stopped if it is interrupted."""

        def read(connection: sqlite3.Connection) -> T:
            with self._guard:
                if self._is_stopped:
                    raise Stopped
                self._busy.add(connection)
            try:
                return query(connection)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    raise Stopped from error
                raise
            finally:
                # Under the guard, so that no other query of this connection is ever interrupted.
                with self._guard:
                    self._busy.discard(connection)

        return await self._store.fetch(read)
