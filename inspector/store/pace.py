"""Long work on the file in short transactions, so that whoever captures never waits for it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from inspector.store.store import Store

T = TypeVar("T")

STEP_S = 0.002
"""How long one transaction may work, its sync to the disk not counted."""
_FIRST, _MOST = 16, 4_096


class Pace:
    """How much is done at a time follows from how long the last took."""

    def __init__(self, store: Store, step_s: float = STEP_S) -> None:
        self.size = _FIRST
        """How many rows the next transaction may change."""
        self._store = store
        self._step_s = step_s

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """What `job` returns, committed; it should change `size` rows at most."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        result = await self._store.write(lambda connection: self._timed(connection, job))
        # Two processes take turns by chance alone: the one that is in no hurry leaves the file for as
        # long as it had it.
        await asyncio.sleep(0 if self._store.is_listener else loop.time() - started)
        return result

    def _timed(self, connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]) -> T:
        started = time.perf_counter()
        result = job(connection)
        taken = time.perf_counter() - started
        if taken > self._step_s:
            self.size = max(1, self.size // 2)
        elif taken < self._step_s / 2:
            self.size = min(_MOST, self.size * 2)
        return result
