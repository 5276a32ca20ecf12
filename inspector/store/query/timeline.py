"""Counts of the captures of a scope and a query per time bucket, by verdict."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TypeAlias

from inspector.domain.signature.verdict import COUNTED
from inspector.domain.statistics.timeline import NONE, VerdictTally
from inspector.store.query.selection import Condition
from inspector.store.verdict_sql import shown_condition

_PENDING = "SELECT id FROM captures WHERE reason = 'pending' AND deletion IS NULL AND id <= ? LIMIT 10000"
_PLACES = {verdict: place for place, verdict in enumerate(COUNTED)}
_UNCHECKED = _PLACES["unchecked"]

Offsets: TypeAlias = Sequence[tuple[int, int]]
"""Pairs of a time and the UTC offset from then on, both in ms. The first also applies to earlier times."""


def extent(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the times of the first and the last capture of the file, or None."""
    first, last = connection.execute(
        "SELECT (SELECT min(received_ms) FROM captures WHERE deletion IS NULL),"
        " (SELECT max(received_ms) FROM captures WHERE deletion IS NULL)"
    ).fetchone()
    return None if first is None else (first, last)


def newest(connection: sqlite3.Connection) -> tuple[int, frozenset[int]]:
    """Return the last capture, and the captures up to it that are not evaluated yet."""
    high = connection.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0]
    return high, frozenset(row[0] for row in connection.execute(_PENDING, (high,)))


def oldest(connection: sqlite3.Connection) -> int:
    """Return the first capture, or 1 if there is none."""
    return int(connection.execute("SELECT coalesce(min(id), 1) FROM captures").fetchone()[0])


def count(
    connection: sqlite3.Connection,
    *,
    chosen: Condition,
    low: int,
    high: int,
    without: Sequence[int],
    step_ms: int,
    offsets: Offsets,
) -> dict[int, VerdictTally]:
    """Return the number of matching captures from `low` to `high`, except `without`, per bucket.

    The key of a bucket is its start on a clock with these UTC offsets. Rewritten captures are counted by
    their own index because no other has `matched`.
    """
    where = f"c.id BETWEEN ? AND ? AND ({chosen.text})"
    values: tuple[object, ...] = (low, high, *chosen.values)
    if without:
        where += " AND c.id NOT IN (SELECT value FROM json_each(?))"
        values = (*values, json.dumps(list(without)))
    return _counted(connection, where, values, step_ms, offsets)


def count_some(
    connection: sqlite3.Connection,
    *,
    chosen: Condition,
    ids: Sequence[int],
    step_ms: int,
    offsets: Offsets,
) -> dict[int, VerdictTally]:
    """As `count`, for a few captures."""
    where = f"c.id IN (SELECT value FROM json_each(?)) AND ({chosen.text})"
    return _counted(connection, where, (json.dumps(list(ids)), *chosen.values), step_ms, offsets)


def _counted(
    connection: sqlite3.Connection, where: str, values: tuple[object, ...], step_ms: int, offsets: Offsets
) -> dict[int, VerdictTally]:
    bucket = f"(c.received_ms + {_offset(offsets)}) / {step_ms:d} * {step_ms:d}"
    # As one text: each row of a result releases the interpreter lock and must win it back.
    found = connection.execute(
        "SELECT json_group_array(json_array(start, verdict, n)) FROM"
        f" (SELECT {bucket} AS start, c.verdict, count(*) AS n FROM captures c WHERE {where} GROUP BY 1, 2)",
        values,
    ).fetchone()[0]
    rewritten = connection.execute(
        "SELECT json_group_array(json_array(start, n)) FROM"
        f" (SELECT {bucket} AS start, count(*) AS n FROM captures c"
        f" WHERE {shown_condition('rewritten')} AND {where} GROUP BY 1)",
        values,
    ).fetchone()[0]
    buckets: dict[int, list[int]] = {}
    for start, verdict, number in json.loads(found):
        buckets.setdefault(start, list(NONE))[_PLACES.get(verdict, _UNCHECKED)] += number
    for start, number in json.loads(rewritten):
        counts = buckets.setdefault(start, list(NONE))
        counts[0] = max(counts[0] - number, 0)
        counts[1] += number
    return {start: (one[0], one[1], one[2], one[3], one[4]) for start, one in buckets.items()}


def _offset(offsets: Offsets) -> str:
    """Return the offset in SQL. The latest change is tested first because most captures arrived after it."""
    [(_, first), *later] = offsets
    if not later:
        return f"{first:d}"
    changes = " ".join(
        f"WHEN c.received_ms >= {since:d} THEN {offset:d}" for since, offset in reversed(later)
    )
    return f"CASE {changes} ELSE {first:d} END"
