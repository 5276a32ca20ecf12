"""Plans and their steps in SQL: what of a replay waits, was started, and has its outcome.

A step is committed as started before a byte of it leaves, so that after a kill it is known which
deliveries may have arrived.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Any, Literal

from inspector.base.errors import NotFound

PlanState = Literal["ready", "running", "paused", "stopped", "done"]

STEPS_AT_ONCE = 10_000
"""Of one transaction, so that whoever captures meanwhile is not kept waiting."""


class StepState(IntEnum):
    """As it is stored."""

    WAITING = 0
    STARTED = 1
    DONE = 2
    SKIPPED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A plan as the file has it."""

    id: int
    made_ms: int
    url: str
    options: dict[str, Any]
    state: PlanState
    total: int
    owner: str | None
    """The process that works on it, or that was killed in doing so."""


StepValues = tuple[int, int, int | None, str | None, int]
"""Position, capture, time, fault, state."""
Advance = tuple[int, int, int | None]
"""Position, the state that it has come to, and the attempt that it led to."""


def insert(
    connection: sqlite3.Connection,
    *,
    made_ms: int,
    url: str,
    options: dict[str, Any],
    state: PlanState,
    owner: str,
    total: int,
    steps: Sequence[StepValues],
) -> int:
    """Keep a plan, with the first of its steps; its id."""
    plan_id = connection.execute(
        "INSERT INTO plans (made_ms, url, options, state, total, owner) VALUES (?, ?, ?, ?, ?, ?)",
        (made_ms, url, json.dumps(options), state, total, owner),
    ).lastrowid
    assert plan_id is not None
    add_steps(connection, plan_id, steps)
    return plan_id


def add_steps(connection: sqlite3.Connection, plan_id: int, steps: Sequence[StepValues]) -> None:
    """Keep more of its steps. They come as one text: a row at a time would take the interpreter's lock."""
    connection.execute(
        "INSERT INTO steps (plan_id, position, capture_id, at_ms, fault, state)"
        " SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)",
        (plan_id, json.dumps(steps)),
    )


def parts(steps: Iterable[StepValues]) -> Iterable[list[StepValues]]:
    """Steps in parts that are stored one after another."""
    rest = iter(steps)
    while part := list(islice(rest, STEPS_AT_ONCE)):
        yield part


def advance(connection: sqlite3.Connection, plan_id: int, steps: Sequence[Advance]) -> None:
    """Note what has become of steps, each of them once in `steps`."""
    if steps:
        # Not an UPDATE … FROM, for which SQLite walks over the whole plan. No row is ever inserted.
        connection.execute(
            "INSERT INTO steps (plan_id, position, capture_id, state, attempt_id)"
            " SELECT ?, value ->> 0, 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true"
            " ON CONFLICT DO UPDATE SET state = excluded.state, attempt_id = excluded.attempt_id",
            (plan_id, json.dumps(steps)),
        )


def take(connection: sqlite3.Connection, plan_id: int, owner: str) -> bool:
    """Make a plan that is nobody's the affair of `owner`, who goes on with it; whether it was nobody's."""
    taken = connection.execute(
        "UPDATE plans SET state = 'running', owner = ? WHERE id = ? AND owner IS NULL", (owner, plan_id)
    )
    return taken.rowcount == 1


def put_state(
    connection: sqlite3.Connection, plan_id: int, state: PlanState, owner: str | None = None
) -> None:
    """Note how far a plan is as a whole, and whose affair it is."""
    connection.execute("UPDATE plans SET state = ?, owner = ? WHERE id = ?", (state, owner, plan_id))


def release(connection: sqlite3.Connection, plan_id: int) -> None:
    """Let wait again what was to be started and was not; for who knows that nothing of it has left."""
    connection.execute("UPDATE steps SET state = 0 WHERE plan_id = ? AND state = 1", (plan_id,))


def read(connection: sqlite3.Connection, plan_id: int) -> StoredPlan:
    """One plan; raises NotFound."""
    found = connection.execute(f"{_SELECT} WHERE id = ?", (plan_id,)).fetchone()
    if found is None:
        raise NotFound(f"There is no plan {plan_id}.")
    return _plan(found)


def unfinished(connection: sqlite3.Connection, limit: int = 100) -> tuple[StoredPlan, ...]:
    """Plans that have not come to their end, newest first."""
    rows = connection.execute(f"{_SELECT} WHERE state != 'done' ORDER BY id DESC LIMIT ?", (limit,))
    return tuple(map(_plan, rows))


def latest(connection: sqlite3.Connection) -> int | None:
    """The id of the plan that was begun last."""
    found = connection.execute(
        "SELECT id FROM plans WHERE state != 'ready' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if found is None else int(found[0])


def let_wait_again(connection: sqlite3.Connection, plan_id: int, attempts: Sequence[int]) -> None:
    """Let the steps wait again that led to these attempts, and to none since."""
    connection.execute(
        f"UPDATE steps SET state = 0, attempt_id = NULL WHERE plan_id = ? AND {_LED_TO}",
        (plan_id, json.dumps(attempts)),
    )


def waiting(
    connection: sqlite3.Connection, plan_id: int, attempts: Sequence[int] = ()
) -> list[tuple[int, int, int | None, str | None]]:
    """Position, capture, time and fault of each step that waits, or led to one of these attempts, in
    their order."""
    return connection.execute(
        "SELECT position, capture_id, at_ms, fault FROM steps"
        f" WHERE plan_id = ? AND (state = 0 OR {_LED_TO}) ORDER BY position",
        (plan_id, json.dumps(attempts)),
    ).fetchall()


def count(connection: sqlite3.Connection, plan_id: int, state: StepState) -> int:
    """How many steps of a plan are in this state."""
    counted = connection.execute(
        "SELECT count(*) FROM steps WHERE plan_id = ? AND state = ?", (plan_id, state)
    ).fetchone()
    return int(counted[0])


def started(connection: sqlite3.Connection, plan_id: int) -> list[tuple[int, int, str | None]]:
    """Position, capture and fault of each step that was started and has no outcome."""
    return connection.execute(
        "SELECT position, capture_id, fault FROM steps WHERE plan_id = ? AND state = 1 ORDER BY position",
        (plan_id,),
    ).fetchall()


def unknown(connection: sqlite3.Connection, plan_id: int) -> list[tuple[int, int]]:
    """Capture and attempt of each step whose outcome is not known."""
    return connection.execute(
        "SELECT s.capture_id, a.id FROM attempts a JOIN steps s ON s.attempt_id = a.id"
        " WHERE a.plan_id = :plan AND a.outcome = 'unknown' AND s.plan_id = :plan"
        " AND s.state = 2 ORDER BY s.position",
        {"plan": plan_id},
    ).fetchall()


def times(connection: sqlite3.Connection, ids: array[int], *, is_created: bool) -> list[int | None]:
    """When each of these captures was received, or the last answer of its event was created, in ms."""
    # What was refused, cut short or not judged yet has no items, not even none of them.
    items = "json_each(CASE WHEN c.items != '' THEN c.items ELSE '[]' END)"
    moment = f"(SELECT max(item.value ->> 3) FROM {items} AS item)" if is_created else "c.received_ms"
    found: list[int | None] = []
    for start in range(0, len(ids), STEPS_AT_ONCE):
        # As one text, for the same reason as in `add_steps`.
        text = connection.execute(
            f"SELECT json_group_array({moment}) FROM json_each(?) j LEFT JOIN captures c ON c.id = j.value",
            (json.dumps(list(ids[start : start + STEPS_AT_ONCE])),),
        ).fetchone()[0]
        found += json.loads(text)
    return found


def forget_edits(connection: sqlite3.Connection) -> None:
    """Overwrite what was to be sent in place of captures that are all gone: it was made of what they said."""
    connection.execute(_FORGET_EDITS)


def valid_among(connection: sqlite3.Connection, ids: Sequence[int]) -> set[int]:
    """Which of these captures have a valid signature."""
    rows = connection.execute(
        "SELECT c.id FROM json_each(?) j JOIN captures c ON c.id = j.value WHERE c.verdict = 'valid'",
        (json.dumps(list(ids)),),
    )
    return {row[0] for row in rows}


def perhaps_not_replayable(connection: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Those of these captures that cannot be sent, or have to be looked at, each with its kind: what the
    listener took whole can be sent, except for a few odd targets."""
    return connection.execute(_PERHAPS_NOT_REPLAYABLE, (json.dumps(list(ids)),)).fetchall()


_PERHAPS_NOT_REPLAYABLE = """
SELECT c.id, c.kind FROM json_each(?) j CROSS JOIN captures c ON c.id = j.value
WHERE c.kind IN ('cut', 'refused', 'imported') OR c.method = 'CONNECT' OR substr(c.target, 1, 1) <> x'2f'
"""
_LED_TO = "attempt_id IN (SELECT value FROM json_each(?))"
# From its end: mostly the oldest go first, so that one look finds one that is there.
_FORGET_EDITS = """
UPDATE plans SET options = json_set(
  options, '$.manner.headers', NULL, '$.manner.put', NULL, '$.manner.body', NULL
)
WHERE coalesce(
  options ->> '$.manner.headers', nullif(options ->> '$.manner.put', '[]'), options ->> '$.manner.body'
) IS NOT NULL AND (
  SELECT 1 FROM steps s CROSS JOIN captures c ON c.id = s.capture_id
  WHERE s.plan_id = plans.id ORDER BY s.position DESC LIMIT 1
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
