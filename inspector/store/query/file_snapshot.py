"""Snapshots of the file, to find changes by any process since the previous one."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspector.domain.capture.rows import CaptureRow
from inspector.store.group import follower
from inspector.store.query.rows import rows

MARKS = 1_000
"""Maximum number of marks that are compared: those of the newest captures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSnapshot:
    """The file at one moment."""

    last_id: int
    """The id of the newest capture."""
    living: int
    """The number of undeleted captures."""
    last_attempt: int
    marks: Mapping[int, tuple[object, ...]]
    arrived: tuple[int, ...] = ()
    """Captures since the previous snapshot, ascending."""
    attempted: frozenset[int] = frozenset()
    """Captures that were sent since the previous snapshot."""
    rows: Mapping[int, CaptureRow] | None = None
    """The requested rows."""


def version(connection: sqlite3.Connection) -> int:
    """Return a number that changes with each commit of any other connection."""
    number: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return number


def look(
    connection: sqlite3.Connection, before: FileSnapshot | None, ids: Sequence[int] = ()
) -> FileSnapshot:
    """Return a snapshot of the file with the rows of a few ids, all at the same moment."""
    connection.execute("BEGIN")
    try:
        return _look(connection, before, ids)
    finally:
        connection.execute("COMMIT")


def _look(connection: sqlite3.Connection, before: FileSnapshot | None, ids: Sequence[int]) -> FileSnapshot:
    last_id = _last(connection, "captures")
    last_attempt = _last(connection, "attempts")
    total = connection.execute("SELECT total FROM figures").fetchone()[0]
    ahead = connection.execute(
        "SELECT count(*) FROM captures WHERE id > ? AND deletion IS NULL",
        (follower.read_watermark(connection),),
    ).fetchone()[0]
    arrived: tuple[int, ...] = ()
    attempted: frozenset[int] = frozenset()
    if before is not None and last_id > before.last_id:
        query = "SELECT id FROM captures WHERE id > ? AND deletion IS NULL ORDER BY id"
        arrived = tuple(row[0] for row in connection.execute(query, (before.last_id,)))
    if before is not None and last_attempt > before.last_attempt:
        query = "SELECT DISTINCT capture_id FROM attempts WHERE id > ?"
        attempted = frozenset(row[0] for row in connection.execute(query, (before.last_attempt,)))
    marks = connection.execute("SELECT * FROM marks ORDER BY capture_id DESC LIMIT ?", (MARKS,))
    return FileSnapshot(
        last_id=last_id,
        living=total + ahead,
        last_attempt=last_attempt,
        marks={capture_id: tuple(rest) for capture_id, *rest in marks},
        arrived=arrived,
        attempted=attempted,
        rows=rows(connection, ids),
    )


def _last(connection: sqlite3.Connection, table: str) -> int:
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return 0 if found is None else int(found[0])
