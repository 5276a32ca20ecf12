"""Attempts in SQL: each sending of a capture is kept, none is ever overwritten."""

from __future__ import annotations

import sqlite3
from typing import Any

from inspector.base.errors import InspectorError
from inspector.domain.rows import AttemptDetail, AttemptRow
from inspector.store.headers import dump_headers, load_headers

_COLUMNS = "id, capture_id, target, started_ms, status, elapsed_ms, outcome, error, signature, edited"


def insert(connection: sqlite3.Connection, attempt: AttemptDetail) -> int:
    """Keep an attempt; the id in its row is ignored and the new one returned."""
    row = attempt.row
    cursor = connection.execute(
        "INSERT INTO attempts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.capture_id,
            row.target,
            row.started_ms,
            row.status,
            row.elapsed_ms,
            row.outcome,
            row.error,
            row.signature,
            row.edited,
            dump_headers(attempt.answer_headers),
            attempt.answer_body,
            attempt.is_answer_cut,
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def of_capture(connection: sqlite3.Connection, capture_id: int, limit: int = 1000) -> tuple[AttemptRow, ...]:
    """The latest attempts of a capture, newest first."""
    return tuple(
        _row(values)
        for values in connection.execute(
            f"SELECT {_COLUMNS} FROM attempts WHERE capture_id = ? ORDER BY id DESC LIMIT ?",
            (capture_id, limit),
        )
    )


def read(connection: sqlite3.Connection, attempt_id: int) -> AttemptDetail:
    """An attempt with its answer; raises InspectorError where there is none of that id."""
    values = connection.execute(
        f"SELECT {_COLUMNS}, answer_headers, answer_body, is_answer_cut FROM attempts WHERE id = ?",
        (attempt_id,),
    ).fetchone()
    if values is None:
        raise InspectorError(f"There is no attempt {attempt_id} any more.")
    *row, headers, body, is_cut = values
    return AttemptDetail(
        row=_row(row), answer_headers=load_headers(headers), answer_body=body, is_answer_cut=bool(is_cut)
    )


def _row(values: Any) -> AttemptRow:
    attempt_id, capture_id, target, started_ms, status, elapsed_ms, outcome, error, signature, edited = values
    return AttemptRow(
        id=attempt_id,
        capture_id=capture_id,
        target=target,
        started_ms=started_ms,
        status=status,
        elapsed_ms=elapsed_ms,
        outcome=outcome,
        error=error,
        signature=signature,
        edited=bool(edited),
    )
