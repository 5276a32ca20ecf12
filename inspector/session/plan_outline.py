"""What a plan is going to do, before it does it: how much, how long, and what of it differs."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from inspector.domain.fault import FAULT_NAMES, FaultName, parted
from inspector.replay.edit import prepare
from inspector.replay.preview import preview
from inspector.replay.wire import NotReplayable
from inspector.session.plan import Plan
from inspector.store import captures as stored
from inspector.store import plans

LOOKED_AT = 20
"""So many captures are looked at for one that can be sent, and whose differences stand for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Of a plan that has not started."""

    captures: int
    deliveries: int
    lasts_ms: int | None
    """From the first to the last; null where that is the receiver's affair."""
    not_valid: int
    """Captures that a plan that signs again leaves out, or signs although they are not valid."""
    faults: tuple[tuple[FaultName, int], ...]
    """What is done on purpose, and to how many deliveries."""
    shown: int | None
    """The capture whose differences are told; null where none can be sent."""
    differs: tuple[str, ...]
    """In sentences."""


def read_outline(connection: sqlite3.Connection, plan: Plan) -> Outline:
    """What there is to know of a plan; it reads some bodies."""
    counted = Counter(name for fault in plan.schedule.faults.values() for name in parted(fault))
    shown, differs = _differences(connection, plan)
    return Outline(
        captures=plan.count,
        deliveries=plan.deliveries - counted["dropped"],
        lasts_ms=plan.lasts_ms,
        not_valid=_not_valid(connection, plan),
        faults=tuple((name, counted[name]) for name in FAULT_NAMES if counted[name]),
        shown=shown,
        differs=differs,
    )


def _not_valid(connection: sqlite3.Connection, plan: Plan) -> int:
    if plan.manner.sign_with is None:
        return 0
    return plan.count - len(plans.valid_among(connection, plan.ids))


def _differences(connection: sqlite3.Connection, plan: Plan) -> tuple[int | None, tuple[str, ...]]:
    for capture_id in plan.ids[:LOOKED_AT]:
        [(_, capture)], _ = stored.read_some(connection, (capture_id,), max_bytes=1)
        if capture is None:
            continue
        try:
            prepared = prepare(capture, plan.target, plan.manner, capture_id=capture_id, key=plan.key)
        except NotReplayable:
            continue
        return capture_id, preview(capture, prepared)
    return None, ()
