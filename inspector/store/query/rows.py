"""Rows of captures for lists and front ends, always without bodies."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import suppress

from inspector.domain.capture.capture import SAMPLE_HEADER
from inspector.domain.capture.rows import CaptureRow, InboxOrigin, TargetOutcome
from inspector.domain.event.event import Event, Unknown, read_event
from inspector.domain.json.value import NotJSON, depth_exceeds, parse
from inspector.domain.signature.content import Content, decoded
from inspector.store.write import columns
from inspector.store.write.columns import READ_DEPTH, UNSENT, Sent, ShownColumns, Unlisted, has_header

ROW_QUERY = f"""
SELECT c.id, {columns.SHOWN},
  (SELECT name FROM surveys s WHERE s.is_sample = (c.kind = 'sample') AND s.survey_id = c.survey_id),
  (SELECT group_concat(code) FROM findings f WHERE f.capture_id = c.id AND f.is_between),
  m.is_pinned, m.note, m.color
FROM json_each(?) j CROSS JOIN captures c ON c.id = j.value LEFT JOIN marks m ON m.capture_id = c.id
WHERE c.deletion IS NULL
"""
_SHOWN = slice(1, 1 + len(ShownColumns._fields))
# SQLite takes the other columns from the row with max().
_ATTEMPTS = (
    "SELECT capture_id, count(*), target, status, outcome, is_expected, max(id) FROM attempts"
    " WHERE capture_id IN (SELECT value FROM json_each(?)) GROUP BY capture_id, target ORDER BY max(id) DESC"
)
_MOST_TARGETS = 16
"""Maximum number of outcomes per row."""
_REASONS = f"""
WITH these AS (SELECT value AS id FROM json_each(?))
SELECT id, trouble FROM captures WHERE kind = 'refused' AND trouble IS NOT NULL AND id IN these
UNION ALL SELECT capture_id, group_concat(code, ' + ') FROM findings
WHERE capture_id IN these AND NOT is_between AND (is_proved OR code = 'unexplained') GROUP BY capture_id
UNION ALL SELECT id, 'a sample of another file' FROM captures
WHERE id IN these AND verdict = 'invalid' AND {has_header(SAMPLE_HEADER)}
"""
_UNLISTED = """
SELECT c.id, c.event = 'unknown' AND c.reason IS NOT 'pending', c.encoding,
  CASE WHEN c.event <> 'unknown' AND c.size <= ?2
    THEN (SELECT body FROM bodies b WHERE b.capture_id = c.id) END,
  c.remote, c.claimed, c.trigger,
  (SELECT code FROM findings f WHERE f.capture_id = c.id AND NOT f.is_between AND f.is_proved
   ORDER BY f.position LIMIT 1),
  i.stream, o.sequence, o.edge
FROM json_each(?1) j CROSS JOIN captures c ON c.id = j.value
LEFT JOIN inbox_captures o ON o.capture_id = c.id LEFT JOIN inboxes i ON i.id = o.inbox_id
"""


def rows(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, CaptureRow]:
    """Return the rows of these ids, without deleted and unknown ones."""
    wanted = json.dumps(list(ids))
    sent = _sent(connection, wanted)
    found: dict[int, CaptureRow] = {}
    for values in connection.execute(ROW_QUERY, (wanted,)):
        survey_name, findings, *marks = values[_SHOWN.stop :]
        found[values[0]] = columns.row(
            values[0],
            ShownColumns._make(values[_SHOWN]),
            survey_name=survey_name,
            findings=findings,
            sent=sent.get(values[0], UNSENT),
            marks=marks,
        )
    return found


def _sent(connection: sqlite3.Connection, ids: str) -> dict[int, Sent]:
    """Return the attempts of these captures, a JSON list, without captures that were never sent."""
    found: dict[int, Sent] = {}
    for capture_id, count, target, status, outcome, is_expected, _ in connection.execute(_ATTEMPTS, (ids,)):
        attempts, outcomes = found.get(capture_id, UNSENT)
        if len(outcomes) < _MOST_TARGETS:
            last = TargetOutcome(target=target, status=status, outcome=outcome, is_expected=bool(is_expected))
            outcomes = (*outcomes, last)
        found[capture_id] = Sent(attempts + count, outcomes)
    return found


def reasons(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return for each of these captures why it was refused, or the codes that explain its invalid signature.

    The reason is a sentence. Captures without either are omitted.
    """
    return dict(connection.execute(_REASONS, (json.dumps(list(ids)),)))


def unlisted(connection: sqlite3.Connection, ids: Sequence[int], most_bytes: int) -> dict[int, Unlisted]:
    """Return what JSON adds to the rows of these ids. Bodies over `most_bytes` are not read."""
    found: dict[int, Unlisted] = {}
    for (
        capture_id, is_unknown, encoding, body, remote, claimed, trigger, cause, stream, sequence, edge,
    ) in connection.execute(_UNLISTED, (json.dumps(list(ids)), most_bytes)):  # fmt: skip
        event: Event | None = Unknown() if is_unknown else None
        if body is not None:
            content = Content(body=body) if encoding is None else decoded(body, encoding, most_bytes)
            event = None
            if content.problem is None and not depth_exceeds(content.body, READ_DEPTH):
                with suppress(NotJSON):  # the body of a recovered file can be lost or damaged
                    event = read_event(parse(content.body))
        inbox = None if stream is None else InboxOrigin(stream=stream, sequence=sequence, edge=edge)
        found[capture_id] = Unlisted(remote, claimed, trigger, cause, event, inbox)
    return found


def unchecked(connection: sqlite3.Connection, limit: int) -> list[int]:
    """Return which of the newest `limit` captures were evaluated but not checked, ascending."""
    query = (
        "SELECT id FROM (SELECT id, verdict, reason FROM captures ORDER BY id DESC LIMIT ?)"
        " WHERE verdict NOT IN ('valid', 'invalid') AND reason IS NOT 'pending' ORDER BY id"
    )
    return [row[0] for row in connection.execute(query, (limit,))]
