"""What a plan is going to do, before it does it: how much, how long, and what of it differs."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass

from inspector.base.errors import NotFound
from inspector.client.edit import prepare
from inspector.client.preview import preview
from inspector.client.wire import OF_KIND, NotReplayable, reason_not_replayable
from inspector.domain.replay.fault import FAULT_NAMES, FaultName, parted
from inspector.outbox.plan import Plan
from inspector.store.write import captures as stored
from inspector.store.write import plans

HEADS_LOOKED_AT = 20_000
"""Of captures that were imported, and may hold anything: 20 µs each."""
LOOKED_AT = 200
LOOKED_AT_BYTES = 8 * 1024 * 1024
"""So many captures, and so much of bodies, are looked at for what differs."""
MOST_OTHERS = 12
_VALUES = re.compile(r": .* becomes .*|[0-9][0-9,]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPreview:
    """Of a plan that has not started."""

    captures: int
    deliveries: int
    """Those that leave: without what is dropped, skipped or left out."""
    lasts_ms: int | None
    """From the first to the last; null where that is the receiver's affair."""
    not_valid: int
    """Captures that a plan that signs again leaves out, or signs although they are not valid."""
    not_replayable: tuple[tuple[str, int], ...]
    """Sentences on why captures cannot be sent, with how many each is true of."""
    undated: int
    """Captures without a time of their own, in a plan that goes by `created_at`."""
    faults: tuple[tuple[FaultName, int], ...]
    """What is done on purpose, and to how many deliveries."""
    shown: int | None
    """The capture whose differences are told; null where none can be sent."""
    differs: tuple[str, ...]
    """In sentences."""
    others: tuple[tuple[int, str], ...] = ()
    """What else differs in some of those after it: a capture, and a sentence on it."""


def read_preview(connection: sqlite3.Connection, plan: Plan) -> PlanPreview:
    """What there is to know of a plan; it reads some bodies."""
    faults = plan.schedule.faults
    counted = Counter(name for fault in faults.values() for name in parted(fault))
    not_valid = _not_valid(connection, plan)
    reasons = _not_replayable(connection, plan, not_valid)
    out = reasons.keys() if plan.manner.is_resigning_unverified else reasons.keys() | not_valid
    shown, differs, others = _differences(connection, plan)
    return PlanPreview(
        captures=plan.count,
        deliveries=sum(
            capture_id not in out and "dropped" not in parted(faults.get(index))
            for index, capture_id in enumerate(plan.schedule.captures)
        ),
        lasts_ms=plan.lasts_ms,
        not_valid=len(not_valid),
        not_replayable=tuple(Counter(reasons.values()).most_common()),
        undated=plan.undated,
        faults=tuple((name, counted[name]) for name in FAULT_NAMES if counted[name]),
        shown=shown,
        differs=differs,
        others=others,
    )


def _not_valid(connection: sqlite3.Connection, plan: Plan) -> frozenset[int]:
    """Where the plan signs again: those whose own signature is not valid."""
    if plan.manner.sign_with is None:
        return frozenset()
    return frozenset(plan.ids) - plans.valid_among(connection, plan.ids)


def _not_replayable(connection: sqlite3.Connection, plan: Plan, not_valid: frozenset[int]) -> dict[int, str]:
    """Why captures cannot be sent; without those that are left out anyway."""
    reasons: dict[int, str] = {}
    heads = 0
    for capture_id, kind in plans.perhaps_not_replayable(connection, plan.ids):
        if capture_id in not_valid and not plan.manner.is_resigning_unverified:
            continue
        reason: str | None = OF_KIND.get(kind)
        if reason is None and heads < HEADS_LOOKED_AT:
            heads += 1
            with contextlib.suppress(NotFound):  # cleared since
                capture = stored.read(connection, capture_id, is_head_alone=True)
                reason = reason_not_replayable(plan.manner.edit.applied(capture))
        if reason is not None:
            reasons[capture_id] = reason
    return reasons


def _differences(
    connection: sqlite3.Connection, plan: Plan
) -> tuple[int | None, tuple[str, ...], tuple[tuple[int, str], ...]]:
    """What differs of the first that can be sent, and what else of those after it."""
    shown: int | None = None
    differs: tuple[str, ...] = ()
    others: list[tuple[int, str]] = []
    told: set[str] = set()
    left = LOOKED_AT_BYTES
    for capture_id in plan.ids[:LOOKED_AT]:
        [(_, capture)], _ = stored.read_some(connection, (capture_id,), max_bytes=1)
        if capture is None:
            continue
        left -= len(capture.body)
        if shown is not None and left < 0:
            break
        try:
            prepared = prepare(capture, plan.target, plan.manner, capture_id=capture_id, key=plan.key)
        except NotReplayable:
            continue
        sentences = preview(capture, prepared)
        if shown is None:
            shown, differs = capture_id, sentences
        else:
            others += [(capture_id, one) for one in sentences if _matter(one) not in told]
        told.update(map(_matter, sentences))
    return shown, differs, tuple(others[:MOST_OTHERS])


def _matter(sentence: str) -> str:
    """What a sentence is about, whatever the values in it."""
    return _VALUES.sub("", sentence)
