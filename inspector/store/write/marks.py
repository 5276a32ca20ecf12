"""What a person marked captures with: pins, notes and colours, set at any time by any process."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from inspector.domain.capture.rows import MarkColor
from inspector.store.write.captures import check_all_exist
from inspector.store.write.columns import storable

PINNED_SQL = "c.id IN (SELECT capture_id FROM marks WHERE is_pinned)"
"""Whether a capture `c` is pinned."""


class StoredMarks(NamedTuple):
    """How one capture is marked."""

    is_pinned: bool = False
    note: str = ""
    color: MarkColor | None = None


def pin(connection: sqlite3.Connection, ids: Sequence[int]) -> int:
    """Pin captures; how many were not pinned before. Raises NotFound, and then none is."""
    check_all_exist(connection, ids)
    statement = (
        "INSERT INTO marks (capture_id, is_pinned) VALUES (?, 1)"
        " ON CONFLICT DO UPDATE SET is_pinned = 1 WHERE NOT is_pinned"
    )
    return connection.executemany(statement, ((one,) for one in ids)).rowcount


def unpin(connection: sqlite3.Connection, ids: Sequence[int]) -> int:
    """Pin captures no more; how many were pinned before. Raises NotFound, and then all stay so."""
    check_all_exist(connection, ids)
    statement = "UPDATE marks SET is_pinned = 0 WHERE capture_id = ? AND is_pinned"
    changed = connection.executemany(statement, ((one,) for one in ids)).rowcount
    for one in ids:
        _tidy(connection, one)
    return changed


def put_note(connection: sqlite3.Connection, capture_id: int, text: str) -> None:
    """Set the note of a capture; an empty one removes it. Raises NotFound."""
    check_all_exist(connection, (capture_id,))
    connection.execute(
        "INSERT INTO marks (capture_id, note) VALUES (?, ?) ON CONFLICT DO UPDATE SET note = excluded.note",
        (capture_id, storable(text)),
    )
    _tidy(connection, capture_id)


def put_color(connection: sqlite3.Connection, ids: Sequence[int], color: MarkColor | None) -> int:
    """Give captures a colour, or take it; how many had another before. Raises NotFound, and then none has."""
    check_all_exist(connection, ids)
    statement = (
        "INSERT INTO marks (capture_id, color) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET color = excluded.color WHERE color IS NOT excluded.color"
    )
    if color is None:
        statement = "UPDATE marks SET color = NULL WHERE capture_id = ? AND color IS NOT ?"
    changed = connection.executemany(statement, ((one, color) for one in ids)).rowcount
    for one in ids:
        _tidy(connection, one)
    return changed


def pinned(connection: sqlite3.Connection) -> frozenset[int]:
    """What is pinned, by the index of it."""
    return frozenset(row[0] for row in connection.execute("SELECT capture_id FROM marks WHERE is_pinned"))


def count_pinned(connection: sqlite3.Connection) -> int:
    """How many captures are pinned, by the index of it: clearing takes none of them."""
    return int(connection.execute("SELECT count(*) FROM marks WHERE is_pinned").fetchone()[0])


def of(connection: sqlite3.Connection, capture_id: int) -> StoredMarks:
    """How a capture is marked."""
    found = connection.execute(
        "SELECT is_pinned, note, color FROM marks WHERE capture_id = ?", (capture_id,)
    ).fetchone()
    return StoredMarks() if found is None else StoredMarks(bool(found[0]), found[1], found[2])


def _tidy(connection: sqlite3.Connection, capture_id: int) -> None:
    """A capture that bears no mark has no row."""
    connection.execute(
        "DELETE FROM marks WHERE capture_id = ? AND NOT is_pinned AND note = '' AND color IS NULL",
        (capture_id,),
    )
