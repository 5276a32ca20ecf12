"""Captures in SQL: each is stored once, and read with its body one at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from inspector.base.errors import NotFound
from inspector.base.next_step import next_step
from inspector.domain.capture.capture import Capture
from inspector.domain.respondent import respondent_findings
from inspector.domain.signature.evaluation import PENDING, Evaluation
from inspector.domain.signature.finding import Finding
from inspector.store.group import shapes
from inspector.store.journal import Entry
from inspector.store.write import columns, inboxes, journal_transaction, small_tables
from inspector.store.write.columns import NewCapture, storable
from inspector.store.write.insertion import insertion
from inspector.store.write.large_values import is_large, put_large

_MOST_ROWS = 32
"""Maximum number of rows per statement. There is one prepared statement per number of rows."""
_UPDATE = f"UPDATE captures SET {', '.join(f'{name} = ?' for name in columns.EVALUATED)} WHERE id = ?"


def insert(
    connection: sqlite3.Connection, captures: Sequence[NewCapture], first_id: int | None = None
) -> list[int]:
    """Store captures in order. Return their ids: consecutive from `first_id`, or larger than all others.

    Captures evaluated without a secret are trusted only if the file never had one. This is decided here, in
    the transaction: another process may have added the first secret since the evaluation.
    """
    if any(one.is_trusted_without_secret for one in captures):
        on_file = small_tables.had_secret(connection)  # 1 µs per commit
        captures = [one.on_file(is_secret_on_file=on_file) for one in captures]
    next_id = _reserved(connection, len(captures)) if first_id is None else first_id
    # As few statements as possible (see `Writer.run_with_others`).
    for start in range(0, len(captures), _MOST_ROWS):
        part = captures[start : start + _MOST_ROWS]
        values: list[Any] = []
        bodies: list[Any] = []
        for capture_id, (shown, other, body, *_) in enumerate(part, next_id + start):
            values += (capture_id, *shown, *other, columns.body_hash(body))
            bodies += (capture_id, b"" if is_large(body) else body)
        connection.execute(insertion("captures", columns.ALL, len(part)), values)
        connection.execute(insertion("bodies", ("capture_id", "body"), len(part)), bodies)
        for capture_id, one in enumerate(part, next_id + start):
            if is_large(one.body):
                put_large(connection, "bodies", "body", capture_id, one.body)
    shapes.put(connection, (one.shape for one in captures))
    for capture_id, one in enumerate(captures, next_id):
        if one.findings:
            put_findings(connection, capture_id, one.findings, is_between=False)
        if one.nonce is not None:
            small_tables.use_nonce(connection, one.nonce)
    return list(range(next_id, next_id + len(captures)))


def insert_entries(connection: sqlite3.Connection, evaluated: Sequence[tuple[Entry, Evaluation]]) -> set[int]:
    """Store captures of the journal, given in the order of their ids.

    Return the ids that are skipped, because their message of a shared inbox is stored already.
    """
    received = [(entry.id, entry.origin) for entry, _ in evaluated if entry.origin is not None]
    repeated = inboxes.put(connection, received) if received else set()
    if repeated:
        evaluated = [one for one in evaluated if one[0].id not in repeated]
    run: list[NewCapture] = []
    for place, (entry, evaluation) in enumerate(evaluated, 1):
        run.append(columns.new_capture(entry.capture, evaluation, entry.nonce))
        # The ids that an import has reserved are missing in the journal, and those that are skipped.
        if place == len(evaluated) or evaluated[place][0].id != entry.id + 1:
            insert(connection, run, entry.id + 1 - len(run))
            run = []
    return repeated


def _reserved(connection: sqlite3.Connection, count: int) -> int:
    """Return the first of `count` reserved ids. Captures that wait for their evaluation are stored before."""

    def store_waiting(entries: Sequence[Entry]) -> None:
        # The nonce of a sample stays valid: with it goes the secret that its evaluation needs.
        insert_entries(connection, [(one._replace(nonce=None), PENDING) for one in entries])

    return journal_transaction.reserve_ids(connection, count, store_waiting)


def set_evaluation(connection: sqlite3.Connection, capture_id: int, evaluation: Evaluation) -> bool:
    """Replace the evaluation of a capture. Return False if it does not exist."""
    changed = connection.execute(_UPDATE, (*columns.evaluated(evaluation), capture_id)).rowcount
    if changed:
        connection.execute("DELETE FROM findings WHERE capture_id = ? AND NOT is_between", (capture_id,))
        put_findings(connection, capture_id, evaluation.findings, is_between=False)
        shapes.put(connection, (evaluation.shape,))
    return bool(changed)


def put_findings(
    connection: sqlite3.Connection, capture_id: int, findings: Iterable[Finding], *, is_between: bool
) -> None:
    """Add findings to a capture. A finding with the same code is replaced."""
    for position, finding in enumerate(findings):
        connection.execute(
            "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                capture_id,
                is_between,
                finding.code,
                storable(finding.summary),
                storable(finding.fix),
                finding.is_proved,
                json.dumps(finding.detail),
                position,
            ),
        )


def read(connection: sqlite3.Connection, capture_id: int, *, is_head_alone: bool = False) -> Capture:
    """Return a capture with its body, or with an empty one. Raises NotFound."""
    body = "x''" if is_head_alone else "(SELECT body FROM bodies WHERE capture_id = id)"
    values = connection.execute(
        f"SELECT {columns.OF_CAPTURE}, {body} FROM captures WHERE id = ? AND deletion IS NULL", (capture_id,)
    ).fetchone()
    if values is None:
        raise _no_capture(capture_id)
    return columns.capture_of(values[:-1], values[-1])


_READ_SOME = (
    f"SELECT wanted, (SELECT body FROM bodies WHERE capture_id = id), {columns.OF_CAPTURE}"
    " FROM (SELECT value AS wanted FROM json_each(?))"
    " LEFT JOIN captures ON id = wanted AND deletion IS NULL"
)


def size(connection: sqlite3.Connection, capture_id: int) -> int:
    """Return the size of a capture's body in bytes. Raises NotFound."""
    query = "SELECT size FROM captures WHERE id = ? AND deletion IS NULL"
    found = connection.execute(query, (capture_id,)).fetchone()
    if found is None:
        raise _no_capture(capture_id)
    return int(found[0])


def read_some(
    connection: sqlite3.Connection, ids: Sequence[int], max_bytes: int
) -> tuple[list[tuple[int, Capture | None]], Sequence[int]]:
    """Return the first of these captures, about `max_bytes` in total, and the remaining ids.

    A capture that does not exist is None.
    """
    found: list[tuple[int, Capture | None]] = []
    size = 0
    # One statement: for each of its own, a busy loop would have to hand over the interpreter lock twice.
    for capture_id, body, *values in connection.execute(_READ_SOME, (json.dumps(list(ids)),)):
        capture = None if body is None else columns.capture_of(values, body)
        found.append((capture_id, capture))
        size += len(body or b"")
        if size >= max_bytes:
            break
    return found, ids[len(found) :]


def check_all_exist(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Check that all captures exist. Raises NotFound for the first id that does not."""
    query = (
        "SELECT j.value FROM json_each(?) j LEFT JOIN captures c ON c.id = j.value AND c.deletion IS NULL"
        " WHERE c.id IS NULL LIMIT 1"
    )
    missing = connection.execute(query, (json.dumps(list(ids)),)).fetchone()
    if missing is not None:
        raise _no_capture(missing[0])


def findings(connection: sqlite3.Connection, capture_id: int) -> tuple[Finding, ...]:
    """Return the findings of a capture: of the check or diagnosis, across captures, and about the sender."""
    stored = connection.execute(
        "SELECT is_between, code, summary, fix, is_proved, detail FROM findings"
        " WHERE capture_id = ? ORDER BY is_between, position, code",
        (capture_id,),
    )
    return tuple(_finding(*row) for row in stored) + shapes.findings(connection, capture_id)


def _finding(is_between: int, code: str, summary: str, fix: str, is_proved: int, detail: str) -> Finding:
    found = json.loads(detail)
    if is_between:  # an older version may have stored other words
        return respondent_findings.finding(code, found)
    return Finding(code=code, summary=summary, fix=fix, is_proved=bool(is_proved), detail=found)


def pending(connection: sqlite3.Connection) -> list[int]:
    """Return the captures that are not evaluated yet."""
    query = "SELECT id FROM captures WHERE reason = 'pending' AND deletion IS NULL ORDER BY id"
    return [row[0] for row in connection.execute(query)]


def _no_capture(capture_id: int) -> NotFound:
    step = next_step(terminal="Run `list` to see the ids.", window="It was removed.")
    return NotFound(f"There is no capture {capture_id}. {step}")
