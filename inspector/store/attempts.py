"""Attempts in SQL: each sending of a capture is kept, none is ever overwritten."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from typing import Any

from inspector.base.errors import InspectorError
from inspector.domain.rows import AttemptDetail, AttemptRow
from inspector.store.headers import dump_headers, load_headers

_COLUMNS = "id, capture_id, target, started_ms, status, elapsed_ms, outcome, error, signature, edited"
_ALL = f"{_COLUMNS}, answer_headers, answer_body, is_answer_cut"
_MOST_ROWS = 64
"""Of one statement; of each length up to it there is one, which is kept ready."""
_LAST_ID = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'attempts'), 0)"


def insert(connection: sqlite3.Connection, attempts: Sequence[AttemptDetail]) -> list[int]:
    """Keep attempts in their order; the ids in their rows are ignored, and the new ones returned."""
    next_id = 1 + connection.execute(_LAST_ID).fetchone()[0]
    # As few statements as can be (see `Writer.run_with_others`).
    for start in range(0, len(attempts), _MOST_ROWS):
        part = attempts[start : start + _MOST_ROWS]
        values: list[Any] = []
        for attempt_id, attempt in enumerate(part, next_id + start):
            row = attempt.row
            values += (
                attempt_id,
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
            )
        connection.execute(_insertion(len(part)), values)
    return list(range(next_id, next_id + len(attempts)))


@functools.lru_cache(maxsize=_MOST_ROWS)
def _insertion(rows: int) -> str:
    row = f"({', '.join('?' * (_ALL.count(',') + 1))})"
    return f"INSERT INTO attempts ({_ALL}) VALUES {', '.join([row] * rows)}"


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
        f"SELECT {_ALL} FROM attempts WHERE id = ?",
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
