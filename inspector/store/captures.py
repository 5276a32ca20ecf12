"""Captures in SQL: put in once, read as rows without bodies, read whole one at a time."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from inspector.base.errors import NotFound
from inspector.domain.capture import Capture
from inspector.domain.event import Completion, Event, groupable, question_order
from inspector.domain.finding import Finding
from inspector.domain.judgement import Judgement
from inspector.domain.rows import CaptureRow
from inspector.domain.verdict import Reading, Verdict
from inspector.store import ledger
from inspector.store.headers import dump_headers, load_headers

MAX_TEXT = 200
"""Characters of a name, platform or trigger that the row keeps; the body has it whole."""


def _marks(count: int) -> str:
    return ", ".join("?" * count)


_READINGS: tuple[tuple[int, Reading], ...] = ((1, "raw"), (2, "stringify"))

_RAW = (
    "kind, received_ms, method, target, version, headers, remote, claimed, declared, answered, trouble, size,"
    " body_hash"
)
_JUDGED = (
    "is_json, event, survey_id, survey_name, group_id, user_id, platform, trigger, question_order, summary,"
    " items, verdict, reason, matched, secret, is_trusted, expected_hash, is_examined"
)
_ROWS = (32, 8, 2, 1)
_INSERT = {
    rows: f"INSERT INTO captures (id, {_RAW}, {_JUDGED}) VALUES {', '.join([f'({_marks(32)})'] * rows)}"
    for rows in _ROWS
}
_INSERT_BODIES = {rows: f"INSERT INTO bodies VALUES {', '.join(['(?, ?)'] * rows)}" for rows in _ROWS}
_LAST_ID = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'captures'), 0)"
_UPDATE = f"UPDATE captures SET ({_JUDGED}) = ({_marks(18)}) WHERE id = ?"
_ROW = """
SELECT c.id, c.kind, c.received_ms, c.method, c.target, c.size, c.declared, c.answered, c.event, c.survey_id,
  (SELECT name FROM surveys s WHERE s.is_sample = (c.kind = 'sample') AND s.survey_id = c.survey_id) AS name,
  c.group_id, c.user_id, c.platform, c.question_order, c.summary, c.verdict, c.reason, c.matched, c.secret,
  c.is_json, c.is_trusted,
  (SELECT group_concat(code) FROM findings f WHERE f.capture_id = c.id AND f.is_between) AS marks,
  (SELECT count(*) FROM attempts a WHERE a.capture_id = c.id) AS attempts,
  (SELECT status FROM attempts a WHERE a.capture_id = c.id ORDER BY a.id DESC LIMIT 1) AS last_status
FROM captures c WHERE c.deletion IS NULL AND c.id
"""


Arrival: TypeAlias = tuple[Capture, Judgement, str | None]
"""A capture, what was concluded from it, and the nonce of an announced sample."""


def insert(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> list[int]:
    """Store captures in their order; their ids are larger than every one before.

    A nonce is used up in the same transaction.
    """
    next_id = 1 + connection.execute(_LAST_ID).fetchone()[0]
    ids = list(range(next_id, next_id + len(arrivals)))
    start = 0
    while start < len(arrivals):
        # As few statements as can be (see `Writer.run_with_others`), of few lengths, which are cached.
        count = next(size for size in _ROWS if size <= len(arrivals) - start)
        part = range(start, start + count)
        values: list[Any] = []
        for index in part:
            capture, judgement, _ = arrivals[index]
            values += (ids[index], *_raw_values(capture), *_judged_values(judgement))
        connection.execute(_INSERT[count], values)
        values = []
        for index in part:
            values += (ids[index], arrivals[index][0].body)
        connection.execute(_INSERT_BODIES[count], values)
        start += count
    for capture_id, (_, judgement, nonce) in zip(ids, arrivals, strict=True):
        put_findings(connection, capture_id, judgement.findings, is_between=False)
        if nonce is not None:
            ledger.use_nonce(connection, nonce)
    return ids


def set_judgement(connection: sqlite3.Connection, capture_id: int, judgement: Judgement) -> bool:
    """Replace what was concluded; false where the capture is gone."""
    changed = connection.execute(_UPDATE, (*_judged_values(judgement), capture_id)).rowcount
    if changed:
        connection.execute("DELETE FROM findings WHERE capture_id = ? AND NOT is_between", (capture_id,))
        put_findings(connection, capture_id, judgement.findings, is_between=False)
    return bool(changed)


def put_findings(
    connection: sqlite3.Connection, capture_id: int, findings: Iterable[Finding], *, is_between: bool
) -> None:
    """Add findings to a capture; one of the same code is replaced."""
    for position, finding in enumerate(findings):
        connection.execute(
            "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                capture_id,
                is_between,
                finding.code,
                _storable(finding.summary),
                _storable(finding.fix),
                finding.is_proved,
                json.dumps(finding.detail),
                position,
            ),
        )


def rows(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, CaptureRow]:
    """The rows of these ids, without those that are deleted or unknown; never a body."""
    found: dict[int, CaptureRow] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        for values in connection.execute(f"{_ROW} IN ({_marks(len(part))})", part):
            found[values[0]] = _row(values)
    return found


def read(connection: sqlite3.Connection, capture_id: int) -> Capture:
    """One capture with its body; raises NotFound where there is none of that id."""
    values = connection.execute(
        "SELECT kind, received_ms, method, target, version, headers, remote, claimed, declared, answered,"
        " trouble, (SELECT body FROM bodies WHERE capture_id = id)"
        " FROM captures WHERE id = ? AND deletion IS NULL",
        (capture_id,),
    ).fetchone()
    if values is None:
        raise _no_capture(capture_id)
    (
        kind,
        received_ms,
        method,
        target,
        version,
        headers,
        remote,
        claimed,
        declared,
        answered,
        trouble,
        body,
    ) = values
    return Capture(
        kind=kind,
        received_ms=received_ms,
        method=method,
        target=target,
        version=version,
        headers=load_headers(headers),
        body=body,
        declared=declared,
        remote=remote,
        claimed=claimed,
        answered=answered,
        trouble=trouble,
    )


def read_some(
    connection: sqlite3.Connection, ids: Sequence[int], max_bytes: int
) -> tuple[list[tuple[int, Capture | None]], Sequence[int]]:
    """The first of these captures, of about `max_bytes` in all, and the ids that are left.

    One that is gone is None.
    """
    found: list[tuple[int, Capture | None]] = []
    size = 0
    for index, capture_id in enumerate(ids):
        if size >= max_bytes:
            return found, ids[index:]
        try:
            capture = read(connection, capture_id)
        except NotFound:
            found.append((capture_id, None))
            continue
        found.append((capture_id, capture))
        size += len(capture.body)
    return found, ()


def check_all_exist(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Raises NotFound for the first of these ids that is not there."""
    for capture_id in ids:
        query = "SELECT 1 FROM captures WHERE id = ? AND deletion IS NULL"
        if connection.execute(query, (capture_id,)).fetchone() is None:
            raise _no_capture(capture_id)


def findings(connection: sqlite3.Connection, capture_id: int) -> tuple[Finding, ...]:
    """Those of the check or its diagnosis first, then those between captures."""
    return tuple(
        Finding(code=code, summary=text, fix=fix, is_proved=bool(is_proved), detail=json.loads(detail))
        for code, text, fix, is_proved, detail in connection.execute(
            "SELECT code, summary, fix, is_proved, detail FROM findings"
            " WHERE capture_id = ? ORDER BY is_between, position, code",
            (capture_id,),
        )
    )


def pending(connection: sqlite3.Connection) -> list[int]:
    """Ids of captures that are still to be judged."""
    query = "SELECT id FROM captures WHERE reason = 'pending' AND deletion IS NULL ORDER BY id"
    return [row[0] for row in connection.execute(query)]


def matched_bits(verdict: Verdict) -> int:
    """The readings that matched, as the column `matched` holds them."""
    return sum(bit for bit, reading in _READINGS if reading in verdict.matched)


def _no_capture(capture_id: int) -> NotFound:
    return NotFound(f"There is no capture {capture_id}; `list` shows those there are.")


def _raw_values(capture: Capture) -> tuple[Any, ...]:
    return (
        capture.kind,
        capture.received_ms,
        capture.method,
        capture.target,
        capture.version,
        dump_headers(capture.headers),
        capture.remote,
        capture.claimed,
        capture.declared,
        capture.answered,
        capture.trouble,
        len(capture.body),
        hashlib.sha256(capture.body).digest()[:16],
    )


def _judged_values(judgement: Judgement) -> tuple[Any, ...]:
    event: Event = judgement.event
    verdict = judgement.verdict
    return (
        judgement.is_json,
        event.word,
        _id(event.survey_id),
        _text(event.survey_name) if isinstance(event, Completion) else None,
        _id(event.group_id),
        _id(event.user_id),
        _text(event.platform),
        _text(event.trigger),
        question_order(event),
        _storable(judgement.summary),
        judgement.items,
        verdict.word,
        verdict.reason,
        matched_bits(verdict),
        verdict.secret,
        judgement.is_trusted,
        judgement.expected_hash,
        False,
    )


def _row(values: tuple[Any, ...]) -> CaptureRow:
    (
        capture_id,
        kind,
        received_ms,
        method,
        target,
        size,
        declared,
        answered,
        event,
        survey_id,
        survey_name,
        group_id,
        user_id,
        platform,
        order,
        summary,
        word,
        reason,
        matched,
        secret,
        is_json,
        is_trusted,
        marks,
        attempts,
        last_status,
    ) = values
    return CaptureRow(
        id=capture_id,
        kind=kind,
        received_ms=received_ms,
        method=method,
        target=target,
        size=size,
        declared=declared,
        answered=answered,
        event=event,
        survey_id=survey_id,
        survey_name=survey_name,
        group_id=group_id,
        user_id=user_id,
        platform=platform,
        question_order=order,
        summary=summary,
        verdict=Verdict(
            word=word,
            reason=reason,
            matched=tuple(reading for bit, reading in _READINGS if matched & bit),
            secret=secret,
        ),
        is_json=None if is_json is None else bool(is_json),
        is_trusted=bool(is_trusted),
        marks=tuple(marks.split(",")) if marks else (),
        attempts=attempts,
        last_status=last_status,
    )


def _id(text: str | None) -> str | None:
    return None if (usable := groupable(text)) is None else _storable(usable)


def _text(text: str | None) -> str | None:
    return None if text is None else _storable(text[:MAX_TEXT])


def _storable(text: str) -> str:
    """SQLite takes UTF-8 alone: a lone surrogate, which JSON can spell, is stored as its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
