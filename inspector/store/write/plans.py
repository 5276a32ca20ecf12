"""Replay plans in SQL: their options and state, and counts of their deliveries and attempts."""

from __future__ import annotations

import json
import math
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from inspector.base.errors import NotFound
from inspector.domain.capture.rows import AttemptOutcome
from inspector.store.write import deliveries
from inspector.store.write.deliveries import ROWS_PER_WRITE, DeliveryState, StoredDelivery

PlanState = Literal["ready", "running", "paused", "stopped", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A stored plan."""

    id: int
    made_ms: int
    url: str
    options: dict[str, Any]
    state: PlanState
    total: int
    owner: str | None
    """The process that works on it, or was killed while it did."""


class DeliveryOutcome(NamedTuple):
    """One delivery of a plan with its attempt, in the order of the columns of `outcomes_after`."""

    position: int
    capture_id: int
    state: int
    """A `DeliveryState`."""
    fault: str | None
    attempt_id: int | None
    """None, as all that follows, before there is an attempt."""
    outcome: AttemptOutcome | None
    status: int | None
    elapsed_ms: float | None
    error: str | None
    is_expected: int | None

    @property
    def state_word(self) -> str:
        """The state of the delivery in a word: `waiting`, `started`, `done` or `skipped`."""
        return DeliveryState(self.state).name.lower()


def insert(
    connection: sqlite3.Connection,
    *,
    made_ms: int,
    url: str,
    options: dict[str, Any],
    state: PlanState,
    owner: str,
    total: int,
    first: Sequence[StoredDelivery],
) -> int:
    """Store a plan with its first deliveries; return its id."""
    plan_id = connection.execute(
        "INSERT INTO plans (made_ms, url, options, state, total, owner) VALUES (?, ?, ?, ?, ?, ?)",
        (made_ms, url, json.dumps(options), state, total, owner),
    ).lastrowid
    assert plan_id is not None
    deliveries.add(connection, plan_id, first)
    return plan_id


def take(connection: sqlite3.Connection, plan_id: int, owner: str) -> bool:
    """Let `owner` take over an unowned plan; return whether it was unowned."""
    taken = connection.execute(
        "UPDATE plans SET state = 'running', owner = ? WHERE id = ? AND owner IS NULL", (owner, plan_id)
    )
    return taken.rowcount == 1


def put_state(
    connection: sqlite3.Connection, plan_id: int, state: PlanState, owner: str | None = None
) -> None:
    """Store the state of a plan and the process that works on it."""
    connection.execute("UPDATE plans SET state = ?, owner = ? WHERE id = ?", (state, owner, plan_id))


def read(connection: sqlite3.Connection, plan_id: int) -> StoredPlan:
    """Return one plan. Raises NotFound."""
    found = connection.execute(f"{_SELECT} WHERE id = ?", (plan_id,)).fetchone()
    if found is None:
        raise NotFound(f"There is no plan {plan_id}. Run `plans` to see them.")
    return _plan(found)


def newest(connection: sqlite3.Connection, limit: int) -> tuple[StoredPlan, ...]:
    """Return the newest plans, oldest first."""
    rows = connection.execute(f"{_SELECT} ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
    return tuple(map(_plan, reversed(rows)))


def counts(connection: sqlite3.Connection, plan_id: int) -> dict[int, int]:
    """Return the number of deliveries of a plan by their state."""
    return dict(
        connection.execute(
            "SELECT state, count(*) FROM deliveries WHERE plan_id = ? AND forward_id = 0 GROUP BY state",
            (plan_id,),
        )
    )


def outcomes_after(
    connection: sqlite3.Connection, plan_id: int, position: int, limit: int
) -> tuple[DeliveryOutcome, ...]:
    """Return the deliveries of a plan after this position, in order."""
    rows = connection.execute(
        "SELECT d.position, d.capture_id, d.state, d.fault, a.id, a.outcome, a.status, a.elapsed_ms, a.error,"
        " a.is_expected FROM deliveries d LEFT JOIN attempts a ON a.id = d.attempt_id"
        " WHERE d.plan_id = ? AND d.forward_id = 0 AND d.position > ? ORDER BY d.position LIMIT ?",
        (plan_id, position, limit),
    )
    return tuple(map(DeliveryOutcome._make, rows))


def skip_waiting(connection: sqlite3.Connection, plan_id: int) -> int:
    """Skip some of the waiting deliveries of a plan, and return how many."""
    waiting = "plan_id = :plan AND forward_id = 0 AND state = 0"
    skipped = connection.execute(
        f"UPDATE deliveries SET state = 3 WHERE {waiting}"
        f" AND position IN (SELECT position FROM deliveries WHERE {waiting} LIMIT :limit)",
        {"plan": plan_id, "limit": ROWS_PER_WRITE},
    )
    return skipped.rowcount


def unfinished(connection: sqlite3.Connection, limit: int = 100) -> tuple[StoredPlan, ...]:
    """Return the plans that are not done, newest first."""
    rows = connection.execute(f"{_SELECT} WHERE state != 'done' ORDER BY id DESC LIMIT ?", (limit,))
    return tuple(map(_plan, rows))


def latest(connection: sqlite3.Connection) -> int | None:
    """Return the id of the plan that was started last."""
    found = connection.execute(
        "SELECT id FROM plans WHERE state != 'ready' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if found is None else int(found[0])


def reset_to_waiting(connection: sqlite3.Connection, plan_id: int, attempts: Sequence[int]) -> None:
    """Queue the deliveries again that led to these attempts, and to none since."""
    connection.execute(
        "UPDATE deliveries SET state = 0, attempt_id = NULL"
        f" WHERE plan_id = ? AND forward_id = 0 AND {_LED_TO}",
        (plan_id, json.dumps(attempts)),
    )


def waiting(
    connection: sqlite3.Connection, plan_id: int, attempts: Sequence[int] = ()
) -> list[tuple[int, int, int | None, str | None]]:
    """Return position, capture, time and fault of deliveries that wait or led to these attempts, in order."""
    return connection.execute(
        "SELECT position, capture_id, at_ms, fault FROM deliveries"
        f" WHERE plan_id = ? AND forward_id = 0 AND (state = 0 OR {_LED_TO}) ORDER BY position",
        (plan_id, json.dumps(attempts)),
    ).fetchall()


def unknown(connection: sqlite3.Connection, plan_id: int) -> list[tuple[int, int]]:
    """Return capture and attempt of each delivery with an unknown outcome."""
    return connection.execute(
        "SELECT d.capture_id, a.id FROM attempts a JOIN deliveries d ON d.attempt_id = a.id"
        " WHERE a.plan_id = :plan AND a.outcome = 'unknown' AND d.plan_id = :plan AND d.forward_id = 0"
        " AND d.state = 2 ORDER BY d.position",
        {"plan": plan_id},
    ).fetchall()


def times(connection: sqlite3.Connection, ids: array[int], *, is_created: bool) -> list[int | None]:
    """Return when each capture was received, or its last answer was created, in ms since 1970."""
    # Refused, cut and pending captures have no items, not even an empty list.
    items = "json_each(CASE WHEN c.items != '' THEN c.items ELSE '[]' END)"
    moment = f"(SELECT max(item.value ->> 3) FROM {items} AS item)" if is_created else "c.received_ms"
    found: list[int | None] = []
    for start in range(0, len(ids), ROWS_PER_WRITE):
        # As one text, for the same reason as in `deliveries.add`.
        text = connection.execute(
            f"SELECT json_group_array({moment}) FROM json_each(?) j LEFT JOIN captures c ON c.id = j.value",
            (json.dumps(list(ids[start : start + ROWS_PER_WRITE])),),
        ).fetchone()[0]
        found += json.loads(text)
    return found


def forget_edits(connection: sqlite3.Connection) -> None:
    """Overwrite edits of plans whose captures are all removed: they were made from these."""
    connection.execute(_FORGET_EDITS)


def valid_among(connection: sqlite3.Connection, ids: Sequence[int]) -> set[int]:
    """Return the captures among these with a valid signature."""
    rows = connection.execute(
        "SELECT c.id FROM json_each(?) j JOIN captures c ON c.id = j.value WHERE c.verdict = 'valid'",
        (json.dumps(list(ids)),),
    )
    return {row[0] for row in rows}


def perhaps_not_replayable(connection: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return the captures that cannot be sent or must be checked, each with its kind.

    A request that the listener received completely can be sent, except for a few unusual targets.
    """
    return connection.execute(_PERHAPS_NOT_REPLAYABLE, (json.dumps(list(ids)),)).fetchall()


_PERHAPS_NOT_REPLAYABLE = """
SELECT c.id, c.kind FROM json_each(?) j CROSS JOIN captures c ON c.id = j.value
WHERE c.kind IN ('cut', 'refused', 'imported') OR c.method = 'CONNECT' OR substr(c.target, 1, 1) <> x'2f'
"""
_LED_TO = "attempt_id IN (SELECT value FROM json_each(?))"
# From the end: mostly the oldest captures are removed first, so the first look-up finds an existing one.
_FORGET_EDITS = """
UPDATE plans SET options = json_set(
  options, '$.manner.headers', NULL, '$.manner.put', NULL, '$.manner.body', NULL
)
WHERE coalesce(
  options ->> '$.manner.headers', nullif(options ->> '$.manner.put', '[]'), options ->> '$.manner.body'
) IS NOT NULL AND (
  SELECT 1 FROM deliveries d CROSS JOIN captures c ON c.id = d.capture_id
  WHERE d.plan_id = plans.id AND d.forward_id = 0 ORDER BY d.position DESC LIMIT 1
) IS NULL
"""
_SELECT = "SELECT id, made_ms, url, options, state, total, owner FROM plans"


def _plan(values: Sequence[Any]) -> StoredPlan:
    id_, made_ms, url, options, state, total, owner = values
    return StoredPlan(
        id=id_,
        made_ms=made_ms,
        url=url,
        options=json.loads(options),
        state=state,
        total=total,
        owner=owner,
    )


BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000)
"""The upper bounds of the bars of the histogram, without the last, which has none."""

_BAR = "CASE " + " ".join(f"WHEN elapsed_ms < {bound} THEN {n}" for n, bound in enumerate(BOUNDS_MS))

Outcomes = list[tuple[str | None, AttemptOutcome, int | None, int, int]]
"""Fault, outcome, status, whether it was expected, and the number of attempts."""


def outcomes(connection: sqlite3.Connection, plan_id: int) -> Outcomes:
    """Count the attempts of a plan by fault, outcome, status and expectation."""
    return connection.execute(
        "SELECT fault, outcome, status, is_expected, count(*) FROM attempts WHERE plan_id = ?"
        " GROUP BY 1, 2, 3, 4",
        (plan_id,),
    ).fetchall()


def bars(connection: sqlite3.Connection, plan_id: int) -> list[int]:
    """Count the attempts with a response for each bar of the histogram."""
    counted = dict(
        connection.execute(
            f"SELECT {_BAR} ELSE {len(BOUNDS_MS)} END, count(*) FROM attempts"
            " WHERE plan_id = ? AND status IS NOT NULL GROUP BY 1",
            (plan_id,),
        )
    )
    return [counted.get(number, 0) for number in range(len(BOUNDS_MS) + 1)]


def quantiles(connection: sqlite3.Connection, plan_id: int, *parts: float) -> list[float]:
    """Return the response times in ms at these quantiles; nothing without a response."""
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
    """Return the number of deliveries of a plan that were dropped on purpose."""
    found = connection.execute(
        "SELECT count(*) FROM deliveries"
        " WHERE plan_id = ? AND forward_id = 0 AND state = 3 AND fault = 'dropped'",
        (plan_id,),
    ).fetchone()
    return int(found[0])
