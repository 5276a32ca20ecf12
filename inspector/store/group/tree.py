"""Surveys, groups and respondents for the tree: one limited page of the latest."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspector.domain.capture.rows import TreePage, TreeRow, VerdictTotals
from inspector.domain.signature.verdict import COUNTED
from inspector.store.group.rollups import COLUMNS
from inspector.store.query.selection import Condition
from inspector.store.write import marks

_COUNTS = ", ".join(COLUMNS)
_SCAN_LIMIT = 5_000
"""Number of latest respondents of a group that are searched for partial ones. More would take too long."""
_LEVEL = f"last_ms, runs, completed_runs, {_COUNTS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeOptions:
    """Which rows a page of the tree contains."""

    limit: int = 200
    search: str = ""
    """Text in a name or an id, of the row or of a row below it. The case of ASCII letters is ignored."""
    verified: bool = True
    """Rows with trusted captures; if False, only those without."""
    samples: bool = False
    only_partial: bool = False
    """Only rows with an unfinished run."""

    @property
    def condition(self) -> str:
        """The condition for the rows of a level, without the search."""
        known = f"(captures > 0) = {self.verified:d}"  # written as in the indexes
        return f"{known} AND completed_runs < runs" if self.only_partial else known


def surveys(connection: sqlite3.Connection, options: TreeOptions) -> TreePage:
    """Return the surveys with the latest arrivals."""
    where, values = options.condition, []
    if options.search:
        like = _like(options.search)
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
        (options.samples, *values),
        options.limit,
    )


def groups(connection: sqlite3.Connection, survey_id: str, options: TreeOptions) -> TreePage:
    """Return the groups of a survey with the latest arrivals. The group '' has the captures without a
    group."""
    where, values = options.condition, []
    if options.search and not _is_survey_found(connection, survey_id, options):
        like = _like(options.search)
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
        (options.samples, survey_id, *values),
        options.limit,
    )


def respondents(
    connection: sqlite3.Connection, survey_id: str, group_id: str, options: TreeOptions
) -> TreePage:
    """Return the respondents of a group with the latest arrivals. The user '' is *Anonymous*.

    With `only_partial`, return those of the latest 5,000 that are not complete. For anonymous ones this is
    unknown.
    """
    where, values = replace(options, only_partial=False).condition, []
    if options.search and not _is_survey_found(connection, survey_id, options):
        like = _like(options.search)
        where += " AND (group_id LIKE ? ESCAPE '\\' OR user_id LIKE ? ESCAPE '\\')"
        values = [like] * 2
    source = f"respondents WHERE is_sample = ? AND survey_id = ? AND group_id = ? AND {where}"
    if options.only_partial:
        latest = f"{source} AND user_id != '' ORDER BY last_ms DESC LIMIT {_SCAN_LIMIT}"
        source = f"(SELECT * FROM {latest}) WHERE mark != 'complete'"
    bound = (options.samples, survey_id, group_id, *values)
    page = _page(
        connection,
        f"survey_id, group_id, user_id, NULL, 0, answers, mark, {_LEVEL}",
        f"{source} AND user_id != ''",
        bound,
        options.limit,
    )
    # Each anonymous completion is a respondent. The tree shows them in one row.
    sums = ", ".join(f"sum({column})" for column in ("runs", "completed_runs", *COLUMNS))
    anonymous = connection.execute(
        "SELECT survey_id, group_id, '', NULL, 0, max(answers), NULL, max(last_ms),"
        f" {sums} FROM {source} AND user_id = '' HAVING count(*)",
        bound,
    ).fetchone()
    if anonymous is None:
        return page
    rows = sorted((*page.rows, _row(anonymous)), key=lambda row: row.last_ms, reverse=True)
    return TreePage(rows=tuple(rows[: options.limit]), more=page.more + len(rows[options.limit :]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyName:
    """A survey of the file."""

    is_sample: bool
    is_verified: bool
    """Whether it has trusted captures."""
    survey_id: str
    name: str | None


def named(connection: sqlite3.Connection, text: str, limit: int) -> list[SurveyName]:
    """Return the surveys with this id; otherwise those whose name or id contains the text, latest first.

    Of both, return only the most credible: verified ones, otherwise samples, otherwise unverified ones. A
    stranger can send captures of a survey with any name, which must not make the name of another ambiguous.
    """
    columns = "is_sample, captures > 0, survey_id, name"
    exact = f"SELECT {columns} FROM surveys WHERE is_sample = ? AND (captures > 0) = ? AND survey_id = ?"
    similar = (
        f"SELECT {columns} FROM surveys WHERE is_sample = ? AND (captures > 0) = ?"
        " AND (name LIKE ? ESCAPE '\\' OR survey_id LIKE ? ESCAPE '\\') ORDER BY last_ms DESC LIMIT ?"
    )
    like = _like(text)
    for query, values in ((exact, (text,)), (similar, (like, like, limit))):
        for part in ((False, True), (True, True), (True, False), (False, False)):
            if rows := connection.execute(query, (*part, *values)).fetchall():
                return [
                    SurveyName(is_sample=bool(sample), is_verified=bool(verified), survey_id=id_, name=name)
                    for sample, verified, id_, name in rows
                ]
    return []


def search_names(
    connection: sqlite3.Connection, words: Sequence[str], limit: int
) -> tuple[list[TreeRow], list[TreeRow]]:
    """Return surveys and respondents whose name or id contains every word, the latest of each first.

    Samples and what only strangers sent are left out. A respondent has the name of its survey.
    """
    likes = [_like(word) for word in words]
    in_survey = " AND (survey_id LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\')" * len(likes)
    found = connection.execute(
        f"SELECT survey_id, NULL, NULL, name, users, 0, NULL, {_LEVEL} FROM surveys"
        f" WHERE is_sample = 0 AND (captures > 0) = 1{in_survey} ORDER BY last_ms DESC LIMIT ?",
        (*(like for like in likes for _ in range(2)), limit),
    ).fetchall()
    # 0.1 s for 400,000 respondents.
    in_user = " AND user_id LIKE ? ESCAPE '\\'" * len(likes)
    people = connection.execute(
        "SELECT survey_id, group_id, user_id, (SELECT name FROM surveys s WHERE s.is_sample = 0"
        f" AND s.survey_id = respondents.survey_id), 0, answers, mark, {_LEVEL} FROM respondents"
        " WHERE id IN (SELECT id FROM respondents INDEXED BY respondents_latest WHERE is_sample = 0"
        f" AND user_id != '' AND (captures > 0) = 1{in_user} ORDER BY last_ms DESC LIMIT ?)"
        " ORDER BY last_ms DESC",
        (*likes, limit),
    ).fetchall()
    return [_row(row) for row in found], [_row(row) for row in people]


def named_groups(
    connection: sqlite3.Connection, survey_id: str, text: str, *, samples: bool, limit: int
) -> list[str]:
    """Return the group of a survey with this id, otherwise those whose id contains the text, latest first."""
    where = "FROM groups WHERE is_sample = ? AND survey_id = ?"
    of_survey = (samples, survey_id)
    exact = f"SELECT group_id {where} AND group_id = ?"
    similar = f"SELECT group_id {where} AND group_id LIKE ? ESCAPE '\\' ORDER BY last_ms DESC LIMIT ?"
    rows = connection.execute(exact, (*of_survey, text)).fetchall() or connection.execute(
        similar, (*of_survey, _like(text), limit)
    )
    return [group_id for (group_id,) in rows]


def matching(connection: sqlite3.Connection, chosen: Condition) -> set[tuple[bool, str, str]]:
    """Return the groups with a capture that matches a condition: whether samples, survey id, group id."""
    rows = connection.execute(
        "SELECT DISTINCT c.kind = 'sample', c.survey_id, c.group_id FROM captures c"
        f" WHERE c.survey_id IS NOT NULL AND c.group_id IS NOT NULL AND ({chosen.text})",
        chosen.values,
    )
    return {(bool(is_sample), survey_id, group_id) for is_sample, survey_id, group_id in rows}


def figures(connection: sqlite3.Connection) -> VerdictTotals:
    """Return the counts of the whole file."""
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


def _is_survey_found(connection: sqlite3.Connection, survey_id: str, options: TreeOptions) -> bool:
    """Return whether the search matches the survey, so that everything below it is shown."""
    like = _like(options.search)
    query = (
        "SELECT EXISTS (SELECT 1 FROM surveys WHERE is_sample = ? AND survey_id = ?"
        " AND (survey_id LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\'))"
    )
    return bool(connection.execute(query, (options.samples, survey_id, like, like)).fetchone()[0])


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
