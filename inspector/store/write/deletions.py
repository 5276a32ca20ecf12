"""Removing captures, by the user or by retention.

A user's deletions are hidden, can be undone, and are overwritten at the end. Retention removes the oldest
captures beyond its limits at once, never pinned ones.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inspector.domain.capture.retention import CapturesToRemove, RetentionLimits, captures_to_remove
from inspector.store.group import follower, shapes
from inspector.store.write import batching, journal_transaction, plans
from inspector.store.write.marks import PINNED_SQL

BATCH = 2_000
"""Default number of captures per transaction."""

# The deletions that hide captures, found by the index, and the process that can still undo each.
_WAITING = """
WITH RECURSIVE found (id) AS (
  SELECT min(deletion) FROM captures WHERE deletion IS NOT NULL
  UNION ALL
  SELECT (SELECT min(deletion) FROM captures WHERE deletion > found.id) FROM found WHERE found.id IS NOT NULL
)
SELECT found.id, d.owner FROM found LEFT JOIN deletions d ON d.id = found.id WHERE found.id IS NOT NULL
"""

_THESE = "capture_id IN (SELECT value FROM json_each(?))"
# One statement per table: each statement releases the interpreter lock and must win it back.
_REMOVALS = (
    f"DELETE FROM bodies WHERE {_THESE}",
    f"DELETE FROM findings WHERE {_THESE}",
    f"DELETE FROM attempts WHERE {_THESE}",
    f"DELETE FROM marks WHERE {_THESE}",
    f"DELETE FROM inbox_captures WHERE {_THESE}",
    "DELETE FROM deliveries WHERE plan_id = 0 AND forward_id IN (SELECT id FROM forwards)"
    " AND position IN (SELECT value FROM json_each(?))",
    "DELETE FROM captures WHERE id IN (SELECT value FROM json_each(?))",
)


class Hidden(NamedTuple):
    """The result of one transaction of a deletion."""

    number: int
    """Number of captures that are hidden now."""
    pinned: int
    """Number of selected captures that stay because they were pinned meanwhile."""
    marked: frozenset[int]
    """Captures whose findings changed."""


def begin(connection: sqlite3.Connection, now_ms: int, owner: str | None = None) -> int:
    """Create an empty deletion. `owner` is the process that can undo it (see locks.py)."""
    cursor = connection.execute("INSERT INTO deletions (made_ms, owner) VALUES (?, ?)", (now_ms, owner))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def hide(
    connection: sqlite3.Connection, deletion: int, ids: Sequence[int], *, is_bulk: bool = False
) -> Hidden:
    """Hide these captures, except pinned ones. For `is_bulk` see `follower.change`."""
    count = pinned = 0

    def alter() -> None:
        nonlocal count, pinned
        count = connection.execute(
            f"UPDATE captures SET deletion = ? WHERE {follower.ALTERED} AND deletion IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM marks WHERE capture_id = captures.id AND is_pinned)",
            (deletion,),
        ).rowcount
        if count < len(ids):
            pinned = connection.execute(
                f"SELECT count(*) FROM captures c WHERE {follower.ALTERED} AND deletion IS NULL"
            ).fetchone()[0]

    marked = follower.change(connection, ids, alter, is_bulk=is_bulk)
    return Hidden(count, pinned, marked)


def ids_of(connection: sqlite3.Connection, deletion: int) -> array[int]:
    """Return the captures that a deletion hides."""
    found = connection.execute("SELECT id FROM captures WHERE deletion = ?", (deletion,))
    return array("q", (row[0] for row in found))


def restore(
    connection: sqlite3.Connection,
    deletion: int,
    ids: Sequence[int] | None = None,
    *,
    is_bulk: bool = False,
) -> int:
    """Undo a deletion, or only for these captures. Return the number of restored captures."""
    if ids is None:
        ids = ids_of(connection, deletion)
    changed = 0

    def alter() -> None:
        nonlocal changed
        changed = connection.execute(
            f"UPDATE captures SET deletion = NULL WHERE {follower.ALTERED} AND deletion = ?", (deletion,)
        ).rowcount

    follower.change(connection, ids, alter, is_bulk=is_bulk)
    return changed


def waiting(connection: sqlite3.Connection) -> list[tuple[int, str | None]]:
    """Return the deletions that are not final yet, each with its owner, or None if unowned."""
    return connection.execute(_WAITING).fetchall()


def purge(connection: sqlite3.Connection, deletion: int | None = None, limit: int = BATCH) -> int:
    """Permanently remove one batch of a deletion, or of any. Return its size, 0 at the end."""
    which = "deletion IS NOT NULL" if deletion is None else "deletion = ?"
    values = () if deletion is None else (deletion,)
    ids: list[int] = []
    size = 0
    for capture_id, body_size in connection.execute(
        f"SELECT id, size FROM captures WHERE {which} LIMIT ?", (*values, limit)
    ).fetchall():
        size += body_size
        if ids and size > batching.MAX_BYTES:
            break
        ids.append(capture_id)
    remove(connection, ids)
    if deletion is not None and not ids:
        connection.execute("DELETE FROM deletions WHERE id = ?", values)
    return len(ids)


def remove(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Overwrite these captures and everything that belongs to them.

    This includes deliveries of forwards, and edited requests of replays whose captures are all removed.
    Counts and groups do not change: the captures are hidden, or this is part of `follower.change`.
    """
    journal_transaction.forget(connection, ids)
    which = (json.dumps(list(ids)),)
    seen = shapes.hashes_of(connection, "id IN (SELECT value FROM json_each(?))", which)
    for statement in _REMOVALS:
        connection.execute(statement, which)
    shapes.forget(connection, seen)
    plans.forget_edits(connection)


_AT_ONCE = 20_000


class RemovalStep(NamedTuple):
    """The result of one transaction of retention."""

    ids: tuple[int, ...]
    """Removed captures. The others are pinned or no longer exist."""
    size: int
    marked: frozenset[int]
    """Captures whose findings changed."""


def surplus_of_all(connection: sqlite3.Connection, keep: RetentionLimits, now_ms: int) -> CapturesToRemove:
    """Return which of all captures to remove, based on the captures themselves and not on stored counts."""
    oldest_ms = keep.oldest_ms(now_ms)
    # `captures_by_age` has all columns of these queries, so neither reads the captures.
    living = f"FROM captures c INDEXED BY captures_by_age WHERE c.deletion IS NULL AND NOT {PINNED_SQL}"
    count, size = connection.execute(
        f"SELECT count(*), coalesce(sum(size), 0) {living} AND received_ms >= ?", (oldest_ms,)
    ).fetchone()
    # SQLite sorts them without blocking Python.
    old = connection.execute(
        f"SELECT id, received_ms, size {living} AND received_ms < ? ORDER BY id", (oldest_ms,)
    )
    beyond = RetentionLimits(count=keep.count, size=keep.size)
    oldest = connection.execute(
        "SELECT id, received_ms, size FROM captures c NOT INDEXED"
        f" WHERE c.deletion IS NULL AND NOT {PINNED_SQL} AND received_ms >= ? ORDER BY id",
        (oldest_ms,),
    )
    first = captures_to_remove(old, RetentionLimits(days=keep.days), now_ms, count=0, size=0)
    rest = captures_to_remove(oldest, beyond, now_ms, count=count, size=size)
    return CapturesToRemove(
        ids=first.ids + rest.ids,
        old=first.old,
        beyond_count=rest.beyond_count,
        beyond_size=rest.beyond_size,
    )


def surplus_of(
    connection: sqlite3.Connection, ids: Sequence[int], keep: RetentionLimits, now_ms: int
) -> CapturesToRemove:
    """Return which of these captures to remove, ascending. Without limits, all that are not pinned."""
    oldest_ms = keep.oldest_ms(now_ms)
    there = list(_not_pinned(connection, ids))
    if not keep.is_limited:
        keep = RetentionLimits(count=0)
    young = [size for _, received_ms, size in there if received_ms >= oldest_ms]
    return captures_to_remove(there, keep, now_ms, count=len(young), size=sum(young))


def count_pinned(connection: sqlite3.Connection, among: Sequence[int] | None) -> int:
    """Return the number of existing pinned captures, of these or of all."""
    query = (
        "SELECT capture_id FROM marks m WHERE is_pinned"
        " AND EXISTS (SELECT 1 FROM captures WHERE id = m.capture_id AND deletion IS NULL)"
    )
    pinned = {row[0] for row in connection.execute(query)}
    return len(pinned if among is None else pinned.intersection(among))


def remove_unpinned(
    connection: sqlite3.Connection, ids: Sequence[int], *, is_bulk: bool = False
) -> RemovalStep:
    """Remove captures, except those that were pinned meanwhile. For `is_bulk` see `follower.change`."""
    there = {capture_id: size for capture_id, _, size in _not_pinned(connection, ids)}
    gone = tuple(there)
    marked = follower.change(connection, gone, lambda: remove(connection, gone), is_bulk=is_bulk)
    return RemovalStep(gone, sum(there.values()), marked - there.keys())


def _not_pinned(connection: sqlite3.Connection, ids: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield id, time and size of the existing unpinned captures, by id."""
    for start in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(
            "SELECT id, received_ms, size FROM captures c WHERE id IN (SELECT value FROM json_each(?))"
            f" AND deletion IS NULL AND NOT {PINNED_SQL} ORDER BY id",
            (json.dumps(list(ids[start : start + _AT_ONCE])),),
        ).fetchall()
