"""The respondents of a file, a survey or a group as a list: first their ids, then the rows of a few ids."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Sequence
from typing import Any, Literal

from inspector.domain.capture.rows import RespondentRow
from inspector.domain.query.scope import Scope
from inspector.store.query.selection import Condition

State = Literal["complete", "partial"]

# Those without a run have an unknown state.
_STATES: dict[State, str] = {
    "complete": "r.runs > 0 AND r.mark = 'complete'",
    "partial": "r.runs > 0 AND r.mark != 'complete'",
}
# By the unique index of respondents: one pass over the matching captures.
_MATCHING = (
    "r.id IN (SELECT m.id FROM captures c JOIN respondents m ON m.is_sample = (c.kind = 'sample')"
    " AND m.survey_id = c.survey_id AND m.group_id = c.group_id AND m.user_id = coalesce(c.user_id, '')"
    " AND m.solo = CASE WHEN c.user_id IS NULL AND c.event = 'response_group' THEN c.id ELSE 0 END"
    " WHERE c.survey_id IS NOT NULL AND ({}))"
)
# Only trusted captures have findings across captures, so that forged ones are not read.
_CODES = (
    "CASE WHEN r.is_counted_only THEN NULL WHEN r.solo THEN"
    " (SELECT group_concat(code) FROM findings WHERE capture_id = r.solo AND is_between)"
    " WHEN r.user_id != '' THEN (SELECT group_concat(DISTINCT f.code) FROM captures c"
    " JOIN findings f ON f.capture_id = c.id AND f.is_between WHERE c.survey_id = r.survey_id"
    " AND c.group_id = r.group_id AND c.user_id = r.user_id AND c.is_trusted = 1"
    " AND (c.kind = 'sample') = r.is_sample AND c.deletion IS NULL) END"
)
_ROWS = (
    "SELECT r.survey_id, s.name, r.group_id, nullif(r.user_id, ''), nullif(r.solo, 0), r.is_sample,"
    " CASE WHEN r.runs THEN r.mark END, r.runs, r.completed_runs, r.answers, r.captures + r.others,"
    f" r.captures, r.is_counted_only, {_CODES}, r.last_ms"
    " FROM json_each(?) j CROSS JOIN respondents r ON r.id = j.value"
    " LEFT JOIN surveys s ON s.is_sample = r.is_sample AND s.survey_id = r.survey_id ORDER BY j.key"
)


def ids(
    connection: sqlite3.Connection,
    *,
    scope: Scope | None,
    condition: Condition | None,
    state: State | None,
    includes_untrusted: bool,
    limit: int | None,
) -> array[int]:
    """Return the rows of respondents, those with the latest arrivals first. Call it in a thread."""
    where: list[str] = []
    values: list[object] = []
    if scope is not None:
        where += ["r.is_sample = ?", "r.survey_id = ?"]
        values += [scope.part == "samples", scope.survey_id]
        if scope.group_id is not None:
            where.append("r.group_id = ?")
            values.append(scope.group_id)
    if not includes_untrusted and (scope is None or scope.part != "not-verified"):
        where.append("r.captures > 0")
    if state is not None:
        where.append(_STATES[state])
    if condition is not None:
        where.append(_MATCHING.format(condition.text))
        values += condition.values
    query = (
        f"SELECT r.id FROM respondents r WHERE {' AND '.join(where) or '1'} ORDER BY last_ms DESC, id DESC"
    )
    if limit is not None:
        query += " LIMIT ?"
        values.append(limit)
    return array("q", (row[0] for row in connection.execute(query, values)))


def rows(connection: sqlite3.Connection, ids: Sequence[int]) -> list[RespondentRow]:
    """Return the respondents of these rows that exist, in this order. Call it in a thread."""
    return [_row(*values) for values in connection.execute(_ROWS, (json.dumps(list(ids)),))]


def _row(*values: Any) -> RespondentRow:
    survey_id, name, group_id, user_id, solo, is_sample, mark, *counts = values
    runs, completed_runs, answers, captures, trusted, is_counted_only, codes, last_ms = counts
    return RespondentRow(
        survey_id=survey_id,
        survey_name=name,
        group_id=group_id,
        user_id=user_id,
        capture_id=solo,
        is_sample=bool(is_sample),
        state=mark,
        runs=runs,
        completed_runs=completed_runs,
        answers=answers,
        captures=captures,
        trusted=trusted,
        is_counted_only=bool(is_counted_only),
        marks=tuple(sorted(codes.split(","))) if codes else (),
        last_ms=last_ms,
    )
