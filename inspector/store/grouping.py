"""Write what grouping knows: each touched respondent is folded once, its group and survey follow.

`fold` decides, SQL adds up. Whatever changes a capture that is at or below the watermark ends in
`refold`, which counts its respondent anew; the follower adds what is new.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from inspector.domain import between
from inspector.domain.fact import Fact, load_items
from inspector.domain.respondent import MAX_CAPTURES, Respondent, counted, fold, respondent_key
from inspector.domain.rows import EventWord
from inspector.store import levels
from inspector.store.captures import put_findings
from inspector.store.levels import Change
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


SurveyKey: TypeAlias = tuple[bool, str]
"""Whether it is one of samples, and its id."""

_RESPONDENT_COLUMNS = (*COLUMNS, "mark", "answers", "runs", "completed_runs", "is_counted_only", "last_ms")
_KEY_MATCH = "is_sample = ? AND survey_id = ? AND group_id = ? AND user_id = ? AND solo = ?"
_READ = f"SELECT {', '.join(_RESPONDENT_COLUMNS)} FROM respondents WHERE {_KEY_MATCH}"
_WRITE = (
    "INSERT INTO respondents"
    f" (is_sample, survey_id, group_id, user_id, solo, {', '.join(_RESPONDENT_COLUMNS)})"
    f" VALUES ({', '.join('?' * (5 + len(_RESPONDENT_COLUMNS)))}) ON CONFLICT DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _RESPONDENT_COLUMNS)
)
# A key's captures, by the index on (survey_id, group_id, user_id).
_CAPTURES_OF = (
    "survey_id = ? AND group_id = ? AND user_id IS ? AND event != 'unknown' AND (kind = 'sample') = ?"
    " AND (CASE WHEN event = 'response_group' AND user_id IS NULL THEN id ELSE 0 END) = ?"
    " AND id <= ? AND deletion IS NULL"
)

# In one statement what would take one for each capture that has findings.
_FACTS = (
    "SELECT id, event, body_hash, items, (SELECT group_concat(code) FROM findings f"
    f" WHERE f.capture_id = captures.id AND f.is_between) FROM captures WHERE {_CAPTURES_OF}"
    " AND is_trusted = 1"
)
_FOUND = (
    "SELECT f.capture_id, f.code FROM captures c JOIN findings f ON f.capture_id = c.id AND f.is_between"
    f" WHERE {_CAPTURES_OF}"
)
_COMPLETIONS = (
    f"SELECT count(*) FROM captures WHERE {_CAPTURES_OF} AND is_trusted AND event = 'response_group'"
)


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
    connection: sqlite3.Connection,
    gained: Mapping[Key, tuple[Tally, int]],
    named: Collection[SurveyKey],
    watermark: int,
) -> frozenset[int]:
    """Count new captures in: for each key what it gained and the latest arrival.

    `named` are the surveys that may have another name now, and the watermark is the last capture that
    counts. Returns ids of captures whose findings changed.
    """
    changes = _Changes(connection, watermark, is_anew=False)
    for key, (tally, last_ms) in gained.items():
        old = _read(connection, key)
        row = replace(old, tally=replace(old.tally), last_ms=max(old.last_ms, last_ms))
        row.tally.add(tally)
        changes.put(key, old, row)
    changes.apply()
    for survey in named:
        changes.name(survey)
    return frozenset(changes.marked)


def refold(connection: sqlite3.Connection, keys: Iterable[Key], watermark: int) -> frozenset[int]:
    """Count these respondents anew from their captures up to the watermark; ids as from `add`."""
    changes = _Changes(connection, watermark, is_anew=True)
    for key in keys:
        row = Row()
        for mix, is_trusted, number, last_ms in connection.execute(
            f"SELECT {MIX_SQL}, is_trusted, count(*), max(received_ms) FROM captures"
            f" WHERE {_CAPTURES_OF} GROUP BY 1, 2",
            (*_captures_of(key), watermark),
        ):
            row.tally.count(mix, is_trusted, number)
            row.last_ms = max(row.last_ms, last_ms)
        changes.put(key, _read(connection, key), row)
    changes.apply()
    changes.tidy()
    return frozenset(changes.marked)


class _Changes:
    """The respondents of one transaction, and what follows for their groups and surveys."""

    def __init__(self, connection: sqlite3.Connection, watermark: int, *, is_anew: bool) -> None:
        """Where everything is counted anew, captures may bear findings that are trusted no more."""
        self._connection = connection
        self._is_anew = is_anew
        self._watermark = watermark
        self._groups: defaultdict[tuple[bool, str, str], Change] = defaultdict(Change)
        self._surveys: defaultdict[SurveyKey, Change] = defaultdict(Change)
        self.marked: set[int] = set()

    def put(self, key: Key, old: Row, row: Row) -> None:
        """Fold the respondent, store it in place of the old row, and note what its group gains."""
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

    def apply(self) -> None:
        """Add to groups and surveys what their respondents gained or lost."""
        for key, change in self._groups.items():
            levels.add(self._connection, "groups", key, change)
            survey = self._surveys[key[:2]]
            survey.add(change)
        for survey_key, change in self._surveys.items():
            levels.add(self._connection, "surveys", survey_key, change)

    def tidy(self) -> None:
        """After captures went: find the latest arrival and the name anew; what nothing is left of goes."""
        for key in self._groups:
            levels.tidy(self._connection, "groups", key)
        for survey_key in self._surveys:
            levels.tidy(self._connection, "surveys", survey_key)
            self.name(survey_key)

    def _fold(self, key: Key, row: Row) -> None:
        of_key = (*_captures_of(key), self._watermark)
        before: set[tuple[int, str]] = set()
        folded: Respondent | None = None
        if row.tally.captures > MAX_CAPTURES or self._is_anew:
            before.update(self._connection.execute(_FOUND, of_key))
        if row.tally.captures > MAX_CAPTURES:
            completions = self._connection.execute(_COMPLETIONS, of_key).fetchone()[0]
            folded = counted(
                captures=row.tally.captures, completions=completions, is_anonymous=key.is_anonymous
            )
        elif row.tally.captures:
            facts: list[Fact] = []
            for capture_id, event, body_hash, items, codes in self._connection.execute(_FACTS, of_key):
                if codes is not None:
                    before.update((capture_id, code) for code in codes.split(","))
                fact = Fact(
                    capture_id=capture_id,
                    kind="completion" if event == "response_group" else "answer",
                    body_hash=body_hash.hex(),
                    items=load_items(items),
                )
                facts.append(fact)
            folded = fold(facts, is_anonymous=key.is_anonymous)
        if folded is not None:
            row.mark, row.answers = folded.mark, folded.answers
            row.runs, row.completed_runs = folded.runs, folded.completed_runs
            row.is_counted_only = folded.is_counted_only
        self._put_findings(before, folded)

    def _put_findings(self, before: set[tuple[int, str]], folded: Respondent | None) -> None:
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

    def name(self, key: SurveyKey) -> None:
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
    values = connection.execute(_READ, key).fetchone()
    if values is None:
        return Row()
    count = len(COLUMNS)
    mark, answers, runs, completed_runs, is_counted_only, last_ms = values[count:]
    return Row(Tally(*values[:count]), mark, answers, runs, completed_runs, bool(is_counted_only), last_ms)


def _write(connection: sqlite3.Connection, key: Key, row: Row) -> None:
    if row.tally.captures + row.tally.others == 0:
        connection.execute(f"DELETE FROM respondents WHERE {_KEY_MATCH}", key)
        return
    rest = (row.mark, row.answers, row.runs, row.completed_runs, row.is_counted_only, row.last_ms)
    connection.execute(_WRITE, (*key, *row.tally.values(), *rest))
