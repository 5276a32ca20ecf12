"""What a plan will do: how much it sends, for how long, and how the requests differ from the captures."""

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
"""Maximum number of imported captures whose heads are checked, as they may contain anything: 20 µs each."""
LOOKED_AT = 200
LOOKED_AT_BYTES = 8 * 1024 * 1024
"""Maximum number of captures, and of bytes of their bodies, that are compared with their requests."""
MOST_OTHERS = 12
_VALUES = re.compile(r": .* becomes .*|[0-9][0-9,]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPreview:
    """What a plan that has not started will do."""

    captures: int
    deliveries: int
    """Deliveries that are made: without dropped, skipped and omitted ones."""
    lasts_ms: int | None
    """The time from the first delivery to the last; None if it depends on the receiver."""
    not_valid: int
    """Captures that are not valid, if the plan re-signs: it omits them, or signs them on request."""
    not_replayable: tuple[tuple[str, int], ...]
    """Why captures cannot be sent, in sentences, with the number of captures."""
    undated: int
    """Captures without a `created_at`, if the plan is ordered by it."""
    faults: tuple[tuple[FaultName, int], ...]
    """The deliberate faults, with the number of deliveries."""
    shown: int | None
    """The capture that `differs` describes; None if none can be sent."""
    differs: tuple[str, ...]
    """How its request differs from it, in sentences."""
    others: tuple[tuple[int, str], ...] = ()
    """Other differences in later captures: a capture and a sentence."""


def read_preview(connection: sqlite3.Connection, plan: Plan) -> PlanPreview:
    """Return what a plan will do. It reads some bodies."""
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
    """Return the captures that are not valid, if the plan re-signs."""
    if plan.manner.sign_with is None:
        return frozenset()
    return frozenset(plan.ids) - plans.valid_among(connection, plan.ids)


def _not_replayable(connection: sqlite3.Connection, plan: Plan, not_valid: frozenset[int]) -> dict[int, str]:
    """Return why captures cannot be sent, without those that are omitted anyway."""
    reasons: dict[int, str] = {}
    heads = 0
    for capture_id, kind in plans.perhaps_not_replayable(connection, plan.ids):
        if capture_id in not_valid and not plan.manner.is_resigning_unverified:
            continue
        reason: str | None = OF_KIND.get(kind)
        if reason is None and heads < HEADS_LOOKED_AT:
            heads += 1
            with contextlib.suppress(NotFound):  # removed meanwhile
                capture = stored.read(connection, capture_id, is_head_alone=True)
                reason = reason_not_replayable(plan.manner.edit.applied(capture))
        if reason is not None:
            reasons[capture_id] = reason
    return reasons


def _differences(
    connection: sqlite3.Connection, plan: Plan
) -> tuple[int | None, tuple[str, ...], tuple[tuple[int, str], ...]]:
    """Return the differences of the first capture that can be sent, and other ones of later captures."""
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
    """Return a sentence without its values, to find repetitions."""
    return _VALUES.sub("", sentence)
