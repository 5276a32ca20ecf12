"""A filter asked of a whole file, newest captures first: in slices, by two threads, until it is stopped."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from array import array
from collections import deque
from collections.abc import AsyncGenerator
from functools import partial

from inspector.base.tasks import Tasks
from inspector.domain.query import Node
from inspector.domain.query.scope import Scope
from inspector.store.query.interruptible import InterruptibleReads, Stopped
from inspector.store.query.selection import ids_between, where
from inspector.store.store import Store

AT_ONCE = 2
"""Slices under way; SQLite lets go of the interpreter lock while it looks."""
FIRST = 2_000
"""Ids of the first slice, so that something is to be seen at once."""
SLICE_S = 0.03
"""What a slice should take: a longer one would not be interrupted soon, nor tell what it found."""
MOST = 50_000
"""Ids of a slice that found some: to read them takes about 2 ms of Python."""


class Search:
    """What scope and query choose, as of the moment the search begins. It runs once."""

    def __init__(self, store: Store, scope: Scope, query: Node) -> None:
        self.newest = 0
        """The newest capture there was when it began, once the first part is there; later ones are not
        looked at."""
        self.is_whole = False
        """It came to its end, and everything that matches was found."""
        self._store = store
        self._chosen = where(scope, query)
        self._size = FIRST
        self.reads = InterruptibleReads(store)

    def stop(self) -> None:
        """Find nothing more: what runs is interrupted at once, and `parts` ends. Called on the loop."""
        self.reads.stop()

    async def parts(self) -> AsyncGenerator[array[int], None]:
        """Ids in parts, newest first, none of them empty."""
        oldest, self.newest = await self._store.fetch(self._span)
        high = self.newest
        tasks = Tasks()
        running: deque[asyncio.Task[array[int]]] = deque()
        try:
            while running or high >= oldest:
                while len(running) < AT_ONCE and high >= oldest:
                    low = max(oldest, high - self._size + 1)
                    running.append(tasks.spawn(self._look(low, high), "search", is_awaited=True))
                    high = low - 1
                found = await running.popleft()
                if self.reads.is_stopped:
                    return
                if found:
                    yield found
            self.is_whole = True
        except Stopped:
            return
        finally:
            if running:
                self.stop()
                await asyncio.gather(*running, return_exceptions=True)

    async def _look(self, low: int, high: int) -> array[int]:
        found, seconds = await self.reads.fetch(partial(self._slice, low=low, high=high))
        size = high - low + 1
        factor = min(SLICE_S / max(seconds, 0.001), 8)
        if size * factor > self._size or factor < 1:
            self._size = max(int(size * factor), 1)
        if found:
            self._size = min(self._size, MOST)
        return found

    def _slice(self, connection: sqlite3.Connection, low: int, high: int) -> tuple[array[int], float]:
        started = time.monotonic()
        return ids_between(connection, self._chosen, low, high), time.monotonic() - started

    @staticmethod
    def _span(connection: sqlite3.Connection) -> tuple[int, int]:
        oldest, newest = connection.execute(
            "SELECT (SELECT min(id) FROM captures), (SELECT max(id) FROM captures)"
        ).fetchone()
        return oldest or 1, newest or 0
