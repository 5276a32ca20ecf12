"""Suggestions for a filter: values of the latest captures."""

from __future__ import annotations

import sqlite3

from inspector.domain.query.fields import Stored
from inspector.store.query.body_conditions import like

SCAN_LIMIT = 3_000
"""Number of latest captures or surveys that are searched: at most 10 ms of reading."""
_COLUMNS: dict[Stored, str] = {
    "group": "group_id",
    "user": "user_id",
    "platform": "platform",
    "trigger": "trigger",
    "method": "method",
}


def surveys(connection: sqlite3.Connection, typed: str, limit: int) -> list[tuple[str, str]]:
    """Return names of surveys with their ids, or ids of unnamed ones: the exact match, then the latest.

    Only surveys with trusted captures are suggested: anyone who finds the port could invent thousands.
    """
    found = connection.execute(
        "SELECT coalesce(name, survey_id), CASE WHEN name IS NULL THEN '' ELSE survey_id END FROM"
        " (SELECT name, survey_id, last_ms FROM surveys WHERE is_sample = 0 AND (captures > 0) = 1"
        " ORDER BY last_ms DESC LIMIT ?)"
        " WHERE survey_id LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\'"
        " ORDER BY coalesce(name, survey_id) = ? DESC, last_ms DESC LIMIT ?",
        (SCAN_LIMIT, like(typed), like(typed), typed, limit),
    )
    return [(value, words) for value, words in found]


def values(connection: sqlite3.Connection, stored: Stored, typed: str, limit: int) -> list[tuple[str, str]]:
    """Return values of the latest captures that begin with the typed text, ignoring case.

    The exact match comes first, then the latest.
    """
    if stored == "survey":
        return surveys(connection, typed, limit)
    latest = f"SELECT {_COLUMNS.get(stored)} AS value, id FROM captures WHERE deletion IS NULL"
    if stored == "edge":
        latest = "SELECT edge AS value, capture_id AS id FROM inbox_captures"
    found = connection.execute(
        f"SELECT value, max(id) FROM ({latest} ORDER BY id DESC LIMIT ?)"
        " WHERE value != '' AND value LIKE ? ESCAPE '\\' GROUP BY 1 ORDER BY value = ? DESC, 2 DESC LIMIT ?",
        (SCAN_LIMIT, like(typed)[1:], typed, limit),
    )
    return [(value, "") for value, _ in found]
