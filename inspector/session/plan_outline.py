"""What a plan is going to do, before it does it: how much, how long, and what of it differs."""

from __future__ import annotations

import contextlib
import sqlite3
from array import array
from collections import Counter
from dataclasses import dataclass

from inspector.base.errors import NotFound
from inspector.domain.fault import FAULT_NAMES, FaultName, parted
from inspector.replay.edit import prepare
from inspector.replay.preview import preview
from inspector.replay.wire import OF_KIND, NotReplayable, reason_not_replayable
from inspector.session.plan import Plan
from inspector.store import captures as stored
from inspector.store import plans

HEADS_LOOKED_AT = 20_000
"""Of captures that were imported, and may hold anything: 20 µs each."""
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
    not_replayable: tuple[tuple[str, int], ...]
    """Sentences on why captures cannot be sent, with how many each is true of."""
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
        not_replayable=_not_replayable(connection, plan),
        faults=tuple((name, counted[name]) for name in FAULT_NAMES if counted[name]),
        shown=shown,
        differs=differs,
    )


def _not_valid(connection: sqlite3.Connection, plan: Plan) -> int:
    if plan.manner.sign_with is None:
        return 0
    return plan.count - len(plans.valid_among(connection, plan.ids))


def _not_replayable(connection: sqlite3.Connection, plan: Plan) -> tuple[tuple[str, int], ...]:
    manner, ids = plan.manner, plan.ids
    if manner.sign_with is not None and not manner.is_resigning_unverified:
        ids = array("q", sorted(plans.valid_among(connection, ids)))  # what else there is is left out anyway
    of_kinds, others = plans.perhaps_not_replayable(connection, ids)
    counted = Counter({OF_KIND[kind]: count for kind, count in of_kinds.items()})
    for capture_id in others[:HEADS_LOOKED_AT]:
        with contextlib.suppress(NotFound):  # cleared since
            capture = stored.read(connection, capture_id, is_head_alone=True)
            reason = reason_not_replayable(manner.edit.applied(capture))
            if reason is not None:
                counted[reason] += 1
    return tuple(counted.most_common())


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
