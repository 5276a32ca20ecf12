"""When each delivery of a run leaves: at its time, when there is room for it, and not while it rests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from inspector.client.schedule import Schedule, Step
from inspector.domain.replay.plan_options import PlanOptions

NEAR_S = 0.04
"""Until so little is left, a sleep is nine tenths of the rest: Qt's timers may be off by a twentieth."""
SLICE_S = 0.1
"""The longest sleep, after which it is looked whether the run has been paused."""
EARLY_S = 0.1
"""So long before its time a delivery is committed as started; that takes some milliseconds."""
NEARBY_S = 0.25
"""Those that leave within this time are committed as started together."""
READY = 16
"""At most so many are kept as started together with the plan itself."""


class Starting(Protocol):
    """Commits steps as started: the run's `StepLedger`."""

    async def start(self, index: int) -> None:
        """Return once the step is committed as started."""

    async def rest(self) -> None:
        """Note that a pause begins."""

    async def go_on(self) -> None:
        """Note that it is over."""


class Pacing:
    """The clock and the gate of one run. Deadlines are absolute, so that no error adds up."""

    def __init__(self, schedule: Schedule, course: PlanOptions) -> None:
        self._course = course
        self.take_up(schedule)
        self._lead_s = EARLY_S if course.is_paced else 0.0
        self._base = self._began = time.monotonic()
        self._rested_since: float | None = None
        self._rested_s = 0.0
        self._is_ending = False
        self._under_way = 0
        self._paired_at: int | None = None
        """The index of a delivery that leaves together with the next."""
        self._moved = asyncio.Event()

    def take_up(self, schedule: Schedule) -> None:
        """It is about these deliveries; before `begin`."""
        self._schedule = schedule
        self._offset_ms = 0
        """What is left of a plan begins at once."""
        if self._course.is_paced and schedule.at_ms:
            self._offset_ms = schedule.at_ms[0]

    @property
    def at_the_start(self) -> int:
        """How many deliveries leave as soon as the plan begins."""
        if self._course.is_paced or self._schedule.at_ms is not None or self._schedule.faults:
            return 0
        return min(self._course.at_once, READY, len(self._schedule))

    @property
    def is_resting(self) -> bool:
        """Nothing is to leave."""
        return self._rested_since is not None

    def begin(self) -> None:
        """The plan begins now; where each has its time, as soon as the first can be ready for it."""
        self._began = time.monotonic()
        self._base = self._began + self._lead_s

    def rest(self) -> None:
        """Let nothing leave until `go_on`."""
        self._rested_since = time.monotonic()
        self._moved.set()

    def go_on(self) -> None:
        """Go on where it rested; the times of what is left move by as much."""
        if self._rested_since is not None:
            rested_s = time.monotonic() - self._rested_since
            self._base += rested_s + self._lead_s
            self._rested_s += rested_s
            self._rested_since = None
            self._moved.set()

    def end(self) -> None:
        """Let nothing leave any more."""
        self._is_ending = True
        self._moved.set()

    def is_free(self, step: Step) -> bool:
        """Whether this step may leave at once: it has no time of its own, there is room, and no rest."""
        return (
            not self._course.is_paced
            and step.fault is None
            and self._under_way < self._course.at_once
            and self._rested_since is None
            and not self._is_ending
        )

    def is_near(self, index: int) -> bool:
        """Whether this step, of those that have their times, is to leave soon."""
        assert self._schedule.at_ms is not None
        return self._at_s(self._schedule.at_ms[index]) - time.monotonic() < NEARBY_S

    async def until_due(self, step: Step, index: int, ledger: Starting) -> bool:
        """Return when this step is to leave and is committed as started; False where it is not to."""
        has_partner = self._leaves_with_next(step, index)
        due = self._due(step)
        while not self._is_ending:
            if self.is_resting:
                await ledger.rest()
                await self._until_moved(lambda: not self.is_resting or self._is_ending)
                if not self._is_ending:
                    await ledger.go_on()
                due = self._due(step)
                continue
            if due is not None:
                await self._sleep_until(due - EARLY_S)
            await ledger.start(index)
            if has_partner and index + 1 < len(self._schedule):
                await ledger.start(index + 1)
            if due is not None:
                await self._sleep_until(due)
            if not self._is_second(step, index):
                await self._until_moved(self._has_room)
            if not self.is_resting and not self._is_ending:
                return True
        return False

    def leave(self, step: Step, index: int) -> float:
        """This step leaves now; by how much too late, in milliseconds."""
        if step.fault is not None and "concurrent" in step.fault:
            self._paired_at = None if self._is_second(step, index) else index
        self._under_way += 1
        due = self._due(step)
        return 0.0 if due is None else max(0.0, (time.monotonic() - due) * 1000)

    def arrived(self) -> None:
        """One that left has its outcome."""
        self._under_way -= 1
        self._moved.set()

    def seconds_left(self, done: int) -> float | None:
        """How long the rest will take, by what is planned or else by what it took so far."""
        total = len(self._schedule)
        if self._course.is_paced and self._schedule.at_ms:
            return max(0.0, self._at_s(self._schedule.at_ms[-1]) - time.monotonic())
        spent = time.monotonic() - self._began - self._rested_s
        return (total - done) * spent / done if done else None

    # ---- within

    def _due(self, step: Step) -> float | None:
        """By the monotonic clock; of a plan without a pace none has a time (see `Departures`)."""
        if step.at_ms is None or not self._course.is_paced:
            return None
        return self._at_s(step.at_ms)

    def _at_s(self, at_ms: int) -> float:
        return self._base + (at_ms - self._offset_ms) / 1000

    def _has_room(self) -> bool:
        return self._under_way < self._course.at_once or self.is_resting or self._is_ending

    def _is_second(self, step: Step, index: int) -> bool:
        """It leaves together with one that has just left, which may have gone out twice."""
        is_paired = step.fault is not None and "concurrent" in step.fault
        return is_paired and self._paired_at is not None and index - self._paired_at <= 2

    def _leaves_with_next(self, step: Step, index: int) -> bool:
        is_paired = step.fault is not None and "concurrent" in step.fault
        return is_paired and not self._is_second(step, index)

    async def _sleep_until(self, moment: float) -> None:
        while not self.is_resting and not self._is_ending:
            left = moment - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(left if left < NEAR_S else min(left * 0.9, SLICE_S))

    async def _until_moved(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._moved.clear()
            await self._moved.wait()
