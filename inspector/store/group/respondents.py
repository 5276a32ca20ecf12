"""Stored respondents, and queries on the captures of one respondent."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import NamedTuple

from inspector.domain.capture.rows import EventWord
from inspector.domain.respondent.fact import Fact, load_items
from inspector.domain.respondent.respondent import MAX_CAPTURES, respondent_key
from inspector.store.group.rollups import COLUMNS, VerdictCounts
from inspector.store.verdict_sql import COUNTED_SQL


class StoredRespondentKey(NamedTuple):
    """The respondent of a capture (`respondent.RespondentKey`), and whether the capture is a sample."""

    is_sample: bool
    survey_id: str
    group_id: str
    user_id: str
    solo: int

    @property
    def is_anonymous(self) -> bool:
        return not self.user_id and not self.solo

    @property
    def captures(self) -> str:
        """The key in `CAPTURES_OF` of the condition for its captures."""
        return "user" if self.user_id else "solo" if self.solo else "anonymous"


@dataclass(slots=True)
class StoredRespondent:
    """A stored respondent."""

    tally: VerdictCounts = field(default_factory=VerdictCounts)
    mark: str | None = None
    answers: int = 0
    runs: int = 0
    completed_runs: int = 0
    is_counted_only: bool = False
    last_ms: int = 0
    progress: str | None = None
    """Written by `progress.dump`. Empty while the respondent is in `refolds`."""

    @property
    def is_user(self) -> bool:
        return self.tally.captures > 0


class Each(NamedTuple):
    """One capture of a respondent."""

    id: int
    event: EventWord
    body_hash: bytes
    items: str
    findings: str
    """Its findings across captures as a JSON object: the JSON text of the detail by code."""
    is_trusted: int
    mix: str
    received_ms: int

    @property
    def fact(self) -> Fact:
        return Fact(
            capture_id=self.id,
            kind="completion" if self.event == "response_group" else "answer",
            body_hash=self.body_hash.hex(),
            items=load_items(self.items),
        )


KEY_COLUMNS = ", ".join(StoredRespondentKey._fields)
_ROW_COLUMNS = (
    *COLUMNS, "mark", "answers", "runs", "completed_runs", "is_counted_only", "last_ms", "progress",
)  # fmt: skip
_MATCH = "is_sample = ? AND survey_id = ? AND group_id = ? AND user_id = ? AND solo = ?"
_READ = f"SELECT {', '.join(_ROW_COLUMNS)} FROM respondents WHERE {_MATCH}"
_WRITE = (
    f"INSERT INTO respondents ({KEY_COLUMNS}, {', '.join(_ROW_COLUMNS)})"
    f" VALUES ({', '.join('?' * (5 + len(_ROW_COLUMNS)))}) ON CONFLICT DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _ROW_COLUMNS)
)
# The captures of a respondent, by an index without other captures: a group can have any number of them.
_COMMON = (
    " AND survey_id = :survey_id AND group_id = :group_id AND event != 'unknown'"
    " AND (kind = 'sample') = :is_sample AND id <= :watermark AND deletion IS NULL"
)
CAPTURES_OF = {
    "user": f"user_id = :user_id{_COMMON}",
    "solo": f"id = :solo AND user_id IS NULL AND event = 'response_group'{_COMMON}",
    "anonymous": f"user_id IS NULL AND event = 'answer'{_COMMON}",
}
# One statement instead of one per capture with findings.
_EACH = (
    "SELECT id, event, body_hash, items, (SELECT json_group_object(code, detail) FROM findings f"
    f" WHERE f.capture_id = captures.id AND f.is_between), is_trusted, {COUNTED_SQL}, received_ms"
    " FROM captures WHERE {}"
)
TRUSTED_QUERY = f"{_EACH} AND is_trusted = 1"
_FIRST = f"{_EACH} LIMIT {MAX_CAPTURES + 1}"
_FOUND = (
    "SELECT f.capture_id, f.code, f.detail FROM captures c JOIN findings f"
    " ON f.capture_id = c.id AND f.is_between WHERE {}"
)
_SUMS = f"SELECT {COUNTED_SQL}, is_trusted, count(*), max(received_ms) FROM captures WHERE {{}} GROUP BY 1, 2"
_COMPLETION = (
    "SELECT EXISTS (SELECT 1 FROM captures WHERE {}"
    " AND is_trusted = 1 AND event = 'response_group' AND id > :after)"
)
_SAME_BODY = (
    "SELECT id FROM captures WHERE {} AND is_trusted = 1 AND body_hash = :body_hash AND id < :before"
    " ORDER BY id LIMIT 1"
)


def key_of(
    capture_id: int,
    kind: str,
    event: EventWord,
    survey_id: str | None,
    group_id: str | None,
    user_id: str | None,
) -> StoredRespondentKey | None:
    """Return the respondent of a capture, or None if it has none."""
    key = respondent_key(survey_id, group_id, user_id, event, capture_id)
    if key is None:
        return None
    return StoredRespondentKey(kind == "sample", key.survey_id, key.group_id, key.user_id, key.alone)


def read(connection: sqlite3.Connection, key: StoredRespondentKey) -> StoredRespondent:
    """Return a stored respondent, or an empty one if it is not stored."""
    values = connection.execute(_READ, key).fetchone()
    if values is None:
        return StoredRespondent()
    count = len(COLUMNS)
    mark, answers, runs, completed_runs, is_counted_only, *rest = values[count:]
    return StoredRespondent(
        VerdictCounts(*values[:count]), mark, answers, runs, completed_runs, bool(is_counted_only), *rest
    )


def write(connection: sqlite3.Connection, key: StoredRespondentKey, row: StoredRespondent) -> None:
    """Store a respondent, or remove it if it has no captures."""
    if row.tally.captures + row.tally.others == 0:
        connection.execute(f"DELETE FROM respondents WHERE {_MATCH}", key)
        return
    state = (row.mark, row.answers, row.runs, row.completed_runs, row.is_counted_only)
    connection.execute(_WRITE, (*key, *row.tally.values(), *state, row.last_ms, row.progress))


def trusted(connection: sqlite3.Connection, key: StoredRespondentKey, watermark: int) -> list[Each]:
    """Return its trusted captures up to the watermark. Forged ones are not read."""
    return [Each(*values) for values in _captures(connection, TRUSTED_QUERY, key, watermark)]


def first(connection: sqlite3.Connection, key: StoredRespondentKey, watermark: int) -> list[Each]:
    """Return its captures up to the watermark, at most one more than are analysed."""
    return [Each(*values) for values in _captures(connection, _FIRST, key, watermark)]


def sums(
    connection: sqlite3.Connection, key: StoredRespondentKey, watermark: int
) -> list[tuple[str, int, int, int]]:
    """Return its captures by verdict and trust: their number, and the last arrival."""
    return _captures(connection, _SUMS, key, watermark).fetchall()


def found(
    connection: sqlite3.Connection, key: StoredRespondentKey, watermark: int
) -> list[tuple[int, str, str]]:
    """Return the findings of its captures: capture, code, and the detail as JSON."""
    return _captures(connection, _FOUND, key, watermark).fetchall()


def has_completion(
    connection: sqlite3.Connection, key: StoredRespondentKey, watermark: int, after: int = 0
) -> bool:
    """Return whether it has a trusted completion among its captures after `after`."""
    return bool(_captures(connection, _COMPLETION, key, watermark, after=after).fetchone()[0])


def first_with_body(
    connection: sqlite3.Connection, key: StoredRespondentKey, body_hash: bytes, *, before: int
) -> int | None:
    """Return its first trusted capture with this body before the capture `before`, or None."""
    row = _captures(connection, _SAME_BODY, key, before, body_hash=body_hash, before=before).fetchone()
    return None if row is None else int(row[0])


def _captures(
    connection: sqlite3.Connection, query: str, key: StoredRespondentKey, watermark: int, **more: object
) -> sqlite3.Cursor:
    values = {**key._asdict(), "watermark": watermark, **more}
    return connection.execute(query.format(CAPTURES_OF[key.captures]), values)
