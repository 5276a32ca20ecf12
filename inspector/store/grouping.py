"""Write what grouping knows: each touched respondent is folded once, its group and survey follow.

`fold` decides, SQL adds up. Whatever changes a capture that is at or below the watermark ends in
`refold`, which counts its respondent anew; the follower adds what is new.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from inspector.domain import between
from inspector.domain.fact import Fact, load_items
from inspector.domain.respondent import MAX_CAPTURES, Respondent, counted, fold, respondent_key
from inspector.domain.rows import EventWord
from inspector.store.captures import put_findings
from inspector.store.tally import COLUMNS, MIX_SQL, Tally


class Key(NamedTuple):
    """Whose capture it is (`respondent.RespondentKey`), and whether it is one of a sample."""

    is_sample: bool
    survey_id: str
    group_id: str
    user_id: str
    solo: int

    @property
    def is_anonymous(self) -> bool:
        return not self.user_id and not self.solo


@dataclass(slots=True)
class Row:
    """A respondent as stored."""

    tally: Tally = field(default_factory=Tally)
    mark: str | None = None
    answers: int = 0
    runs: int = 0
    completed_runs: int = 0
    is_counted_only: bool = False
    last_ms: int = 0

    @property
    def is_user(self) -> bool:
        return self.tally.captures > 0


@dataclass(slots=True)
class _Change:
    """What a group or a survey gains or loses."""

    tally: Tally = field(default_factory=Tally)
    users: int = 0
    runs: int = 0
    completed_runs: int = 0
    last_ms: int = 0


_RESPONDENT_COLUMNS = (*COLUMNS, "mark", "answers", "runs", "completed_runs", "is_counted_only", "last_ms")
_KEY_MATCH = "is_sample = ? AND survey_id = ? AND group_id = ? AND user_id = ? AND solo = ?"
# A key's captures, by the index on (survey_id, group_id, user_id).
_CAPTURES_OF = (
    "survey_id = ? AND group_id = ? AND user_id IS ? AND event != 'unknown' AND (kind = 'sample') = ?"
    " AND (CASE WHEN event = 'response_group' AND user_id IS NULL THEN id ELSE 0 END) = ?"
    " AND id <= ? AND deletion IS NULL"
)

# A table's rows by parts: within each its index ends in the latest.
_KNOWN = ("(captures > 0) = 1", "(captures > 0) = 0")
_PARTS = {
    "groups": _KNOWN,
    "respondents": tuple(f"user_id {which} '' AND {known}" for which in ("!=", "=") for known in _KNOWN),
}


def key_of(
    capture_id: int,
    kind: str,
    event: EventWord,
    survey_id: str | None,
    group_id: str | None,
    user_id: str | None,
) -> Key | None:
    """The respondent of a capture, None where it is nobody's."""
    key = respondent_key(survey_id, group_id, user_id, event, capture_id)
    if key is None:
        return None
    return Key(kind == "sample", key.survey_id, key.group_id, key.user_id, key.alone)


def add(
    connection: sqlite3.Connection, gained: Mapping[Key, tuple[Tally, int]], watermark: int
) -> frozenset[int]:
    """Count new captures in: for each key what it gained and the latest arrival.

    The watermark is the last capture that counts. Returns ids of captures whose findings changed.
    """
    changes = _Changes(connection, watermark)
    for key, (tally, last_ms) in gained.items():
        row = _read(connection, key)
        row.tally.add(tally)
        row.last_ms = max(row.last_ms, last_ms)
        changes.put(key, row)
    changes.apply(is_recount=False)
    return frozenset(changes.marked)


def refold(connection: sqlite3.Connection, keys: Iterable[Key], watermark: int) -> frozenset[int]:
    """Count these respondents anew from their captures up to the watermark; ids as from `add`."""
    changes = _Changes(connection, watermark)
    for key in keys:
        row = Row()
        for mix, is_trusted, number, last_ms in connection.execute(
            f"SELECT {MIX_SQL}, is_trusted, count(*), max(received_ms) FROM captures"
            f" WHERE {_CAPTURES_OF} GROUP BY 1, 2",
            (*_captures_of(key), watermark),
        ):
            row.tally.count(mix, is_trusted, number)
            row.last_ms = max(row.last_ms, last_ms)
        changes.put(key, row)
    changes.apply(is_recount=True)
    return frozenset(changes.marked)


class _Changes:
    """The respondents of one transaction, and what follows for their groups and surveys."""

    def __init__(self, connection: sqlite3.Connection, watermark: int) -> None:
        self._connection = connection
        self._watermark = watermark
        self._groups: defaultdict[tuple[bool, str, str], _Change] = defaultdict(_Change)
        self.marked: set[int] = set()

    def put(self, key: Key, row: Row) -> None:
        """Fold the respondent, store it, and note what its group gains."""
        old = _read(self._connection, key)
        self._fold(key, row)
        _write(self._connection, key, row)
        change = self._groups[key[:3]]
        change.tally.add(row.tally)
        change.tally.add(old.tally, -1)
        if key.user_id:
            change.users += row.is_user - old.is_user
        change.runs += row.runs - old.runs
        change.completed_runs += row.completed_runs - old.completed_runs
        change.last_ms = max(change.last_ms, row.last_ms)

    def apply(self, *, is_recount: bool) -> None:
        """Bring groups and surveys in line with their respondents."""
        surveys: defaultdict[tuple[bool, str], _Change] = defaultdict(_Change)
        for key, change in self._groups.items():
            self._level(
                "groups", ("is_sample", "survey_id", "group_id"), key, change, "respondents", is_recount
            )
            survey = surveys[key[:2]]
            survey.tally.add(change.tally)
            survey.users += change.users
            survey.runs += change.runs
            survey.completed_runs += change.completed_runs
            survey.last_ms = max(survey.last_ms, change.last_ms)
        for survey_key, change in surveys.items():
            self._level("surveys", ("is_sample", "survey_id"), survey_key, change, "groups", is_recount)
            self._name(survey_key)

    def _fold(self, key: Key, row: Row) -> None:
        ids = [
            capture_id
            for (capture_id,) in self._connection.execute(
                "SELECT f.capture_id FROM captures c JOIN findings f ON f.capture_id = c.id AND f.is_between"
                f" WHERE {_CAPTURES_OF} GROUP BY 1",
                (*_captures_of(key), self._watermark),
            )
        ]
        folded: Respondent | None = None
        if row.tally.captures > MAX_CAPTURES:
            completions = self._connection.execute(
                f"SELECT count(*) FROM captures WHERE {_CAPTURES_OF}"
                " AND is_trusted AND event = 'response_group'",
                (*_captures_of(key), self._watermark),
            ).fetchone()[0]
            folded = counted(
                captures=row.tally.captures, completions=completions, is_anonymous=key.is_anonymous
            )
        elif row.tally.captures:
            facts = [
                Fact(
                    capture_id=capture_id,
                    kind="completion" if event == "response_group" else "answer",
                    body_hash=body_hash.hex(),
                    items=load_items(items),
                )
                for capture_id, event, body_hash, items in self._connection.execute(
                    f"SELECT id, event, body_hash, items FROM captures WHERE {_CAPTURES_OF} AND is_trusted",
                    (*_captures_of(key), self._watermark),
                )
            ]
            folded = fold(facts, is_anonymous=key.is_anonymous)
        if folded is not None:
            row.mark, row.answers = folded.mark, folded.answers
            row.runs, row.completed_runs = folded.runs, folded.completed_runs
            row.is_counted_only = folded.is_counted_only
        self._put_findings(ids, folded)

    def _put_findings(self, old_ids: list[int], folded: Respondent | None) -> None:
        before = {
            (capture_id, code)
            for capture_id in old_ids
            for (code,) in self._connection.execute(
                "SELECT code FROM findings WHERE capture_id = ? AND is_between", (capture_id,)
            )
        }
        now = {(found[0], found[1]): found for found in (folded.findings if folded else ())}
        for capture_id, code in before - now.keys():
            self._connection.execute(
                "DELETE FROM findings WHERE capture_id = ? AND is_between AND code = ?", (capture_id, code)
            )
            self.marked.add(capture_id)
        for place, (capture_id, code, detail) in now.items():
            put_findings(self._connection, capture_id, [between.finding(code, detail)], is_between=True)
            if place not in before:
                self.marked.add(capture_id)

    def _level(
        self,
        table: str,
        names: tuple[str, ...],
        key: tuple[object, ...],
        change: _Change,
        below: str,
        is_recount: bool,
    ) -> None:
        """Add a change to a row of `groups` or `surveys`; one that nothing is left of goes."""
        match = " AND ".join(f"{name} = ?" for name in names)
        columns = (*COLUMNS, "users", "runs", "completed_runs")
        values = (*change.tally.values(), change.users, change.runs, change.completed_runs)
        self._connection.execute(
            f"INSERT INTO {table} ({', '.join((*names, *columns, 'last_ms'))})"
            f" VALUES ({', '.join('?' * (len(names) + len(columns) + 1))}) ON CONFLICT DO UPDATE SET "
            + ", ".join(f"{column} = {column} + excluded.{column}" for column in columns)
            + ", last_ms = max(last_ms, excluded.last_ms)",
            (*key, *values, change.last_ms),
        )
        if is_recount:
            latest = " UNION ALL ".join(
                f"SELECT max(last_ms) AS latest FROM {below} WHERE {match} AND {part}"
                for part in _PARTS[below]
            )
            self._connection.execute(
                f"UPDATE {table} SET last_ms = coalesce((SELECT max(latest) FROM ({latest})), 0)"
                f" WHERE {match}",
                (*key * len(_PARTS[below]), *key),
            )
            self._connection.execute(f"DELETE FROM {table} WHERE {match} AND captures + others = 0", key)

    def _name(self, key: tuple[bool, str]) -> None:
        """The last trusted name of a survey, by id."""
        is_sample, survey_id = key
        found = self._connection.execute(
            "SELECT survey_name, id FROM captures INDEXED BY captures_naming"
            " WHERE survey_id = ? AND survey_name IS NOT NULL AND is_trusted AND (kind = 'sample') = ?"
            " AND id <= ? AND deletion IS NULL ORDER BY id DESC LIMIT 1",
            (survey_id, is_sample, self._watermark),
        ).fetchone() or (None, 0)
        self._connection.execute(
            "UPDATE surveys SET name = ?, name_from = ?"
            " WHERE is_sample = ? AND survey_id = ? AND name_from != ?",
            (*found, is_sample, survey_id, found[1]),
        )


def _captures_of(key: Key) -> tuple[object, ...]:
    return (key.survey_id, key.group_id, key.user_id or None, key.is_sample, key.solo)


def _read(connection: sqlite3.Connection, key: Key) -> Row:
    values = connection.execute(
        f"SELECT {', '.join(_RESPONDENT_COLUMNS)} FROM respondents WHERE {_KEY_MATCH}", key
    ).fetchone()
    if values is None:
        return Row()
    count = len(COLUMNS)
    mark, answers, runs, completed_runs, is_counted_only, last_ms = values[count:]
    return Row(Tally(*values[:count]), mark, answers, runs, completed_runs, bool(is_counted_only), last_ms)


def _write(connection: sqlite3.Connection, key: Key, row: Row) -> None:
    if row.tally.captures + row.tally.others == 0:
        connection.execute(f"DELETE FROM respondents WHERE {_KEY_MATCH}", key)
        return
    connection.execute(
        "INSERT INTO respondents"
        f" (is_sample, survey_id, group_id, user_id, solo, {', '.join(_RESPONDENT_COLUMNS)})"
        f" VALUES ({', '.join('?' * (5 + len(_RESPONDENT_COLUMNS)))}) ON CONFLICT DO UPDATE SET "
        + ", ".join(f"{column} = excluded.{column}" for column in _RESPONDENT_COLUMNS),
        (
            *key,
            *row.tally.values(),
            row.mark,
            row.answers,
            row.runs,
            row.completed_runs,
            row.is_counted_only,
            row.last_ms,
        ),
    )
