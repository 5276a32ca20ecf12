"""Resuming a plan: record the deliveries that a kill interrupted, and take over the remaining ones.

Another process may resume a plan after it was read here. The transaction that takes it over decides.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Sequence
from typing import TypeAlias

from inspector.base.errors import NotFound, UsageError
from inspector.client.edit import Prepared
from inspector.client.faults import fault_done
from inspector.client.schedule import Schedule, Step
from inspector.client.target import Target
from inspector.client.wire import NotReplayable
from inspector.domain.capture.rows import AttemptDetail
from inspector.outbox.attempts import lost_attempt
from inspector.outbox.plan import Plan
from inspector.store.write import attempts, deliveries, plans
from inspector.store.write import captures as stored
from inspector.store.write.deliveries import Advance, DeliveryState, Queue
from inspector.store.write.plans import StoredPlan

Sends: TypeAlias = Callable[..., Prepared]
"""`faults.step_request` with everything but a capture and a `step`."""

_KILLED = "The program ended before the response arrived. The target may have received the request."


def on_its_way(plan_id: int) -> UsageError:
    """Return the error for a plan that another process is running."""
    return UsageError(f"Plan {plan_id} is still running. Stop it first.")


def settle(connection: sqlite3.Connection, plan: StoredPlan, sends: Sends, target: Target) -> None:
    """Store an attempt with an unknown outcome for each delivery that a killed process had claimed.

    `sends` rebuilds the request of each step. Raises UsageError if another process has taken over the plan
    since it was read.
    """
    if plans.read(connection, plan.id).owner not in (plan.owner, None):
        raise on_its_way(plan.id)
    queue = Queue(plan_id=plan.id)
    lost: list[AttemptDetail] = []
    changes: list[Advance] = []
    for position, capture_id, fault, _ in deliveries.started(connection, queue):
        step = Step(position=position, capture_id=capture_id, at_ms=None, fault=fault)
        try:
            prepared = sends(stored.read(connection, capture_id), step=step)
        except NotReplayable:  # nothing can have been sent
            changes.append(Advance(position, DeliveryState.SKIPPED))
            continue
        except NotFound:  # removed meanwhile, so the request is unknown
            prepared = None
        done = fault if prepared is None else fault_done(fault, prepared)
        lost.append(
            lost_attempt(prepared, target, capture_id=capture_id, error=_KILLED, fault=done, queue=queue)
        )
        changes.append(Advance(position, DeliveryState.DONE))
    ids = iter(attempts.insert(connection, lost))
    deliveries.advance(
        connection,
        queue,
        [
            change._replace(attempt_id=next(ids)) if change.state is DeliveryState.DONE else change
            for change in changes
        ],
    )
    left = deliveries.count(connection, queue, DeliveryState.WAITING)
    plans.put_state(connection, plan.id, "stopped" if left else "done")


def settle_unsent(connection: sqlite3.Connection, plan: StoredPlan) -> None:
    """As `settle`, for a plan that is not resumed: its lost requests are not rebuilt."""

    def unknown(capture: object, *, step: Step) -> Prepared:
        raise NotFound("The request is not rebuilt.")

    settle(connection, plan, unknown, Target.parse(plan.url))


def take(connection: sqlite3.Connection, plan: Plan, owner: str) -> None:
    """Make `owner` the owner of a stopped plan, and queue its retried deliveries again.

    Raises UsageError if another process is running the plan.
    """
    assert plan.resumes is not None
    if not plans.take(connection, plan.resumes, owner):
        raise on_its_way(plan.resumes)
    if plan.retried:
        plans.reset_to_waiting(connection, plan.resumes, plan.retried)


def remaining(connection: sqlite3.Connection, plan_id: int, retried: Sequence[int] = ()) -> Schedule:
    """Return the waiting deliveries of a plan, including those of the attempts `retried`."""
    rows = plans.waiting(connection, plan_id, retried)
    has_times = any(at_ms is not None for _, _, at_ms, _ in rows)
    return Schedule(
        captures=array("q", [capture_id for _, capture_id, _, _ in rows]),
        at_ms=array("q", [-1 if at_ms is None else at_ms for _, _, at_ms, _ in rows]) if has_times else None,
        faults={index: fault for index, (_, _, _, fault) in enumerate(rows) if fault is not None},
        positions=array("q", [position for position, _, _, _ in rows]),
    )


def captures_of(schedule: Schedule) -> array[int]:
    """Return the captures of these deliveries in order of arrival, without duplicates."""
    return array("q", sorted(set(schedule.captures)))
