"""Remove what is beyond the limits: oldest first, at once and for good, never what is pinned."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inspector.domain.capture.retention import CapturesToRemove, Keep, surplus
from inspector.store.group import follower
from inspector.store.write import deletions
from inspector.store.write.marks import PINNED_SQL

_AT_ONCE = 20_000


class RemovalStep(NamedTuple):
    """What one transaction did."""

    ids: tuple[int, ...]
    """Those that were removed; the others are pinned, or were gone."""
    size: int
    marked: frozenset[int]
    """Captures whose findings changed."""


def of_all(connection: sqlite3.Connection, keep: Keep, now_ms: int) -> CapturesToRemove:
    """What has to go of all there is. Counted from the captures themselves, and not from any figure."""
    oldest_ms = keep.oldest_ms(now_ms)
    # `captures_by_age` has all that these ask for, so that neither reads the captures.
    living = f"FROM captures c INDEXED BY captures_by_age WHERE c.deletion IS NULL AND NOT {PINNED_SQL}"
    count, size = connection.execute(
        f"SELECT count(*), coalesce(sum(size), 0) {living} AND received_ms >= ?", (oldest_ms,)
    ).fetchone()
    # Sorted by SQLite, beside which others can work.
    old = connection.execute(
        f"SELECT id, received_ms, size {living} AND received_ms < ? ORDER BY id", (oldest_ms,)
    )
    beyond = Keep(count=keep.count, size=keep.size)
    oldest = connection.execute(
        "SELECT id, received_ms, size FROM captures c NOT INDEXED"
        f" WHERE c.deletion IS NULL AND NOT {PINNED_SQL} AND received_ms >= ? ORDER BY id",
        (oldest_ms,),
    )
    first = surplus(old, Keep(days=keep.days), now_ms, count=0, size=0)
    rest = surplus(oldest, beyond, now_ms, count=count, size=size)
    return CapturesToRemove(
        ids=first.ids + rest.ids,
        old=first.old,
        beyond_count=rest.beyond_count,
        beyond_size=rest.beyond_size,
    )


def of_these(connection: sqlite3.Connection, ids: Sequence[int], keep: Keep, now_ms: int) -> CapturesToRemove:
    """What has to go of these captures, in ascending order; without limits all that is not pinned."""
    oldest_ms = keep.oldest_ms(now_ms)
    there = list(_not_pinned(connection, ids))
    if not keep.is_limited:
        keep = Keep(count=0)
    young = [size for _, received_ms, size in there if received_ms >= oldest_ms]
    return surplus(there, keep, now_ms, count=len(young), size=sum(young))


def count_pinned(connection: sqlite3.Connection, among: Sequence[int] | None) -> int:
    """How many captures are pinned that are there, of these or of all."""
    query = (
        "SELECT capture_id FROM marks m WHERE is_pinned"
        " AND EXISTS (SELECT 1 FROM captures WHERE id = m.capture_id AND deletion IS NULL)"
    )
    pinned = {row[0] for row in connection.execute(query)}
    return len(pinned if among is None else pinned.intersection(among))


def remove(connection: sqlite3.Connection, ids: Sequence[int], *, is_bulk: bool = False) -> RemovalStep:
    """Remove captures, but those that are pinned by now. For `is_bulk` see `follower.change`."""
    there = {capture_id: size for capture_id, _, size in _not_pinned(connection, ids)}
    gone = tuple(there)
    marked = follower.change(connection, gone, lambda: deletions.remove(connection, gone), is_bulk=is_bulk)
    return RemovalStep(gone, sum(there.values()), marked - there.keys())


def _not_pinned(connection: sqlite3.Connection, ids: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Id, time and size of those that are there and not pinned, by id."""
    for start in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(
            "SELECT id, received_ms, size FROM captures c WHERE id IN (SELECT value FROM json_each(?))"
            f" AND deletion IS NULL AND NOT {PINNED_SQL} ORDER BY id",
            (json.dumps(list(ids[start : start + _AT_ONCE])),),
        ).fetchall()
