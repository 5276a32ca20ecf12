"""What came of a plan, counted in SQL: by fault and answer, and by how long the answers took."""

from __future__ import annotations

import math
import sqlite3

from inspector.domain.capture.rows import AttemptOutcome

BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000)
"""Where a bar of the histogram ends and the next begins; beyond the last there is one more."""

_BAR = "CASE " + " ".join(f"WHEN elapsed_ms < {bound} THEN {n}" for n, bound in enumerate(BOUNDS_MS))

Outcomes = list[tuple[str | None, AttemptOutcome, int | None, int, int]]
"""Fault, outcome, status, whether that was expected, and how many attempts."""


def outcomes(connection: sqlite3.Connection, plan_id: int) -> Outcomes:
    """The attempts of a plan, counted."""
    return connection.execute(
        "SELECT fault, outcome, status, is_expected, count(*) FROM attempts WHERE plan_id = ?"
        " GROUP BY 1, 2, 3, 4",
        (plan_id,),
    ).fetchall()


def bars(connection: sqlite3.Connection, plan_id: int) -> list[int]:
    """How many attempts with an answer took so long, for each of `BOUNDS_MS` and what is beyond."""
    counted = dict(
        connection.execute(
            f"SELECT {_BAR} ELSE {len(BOUNDS_MS)} END, count(*) FROM attempts"
            " WHERE plan_id = ? AND status IS NOT NULL GROUP BY 1",
            (plan_id,),
        )
    )
    return [counted.get(number, 0) for number in range(len(BOUNDS_MS) + 1)]


def quantiles(connection: sqlite3.Connection, plan_id: int, *parts: float) -> list[float]:
    """How long the fastest of so large a part of the answers took, in ms; nothing where none came."""
    taken = "FROM attempts WHERE plan_id = ? AND status IS NOT NULL AND elapsed_ms IS NOT NULL"
    count = connection.execute(f"SELECT count(*) {taken}", (plan_id,)).fetchone()[0]
    places = [max(0, math.ceil(part * count) - 1) for part in parts] if count else []
    at = f"SELECT elapsed_ms {taken} ORDER BY elapsed_ms LIMIT 1 OFFSET ?"
    return [connection.execute(at, (plan_id, place)).fetchone()[0] for place in places]


def failed(
    connection: sqlite3.Connection, plan_id: int, limit: int
) -> list[tuple[AttemptOutcome, int | None, int]]:
    """Return outcome, status and capture of the first unexpected attempts of a plan."""
    return connection.execute(
        "SELECT outcome, status, capture_id FROM attempts WHERE plan_id = ? AND NOT is_expected"
        " ORDER BY id LIMIT ?",
        (plan_id, limit),
    ).fetchall()


def dropped(connection: sqlite3.Connection, plan_id: int) -> int:
    """How many deliveries of a plan were left out on purpose."""
    found = connection.execute(
        "SELECT count(*) FROM deliveries"
        " WHERE plan_id = ? AND forward_id = 0 AND state = 3 AND fault = 'dropped'",
        (plan_id,),
    ).fetchone()
    return int(found[0])
