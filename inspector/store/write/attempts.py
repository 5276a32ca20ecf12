"""Attempts in SQL: every delivery attempt is stored, and none is ever overwritten."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from inspector.base.errors import NotFound
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.replay.attempt import Standing
from inspector.domain.replay.redirect import Redirect
from inspector.store.write.columns import dump_headers, load_headers
from inspector.store.write.insertion import insert_numbered
from inspector.store.write.large_values import is_large, put_large

_COLUMNS = ", ".join(AttemptRow._fields)
_REDIRECTS = AttemptRow._fields.index("redirects")
_MORE = ("sent_head", "sent_body", "answer_headers", "answer_body", "is_answer_cut")
_ALL = ", ".join((_COLUMNS, *_MORE))
_NEW = (*AttemptRow._fields[1:], *_MORE)
_MOST_ROWS = 64
"""Maximum number of rows per statement."""
_WITHOUT_CAPTURE = (
    "DELETE FROM attempts WHERE id >= ? AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.id = capture_id)"
)
# Scheme, host and port of a URL: up to the first slash after the "//" of the scheme.
_ORIGIN = "substr({0}.target, 1, instr(substr({0}.target, 9), '/') + 7)"
_BEFORE = (
    "SELECT max(before.id) FROM attempts AS before WHERE before.capture_id = now.capture_id"
    " AND before.id < now.id AND before.outcome != 'unknown' AND before.path IS now.path"
    f" AND {_ORIGIN.format('before')} = {_ORIGIN.format('now')}"
)
_OF_BEFORE = ", ".join(f"last.{name}" for name in AttemptRow._fields)
_EXISTING = "SELECT json_group_array(id) FROM attempts WHERE id IN (SELECT value FROM json_each(?))"
_EACH_BEFORE = (
    f"SELECT now.id, {_OF_BEFORE} FROM attempts AS now JOIN attempts AS last ON last.id = ({_BEFORE})"
    " WHERE now.id IN (SELECT value FROM json_each(?))"
)


def insert(connection: sqlite3.Connection, attempts: Sequence[AttemptDetail]) -> list[int]:
    """Store attempts in order and return their new ids. The ids in their rows are ignored.

    If the capture of an attempt was removed meanwhile, the attempt is not stored: permanently deleted data
    must not come back.
    """
    ids: list[int] = []
    # As few statements as possible (see `Writer.run_with_others`).
    for start in range(0, len(attempts), _MOST_ROWS):
        ids += _insert(connection, attempts[start : start + _MOST_ROWS])
    if ids:
        connection.execute(_WITHOUT_CAPTURE, (ids[0],))
    return ids


def _insert(connection: sqlite3.Connection, attempts: Sequence[AttemptDetail]) -> Sequence[int]:
    """Store attempts with one statement, and large bodies after it."""
    values: list[Any] = []
    for attempt in attempts:
        row = attempt.row
        values += (
            *row[1:_REDIRECTS],
            _dumped(row.redirects) if row.redirects else None,
            *row[_REDIRECTS + 1 :],
            attempt.sent_head,
            b"" if is_large(attempt.sent_body) else attempt.sent_body,
            _dumped_headers(attempt.response_headers),
            b"" if is_large(attempt.response_body) else attempt.response_body,
            attempt.is_response_cut,
        )
    ids = insert_numbered(connection, "attempts", _NEW, len(attempts), values)
    for attempt_id, attempt in zip(ids, attempts, strict=True):
        for column, value in (("sent_body", attempt.sent_body), ("answer_body", attempt.response_body)):
            if value is not None and is_large(value):
                put_large(connection, "attempts", column, attempt_id, value)
    return ids


@functools.lru_cache(maxsize=32)  # a target often sends the same ones until the next second of its Date
def _dumped_headers(headers: HeaderPairs) -> str:
    return dump_headers(headers)


def of_capture(connection: sqlite3.Connection, capture_id: int, limit: int = 1000) -> tuple[AttemptRow, ...]:
    """Return the latest attempts of a capture, newest first."""
    return tuple(
        _row(values)
        for values in connection.execute(
            f"SELECT {_COLUMNS} FROM attempts WHERE capture_id = ? ORDER BY id DESC LIMIT ?",
            (capture_id, limit),
        )
    )


def read(connection: sqlite3.Connection, attempt_id: int) -> AttemptDetail:
    """Return an attempt with its response. Raises NotFound if it does not exist."""
    values = connection.execute(
        f"SELECT {_ALL} FROM attempts WHERE id = ?",
        (attempt_id,),
    ).fetchone()
    if values is None:
        raise NotFound(f"There is no attempt {attempt_id}.")
    *row, sent_head, sent_body, headers, body, is_cut = values
    return AttemptDetail(
        row=_row(row),
        sent_head=sent_head,
        sent_body=sent_body,
        response_headers=load_headers(headers),
        response_body=body,
        is_response_cut=bool(is_cut),
    )


def with_attempts(connection: sqlite3.Connection, capture_ids: Sequence[int]) -> frozenset[int]:
    """Return which of these captures were sent."""
    query = "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM attempts WHERE capture_id = value)"
    return frozenset(row[0] for row in connection.execute(query, (json.dumps(list(capture_ids)),)))


def whole_after(
    connection: sqlite3.Connection, capture_id: int, after: int, max_bytes: int
) -> list[AttemptDetail]:
    """Return attempts of a capture after the attempt `after`, oldest first, about `max_bytes` in total."""
    found: list[AttemptDetail] = []
    ids = connection.execute(
        "SELECT id FROM attempts WHERE capture_id = ? AND id > ? ORDER BY id LIMIT 100", (capture_id, after)
    ).fetchall()
    for (attempt_id,) in ids:
        found.append(read(connection, attempt_id))
        max_bytes -= len(found[-1].sent_body or b"") + len(found[-1].response_body)
        if max_bytes <= 0:
            break
    return found


def each_before(connection: sqlite3.Connection, attempt_ids: Sequence[int]) -> dict[int, AttemptRow | None]:
    """Return, for each of a few hundred attempts, the previous one to the same scheme, host, port and path.

    Attempts with an unknown outcome are skipped.
    """
    ids = (json.dumps(list(attempt_ids)),)
    (existing,) = connection.execute(_EXISTING, ids).fetchone()
    found: dict[int, AttemptRow | None] = dict.fromkeys(json.loads(existing))
    found |= {now: _row(before) for now, *before in connection.execute(_EACH_BEFORE, ids)}
    return found


def latest_at(connection: sqlite3.Connection, capture_ids: Sequence[int], url: str) -> dict[int, AttemptRow]:
    """Return the latest attempt of each of these captures at the target with this URL."""
    names = ", ".join(f"a.{name}" for name in AttemptRow._fields)
    rows = connection.execute(
        f"SELECT {names} FROM json_each(?) j JOIN attempts a ON a.id = (SELECT max(id) FROM attempts"
        " WHERE capture_id = j.value AND target = ?)",
        (json.dumps(list(capture_ids)), url),
    )
    return {row.capture_id: row for row in map(_row, rows)}


def standings(connection: sqlite3.Connection, capture_ids: Sequence[int]) -> dict[int, Standing]:
    """Return the stored verdict and trust of these captures. They determine the expected response."""
    rows = connection.execute(
        "SELECT c.id, c.verdict, c.is_trusted FROM json_each(?) j JOIN captures c ON c.id = j.value",
        (json.dumps(list(capture_ids)),),
    )
    return {capture_id: Standing(word, bool(is_trusted)) for capture_id, word, is_trusted in rows}


def _row(values: Sequence[Any]) -> AttemptRow:
    row = AttemptRow._make(values)
    return row._replace(
        edited=bool(row.edited),
        is_expected=bool(row.is_expected),
        redirects=_redirects(values[_REDIRECTS]),
    )


def _dumped(redirects: Sequence[Redirect]) -> str:
    return json.dumps([[one.status, one.url] for one in redirects])


def _redirects(text: str | None) -> tuple[Redirect, ...]:
    if text is None:
        return ()
    return tuple(Redirect(status=status, url=url) for status, url in json.loads(text))
