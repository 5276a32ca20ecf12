"""Imported captures and attempts, and which of them are already in the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail
from inspector.store.write import attempts
from inspector.store.write.captures import insert
from inspector.store.write.columns import NewCapture, body_hash, dump_headers, storable
from inspector.store.write.marks import StoredMarks

# Uses the index captures_by_age. The kind is not compared because an import changes it.
_CANDIDATES = (
    "SELECT id, body_hash, method, target, headers, remote FROM captures c"
    " WHERE received_ms = ? AND size = ? AND deletion IS NULL AND id <= ? ORDER BY id"
)
_IS_THERE = "SELECT 1 FROM attempts WHERE capture_id = ? AND id <= ? AND started_ms = ? AND target = ?"


def last_ids(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the ids of the last capture and the last attempt."""
    query = "SELECT coalesce((SELECT max(id) FROM captures), 0), coalesce((SELECT max(id) FROM attempts), 0)"
    capture_id, attempt_id = connection.execute(query).fetchone()
    return capture_id, attempt_id


def copies(connection: sqlite3.Connection, captures: Sequence[Capture], up_to: int) -> list[list[int]]:
    """Return, for each of these captures, the ids of equal captures up to `up_to`, ascending."""
    return [_copies(connection, one, up_to) for one in captures]


def _copies(connection: sqlite3.Connection, one: Capture, up_to: int) -> list[int]:
    found = connection.execute(_CANDIDATES, (one.received_ms, len(one.body), up_to)).fetchall()
    if not found:  # the usual case: hashing would keep the interpreter busy
        return []
    same = (body_hash(one.body), one.method, one.target, dump_headers(one.headers), one.remote)
    return [row[0] for row in found if row[1:] == same]


def put(
    connection: sqlite3.Connection,
    *,
    captures: Sequence[NewCapture],
    marked: Sequence[StoredMarks],
    attempted: Sequence[tuple[int | None, int, AttemptDetail]],
    last_attempt: int,
) -> tuple[list[int], int]:
    """Store captures with their marks, and attempts. Return their ids and the number of stored attempts.

    Each attempt comes with the id of its capture, or with None and the index of its capture in `captures`.
    Attempts up to `last_attempt` that a capture already has are skipped.
    """
    stored = insert(connection, captures) if captures else []
    connection.executemany(
        "INSERT INTO marks (capture_id, is_pinned, note, color) VALUES (?, ?, ?, ?)",
        (
            (capture_id, marks.is_pinned, storable(marks.note), marks.color)
            for capture_id, marks in zip(stored, marked, strict=True)
            if marks != StoredMarks()
        ),
    )
    fresh = []
    for capture_id, place, attempt in attempted:
        if capture_id is None:
            capture_id = stored[place]
        else:
            row = attempt.row
            known = (capture_id, last_attempt, row.started_ms, row.target)
            if connection.execute(_IS_THERE, known).fetchone():
                continue
        fresh.append(replace(attempt, row=attempt.row._replace(capture_id=capture_id)))
    if fresh:
        attempts.insert(connection, fresh)
    return stored, len(fresh)
