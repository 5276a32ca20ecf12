"""Captures in SQL: put in once, read as rows without bodies, read whole one at a time."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inspector.base.errors import NotFound
from inspector.domain.capture.capture import SAMPLE_HEADER, Capture
from inspector.domain.capture.rows import CaptureRow, TargetOutcome
from inspector.domain.signature.evaluation import Evaluation
from inspector.domain.signature.finding import Finding
from inspector.store.group import shapes
from inspector.store.write import columns, small_tables
from inspector.store.write.columns import NewCapture, Shown, storable
from inspector.store.write.headers import has_header, load_headers
from inspector.store.write.large_values import is_large, put_large

_MOST_ROWS = 32
"""Of one statement; of each length up to it there is one, which is kept ready."""
_LAST_ID = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'captures'), 0)"
_UPDATE = (
    f"UPDATE captures SET ({columns.JUDGED_SHOWN}, {columns.JUDGED_OTHER})"
    f" = ({', '.join('?' * columns.JUDGED_COUNT)}) WHERE id = ?"
)
_ROW = f"""
SELECT id, {columns.RAW_SHOWN}, {columns.JUDGED_SHOWN},
  coalesce((SELECT name FROM surveys s WHERE s.is_sample = (c.kind = 'sample') AND s.survey_id = c.survey_id),
    CASE WHEN c.is_trusted THEN c.survey_name END),
  (SELECT group_concat(code) FROM findings f WHERE f.capture_id = c.id AND f.is_between),
  m.is_pinned, m.note, m.color
FROM captures c LEFT JOIN marks m ON m.capture_id = c.id WHERE c.deletion IS NULL AND c.id
"""
_UNMARKED = (0, "", None)
_NAME = "SELECT name FROM surveys WHERE is_sample = ? AND survey_id = ?"
# Before the first completion of a survey is counted, only the capture itself has the name.
_OWN_NAME = "SELECT survey_name FROM captures WHERE id = ?"
_REASONS = f"""
SELECT id, trouble FROM captures WHERE kind = 'refused' AND trouble IS NOT NULL AND id IN ({{ids}})
UNION ALL SELECT capture_id, group_concat(code, ' + ') FROM findings
WHERE capture_id IN ({{ids}}) AND NOT is_between AND (is_proved OR code = 'unexplained') GROUP BY capture_id
UNION ALL SELECT id, 'a sample of another file' FROM captures
WHERE id IN ({{ids}}) AND verdict = 'invalid' AND {has_header(SAMPLE_HEADER)}
"""
_MARKS = (
    "SELECT capture_id, group_concat(code) FROM findings"
    " WHERE capture_id BETWEEN ? AND ? AND is_between GROUP BY capture_id"
)
# Beside max() SQLite gives the other columns of the row that has it.
_PERSONS = "SELECT capture_id, is_pinned, note, color FROM marks WHERE capture_id BETWEEN ? AND ?"
_ATTEMPTS = (
    "SELECT capture_id, count(*), target, status, outcome, is_expected, max(id) FROM attempts"
    " WHERE capture_id {} GROUP BY capture_id, target ORDER BY max(id) DESC"
)
_MOST_TARGETS = 16
"""Maximum number of outcomes in a row."""


def insert(connection: sqlite3.Connection, arrivals: Sequence[NewCapture]) -> list[int]:
    """Store captures in their order; their ids are larger than every one before.

    Whether those that no secret was at hand for are trusted is decided here: once another process's commit
    has given the file a secret, no capture is committed that is trusted for want of one.
    """
    if any(arrival.is_trusted_without_secret for arrival in arrivals):
        on_file = small_tables.had_secret(connection)  # 1 µs, of each commit
        arrivals = [arrival.on_file(is_secret_on_file=on_file) for arrival in arrivals]
    next_id = 1 + connection.execute(_LAST_ID).fetchone()[0]
    # As few statements as can be (see `Writer.run_with_others`).
    for start in range(0, len(arrivals), _MOST_ROWS):
        part = arrivals[start : start + _MOST_ROWS]
        values: list[Any] = []
        bodies: list[Any] = []
        for capture_id, (shown, other, body, *_) in enumerate(part, next_id + start):
            values += (capture_id, *shown, *other, columns.body_hash(body))
            bodies += (capture_id, b"" if is_large(body) else body)
        insert_rows, insert_bodies = _insertions(len(part))
        connection.execute(insert_rows, values)
        connection.execute(insert_bodies, bodies)
        for capture_id, arrival in enumerate(part, next_id + start):
            if is_large(arrival.body):
                put_large(connection, "bodies", "body", capture_id, arrival.body)
    shapes.put(connection, (arrival.shape for arrival in arrivals))
    for capture_id, arrival in enumerate(arrivals, next_id):
        if arrival.findings:
            put_findings(connection, capture_id, arrival.findings, is_between=False)
        if arrival.nonce is not None:
            small_tables.use_nonce(connection, arrival.nonce)
    return list(range(next_id, next_id + len(arrivals)))


@functools.lru_cache(maxsize=_MOST_ROWS)
def _insertions(rows: int) -> tuple[str, str]:
    row = f"({', '.join('?' * columns.COUNT)})"
    return (
        f"INSERT INTO captures ({columns.NAMES}) VALUES {', '.join([row] * rows)}",
        f"INSERT INTO bodies VALUES {', '.join(['(?, ?)'] * rows)}",
    )


def set_judgement(connection: sqlite3.Connection, capture_id: int, judgement: Evaluation) -> bool:
    """Replace what was concluded; false where the capture is gone."""
    changed = connection.execute(_UPDATE, (*columns.judged(judgement), capture_id)).rowcount
    if changed:
        connection.execute("DELETE FROM findings WHERE capture_id = ? AND NOT is_between", (capture_id,))
        put_findings(connection, capture_id, judgement.findings, is_between=False)
        shapes.put(connection, (judgement.shape,))
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
                storable(finding.summary),
                storable(finding.fix),
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
        marks = f"IN ({', '.join('?' * len(part))})"
        tried = _tried(connection, marks, part)
        for capture_id, *values, is_pinned, note, color in connection.execute(f"{_ROW} {marks}", part):
            sent = tried.get(capture_id, columns.UNSENT)
            found[capture_id] = columns.row(capture_id, (*values, *sent, is_pinned, note, color))
    return found


def _tried(
    connection: sqlite3.Connection, where: str, ids: Sequence[int]
) -> dict[int, tuple[int, tuple[TargetOutcome, ...]]]:
    """Return how often each capture was sent, and the last outcome per target, the latest first."""
    tried: dict[int, tuple[int, tuple[TargetOutcome, ...]]] = {}
    for capture_id, count, target, status, outcome, is_expected, _ in connection.execute(
        _ATTEMPTS.format(where), ids
    ):
        attempts, outcomes = tried.get(capture_id, columns.UNSENT)
        if len(outcomes) < _MOST_TARGETS:
            last = TargetOutcome(target=target, status=status, outcome=outcome, is_expected=bool(is_expected))
            outcomes = (*outcomes, last)
        tried[capture_id] = attempts + count, outcomes
    return tried


def rows_of_shown(connection: sqlite3.Connection, arrived: Mapping[int, Shown]) -> dict[int, CaptureRow]:
    """As `rows`, of captures whose columns are at hand: only what other tables say of them is read.

    A row in a query's result costs more than all the rest of it, since each gives the interpreter
    lock away.
    """
    if not arrived:
        return {}
    span = min(arrived), max(arrived)
    marks = dict(connection.execute(_MARKS, span))
    tried = _tried(connection, "BETWEEN ? AND ?", span)
    persons = {capture_id: tuple(rest) for capture_id, *rest in connection.execute(_PERSONS, span)}
    names: dict[tuple[bool, str | None], tuple[str | None]] = {}
    found: dict[int, CaptureRow] = {}
    for capture_id, shown in arrived.items():
        survey = columns.survey_of(shown)
        if survey not in names:
            names[survey] = connection.execute(_NAME, survey).fetchone() or (None,)
        name = names[survey]
        if name == (None,) and columns.may_name_survey(shown):
            name = connection.execute(_OWN_NAME, (capture_id,)).fetchone() or name
        rest = (
            *name,
            marks.get(capture_id),
            *tried.get(capture_id, columns.UNSENT),
            *persons.get(capture_id, _UNMARKED),
        )
        found[capture_id] = columns.row(capture_id, (*shown, *rest))
    return found


def reasons(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return why each of these captures was refused, as a sentence, or the codes of its findings that explain
    an invalid signature; captures without either are left out."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        numbered = ", ".join(f"?{place}" for place in range(1, len(part) + 1))
        found.update(connection.execute(_REASONS.format(ids=numbered), part))
    return found


def read(connection: sqlite3.Connection, capture_id: int, *, is_head_alone: bool = False) -> Capture:
    """One capture with its body, or with an empty one; raises NotFound where there is none of that id."""
    body = "x''" if is_head_alone else "(SELECT body FROM bodies WHERE capture_id = id)"
    values = connection.execute(
        "SELECT kind, received_ms, method, target, version, headers, remote, claimed, declared, answered,"
        f" trouble, {body} FROM captures WHERE id = ? AND deletion IS NULL",
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


def size(connection: sqlite3.Connection, capture_id: int) -> int:
    """Return the bytes of a capture's body; raises NotFound if there is none of that id."""
    query = "SELECT size FROM captures WHERE id = ? AND deletion IS NULL"
    found = connection.execute(query, (capture_id,)).fetchone()
    if found is None:
        raise _no_capture(capture_id)
    return int(found[0])


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
    """Those of the check or its diagnosis first, then those between captures, then those on the sender."""
    stored = tuple(
        Finding(code=code, summary=text, fix=fix, is_proved=bool(is_proved), detail=json.loads(detail))
        for code, text, fix, is_proved, detail in connection.execute(
            "SELECT code, summary, fix, is_proved, detail FROM findings"
            " WHERE capture_id = ? ORDER BY is_between, position, code",
            (capture_id,),
        )
    )
    return stored + shapes.findings(connection, capture_id)


def pending(connection: sqlite3.Connection) -> list[int]:
    """Ids of captures that are still to be judged."""
    query = "SELECT id FROM captures WHERE reason = 'pending' AND deletion IS NULL ORDER BY id"
    return [row[0] for row in connection.execute(query)]


def _no_capture(capture_id: int) -> NotFound:
    return NotFound(f"There is no capture {capture_id}; `list` shows those there are.")
