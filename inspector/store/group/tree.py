"""Surveys, groups and respondents for the tree: one bounded page of the latest."""

from __future__ import annotations

import sqlite3
from typing import Any

from inspector.domain.capture.rows import TreePage, TreeRow, VerdictTotals
from inspector.domain.signature.verdict import COUNTED
from inspector.store.group.rollups import COLUMNS
from inspector.store.write import marks

_COUNTS = ", ".join(COLUMNS)
_SCAN_LIMIT = 5_000
"""Latest respondents of a group that are searched for partial ones: more would take too long."""
_LEVEL = f"last_ms, runs, completed_runs, {_COUNTS}"


def surveys(
    connection: sqlite3.Connection,
    *,
    is_sample: bool,
    verified: bool,
    search: str,
    limit: int,
    only_partial: bool = False,
) -> TreePage:
    """Return the surveys with the latest arrivals; unless `verified`, those without trusted captures.

    `search` is contained, ignoring the case of ASCII letters, in the survey's id or name, or in the id of one
    of its groups or users. With `only_partial`, only those with an unfinished run.
    """
    where, values = _known(verified), []
    if only_partial:
        where += _UNFINISHED
    if search:
        like = _like(search)
        where += (
            " AND (survey_id LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\'"
            " OR EXISTS (SELECT 1 FROM groups g"
            " WHERE g.is_sample = surveys.is_sample AND g.survey_id = surveys.survey_id"
            " AND g.group_id LIKE ? ESCAPE '\\')"
            " OR EXISTS (SELECT 1 FROM respondents r"
            " WHERE r.is_sample = surveys.is_sample AND r.survey_id = surveys.survey_id"
            " AND r.user_id LIKE ? ESCAPE '\\'))"
        )
        values = [like] * 4
    return _page(
        connection,
        f"survey_id, NULL, NULL, name, users, 0, NULL, {_LEVEL}",
        f"surveys WHERE is_sample = ? AND {where}",
        (is_sample, *values),
        limit,
    )


def groups(
    connection: sqlite3.Connection,
    survey_id: str,
    *,
    is_sample: bool,
    verified: bool,
    search: str,
    limit: int,
    only_partial: bool = False,
) -> TreePage:
    """Return the groups of a survey with the latest arrivals; the group '' has captures without one."""
    where, values = _known(verified), []
    if only_partial:
        where += _UNFINISHED
    if search and not _names_survey(connection, survey_id, is_sample, search):
        like = _like(search)
        where += (
            " AND (group_id LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM respondents r"
            " WHERE r.is_sample = groups.is_sample AND r.survey_id = groups.survey_id"
            " AND r.group_id = groups.group_id AND r.user_id LIKE ? ESCAPE '\\'))"
        )
        values = [like] * 2
    return _page(
        connection,
        f"survey_id, group_id, NULL, NULL, users, 0, NULL, {_LEVEL}",
        f"groups WHERE is_sample = ? AND survey_id = ? AND {where}",
        (is_sample, survey_id, *values),
        limit,
    )


def respondents(
    connection: sqlite3.Connection,
    survey_id: str,
    group_id: str,
    *,
    is_sample: bool,
    verified: bool,
    search: str,
    limit: int,
    only_partial: bool = False,
) -> TreePage:
    """Return the respondents of a group with the latest arrivals; the user '' is *Anonymous*, all of them.

    With `only_partial`, those of the latest 5,000 that are not complete, which is unknown of anonymous ones.
    """
    where, values = _known(verified), []
    if search and not _names_survey(connection, survey_id, is_sample, search):
        like = _like(search)
        where += " AND (group_id LIKE ? ESCAPE '\\' OR user_id LIKE ? ESCAPE '\\')"
        values = [like] * 2
    source = f"respondents WHERE is_sample = ? AND survey_id = ? AND group_id = ? AND {where}"
    if only_partial:
        latest = f"{source} AND user_id != '' ORDER BY last_ms DESC LIMIT {_SCAN_LIMIT}"
        source = f"(SELECT * FROM {latest}) WHERE mark != 'complete'"
    bound = (is_sample, survey_id, group_id, *values)
    page = _page(
        connection,
        f"survey_id, group_id, user_id, NULL, 0, answers, mark, {_LEVEL}",
        f"{source} AND user_id != ''",
        bound,
        limit,
    )
    # Anonymous completions are respondents of their own; the tree shows them in one row.
    sums = ", ".join(f"sum({column})" for column in ("runs", "completed_runs", *COLUMNS))
    anonymous = connection.execute(
        "SELECT survey_id, group_id, '', NULL, 0, max(answers), NULL, max(last_ms),"
        f" {sums} FROM {source} AND user_id = '' HAVING count(*)",
        bound,
    ).fetchone()
    if anonymous is None:
        return page
    rows = sorted((*page.rows, _row(anonymous)), key=lambda row: row.last_ms, reverse=True)
    return TreePage(rows=tuple(rows[:limit]), more=page.more + len(rows[limit:]))


def figures(connection: sqlite3.Connection) -> VerdictTotals:
    """Return the figures of the whole file."""
    columns = ("total", *COUNTED, "samples", "body_bytes")
    values = connection.execute(f"SELECT {', '.join(columns)} FROM figures").fetchone()
    return VerdictTotals(**dict(zip(columns, values, strict=True)), pinned=marks.count_pinned(connection))


def _page(
    connection: sqlite3.Connection, columns: str, source: str, values: tuple[Any, ...], limit: int
) -> TreePage:
    found = connection.execute(
        f"SELECT {columns} FROM {source} ORDER BY last_ms DESC LIMIT ?", (*values, limit)
    ).fetchall()
    more = 0
    if len(found) == limit:
        total = connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM {source})", values).fetchone()[0]
        more = total - len(found)
    return TreePage(rows=tuple(_row(row) for row in found), more=more)


def _row(values: tuple[Any, ...]) -> TreeRow:
    survey_id, group_id, user_id, name, users, answers, mark, *figures = values
    last_ms, runs, completed_runs, captures, others, *mix = figures
    counts = dict(zip(COUNTED, mix, strict=True))
    return TreeRow(
        survey_id=survey_id,
        group_id=group_id,
        user_id=user_id,
        name=name,
        captures=captures,
        users=users,
        answers=answers,
        mark=mark,
        runs=runs,
        completed_runs=completed_runs,
        others=others,
        mix=VerdictTotals(total=captures + others, **counts),
        last_ms=last_ms,
    )


_UNFINISHED = " AND completed_runs < runs"


def _known(verified: bool) -> str:
    return f"(captures > 0) = {verified:d}"  # spelled as in the indexes


def _names_survey(connection: sqlite3.Connection, survey_id: str, is_sample: bool, search: str) -> bool:
    """Return whether the search text matches the survey, so that everything below it is shown."""
    like = _like(search)
    return (
        connection.execute(
            "SELECT 1 FROM surveys WHERE is_sample = ? AND survey_id = ?"
            " AND (survey_id LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\')",
            (is_sample, survey_id, like, like),
        ).fetchone()
        is not None
    )


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
