"""What a person marked captures with: pins and notes, set at any time by any process."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from inspector.store import captures
from inspector.store.captures import check_all_exist
from inspector.store.columns import Arrival, storable

PINNED_SQL = "c.id IN (SELECT capture_id FROM marks WHERE is_pinned)"
"""Whether a capture `c` is pinned."""


class Marks(NamedTuple):
    """How one capture is marked."""

    is_pinned: bool = False
    note: str = ""


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


def insert(connection: sqlite3.Connection, arrivals: Sequence[Arrival], marked: Sequence[Marks]) -> list[int]:
    """Store captures that bear their marks already, and give their ids (`captures.insert`)."""
    ids = captures.insert(connection, arrivals)
    connection.executemany(
        "INSERT INTO marks VALUES (?, ?, ?)",
        (
            (capture_id, marks.is_pinned, storable(marks.note))
            for capture_id, marks in zip(ids, marked, strict=True)
            if marks != Marks()
        ),
    )
    return ids


def of(connection: sqlite3.Connection, capture_id: int) -> Marks:
    """How a capture is marked."""
    found = connection.execute(
        "SELECT is_pinned, note FROM marks WHERE capture_id = ?", (capture_id,)
    ).fetchone()
    return Marks() if found is None else Marks(bool(found[0]), found[1])


def _tidy(connection: sqlite3.Connection, capture_id: int) -> None:
    """A capture that bears no mark has no row."""
    connection.execute(
        "DELETE FROM marks WHERE capture_id = ? AND NOT is_pinned AND note = ''", (capture_id,)
    )
