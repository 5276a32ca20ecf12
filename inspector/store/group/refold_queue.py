"""Respondents to recount after a large change, stored in the file so that a kill loses nothing.

Respondents whose captures arrived out of order are queued too: in a flood they are recounted once, at its
end. News (see shapes.py) whose first capture is uncertain is also queued. The follower processes the queue.
`figures.refolds` is its length.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from itertools import takewhile

from inspector.store.group import grouping, shapes
from inspector.store.group.respondents import KEY_COLUMNS, StoredRespondentKey

_MANY = 4
"""Number of respondents without captures removed at once, per respondent recounted at once."""
_LIVES = (
    " WHERE c.survey_id = r.survey_id AND c.group_id = r.group_id AND c.deletion IS NULL"
    " AND (c.kind = 'sample') = r.is_sample AND c.id <= ?1"
)
_DUE = (
    f"SELECT {KEY_COLUMNS}, CASE"
    " WHEN r.user_id != '' THEN EXISTS (SELECT 1 FROM captures c INDEXED BY captures_by_respondent"
    f" {_LIVES} AND c.user_id = r.user_id AND c.event != 'unknown')"
    f" WHEN r.solo THEN EXISTS (SELECT 1 FROM captures c {_LIVES} AND c.id = r.solo)"
    " ELSE EXISTS (SELECT 1 FROM captures c INDEXED BY captures_anonymous"
    f" {_LIVES} AND c.user_id IS NULL AND c.event = 'answer') END"
    f" FROM refolds r ORDER BY {KEY_COLUMNS} LIMIT ?2"
)
# The respondents of captures, as in `respondents.key_of`.
_KEYS = (
    "SELECT DISTINCT kind = 'sample', survey_id, group_id, coalesce(user_id, ''),"
    " CASE WHEN event = 'response_group' AND user_id IS NULL THEN id ELSE 0 END FROM captures"
    " WHERE {} AND deletion IS NULL AND event != 'unknown' AND survey_id IS NOT NULL AND group_id IS NOT NULL"
)


def defer(connection: sqlite3.Connection, where: str) -> None:
    """Queue the respondents of matching, undeleted captures for a later refold."""
    added = connection.execute(
        f"INSERT OR IGNORE INTO refolds ({KEY_COLUMNS}) {_KEYS.format(where)}"
    ).rowcount
    news = shapes.news_of(connection, where)
    if news:
        added += connection.executemany(
            "INSERT OR IGNORE INTO unsure_news VALUES (?)", ((what,) for what in news)
        ).rowcount
    _count(connection, added)


def defer_respondents(connection: sqlite3.Connection, keys: Sequence[StoredRespondentKey]) -> None:
    """Queue these respondents for a later refold."""
    if keys:
        marks = ", ".join("?" * len(StoredRespondentKey._fields))
        added = connection.executemany(
            f"INSERT OR IGNORE INTO refolds ({KEY_COLUMNS}) VALUES ({marks})", keys
        ).rowcount
        _count(connection, added)


def waiting(connection: sqlite3.Connection) -> int:
    """Return the length of the queue."""
    return int(connection.execute("SELECT refolds FROM figures").fetchone()[0])


def work_off(
    connection: sqlite3.Connection, limit: int, watermark: int, *, seconds: float = math.inf
) -> frozenset[int]:
    """Recount the next few respondents, in order of their groups. Return the captures whose findings changed.

    It ends after `seconds`: one respondent can take as long as a hundred others.
    """
    due = _next(connection, limit, watermark)
    if due and not due[0][1]:  # a series of respondents without captures
        due = list(takewhile(lambda one: not one[1], _next(connection, _MANY * limit, watermark)))
        grouping.drop(connection, due[-1][0], watermark)
        _count(connection, -len(due))
        return frozenset()
    if due:
        changed, count = grouping.refold_for(connection, [key for key, _ in due], watermark, seconds=seconds)
        due = due[:count]
        connection.execute(f"DELETE FROM refolds WHERE ({KEY_COLUMNS}) <= (?, ?, ?, ?, ?)", due[-1][0])
        _count(connection, -len(due))
        return changed
    # Last, because finding each may require a search through many captures.
    news = [what for (what,) in connection.execute("SELECT what FROM unsure_news LIMIT 1")]
    changed = shapes.refollow(connection, news, watermark)
    connection.executemany("DELETE FROM unsure_news WHERE what = ?", ((what,) for what in news))
    _count(connection, -len(news))
    return changed


def _next(
    connection: sqlite3.Connection, limit: int, watermark: int
) -> list[tuple[StoredRespondentKey, bool]]:
    """Return the next respondents, and whether each has an undeleted capture."""
    return [
        (StoredRespondentKey(bool(is_sample), *rest), bool(lives))
        for is_sample, *rest, lives in connection.execute(_DUE, (watermark, limit))
    ]


def _count(connection: sqlite3.Connection, added: int) -> None:
    if added:
        connection.execute("UPDATE figures SET refolds = refolds + ?", (added,))
