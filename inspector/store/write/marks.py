"""Pins, notes and colours of captures, which users set at any time in any process."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from inspector.domain.capture.rows import MarkColor
from inspector.store.write.captures import check_all_exist
from inspector.store.write.columns import storable

PINNED_SQL = "c.id IN (SELECT capture_id FROM marks WHERE is_pinned)"
"""The condition that a capture `c` is pinned."""


class StoredMarks(NamedTuple):
    """The marks of one capture."""

    is_pinned: bool = False
    note: str = ""
    color: MarkColor | None = None


def pin(connection: sqlite3.Connection, ids: Sequence[int]) -> int:
    """Pin captures, and return how many were not pinned before.

    Raises NotFound and pins none if one does not exist.
    """
    check_all_exist(connection, ids)
    statement = (
        "INSERT INTO marks (capture_id, is_pinned) VALUES (?, 1)"
        " ON CONFLICT DO UPDATE SET is_pinned = 1 WHERE NOT is_pinned"
    )
    return connection.executemany(statement, ((one,) for one in ids)).rowcount


def unpin(connection: sqlite3.Connection, ids: Sequence[int]) -> int:
    """Unpin captures, and return how many were pinned before.

    Raises NotFound and unpins none if one does not exist.
    """
    check_all_exist(connection, ids)
    statement = "UPDATE marks SET is_pinned = 0 WHERE capture_id = ? AND is_pinned"
    changed = connection.executemany(statement, ((one,) for one in ids)).rowcount
    for one in ids:
        _tidy(connection, one)
    return changed


def put_note(connection: sqlite3.Connection, capture_id: int, text: str) -> None:
    """Set the note of a capture. An empty text removes it. Raises NotFound."""
    check_all_exist(connection, (capture_id,))
    connection.execute(
        "INSERT INTO marks (capture_id, note) VALUES (?, ?) ON CONFLICT DO UPDATE SET note = excluded.note",
        (capture_id, storable(text)),
    )
    _tidy(connection, capture_id)


def put_color(connection: sqlite3.Connection, ids: Sequence[int], color: MarkColor | None) -> int:
    """Set or remove the colour of captures. Return how many had a different one before.

    Raises NotFound and changes none if one does not exist.
    """
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
    """Return the pinned captures, using their index."""
    return frozenset(row[0] for row in connection.execute("SELECT capture_id FROM marks WHERE is_pinned"))


def count_pinned(connection: sqlite3.Connection) -> int:
    """Return the number of pinned captures, using their index."""
    return int(connection.execute("SELECT count(*) FROM marks WHERE is_pinned").fetchone()[0])


def of(connection: sqlite3.Connection, capture_id: int) -> StoredMarks:
    """Return the marks of a capture."""
    found = connection.execute(
        "SELECT is_pinned, note, color FROM marks WHERE capture_id = ?", (capture_id,)
    ).fetchone()
    return StoredMarks() if found is None else StoredMarks(bool(found[0]), found[1], found[2])


def _tidy(connection: sqlite3.Connection, capture_id: int) -> None:
    """Remove the row of a capture without marks."""
    connection.execute(
        "DELETE FROM marks WHERE capture_id = ? AND NOT is_pinned AND note = '' AND color IS NULL",
        (capture_id,),
    )
