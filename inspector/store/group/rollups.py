"""Groups and surveys: counts that are sums over the rows below, updated by differences."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

from inspector.domain.signature.verdict import COUNTED


@dataclass(slots=True)
class VerdictCounts:
    """Captures of a respondent, group or survey by verdict."""

    captures: int = 0
    """Trusted captures."""
    others: int = 0
    valid: int = 0
    rewritten: int = 0
    invalid: int = 0
    unsigned: int = 0
    unchecked: int = 0

    def count(self, mix: str, is_trusted: bool, number: int = 1) -> None:
        """Add `number` captures whose verdict counts in the column `mix` of COUNTED."""
        setattr(self, mix, getattr(self, mix) + number)
        if is_trusted:
            self.captures += number
        else:
            self.others += number

    def add(self, other: VerdictCounts, sign: int = 1) -> None:
        """Add every count of `other`, or subtract it with `sign` -1."""
        for column in COLUMNS:
            setattr(self, column, getattr(self, column) + sign * getattr(other, column))

    def values(self) -> tuple[int, ...]:
        """Return the counts in the order of COLUMNS."""
        return tuple(getattr(self, column) for column in COLUMNS)


COLUMNS = tuple(field.name for field in fields(VerdictCounts))
assert COLUMNS[2:] == COUNTED


Level: TypeAlias = Literal["groups", "surveys"]

KEYS: dict[Level, tuple[str, ...]] = {
    "groups": ("is_sample", "survey_id", "group_id"),
    "surveys": ("is_sample", "survey_id"),
}
SUMS = (*COLUMNS, "users", "runs", "completed_runs")
# The table below, in parts. The index of each part ends with the latest arrival.
_KNOWN = ("(captures > 0) = 1", "(captures > 0) = 0")
_BELOW: dict[Level, tuple[str, tuple[str, ...]]] = {
    "groups": (
        "respondents",
        tuple(f"user_id {which} '' AND {known}" for which in ("!=", "=") for known in _KNOWN),
    ),
    "surveys": ("groups", _KNOWN),
}


@dataclass(slots=True)
class Change:
    """The change of a group or a survey, summed up."""

    tally: VerdictCounts = field(default_factory=VerdictCounts)
    users: int = 0
    runs: int = 0
    completed_runs: int = 0
    last_ms: int = 0

    def add(self, other: Change) -> None:
        """Add another change."""
        self.tally.add(other.tally)
        self.users += other.users
        self.runs += other.runs
        self.completed_runs += other.completed_runs
        self.last_ms = max(self.last_ms, other.last_ms)


def add(connection: sqlite3.Connection, level: Level, key: tuple[object, ...], change: Change) -> None:
    """Add to the sums of a row, which is created if it does not exist."""
    sums = (*change.tally.values(), change.users, change.runs, change.completed_runs)
    add_sums(connection, level, key, sums, change.last_ms)


def add_sums(
    connection: sqlite3.Connection,
    level: Level,
    key: tuple[object, ...],
    sums: tuple[int, ...],
    last_ms: int = 0,
) -> None:
    """As `add`, by the values of SUMS."""
    connection.execute(_ADD[level], (*key, *sums, last_ms))


def tidy(connection: sqlite3.Connection, level: Level, key: tuple[object, ...]) -> None:
    """Update the latest arrival after rows below were removed, and remove the row if it counts nothing."""
    find_latest, drop, parts = _TIDY[level]
    connection.execute(find_latest, (*key * parts, *key))
    connection.execute(drop, key)


def _adding(level: Level) -> str:
    columns = (*KEYS[level], *SUMS, "last_ms")
    return (
        f"INSERT INTO {level} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        f" ON CONFLICT DO UPDATE SET {', '.join(f'{name} = {name} + excluded.{name}' for name in SUMS)},"
        " last_ms = max(last_ms, excluded.last_ms)"
    )


def _tidying(level: Level) -> tuple[str, str, int]:
    below, parts = _BELOW[level]
    match = " AND ".join(f"{name} = ?" for name in KEYS[level])
    latest = " UNION ALL ".join(
        f"SELECT max(last_ms) AS latest FROM {below} WHERE {match} AND {part}" for part in parts
    )
    return (
        f"UPDATE {level} SET last_ms = coalesce((SELECT max(latest) FROM ({latest})), 0) WHERE {match}",
        f"DELETE FROM {level} WHERE {match} AND captures + others = 0",
        len(parts),
    )


_ADD = {level: _adding(level) for level in KEYS}
_TIDY = {level: _tidying(level) for level in KEYS}
