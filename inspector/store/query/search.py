"""Interruptible searches through a whole file: newest first in slices, or in another order as a whole."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from array import array
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from inspector.base.errors import UsageError
from inspector.base.tasks import Tasks
from inspector.domain.json.json_path import Step
from inspector.domain.query import Node
from inspector.domain.query.scope import Scope
from inspector.domain.signature.verdict import ShownVerdict
from inspector.store.query import body_conditions
from inspector.store.query.selection import Condition, ids_between, where
from inspector.store.store import Store
from inspector.store.verdict_sql import ranked

T = TypeVar("T")

_AGAIN_S = 0.01


class ReadsStopped(Exception):
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
        """Whether a read is running."""
        return bool(self._busy)

    def stop(self) -> None:
        """Interrupt the running reads and refuse further ones. Call it on the loop."""
        with self._guard:
            self._is_stopped = True
            for connection in self._busy:
                connection.interrupt()
            if self._busy:  # a statement that is about to begin is not interrupted
                asyncio.get_running_loop().call_later(_AGAIN_S, self.stop)

    async def fetch(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `query`, run in a thread. Raises ReadsStopped if it is interrupted."""

        def read(connection: sqlite3.Connection) -> T:
            with self._guard:
                if self._is_stopped:
                    raise ReadsStopped
                self._busy.add(connection)
            try:
                return query(connection)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    raise ReadsStopped from error
                raise
            finally:
                # With the guard, so that no later query of this connection is interrupted.
                with self._guard:
                    self._busy.discard(connection)

        return await self._store.fetch(read)


AT_ONCE = 2
"""Number of concurrent slices. SQLite releases the interpreter lock while it searches."""
FIRST = 2_000
"""Ids in the first slice. It is small so that first matches appear at once."""
SLICE_S = 0.03
"""Intended duration of a slice. A longer one shows its matches late and is interrupted late."""
MOST = 50_000
"""Maximum number of ids in a slice with matches: reading them takes about 2 ms of Python."""


class Search:
    """One search for the captures that scope and query select when it begins, newest first."""

    def __init__(self, store: Store, scope: Scope, query: Node) -> None:
        self.newest = 0
        """The newest capture when the search began, set with the first part. Later ones are not searched."""
        self.is_whole = False
        """Whether all matches were found."""
        self._store = store
        self._chosen = where(scope, query)
        self._size = FIRST
        self.reads = InterruptibleReads(store)

    def stop(self) -> None:
        """Interrupt the search at once. `parts` ends. Call it on the loop."""
        self.reads.stop()

    async def parts(self) -> AsyncGenerator[array[int], None]:
        """Yield ids in parts that are never empty, newest first."""
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
        except ReadsStopped:
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


FIRST_IN_ORDER = 500
"""Number of ids that are found before all are sorted, so that first rows appear at once."""
MOST_BY_PATH = 10_000
"""Maximum number of captures that are sorted by a value in their bodies."""
_PIECE = 100_000
"""Characters: about 1 ms of Python."""
_STATUS = "(SELECT a.status FROM attempts a WHERE a.capture_id = c.id ORDER BY a.id DESC LIMIT 1)"
_SURVEY = (
    "lower(coalesce((SELECT s.name FROM surveys s WHERE s.is_sample = (c.kind = 'sample')"
    " AND s.survey_id = c.survey_id), c.survey_id))"
)
# The worst first: users sort by verdict to find problems.
RANKS: Mapping[ShownVerdict, int] = {
    "invalid": 0, "rewritten": 1, "unsigned": 2, "unchecked": 3, "bytes-only": 4, "valid": 5,
}  # fmt: skip
KEYS = {"time": "c.id", "size": "c.size", "verdict": ranked(RANKS), "survey": _SURVEY, "status": _STATUS}
"""Keys that a list can be sorted by, in addition to a JSON path. Captures without a value are last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of a list: by one of KEYS, or by the value at a JSON path."""

    by: str = "time"
    is_descending: bool = True
    steps: tuple[Step, ...] = ()
    """The JSON path, if any. Then `by` is only its name."""


class MatchCounter:
    """Counts of matches, one after another, until they are stopped."""

    def __init__(self, store: Store) -> None:
        self._reads = InterruptibleReads(store)

    def stop(self) -> None:
        """Interrupt the current count, and refuse further ones. Call it on the loop."""
        self._reads.stop()

    async def count(
        self, scope: Scope, query: Node, *, above: int = 0, upto: int | None = None
    ) -> tuple[int, int] | None:
        """Return how many captures with ids over `above`, up to `upto`, match, and the newest of these ids.

        Return None if the counts were stopped.
        """
        chosen = where(scope, query)

        def read(connection: sqlite3.Connection) -> tuple[int, int]:
            newest = newest_id(connection) if upto is None else upto
            text = f"SELECT count(*) FROM captures c WHERE c.id > ? AND c.id <= ? AND ({chosen.text})"
            return connection.execute(text, (above, newest, *chosen.values)).fetchone()[0], newest

        try:
            return await self._reads.fetch(read)
        except ReadsStopped:
            return None


class Ordered:
    """One sorted search. `newest` is the last capture that is searched."""

    def __init__(self, store: Store, scope: Scope, query: Node, order: Order) -> None:
        self.newest = 0
        self.is_whole = False
        """Whether all ids were found."""
        self._store = store
        self._chosen = where(scope, query)
        self._order = order
        self._reads = InterruptibleReads(store)

    def stop(self) -> None:
        """Interrupt the search. Call it on the loop."""
        self._reads.stop()

    async def first(self) -> array[int] | None:
        """Return the first ids of the order, or None if the search was stopped.

        Raises UsageError if there are too many captures to sort by a value in their bodies.
        """
        self.newest = await self._store.fetch(newest_id)
        if self._order.steps:
            many = await self._ask(self._is_too_many)
            if many:
                raise UsageError(
                    f"Only {MOST_BY_PATH:,} captures can be sorted by a value of their bodies. "
                    "Filter the list first."
                )
        return await self._ask(partial(self._ids, limit=FIRST_IN_ORDER))

    async def whole(self) -> array[int] | None:
        """Return all ids in order, or None if the search was stopped."""
        found = await self._ask(partial(self._ids, limit=-1))
        self.is_whole = found is not None
        return found

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T | None:
        try:
            return await self._reads.fetch(question)
        except ReadsStopped:
            return None

    def _is_too_many(self, connection: sqlite3.Connection) -> bool:
        chosen = self._up_to_newest()
        return bool(
            connection.execute(
                f"SELECT count(*) > ? FROM (SELECT 1 FROM captures c WHERE {chosen.text} LIMIT ?)",
                (MOST_BY_PATH, *chosen.values, MOST_BY_PATH + 1),
            ).fetchone()[0]
        )

    def _ids(self, connection: sqlite3.Connection, limit: int) -> array[int]:
        chosen = self._up_to_newest()
        key, values = (
            body_conditions.sort_key(self._order.steps) if self._order.steps else (KEYS[self._order.by], ())
        )
        way = "DESC" if self._order.is_descending else "ASC"
        # As one text: each row of a result releases the interpreter lock and must win it back.
        found = connection.execute(
            f"SELECT json_group_array(id) FROM (SELECT c.id, {key} AS k FROM captures c WHERE {chosen.text}"
            f" ORDER BY k IS NULL, k {way}, c.id DESC LIMIT ?)",
            (*values, *chosen.values, limit),
        ).fetchone()[0]
        return numbers(found)

    def _up_to_newest(self) -> Condition:
        return Condition(
            text=f"c.id <= ? AND ({self._chosen.text})", values=(self.newest, *self._chosen.values)
        )


def numbers(text: str) -> array[int]:
    """Return the numbers of a JSON array, parsed in pieces: a million at once would block the loop."""
    numbers = array("q")
    start, end = 1, len(text) - 1
    while start < end:
        stop = text.find(",", start + _PIECE)
        stop = end if stop < 0 else stop
        numbers.extend(json.loads(f"[{text[start:stop]}]"))
        start = stop + 1
    return numbers


def newest_id(connection: sqlite3.Connection) -> int:
    """Return the id of the newest capture, 0 without one."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0])
