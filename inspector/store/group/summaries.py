"""The contents of summary pages: a survey's captures by respondent, read and added up in parts.

Functions with a path run in the worker process, on their own connection. Reading and parsing bodies is Python
work that would take too long in a thread next to the loop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Set
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

from inspector.domain.capture.rows import VerdictTotals
from inspector.domain.event.event import items_of, read_event
from inspector.domain.event.question import question_type
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.query.scope import Scope
from inspector.domain.respondent.fact import Question, facts_of
from inspector.domain.respondent.respondent import MAX_CAPTURES
from inspector.domain.respondent.respondent_history import HistoryCapture, RespondentHistory, history_of
from inspector.domain.signature.content import as_read
from inspector.domain.signature.verdict import COUNTED
from inspector.domain.statistics.answer_table import HISTORY_COLUMNS, Row, answer_rows, csv_text, history_rows
from inspector.domain.statistics.survey_counts import CountRequest, ReadCapture, SurveyCounts
from inspector.store.file.database import connect
from inspector.store.group.rollups import VerdictCounts
from inspector.store.verdict_sql import COUNTED_SQL

PART = 2_000
"""Captures per step, about 0.1 s of work. An analysed respondent has fewer."""
MAX_BODY = 64 * 1024
"""Larger bodies are counted but not read."""
MOST_PARTS = 2_000
"""Maximum number of captures on the page of a respondent."""

Place: TypeAlias = tuple[str, str] | int
"""A position in a survey: group and user; after all of these, the id of a capture without a user."""
FIRST: Place = ("", "")

AT_AN_END = 5_000
"""The number of oldest and of latest captures among which the span of a survey is searched: 5 ms."""
_AN_END = (
    "SELECT c.received_ms FROM (SELECT * FROM captures WHERE deletion IS NULL"
    " ORDER BY received_ms {order} LIMIT ?) c WHERE {where} LIMIT 1"
)
_COLUMNS = (
    "c.id, c.group_id, c.user_id, c.received_ms, hex(c.body_hash),"
    f" CASE WHEN c.size <= {MAX_BODY} THEN (SELECT body FROM bodies WHERE capture_id = c.id) END, c.encoding"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryHead:
    """The counts of a survey, a group or a respondent."""

    name: str | None = None
    captures: int = 0
    others: int = 0
    users: int = 0
    groups: int = 0
    mix: VerdictTotals = field(default_factory=VerdictTotals)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersPart:
    """The answers of some respondents as CSV."""

    text: str
    captures: int = 0
    """Captures that were read for it."""
    unread: int = 0
    """Captures that are too large to be read here."""
    crowded: int = 0
    """Respondents with too many captures to be analysed."""
    place: Place | None = None
    """The position after this part; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crowd:
    """A respondent with more captures than one step reads."""

    captures: int
    is_done: bool
    began_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """The captures of the next respondents, as rows of `_COLUMNS`."""

    respondents: list[list[tuple[Any, ...]]]
    crowd: _Crowd | None = None
    place: Place | None
    """The position after this batch; None at the end."""


_LEVELS = (("surveys", "survey_id"), ("groups", "group_id"), ("respondents", "user_id"))


def head(connection: sqlite3.Connection, scope: Scope) -> SummaryHead:
    """Return the counts of a scope that names a survey, all zero if it is unknown. This is quick."""
    is_sample = scope.part == "samples"
    ids = [one for one in (scope.survey_id, scope.group_id, scope.user_id) if one is not None]
    levels = _LEVELS[: len(ids)]
    table = levels[-1][0]
    match = " AND ".join(f"{column} = ?" for _, column in levels)
    sums = ", ".join(f"coalesce(sum({column}), 0)" for column in ("captures", "others", *COUNTED))
    users = "count(*)" if table == "respondents" else "coalesce(sum(users), 0)"
    captures, others, *mix, users_count = connection.execute(
        f"SELECT {sums}, {users} FROM {table} WHERE is_sample = ? AND {match}", (is_sample, *ids)
    ).fetchone()
    name, groups = connection.execute(
        "SELECT name, (SELECT count(*) FROM (SELECT 1 FROM groups g WHERE g.is_sample = s.is_sample"
        " AND g.survey_id = s.survey_id LIMIT 1000)) FROM surveys s WHERE is_sample = ? AND survey_id = ?",
        (is_sample, scope.survey_id),
    ).fetchone() or (None, 0)
    return SummaryHead(
        name=name,
        captures=captures,
        others=others,
        users=users_count,
        groups=groups,
        mix=VerdictTotals(total=captures + others, **dict(zip(COUNTED, mix, strict=True))),
    )


def head_within(
    connection: sqlite3.Connection, scope: Scope, since_ms: int, before_ms: int | None
) -> SummaryHead:
    """Return the counts of a survey or group for captures of a time. Call it in a thread."""
    where, values = _chosen(scope, includes_others=True)
    where, values = f"{where} AND c.received_ms >= ?", (*values, since_ms)
    if before_ms is not None:
        where, values = f"{where} AND c.received_ms < ?", (*values, before_ms)
    counts = VerdictCounts()
    for mix, is_trusted, number in connection.execute(
        f"SELECT {COUNTED_SQL}, is_trusted, count(*) FROM captures c WHERE {where} GROUP BY 1, 2", values
    ):
        counts.count(mix, bool(is_trusted), number)
    users, groups = connection.execute(
        "SELECT count(DISTINCT c.group_id || char(0) || c.user_id) FILTER (WHERE c.is_trusted),"
        f" count(DISTINCT c.group_id) FROM captures c WHERE {where}",
        values,
    ).fetchone()
    mixed = {name: getattr(counts, name) for name in COUNTED}
    return replace(
        head(connection, scope),
        captures=counts.captures,
        others=counts.others,
        users=users,
        groups=groups,
        mix=VerdictTotals(total=counts.captures + counts.others, **mixed),
    )


def span(connection: sqlite3.Connection, scope: Scope, includes_others: bool) -> tuple[int, int] | None:
    """Return the times of the first and the last capture of a scope, or None. Call it in a thread."""
    where, values = _chosen(scope, includes_others)
    # One of a large survey is soon found among the oldest and among the latest. Reading all takes 0.3 s.
    ends = [
        connection.execute(_AN_END.format(where=where, order=order), (AT_AN_END, *values)).fetchone()
        for order in ("ASC", "DESC")
    ]
    if all(ends):
        return ends[0][0], ends[1][0]
    first, last = connection.execute(
        f"SELECT min(c.received_ms), max(c.received_ms) FROM captures c WHERE {where}", values
    ).fetchone()
    return None if first is None else (first, last)


def prepare() -> None:
    """Do nothing. The worker has started and imported this module when it returns."""


def tally_part(
    path: Path, scope: Scope, wanted: CountRequest, *, includes_others: bool, after: Place
) -> tuple[SurveyCounts, Place | None]:
    """Return the counts of the next respondents and the position after them, if any. Runs in the worker."""
    with closing(connect(path, read_only=True)) as connection:
        return _tally(connection, scope, wanted, includes_others, after)


def answers_part(
    path: Path,
    scope: Scope,
    wanted: CountRequest,
    *,
    includes_others: bool,
    question: Question | None,
    hidden: Set[str],
    after: Place,
) -> AnswersPart:
    """Return the answers of the next respondents as CSV, masking the fields in `hidden`. Runs in the
    worker."""
    with closing(connect(path, read_only=True)) as connection:
        batch = _next_respondents(connection, scope, includes_others, after)
    skipped = SurveyCounts()
    rows: list[Row] = []
    count = 0
    for captures in batch.respondents:
        count += len(captures)
        read = list(_read(captures, skipped, wanted))
        if len(read) > MAX_CAPTURES:
            skipped.crowded += 1
        rows.extend(answer_rows(read, wanted, hidden=hidden, question=question))
    if batch.crowd is not None:
        count += batch.crowd.captures
        skipped.crowded += wanted.has(batch.crowd.began_ms)
    return AnswersPart(
        text=csv_text(rows),
        captures=count,
        unread=skipped.unread,
        crowded=skipped.crowded,
        place=batch.place,
    )


def respondent_csv(
    path: Path, scope: Scope, *, includes_others: bool, run: int | None, hidden: Set[str]
) -> str:
    """Return the history of the respondent that a scope names as CSV with a header. Runs in the worker."""
    history = respondent_history(path, scope, includes_others=includes_others, run=run, has_whole_texts=True)
    return csv_text([HISTORY_COLUMNS, *history_rows(history, hidden=hidden)])


def respondent_history(
    path: Path, scope: Scope, *, includes_others: bool, run: int | None, has_whole_texts: bool = False
) -> RespondentHistory:
    """Return the history of the respondent that a scope names. Runs in the worker."""
    where, values = _chosen(scope, includes_others)
    with closing(connect(path, read_only=True)) as connection:
        rows = connection.execute(
            f"SELECT c.id, c.received_ms, hex(c.body_hash), {COUNTED_SQL}, c.secret,"
            " (SELECT body FROM bodies WHERE capture_id = c.id), c.encoding"
            f" FROM captures c WHERE {where} ORDER BY c.id LIMIT {MOST_PARTS}",
            values,
        )
        parts = [
            HistoryCapture(
                capture_id=id_,
                received_ms=ms,
                body_hash=hash_,
                verdict=mix,
                secret=secret,
                body=as_read(body, encoding, MAX_BODY + 1),
            )
            for id_, ms, hash_, mix, secret, body, encoding in rows
        ]
    return history_of(parts, run=run, is_anonymous=not scope.user_id, has_whole_texts=has_whole_texts)


_OPTION_CAPTURES, _OPTIONS, _LONGEST_OPTION = 200, 20, 200
_SAMPLE_CAPTURES = 3_000


def seen_options(path: Path, survey_id: str, *, is_sample: bool) -> dict[str, tuple[str, ...]]:
    """Return the options that the latest completions of a survey selected, by the id of their question.

    At most 20 short options per question, those of the latest 200 trusted completions. Runs in the worker.
    """
    if is_sample:
        where = f"kind = 'sample' AND id > (SELECT max(id) FROM captures) - {_SAMPLE_CAPTURES}"
        columns = "captures c"
    else:
        where, columns = "survey_name IS NOT NULL AND is_trusted", "captures c INDEXED BY captures_naming"
    found: dict[str, dict[str, None]] = {}
    with closing(connect(path, read_only=True)) as connection:
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM {columns} WHERE {where} AND survey_id = ? AND deletion IS NULL"
            " ORDER BY c.id DESC LIMIT ?",
            (survey_id, _OPTION_CAPTURES),
        ).fetchall()
    for read in _read(rows, SurveyCounts(), CountRequest()):
        for item in items_of(read.event):
            kind = question_type(item.question_type)
            if item.question_id is None or kind is None or kind.response_form not in ("one", "several"):
                continue
            options = found.setdefault(item.question_id, {})
            given = item.response if isinstance(item.response, list) else [item.response]
            for option in given:
                if isinstance(option, str) and 0 < len(option) <= _LONGEST_OPTION and len(options) < _OPTIONS:
                    options[option] = None
    return {question: tuple(sorted(options)) for question, options in found.items()}


def _tally(
    connection: sqlite3.Connection, scope: Scope, wanted: CountRequest, includes_others: bool, after: Place
) -> tuple[SurveyCounts, Place | None]:
    batch = _next_respondents(connection, scope, includes_others, after)
    part, whole = SurveyCounts(), SurveyCounts()
    for captures in batch.respondents:
        read = list(_read(captures, part, wanted))
        if _is_loose(captures, read):
            part.loose += wanted.has(read[0].received_ms)
            part.captures += 1
        elif read:
            part.count(read, wanted)
    if (crowd := batch.crowd) is not None:
        part.count_crowded(crowd.captures, is_done=crowd.is_done, began_ms=crowd.began_ms, wanted=wanted)
    whole.add(part)
    return whole, batch.place


def _next_respondents(
    connection: sqlite3.Connection, scope: Scope, includes_others: bool, after: Place
) -> _Batch:
    where, values = _chosen(scope, includes_others)
    if isinstance(after, int):
        # Captures without a user are counted one by one, in the order of an index with all these columns.
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM captures c INDEXED BY captures_chosen"
            f" WHERE {where} AND c.user_id IS NULL AND c.id > ? ORDER BY c.id LIMIT ?",
            (*values, after, PART),
        ).fetchall()
        return _Batch(respondents=[[row] for row in rows], place=rows[-1][0] if len(rows) == PART else None)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM captures c INDEXED BY captures_by_respondent"
        f" WHERE {where} AND c.user_id IS NOT NULL AND (c.group_id, c.user_id) > (?, ?)"
        " ORDER BY c.group_id, c.user_id LIMIT ?",
        (*values, *after, PART),
    ).fetchall()
    respondents = [(key, list(captures)) for key, captures in groupby(rows, _whose)]
    is_end = len(rows) < PART
    if not is_end and len(respondents) > 1:
        respondents.pop()  # it may have more captures than these
    elif not is_end:
        [(whose, _)] = respondents
        captures, is_done, began_ms = connection.execute(
            "SELECT count(*), max(c.event = 'response_group'), min(c.received_ms)"
            f" FROM captures c WHERE {where} AND c.group_id = ? AND c.user_id = ?",
            (*values, *whose),
        ).fetchone()
        crowd = _Crowd(captures=captures, is_done=bool(is_done), began_ms=began_ms)
        return _Batch(respondents=[], crowd=crowd, place=whose)
    return _Batch(
        respondents=[captures for _, captures in respondents], place=0 if is_end else respondents[-1][0]
    )


def _is_loose(captures: list[tuple[Any, ...]], read: list[ReadCapture]) -> bool:
    """Return whether this is an answer without a user, so its respondent is unknown."""
    return captures[0][2] is None and bool(read) and read[0].event.word == "answer"


def _whose(row: tuple[Any, ...]) -> tuple[str, str]:
    return row[1], row[2]


def _read(rows: list[tuple[Any, ...]], part: SurveyCounts, wanted: CountRequest) -> Iterator[ReadCapture]:
    for id_, _, _, received_ms, body_hash, transferred, encoding in rows:
        body = None if transferred is None else as_read(transferred, encoding, MAX_BODY + 1)
        if body is None or len(body) > MAX_BODY:
            part.unread += wanted.has(received_ms)
            part.captures += 1
            continue
        try:
            event = read_event(parse_bounded(body))
        except NotJSON:  # it was JSON when it was evaluated
            part.captures += 1
            continue
        facts = facts_of(event)
        yield ReadCapture(
            capture_id=id_, received_ms=received_ms, body_hash=body_hash, event=event, facts=facts
        )


def _chosen(scope: Scope, includes_others: bool) -> tuple[str, tuple[Any, ...]]:
    """Return the condition for the captures that the counts of a scope include."""
    where = (
        f"c.deletion IS NULL AND c.kind {'=' if scope.part == 'samples' else '!='} 'sample'"
        " AND c.survey_id = ? AND c.group_id IS NOT NULL AND c.event != 'unknown'"
    )
    values: tuple[Any, ...] = (scope.survey_id,)
    if scope.group_id is not None:
        where += " AND c.group_id = ?"
        values += (scope.group_id,)
    if scope.user_id is not None:
        where += " AND c.user_id IS ?"
        values += (scope.user_id or None,)
    if scope.part == "not-verified":
        where += " AND c.is_trusted = 0"
    elif not includes_others:
        where += " AND c.is_trusted = 1"
    return where, values
