"""What scope and query choose, in another order than that of its arrival; found as a whole, in a thread."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from inspector.base.errors import UsageError
from inspector.domain.json.json_path import Step
from inspector.domain.query import Node
from inspector.domain.query.scope import Scope
from inspector.store.query import json_columns
from inspector.store.query.interruptible import InterruptibleReads, Stopped
from inspector.store.query.selection import Condition, where
from inspector.store.store import Store
from inspector.store.verdict_sql import ranked

T = TypeVar("T")

FIRST = 500
"""Ids that are looked up before all are put in order, so that something is to be seen at once."""
MOST_BY_PATH = 10_000
"""Captures that are put in the order of a value in their bodies."""
_PIECE = 100_000
"""Characters: about a millisecond of Python."""
_STATUS = "(SELECT a.status FROM attempts a WHERE a.capture_id = c.id ORDER BY a.id DESC LIMIT 1)"
_SURVEY = (
    "lower(coalesce((SELECT s.name FROM surveys s WHERE s.is_sample = (c.kind = 'sample')"
    " AND s.survey_id = c.survey_id), c.survey_id))"
)
# The worst first: whoever sorts by it looks for trouble.
_VERDICT = ranked({"invalid": 0, "rewritten": 1, "unsigned": 2, "unchecked": 3, "bytes-only": 4, "valid": 5})
KEYS = {"time": "c.id", "size": "c.size", "verdict": _VERDICT, "survey": _SURVEY, "status": _STATUS}
"""What a list can be in the order of, beside a JSON path. What has no value comes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By one of KEYS, or by the value at a JSON path."""

    by: str = "time"
    is_descending: bool = True
    steps: tuple[Step, ...] = ()
    """Of a JSON path; then `by` is only its name."""


class Ordered:
    """One question, asked once. `newest` is the last capture that was looked at."""

    def __init__(self, store: Store, scope: Scope, query: Node, order: Order) -> None:
        self.newest = 0
        self.is_whole = False
        """All ids were found."""
        self._store = store
        self._chosen = where(scope, query)
        self._order = order
        self._reads = InterruptibleReads(store)

    def stop(self) -> None:
        """Find nothing: what runs is interrupted. Called on the loop."""
        self._reads.stop()

    async def first(self) -> array[int] | None:
        """The first ids of the order; null where it was stopped.

        Raises UsageError for an order by a value in the body where there are too many.
        """
        self.newest = await self._store.fetch(_newest)
        if self._order.steps:
            many = await self._ask(self._is_too_many)
            if many:
                raise UsageError(
                    f"Only {MOST_BY_PATH:,} captures can be put in the order of a value in their bodies;"
                    " filter the list first."
                )
        return await self._ask(partial(self._ids, limit=FIRST))

    async def whole(self) -> array[int] | None:
        """All ids in order; null where it was stopped."""
        found = await self._ask(partial(self._ids, limit=-1))
        self.is_whole = found is not None
        return found

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T | None:
        try:
            return await self._reads.fetch(question)
        except Stopped:
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
            json_columns.sort_key(self._order.steps) if self._order.steps else (KEYS[self._order.by], ())
        )
        way = "DESC" if self._order.is_descending else "ASC"
        # As one text: each row of a result would give the interpreter lock away and wait for it.
        found = connection.execute(
            f"SELECT json_group_array(id) FROM (SELECT c.id, {key} AS k FROM captures c WHERE {chosen.text}"
            f" ORDER BY k IS NULL, k {way}, c.id DESC LIMIT ?)",
            (*values, *chosen.values, limit),
        ).fetchone()[0]
        return _numbers(found)

    def _up_to_newest(self) -> Condition:
        return Condition(
            text=f"c.id <= ? AND ({self._chosen.text})", values=(self.newest, *self._chosen.values)
        )


def _numbers(text: str) -> array[int]:
    """The numbers of a JSON array, read piece by piece: a million at once would hold the lock for long."""
    numbers = array("q")
    start, end = 1, len(text) - 1
    while start < end:
        stop = text.find(",", start + _PIECE)
        stop = end if stop < 0 else stop
        numbers.extend(json.loads(f"[{text[start:stop]}]"))
        start = stop + 1
    return numbers


def _newest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0])
