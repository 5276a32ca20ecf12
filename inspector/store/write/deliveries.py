"""Deliveries in SQL: the queues of plans and forwards, with one row per capture to send.

A delivery is committed as started before a byte of it leaves. After a kill, started deliveries are those that
may have arrived.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from itertools import islice
from typing import NamedTuple, TypeAlias

ROWS_PER_WRITE = 10_000
"""Maximum number of rows per transaction, so that new captures do not wait long."""


class DeliveryState(IntEnum):
    """The state of a delivery, as it is stored."""

    WAITING = 0
    STARTED = 1
    """Its bytes may have left."""
    DONE = 2
    """Only for plans. A forward's delivery is removed once its target has accepted it."""
    SKIPPED = 3
    """Only for plans."""
    FAILED = 4
    """Only for forwards: the delivery is not retried."""
    PENDING = 5
    """Only for forwards: the rule decides once the capture is evaluated."""


class Queue(NamedTuple):
    """The deliveries of one plan or of one forward."""

    plan_id: int = 0
    forward_id: int = 0


StoredDelivery: TypeAlias = tuple[int, int, int | None, str | None, int]
"""Position in its queue, capture, time in ms, fault, state."""


class Advance(NamedTuple):
    """A new state of one delivery."""

    position: int
    state: DeliveryState
    attempt_id: int | None = None
    """Only for plans: the attempt of the delivery."""
    tries: int = 0
    next_ms: int = 0


def add(connection: sqlite3.Connection, plan_id: int, deliveries: Sequence[StoredDelivery]) -> None:
    """Queue deliveries of a plan.

    They are passed as one text: with one statement per row, each row would have to win the interpreter lock
    from the event loop.
    """
    connection.execute(
        "INSERT INTO deliveries (plan_id, position, capture_id, at_ms, fault, state)"
        " SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)",
        (plan_id, json.dumps(deliveries)),
    )


def parts(deliveries: Iterable[StoredDelivery]) -> Iterable[list[StoredDelivery]]:
    """Split deliveries into parts that are stored one after another."""
    rest = iter(deliveries)
    while part := list(islice(rest, ROWS_PER_WRITE)):
        yield part


def advance(connection: sqlite3.Connection, queue: Queue, changes: Sequence[Advance]) -> set[int]:
    """Store the new states of deliveries, each at most once in `changes`. Return the positions that exist.

    A forward's delivery may have been removed together with its capture.
    """
    if not changes:
        return set()
    # Not an UPDATE … FROM, for which SQLite scans the whole plan. No row is ever inserted. And no RETURNING:
    # for each row, the thread would have to win the interpreter lock from the event loop.
    text = json.dumps(changes)
    changed = connection.execute(
        "INSERT INTO deliveries"
        " (plan_id, forward_id, position, capture_id, state, attempt_id, tries, next_ms)"
        " SELECT d.plan_id, d.forward_id, d.position, d.capture_id,"
        " c.value ->> 1, c.value ->> 2, c.value ->> 3, c.value ->> 4"
        " FROM json_each(?) c CROSS JOIN deliveries d"
        " ON d.plan_id = ? AND d.forward_id = ? AND d.position = c.value ->> 0 WHERE true"
        " ON CONFLICT DO UPDATE SET state = excluded.state, attempt_id = excluded.attempt_id,"
        " tries = excluded.tries, next_ms = excluded.next_ms",
        (text, *queue),
    ).rowcount
    if changed == len(changes):
        return {change.position for change in changes}
    found = connection.execute(
        "SELECT position FROM json_each(?) c CROSS JOIN deliveries d"
        " ON d.plan_id = ? AND d.forward_id = ? AND d.position = c.value ->> 0",
        (text, *queue),
    )
    return {row[0] for row in found}


def remove(connection: sqlite3.Connection, queue: Queue, positions: Collection[int]) -> set[int]:
    """Remove deliveries from a queue. Return the positions that existed."""
    if not positions:
        return set()
    found = connection.execute(
        "DELETE FROM deliveries WHERE plan_id = ? AND forward_id = ?"
        " AND position IN (SELECT value FROM json_each(?)) RETURNING position",
        (*queue, json.dumps(list(positions))),
    )
    return {row[0] for row in found}


def remove_queue(connection: sqlite3.Connection, queue: Queue) -> None:
    """Remove all deliveries of a queue."""
    connection.execute("DELETE FROM deliveries WHERE plan_id = ? AND forward_id = ?", queue)


def release(connection: sqlite3.Connection, queue: Queue) -> None:
    """Queue started deliveries again. The caller must know that no byte of them has left."""
    connection.execute(
        "UPDATE deliveries SET state = 0 WHERE plan_id = ? AND forward_id = ? AND state = 1", queue
    )


def count(connection: sqlite3.Connection, queue: Queue, state: DeliveryState) -> int:
    """Return the number of deliveries of a queue in this state."""
    counted = connection.execute(
        "SELECT count(*) FROM deliveries WHERE plan_id = ? AND forward_id = ? AND state = ?", (*queue, state)
    ).fetchone()
    return int(counted[0])


def started(connection: sqlite3.Connection, queue: Queue) -> list[tuple[int, int, str | None, int]]:
    """Return position, capture, fault and tries of each started delivery without an outcome."""
    return connection.execute(
        "SELECT position, capture_id, fault, tries FROM deliveries"
        " WHERE plan_id = ? AND forward_id = ? AND state = 1 ORDER BY position",
        queue,
    ).fetchall()
