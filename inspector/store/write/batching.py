"""Long work on the file in short transactions, so that no sender waits for it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Protocol, TypeVar

from inspector.store.group import follower

T = TypeVar("T")

STEP_S = 0.004
"""Maximum duration of a transaction, without its sync to disk."""
BULK_S = 0.01
"""The same for pure SQL, which does not hold the interpreter lock."""
ALONE_S = 0.02
"""The same if no process captures into the file."""
FEW = 500
"""Up to this number of captures, groups are updated with the captures; above it, later (refold_queue.py)."""
MAX_BYTES = 4 * 1024 * 1024
"""Maximum size of the bodies that a transaction changes, beyond its first capture."""
_FIRST, _MOST = 16, 4_096
_BLOCK = 20_000

# Ordered by respondent: each transaction recounts every respondent that it touches.
_BY_RESPONDENT = "survey_id, group_id, user_id, id"


class WritableStore(Protocol):
    """What `Pace` needs of a `Store`."""

    @property
    def is_listener(self) -> bool: ...

    @property
    def is_followed(self) -> bool: ...

    @property
    def has_listener(self) -> bool: ...

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T: ...

    async def write_unsynced(self, job: Callable[[sqlite3.Connection], T]) -> T: ...

    async def sync(self) -> None: ...

    async def fetch(self, query: Callable[[sqlite3.Connection], T]) -> T: ...


class Pace:
    """Adapts the size of transactions to the duration of the previous one."""

    def __init__(self, store: WritableStore, *, is_bulk: bool = False) -> None:
        """With `is_bulk`, no part waits for the disk and respondents are counted later. Then call
        `finish`."""
        self.size = _FIRST
        """Maximum number of rows for the next transaction."""
        self.is_bulk = is_bulk
        self._store = store

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `job` once it is committed. It should change at most `size` rows."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        is_alone = not self._store.has_listener
        step_s = ALONE_S if is_alone else BULK_S if self.is_bulk else STEP_S
        write = self._store.write_unsynced if self.is_bulk else self._store.write
        result = await write(lambda connection: self._timed(connection, job, step_s))
        # Two processes take turns only by chance. The one that is not in a hurry releases the file for as
        # long as it used it.
        await asyncio.sleep(0 if is_alone or self._store.is_listener else loop.time() - started)
        return result

    async def finish(self) -> None:
        """Sync bulk work to disk, and count its respondents unless a listener does so."""
        if not self.is_bulk:
            return
        await self._store.sync()
        self.size = _FIRST  # counting a respondent takes longer than the changes
        while not self._store.is_followed and await self.write(
            lambda connection: follower.work_off(connection, self.size)
        ):
            pass

    def slices(self, changes: Sequence[T]) -> Iterator[Sequence[T]]:
        """Yield these changes in parts, one per transaction."""
        start = 0
        while start < len(changes):
            part = changes[start : start + self.size]
            start += len(part)
            yield part

    async def parts(self, ids: Sequence[int]) -> AsyncIterator[list[int]]:
        """Yield these captures in parts of limited size, one per transaction. Unknown ids are omitted."""
        order = "id" if self.is_bulk else _BY_RESPONDENT
        for start in range(0, len(ids), _BLOCK):
            block = ids[start : start + _BLOCK]
            rest = iter(await self._store.fetch(partial(_sorted, ids=block, order=order)))
            while part := list(islice(_fitting(rest), self.size)):
                yield part

    def _timed(
        self, connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], T], step_s: float
    ) -> T:
        started = time.perf_counter()
        result = job(connection)
        taken = time.perf_counter() - started
        # A slow one may only have waited for the processor.
        fitting = self.size * step_s / max(taken, 1e-9)
        self.size = int(min(max(fitting, self.size / 2, 1), self.size * 2, _MOST))
        return result


def _sorted(connection: sqlite3.Connection, ids: Sequence[int], order: str) -> list[tuple[int, int]]:
    return connection.execute(
        f"SELECT id, size FROM captures WHERE id IN (SELECT value FROM json_each(?)) ORDER BY {order}",
        (json.dumps(list(ids)),),
    ).fetchall()


def _fitting(captures: Iterator[tuple[int, int]]) -> Iterator[int]:
    """Yield the next ids from these ids and sizes, up to MAX_BYTES."""
    left = MAX_BYTES
    while left > 0 and (found := next(captures, None)) is not None:
        left -= found[1]
        yield found[0]
