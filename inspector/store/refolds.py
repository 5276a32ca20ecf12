"""What a large change left to be counted anew: kept in the file, so that a kill loses nothing of it.

Respondents wait here to be folded again, and what no document knows to be looked for again: who was
first to bring it. The follower works it off; `figures.refolds` says how much is left.
"""

from __future__ import annotations

import sqlite3

from inspector.store import grouping, shapes
from inspector.store.grouping import Key

_KEY = "is_sample, survey_id, group_id, user_id, solo"
# The respondents of captures, as `grouping.key_of` says them.
_KEYS = (
    "SELECT DISTINCT kind = 'sample', survey_id, group_id, coalesce(user_id, ''),"
    " CASE WHEN event = 'response_group' AND user_id IS NULL THEN id ELSE 0 END FROM captures"
    " WHERE {} AND deletion IS NULL AND event != 'unknown' AND survey_id IS NOT NULL AND group_id IS NOT NULL"
)


def put_off(connection: sqlite3.Connection, where: str) -> None:
    """Let the respondents of the captures that match and live be counted later."""
    added = connection.execute(f"INSERT OR IGNORE INTO refolds ({_KEY}) {_KEYS.format(where)}").rowcount
    news = shapes.news_of(connection, where)
    if news:
        added += connection.executemany(
            "INSERT OR IGNORE INTO unsure_news VALUES (?)", ((what,) for what in news)
        ).rowcount
    _count(connection, added)


def waiting(connection: sqlite3.Connection) -> int:
    """How much is left to be counted anew."""
    return int(connection.execute("SELECT refolds FROM figures").fetchone()[0])


def work_off(connection: sqlite3.Connection, limit: int, watermark: int) -> frozenset[int]:
    """Count the next few anew, those of a group one after another; ids of captures whose findings changed."""
    found = connection.execute(f"SELECT {_KEY} FROM refolds ORDER BY {_KEY} LIMIT ?", (limit,)).fetchall()
    if found:
        changed = grouping.refold(connection, [Key(bool(one[0]), *one[1:]) for one in found], watermark)
        done = connection.execute(f"DELETE FROM refolds WHERE ({_KEY}) <= (?, ?, ?, ?, ?)", found[-1])
        _count(connection, -done.rowcount)
        return changed
    # Last of all: each may have to be looked for in many captures.
    news = [what for (what,) in connection.execute("SELECT what FROM unsure_news LIMIT 1")]
    changed = shapes.refollow(connection, news, watermark)
    connection.executemany("DELETE FROM unsure_news WHERE what = ?", ((what,) for what in news))
    _count(connection, -len(news))
    return changed


def _count(connection: sqlite3.Connection, added: int) -> None:
    if added:
        connection.execute("UPDATE figures SET refolds = refolds + ?", (added,))
