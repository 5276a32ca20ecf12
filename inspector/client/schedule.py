"""A plan as a list of deliveries: which capture, in which order, when, and with which fault.

The same seed returns the same list.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from inspector.domain.replay.fault import ON_THE_WIRE, FaultName, joined
from inspector.domain.replay.plan_options import PlanOptions

DELAY_MS = (1_000, 5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One delivery of a plan."""

    position: int
    """Its index in the whole plan, from 0."""
    capture_id: int
    at_ms: int | None
    """In a paced plan, the time to send it, in milliseconds from the start. In another plan, its extra
    delay."""
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The remaining deliveries of a plan in sending order."""

    captures: array[int]
    at_ms: array[int] | None
    """As `Step.at_ms`; None if no delivery has to wait."""
    faults: Mapping[int, str] = field(default_factory=dict)
    """The faults by index; deliveries without a fault are missing."""
    positions: array[int] | None = None
    """The indexes in the whole plan if the plan is resumed; None for a whole plan."""

    def __len__(self) -> int:
        return len(self.captures)

    def position(self, index: int) -> int:
        """Return the index in the whole plan of the delivery at `index`."""
        return index if self.positions is None else self.positions[index]

    def step(self, index: int) -> Step:
        """Return the delivery at this index."""
        at_ms = None if self.at_ms is None else self.at_ms[index]
        return Step(
            position=self.position(index),
            capture_id=self.captures[index],
            at_ms=None if at_ms is None or at_ms < 0 else at_ms,
            fault=self.faults.get(index),
        )

    def __iter__(self) -> Iterator[Step]:
        return map(self.step, range(len(self)))

    def has(self, name: FaultName) -> bool:
        """Return whether any delivery has this fault."""
        return any(name in fault for fault in self.faults.values())


def schedule(captures: Sequence[int], times_ms: Sequence[int | None] | None, course: PlanOptions) -> Schedule:
    """Return the deliveries of these captures, which are given in order of arrival.

    `times_ms` is when each of them was received or created, as `course.needs_times` requires. A capture
    without a time stays next to its predecessor.
    """
    chance = Random(course.seed)  # noqa: S311 - no secret, and the same for the same seed
    ids: Sequence[int] = captures
    times: list[int] | None = None
    if course.needs_times and captures:
        assert times_ms is not None
        assert len(times_ms) == len(captures)
        filled = _filled(times_ms)
        order = list(range(len(captures)))
        if course.order == "created":
            order.sort(key=filled.__getitem__)  # stable: equal times stay in order of arrival
        ids, times = [captures[index] for index in order], [filled[index] for index in order]
    at_ms = _paced(len(ids), times, course)
    if not course.faults:
        return Schedule(captures=array("q", ids), at_ms=None if at_ms is None else array("q", at_ms))
    return _with_faults(list(ids), at_ms, course, chance)


def lasts_ms(plan: Schedule, course: PlanOptions) -> int | None:
    """Return the time from the first delivery to the last, or None if it depends on the receiver."""
    if not course.is_paced or plan.at_ms is None:
        return None
    return plan.at_ms[-1] - plan.at_ms[0] if plan.at_ms else 0


def _filled(times_ms: Sequence[int | None]) -> list[int]:
    known = next((time for time in times_ms if time is not None), 0)
    filled: list[int] = []
    for time in times_ms:
        known = known if time is None else time
        filled.append(known)
    return filled


def _paced(count: int, times: Sequence[int] | None, course: PlanOptions) -> list[int] | None:
    if course.rate is not None:
        return [round(index * 1000 / course.rate) for index in range(count)]
    if course.scale is None:
        return None
    longest = float("inf") if course.max_gap_s is None else course.max_gap_s * 1000
    at_ms: list[int] = []
    now = 0.0
    before: int | None = None
    for time in times or ():
        if before is not None:  # a clock that was set back causes no gap
            now += min(max(0, time - before) / course.scale, longest)
        before = time
        at_ms.append(round(now))
    return at_ms


@dataclass(slots=True)
class _Slot:
    """A delivery being scheduled."""

    capture_id: int
    at_ms: int
    faults: list[FaultName] = field(default_factory=list)


def _with_faults(ids: list[int], at_ms: list[int] | None, course: PlanOptions, chance: Random) -> Schedule:
    every = {fault.name: fault for fault in course.faults}
    slots = [_Slot(id_, -1 if at_ms is None else at_ms[index]) for index, id_ in enumerate(ids)]
    if "shuffled" in every:
        _shuffle(slots, every["shuffled"].every, chance)
    sent: list[_Slot] = []
    waiting: _Slot | None = None  # the first of two concurrent deliveries
    for number, slot in enumerate(slots, 1):
        hit = [fault.name for fault in course.faults if fault.name != "shuffled" and fault.hits(number)]
        sent.append(slot)
        if "dropped" in hit:
            slot.faults = ["dropped"]
            waiting = None
            continue
        if waiting is not None:
            for one in (waiting, slot):
                one.faults.append("concurrent")
            slot.at_ms, waiting = waiting.at_ms, None
        elif "concurrent" in hit:
            waiting = slot
        slot.faults += [name for name in hit if name in ON_THE_WIRE][:1]
        if "twice" in hit:
            sent.append(_Slot(slot.capture_id, slot.at_ms, ["twice"]))
        if "delayed" in hit and waiting is None and "concurrent" not in slot.faults:
            slot.faults.append("delayed")
            slot.at_ms = max(slot.at_ms, 0) + chance.randint(*DELAY_MS)
    if at_ms is not None:
        sent.sort(key=lambda slot: slot.at_ms)
    has_times = at_ms is not None or "delayed" in every
    return Schedule(
        captures=array("q", [slot.capture_id for slot in sent]),
        at_ms=array("q", [slot.at_ms for slot in sent]) if has_times else None,
        faults={index: text for index, slot in enumerate(sent) if (text := joined(slot.faults)) is not None},
    )


def _shuffle(slots: list[_Slot], window: int, chance: Random) -> None:
    """Shuffle the captures within each window, but not the times."""
    for start in range(0, len(slots), window):
        part = slots[start : start + window]
        ids = [slot.capture_id for slot in part]
        moved = chance.sample(ids, len(ids))
        for slot, before, after in zip(part, ids, moved, strict=True):
            if before != after:
                slot.capture_id = after
                slot.faults.append("shuffled")
