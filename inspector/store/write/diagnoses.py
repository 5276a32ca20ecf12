"""Findings of a diagnosis: which captures wait for one, and what it found."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from inspector.domain.signature.finding import Finding
from inspector.store.write import captures

_UNEXAMINED = "verdict = 'invalid' AND NOT is_examined AND deletion IS NULL"


def unexamined(connection: sqlite3.Connection, among: Sequence[int]) -> list[int]:
    """Which of these captures are invalid and were not examined yet, in their order."""
    marks = ", ".join("?" * len(among))
    found = {
        row[0]
        for row in connection.execute(
            f"SELECT id FROM captures WHERE id IN ({marks}) AND {_UNEXAMINED}", among
        )
    }
    return [one for one in among if one in found]


def newest_unexamined(connection: sqlite3.Connection, limit: int) -> list[int]:
    """The newest captures that wait for a diagnosis, newest first."""
    query = f"SELECT id FROM captures WHERE {_UNEXAMINED} ORDER BY id DESC LIMIT ?"
    return [row[0] for row in connection.execute(query, (limit,))]


def count_unexamined(connection: sqlite3.Connection) -> int:
    """How many captures wait for a diagnosis."""
    return int(connection.execute(f"SELECT count(*) FROM captures WHERE {_UNEXAMINED}").fetchone()[0])


def keep(connection: sqlite3.Connection, capture_id: int, findings: Sequence[Finding]) -> None:
    """Replace the findings of the check by those of a diagnosis."""
    changed = connection.execute(
        "UPDATE captures SET is_examined = 1 WHERE id = ? AND verdict = 'invalid'", (capture_id,)
    ).rowcount
    if changed:
        connection.execute("DELETE FROM findings WHERE capture_id = ? AND NOT is_between", (capture_id,))
        captures.put_findings(connection, capture_id, findings, is_between=False)


def expecting(connection: sqlite3.Connection, expected_hash: int, but: int, limit: int = 20) -> list[int]:
    """Captures whose signature should have had this hash, oldest first."""
    return [
        row[0]
        for row in connection.execute(
            "SELECT id FROM captures WHERE expected_hash = ? AND id != ? AND deletion IS NULL"
            " ORDER BY id LIMIT ?",
            (expected_hash, but, limit),
        )
    ]


def sharing(connection: sqlite3.Connection, code: str) -> int:
    """How many captures have a proved finding of this code."""
    return int(
        connection.execute(
            "SELECT count(*) FROM findings f JOIN captures c ON c.id = f.capture_id"
            " WHERE f.code = ? AND NOT f.is_between AND f.is_proved AND c.deletion IS NULL",
            (code,),
        ).fetchone()[0]
    )
