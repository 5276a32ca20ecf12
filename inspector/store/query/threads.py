"""Threads: the captures of a list, folded by their respondent."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import NamedTuple

from inspector.domain.capture.rows import ThreadRow
from inspector.domain.query import Node
from inspector.domain.query.scope import Scope
from inspector.domain.signature.verdict import ShownVerdict
from inspector.store.query.search import (
    FIRST_IN_ORDER,
    KEYS,
    RANKS,
    InterruptibleReads,
    ReadsStopped,
    newest_id,
    numbers,
)
from inspector.store.query.selection import where
from inspector.store.store import Store
from inspector.store.write.large_values import release_memory

MOST_MEMBERS = 200
"""The number of newest captures of a thread that its row is made of: 1 ms."""

_FIRST_SPAN, _WIDER = 16_000, 8
"""The number of newest ids among which the first threads are searched, and its growth if there are none."""
_MANY = 100_000
"""From this number of captures on, the memory of a search is returned to the system."""
_PIECE = 20_000
"""The number of threads that are handled at once: about 1 ms of Python."""
_HAS_RESPONDENT = (
    "{0}.survey_id IS NOT NULL AND {0}.group_id IS NOT NULL AND {0}.user_id IS NOT NULL"
    " AND {0}.event != 'unknown'"
)
# A capture without a respondent is a thread of its own.
_KEY = (
    "c.kind = 'sample', c.survey_id, c.group_id, c.user_id,"
    f" CASE WHEN {_HAS_RESPONDENT.format('c')} THEN 0 ELSE c.id END"
)
# As texts: each row of a result releases the interpreter lock and must win it back.
_THREADS = (
    "SELECT coalesce('[' || group_concat(ids) || ']', '[]'), json_group_array(newest),"
    " json_group_array(n) FROM ("
    "SELECT group_concat(c.id) AS ids, count(*) AS n, max(c.id) AS newest FROM captures c WHERE {chosen}"
    f" GROUP BY {_KEY} ORDER BY newest DESC)"
)
_PREVIOUS = (
    "SELECT n.id, (SELECT max(c.id) FROM captures c WHERE c.survey_id = n.survey_id"
    " AND c.group_id = n.group_id AND c.user_id = n.user_id AND (c.kind = 'sample') = (n.kind = 'sample')"
    " AND c.event != 'unknown' AND c.id < n.id AND ({chosen}))"
    f" FROM json_each(?) j CROSS JOIN captures n ON n.id = j.value WHERE {_HAS_RESPONDENT.format('n')}"
)
_SUMMARIES = f"""
SELECT t.key, min({KEYS["verdict"]}), min(c.verdict != 'invalid' OR c.is_examined),
  group_concat(DISTINCT c.kind),
  max(EXISTS (SELECT 1 FROM marks m WHERE m.capture_id = c.id AND m.note != '')),
  group_concat((SELECT group_concat(code) FROM findings f WHERE f.capture_id = c.id AND f.is_between))
FROM json_each(?) t, json_each(t.value) i CROSS JOIN captures c ON c.id = i.value
WHERE c.deletion IS NULL GROUP BY t.key
"""
_SHOWN: Mapping[int, ShownVerdict] = {rank: shown for shown, rank in RANKS.items()}


class ThreadIds(NamedTuple):
    """Threads, the one with the newest capture first."""

    ids: array[int]
    """The captures of all threads, one thread after another."""
    newest: array[int]
    """The newest capture of each thread."""
    counts: array[int]
    """The number of captures of each thread."""
    starts: array[int]
    """The place in `ids` where each thread begins."""


class ThreadSearch:
    """One search for threads. `newest` is the last capture that is searched."""

    def __init__(self, store: Store, scope: Scope, query: Node, also: Collection[int] = ()) -> None:
        """`also`: captures that are found whether they match or not."""
        self.newest = 0
        self.is_whole = False
        """Whether all threads were found."""
        self._store = store
        self._chosen = where(scope, query)
        self._also = json.dumps(list(also)) if also else None
        self._reads = InterruptibleReads(store)
        self._all: ThreadIds | None = None
        """All threads, if the first ones are all."""

    def stop(self) -> None:
        """Interrupt the search. Call it on the loop."""
        self._reads.stop()

    async def first(self) -> ThreadIds | None:
        """Return the threads of the newest captures, or None if the search was stopped.

        They are in their final order, but their older captures are missing.
        """
        self.newest = await self._store.fetch(newest_id)
        span = _FIRST_SPAN
        while True:  # a wider span each time, so that the first match among many captures is shown soon
            above = max(self.newest - span, 0)
            found = await self._fetch(FIRST_IN_ORDER, above)
            if found is None or found.ids or not above:
                break
            span *= _WIDER
        if found is not None and not above and len(found.ids) < FIRST_IN_ORDER:
            self._all = found
        return found

    async def whole(self) -> ThreadIds | None:
        """Return all threads, or None if the search was stopped. Call `first` before."""
        found = self._all or await self._fetch(-1, 0)
        self.is_whole = found is not None
        return found

    async def _fetch(self, limit: int, above: int) -> ThreadIds | None:
        try:
            return await self._reads.fetch(partial(self._threads, limit=limit, above=above))
        except ReadsStopped:
            return None

    def _threads(self, connection: sqlite3.Connection, limit: int, above: int) -> ThreadIds:
        found = self._read(connection, limit, above)
        if len(found.ids) > _MANY:  # of a million captures, 80 MB in the heap of this thread
            release_memory(connection)
        return found

    def _read(self, connection: sqlite3.Connection, limit: int, above: int) -> ThreadIds:
        condition = f"c.id > ? AND c.id <= ? AND ({self._chosen.text})"
        values: tuple[object, ...] = (above, self.newest, *self._chosen.values)
        if limit >= 0:
            condition = f"c.id IN (SELECT c.id FROM captures c WHERE {condition} ORDER BY c.id DESC LIMIT ?)"
            values = (*values, limit)
        if self._also is not None:
            also = "SELECT value FROM json_each(?)"
            condition = (
                f"c.deletion IS NULL AND c.id IN (SELECT c.id FROM captures c WHERE {condition} UNION {also})"
            )
            values = (*values, self._also)
        texts = connection.execute(_THREADS.format(chosen=condition), values).fetchone()
        ids, newest, counts = map(numbers, texts)
        starts = array("q")
        for place in range(0, len(counts), _PIECE):
            end = starts[-1] + counts[place - 1] if place else 0
            piece = counts[place : place + _PIECE]
            starts.extend(list(accumulate(piece, initial=end))[:-1])
        return ThreadIds(ids, newest, counts, starts)


def previous(
    connection: sqlite3.Connection, ids: Sequence[int], scope: Scope, query: Node
) -> dict[int, int | None]:
    """Return for captures with a respondent its previous capture that scope and query select, if any."""
    chosen = where(scope, query)
    found = connection.execute(_PREVIOUS.format(chosen=chosen.text), (*chosen.values, json.dumps(list(ids))))
    return dict(found.fetchall())


def thread_rows(connection: sqlite3.Connection, threads: Mapping[int, Sequence[int]]) -> dict[int, ThreadRow]:
    """Return the rows of threads with these newest captures, by the key of each thread."""
    members = {key: list(ids[:MOST_MEMBERS]) for key, ids in threads.items()}
    found: dict[int, ThreadRow] = {}
    for key, rank, is_examined, kinds, has_note, marks in connection.execute(
        _SUMMARIES, (json.dumps(members),)
    ):
        found[int(key)] = ThreadRow(
            shown=_SHOWN[rank],
            is_examined=bool(is_examined),
            kinds=tuple(kinds.split(",")),
            marks=tuple(dict.fromkeys(marks.split(","))) if marks else (),
            has_note=bool(has_note),
        )
    return found
