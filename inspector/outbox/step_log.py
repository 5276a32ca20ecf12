"""What of a plan was started, and what came of it: committed with the attempts, many at a time.

A step may only leave once it is committed as started. So that this costs no rate, those that are about
to leave are committed ahead, with the outcomes of those before them.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence

from inspector.client.schedule import Schedule
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.outbox.attempt_writer import Job, Recording
from inspector.store.store import Store
from inspector.store.write import attempts, deliveries, plans
from inspector.store.write.deliveries import Advance, DeliveryState, Queue
from inspector.store.write.plans import PlanState

MAX_AHEAD = 256
"""At most so many are started ahead. After a kill they, too, are told as unknown."""
WAITED = 0.15
"""Where so much of the time is spent in waiting for commits, more are started ahead."""
SLOW_S = 0.05
"""A receiver that takes so long for one needs none ahead."""


class StepLedger:
    """Of one run; steps are named by their index in its schedule."""

    def __init__(
        self,
        store: Store,
        schedule: Schedule,
        plan_id: int,
        *,
        owner: str,
        started: range,
        at_once: int,
        kept: Callable[[Sequence[AttemptRow]], None],
        is_near: Callable[[int], bool] | None,
    ) -> None:
        """`started` are steps that were stored as started already. `is_near` says of one that has its time
        whether that comes soon."""
        self._schedule = schedule
        self._plan_id = plan_id
        self._owner = owner
        self._told = kept
        self._is_near = is_near
        self._ahead = set(started)
        """Committed as started, and still here."""
        self._asked: dict[int, DeliveryState] = {}
        """To be committed, with the state to come to."""
        self._asking: dict[int, DeliveryState] = {}
        """Of these, those in the commit that is under way."""
        self._next = started.stop
        self._ended: list[int] = []
        """Steps with an outcome, in the order of their attempts."""
        self._left = len(schedule)
        self._state: PlanState | None = None
        self._putting: PlanState | None = None
        """How the plan stands now, until it is noted; and what the commit that is under way notes."""
        self._reach = at_once if at_once > 1 else 0
        self._gone = 0
        self._waits_since: float | None = None
        self._since = time.monotonic()
        self._changed = asyncio.Event()
        self._recording = Recording(store, self._kept, self._job, self._changed.set)
        if not self._left:
            self._recording.ask()  # that it is done is all there is to note

    async def start(self, index: int) -> None:
        """Return once this step is committed as started; raises as `Recording.add`."""
        if index in self._ahead:
            return
        self._waits_since = time.monotonic()
        while index not in self._ahead:
            if index not in self._asked and index not in self._asking:
                self._asked[index] = DeliveryState.STARTED
                self._next = max(self._next, index + 1)
                self._recording.ask()
            await self._change()
        self._waits_since = None

    def is_started(self, index: int) -> bool:
        """Whether this step is committed as started and has not left."""
        return index in self._ahead

    def leave(self, index: int) -> None:
        """This step, which was started, is sent now."""
        self._ahead.discard(index)
        self._gone += 1

    async def add(self, index: int, attempt: AttemptDetail) -> None:
        """Keep what came of a step; raises as `Recording.add`."""
        self._ended.append(index)
        await self._recording.add(attempt)

    def skip(self, index: int) -> None:
        """This step is not sent at all."""
        self._ahead.discard(index)
        self._asked[index] = DeliveryState.SKIPPED
        self._next = max(self._next, index + 1)
        self._left -= 1
        if not self._left or len(self._asked) >= MAX_AHEAD:
            self._recording.ask()

    async def rest(self) -> None:
        """Note that the plan pauses: what was started ahead waits again. Raises as `Recording.add`."""
        await self._settle()
        self._asked = dict.fromkeys(self._ahead, DeliveryState.WAITING)
        # Those that were held back are behind others that have gone, and are never started ahead.
        self._next = min(filter(self._may_start_ahead, self._ahead), default=self._next)
        self._ahead.clear()
        self._state = "paused"
        await self._settle()

    async def go_on(self) -> None:
        """Note that the pause is over; raises as `Recording.add`."""
        self._state = "running"
        await self._settle()

    async def finish(self) -> bool:
        """Commit everything; whether every step has come to its end. Raises as `Recording.finish`."""
        if self._asked:  # the last were passed over while a commit was under way
            self._recording.ask()
        await self._recording.finish()
        return not self._left

    # ---- within

    async def _settle(self) -> None:
        """Return once all that is asked for is committed."""
        while self._asked or self._asking or self._state is not None:
            self._recording.ask()
            await self._change()

    async def _change(self) -> None:
        # The one more try is the end's: in the midst of it this may be given up, and what that kept would
        # be kept again.
        self._changed.clear()
        self._recording.check()
        await self._changed.wait()
        self._recording.check()

    def _look_ahead(self) -> None:
        """Add to a commit, which comes anyway, the steps that will leave before the next ones."""
        most = self._reach if self._is_near is None else MAX_AHEAD
        bound = min(len(self._schedule), self._next + most)
        room = most - len(self._ahead) - len(self._asked) - len(self._asking)
        while self._next < bound and room > 0:
            if self._is_near is not None and not self._is_near(self._next):
                break
            if self._may_start_ahead(self._next):
                self._asked[self._next] = DeliveryState.STARTED
                room -= 1
            self._next += 1

    def _may_start_ahead(self, index: int) -> bool:
        """Neither one that is left out, nor one that is held back while others go on."""
        fault = self._schedule.faults.get(index)
        return fault is None or (fault != "dropped" and (self._is_near is not None or "delayed" not in fault))

    def _job(self, group: Sequence[AttemptDetail]) -> Job:
        if self._state is None:
            self._look_ahead()
        self._asking |= self._asked
        self._asked = {}
        position = self._schedule.position
        asked: list[Advance] = [Advance(position(index), state) for index, state in self._asking.items()]
        ended = [position(index) for index in self._ended[: len(group)]]
        is_last = self._left == len(group)
        state: PlanState | None = "done" if is_last else self._state
        self._putting = self._state
        plan_id, owner = self._plan_id, None if is_last else self._owner

        def keep(connection: sqlite3.Connection) -> list[int]:
            ids = attempts.insert(connection, group) if group else []
            done: list[Advance] = [
                Advance(at, DeliveryState.DONE, id_) for at, id_ in zip(ended, ids, strict=True)
            ]
            deliveries.advance(connection, Queue(plan_id=plan_id), asked + done)
            if state is not None:
                plans.put_state(connection, plan_id, state, owner)
            return ids

        return keep

    def _kept(self, rows: Sequence[AttemptRow]) -> None:
        asking, self._asking = self._asking, {}
        for index, state in asking.items():
            if state is DeliveryState.STARTED and index not in self._asked:  # else it was skipped since
                self._ahead.add(index)
        if self._state is self._putting:
            self._state = None
        del self._ended[: len(rows)]
        self._left -= len(rows)
        self._measure()
        self._changed.set()
        if rows:
            self._told(rows)

    def _measure(self) -> None:
        """Start as many ahead as leave between two commits, or none where that saves no time."""
        now = time.monotonic()
        span_s = now - self._since
        waited_s = 0.0 if self._waits_since is None else now - max(self._waits_since, self._since)
        if waited_s > WAITED * span_s:
            self._reach = min(MAX_AHEAD, max(2 * self._reach, 2))
        elif self._gone <= 1 and span_s > SLOW_S:
            self._reach = 0
        else:
            self._reach = min(MAX_AHEAD, max(3 * self._gone, self._reach * 3 // 4))
        self._gone, self._since = 0, now
