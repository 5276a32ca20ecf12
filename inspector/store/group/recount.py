"""A complete recount, in steps next to a listener, which repairs wrong counts.

Respondents are recounted by the `refold` of grouping. The sums over them are compared in one snapshot and
repaired by their difference, which stays correct if captures are added meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeAlias

from inspector.store.group import follower, grouping, respondents, rollups, shapes
from inspector.store.group.respondents import KEY_COLUMNS, StoredRespondentKey
from inspector.store.group.rollups import COLUMNS, KEYS, SUMS, Level

_OF_RESPONDENTS = (
    *(f"sum({name})" for name in COLUMNS),
    "sum(user_id != '' AND captures > 0)",
    "sum(runs)",
    "sum(completed_runs)",
)
_BELOW: dict[Level, tuple[str, tuple[str, ...]]] = {
    "groups": ("respondents", _OF_RESPONDENTS),
    "surveys": ("groups", tuple(f"sum({name})" for name in SUMS)),
}
LEVELS = tuple(_BELOW)
"""The tables of sums, from the bottom up. For each, `_BELOW` has the table below and the summed columns."""

Difference: TypeAlias = tuple[tuple[Any, ...], tuple[int, ...]]
"""The key of a row, and what must be added to its sums."""


def respondents_after(
    connection: sqlite3.Connection, row_id: int, last: int, limit: int
) -> list[tuple[int, StoredRespondentKey]]:
    """Return the next stored respondents by row id, up to `last`."""
    return [
        (one, StoredRespondentKey(bool(is_sample), *rest))
        for one, is_sample, *rest in connection.execute(
            f"SELECT id, {KEY_COLUMNS} FROM respondents WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            (row_id, last, limit),
        )
    ]


def last_respondent(connection: sqlite3.Connection) -> int:
    """Return the largest row id."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM respondents").fetchone()[0])


def unknown_respondents(connection: sqlite3.Connection) -> list[StoredRespondentKey]:
    """Return the respondents of counted captures that have no row."""
    found = connection.execute(
        "SELECT c.id, c.kind, c.event, c.survey_id, c.group_id, c.user_id FROM captures c"
        " WHERE c.id <= (SELECT watermark FROM figures) AND c.deletion IS NULL AND c.event != 'unknown'"
        " AND c.survey_id IS NOT NULL AND c.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM respondents r"
        " WHERE r.is_sample = (c.kind = 'sample') AND r.survey_id = c.survey_id AND r.group_id = c.group_id"
        " AND r.user_id = coalesce(c.user_id, '') AND r.solo ="
        " CASE WHEN c.event = 'response_group' AND c.user_id IS NULL THEN c.id ELSE 0 END)"
    )
    return list({key for row in found if (key := respondents.key_of(*row)) is not None})


def refold(connection: sqlite3.Connection, keys: Sequence[StoredRespondentKey]) -> tuple[int, frozenset[int]]:
    """Recount these respondents. Return how many differed, and the captures whose findings did.

    If nothing differs, nothing is written.
    """
    connection.execute("SAVEPOINT refold")
    before, names = [_row(connection, key) for key in keys], _names(connection, keys)
    marked = grouping.refold(connection, keys, follower.read_watermark(connection))
    differing = sum(_differs(old, _row(connection, key)) for old, key in zip(before, keys, strict=True))
    differing += names != _names(connection, keys)
    if not differing and not marked:
        connection.execute("ROLLBACK TO refold")
    connection.execute("RELEASE refold")
    return differing, marked


def differences(connection: sqlite3.Connection, level: Level) -> list[Difference]:
    """Return the rows of a level whose sums differ from the table below, in one snapshot."""
    names, width = ", ".join(KEYS[level]), len(KEYS[level])
    below, sums = _BELOW[level]
    connection.execute("BEGIN")
    try:
        query = f"SELECT {names}, {', '.join(sums)}, max(last_ms) FROM {below} GROUP BY {names}"
        right = {row[:width]: row[width:] for row in connection.execute(query)}
        query = f"SELECT {names}, {', '.join(SUMS)}, last_ms FROM {level}"
        stored = {row[:width]: row[width:] for row in connection.execute(query)}
    finally:
        connection.execute("COMMIT")
    nothing = (0,) * (len(SUMS) + 1)
    found: list[Difference] = []
    for key in {**right, **stored}:
        due, old = right.get(key, nothing), stored.get(key, nothing)
        if due != old:
            sums_of = zip(due[:-1], old[:-1], strict=True)
            found.append((key, tuple(new - before for new, before in sums_of)))
    return found


def repair(connection: sqlite3.Connection, level: Level, found: Sequence[Difference]) -> None:
    """Add differences to the sums of a level. A row that counts nothing is removed."""
    for key, difference in found:
        rollups.add_sums(connection, level, key, difference)
        rollups.tidy(connection, level, key)


def wrong_figures(connection: sqlite3.Connection) -> tuple[int, ...] | None:
    """Return the difference to add to each column of the counts, or None if all are correct."""
    connection.execute("BEGIN")
    try:
        watermark = follower.read_watermark(connection)
        stored = follower.read_figures(connection)
        due = follower.figures_of(connection, "id <= ?", (watermark,))
    finally:
        connection.execute("COMMIT")
    if due == stored:
        return None
    return tuple(new - old for new, old in zip(due, stored, strict=True))


def find_news(connection: sqlite3.Connection, news: Sequence[str]) -> frozenset[int]:
    """Find the first capture of each of these again. Return the captures that gained or lost one."""
    return shapes.refollow(connection, news, follower.read_watermark(connection))


def _names(connection: sqlite3.Connection, keys: Sequence[StoredRespondentKey]) -> list[Any]:
    """Return the names of the surveys of these respondents."""
    return [
        connection.execute(
            "SELECT name, name_from FROM surveys WHERE (is_sample, survey_id) = (?, ?)", survey
        ).fetchone()
        for survey in sorted({key[:2] for key in keys})
    ]


def _differs(old: Any, new: Any) -> bool:
    """Return whether two rows differ. A missing progress, the last column, in the old row is not an error."""
    if old is None or new is None:
        return bool(old != new)
    *columns, progress = old
    return columns != list(new[:-1]) or bool(progress and progress != new[-1])


def _row(connection: sqlite3.Connection, key: StoredRespondentKey) -> Any:
    return connection.execute(
        f"SELECT * FROM respondents WHERE ({KEY_COLUMNS}) = (?, ?, ?, ?, ?)", key
    ).fetchone()
