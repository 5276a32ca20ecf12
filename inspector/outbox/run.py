"""A running plan: its deliveries in order, their requests, and its progress."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import repeat

from inspector.base.clock import now_ms
from inspector.base.signals import Signal
from inspector.client.edit import Prepared, reason_not_signed_again
from inspector.client.faults import fault_done, step_request
from inspector.client.outcome import Outcome
from inspector.client.target import Destination
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.outbox import resume
from inspector.outbox.attempts import attempt_of
from inspector.outbox.delivery import Delivery, Kept
from inspector.outbox.dispatcher import Dispatcher
from inspector.outbox.pacing import Pacing
from inspector.outbox.permission import HostPermissions
from inspector.outbox.plan import Plan, Progress
from inspector.store.store import Store
from inspector.store.write import deliveries, plans, small_tables
from inspector.store.write.deliveries import Advance, DeliveryState, Queue, StoredDelivery

PROGRESS_S = 0.1
DROPPED = "It was dropped on purpose."
CLEARED = "It was cleared in the meantime."
WINDOW_PER_WORKER = 16
MAX_WINDOW = 256
"""Maximum number of deliveries that are claimed together. After a kill their outcomes are unknown."""


class Run:
    """The producer of a plan's deliveries. It can be paused or stopped, and resumed as another run."""

    def __init__(self, plan: Plan, store: Store, hosts: HostPermissions) -> None:
        self.plan = plan
        self.plan_id: int | None = plan.resumes
        """Set once the plan is stored, which is before anything is sent."""
        self.attempted: Signal[AttemptRow] = Signal("run.attempted")
        """Emits each attempt once it is committed."""
        self.progressed: Signal[Progress] = Signal("run.progressed")
        """Emits at most every `PROGRESS_S`, and when the state changes."""
        self.progress = Progress(total=plan.deliveries)
        self.task: asyncio.Task[None] | None = None
        self._store = store
        self._hosts = hosts
        self._pacing = Pacing()
        self._dispatcher: Dispatcher | None = None
        self._is_stopped = False
        self._next = 0
        """The index in the schedule of the next delivery to hand out."""
        self._window = min(MAX_WINDOW, WINDOW_PER_WORKER * plan.course.at_once)
        self._ended = 0
        """Deliveries that have an outcome or were skipped."""
        self._skipped: dict[str, int] = {}
        self._told = 0.0

    # ---- called for the user

    def pause(self) -> None:
        """Start no more deliveries until `resume`. Those in flight continue."""
        if not self._pacing.is_paused and not self.progress.is_done:
            self._pacing.pause()
            self._wake()
            self._tell(replace(self.progress, state="paused", seconds_left=None))

    def resume(self) -> None:
        """End a pause. The remaining deliveries keep their intervals."""
        if self._pacing.is_paused:
            self._pacing.resume()
            self._wake()
            if self.progress.state == "paused":
                self._tell(replace(self.progress, state="running"))

    def stop(self) -> None:
        """Start no more deliveries, and cancel those in flight."""
        self._is_stopped = True
        if self._dispatcher is not None:
            self._dispatcher.stop()

    async def wait(self) -> Progress:
        """Wait for the end and return the progress. Raises the error that ended the run early, if any."""
        if self.task is not None:
            await asyncio.shield(self.task)
        return self.progress

    async def work(self) -> None:
        """Store the plan and send its deliveries. Called by `Replays.start`."""
        try:
            await self._store_plan()
        except BaseException:
            self._tell(replace(self.progress, state="stopped"))  # nothing was sent yet
            raise
        plan, course = self.plan, self.plan.course
        self._pacing.begin(is_paced=course.is_paced, first_ms=(plan.schedule.at_ms or (0,))[0])
        dispatcher = self._dispatcher = Dispatcher(
            self._store,
            self,
            self._hosts,
            self._pacing,
            at_once=course.at_once,
            has_pairs=plan.schedule.has("concurrent"),
            is_following_redirects=plan.manner.is_following_redirects,
        )
        is_done = False
        try:
            if not self._is_stopped:
                await dispatcher.run()
        finally:
            try:
                is_all = self._ended == len(plan.schedule)
                await dispatcher.finish("done" if is_all else "stopped")
                is_done = is_all
            finally:
                self._tell(replace(self.progress, state="done" if is_done else "stopped", seconds_left=None))

    # ---- called by the dispatcher

    @property
    def queue(self) -> Queue:
        """The queue that stores the deliveries of the plan."""
        assert self.plan_id is not None
        return Queue(plan_id=self.plan_id)

    @property
    def destination(self) -> Destination:
        """The destination of its deliveries."""
        return self.plan.destination

    @property
    def is_exhausted(self) -> bool:
        """Whether all deliveries were handed out."""
        return self._next >= len(self.plan.schedule)

    def room(self, ready: int, in_flight: int) -> int:
        """Return how many deliveries to claim next, at least half a window."""
        return self._window - ready if ready <= self._window // 2 else 0

    async def refresh(self) -> None:
        """Do nothing: all deliveries of a plan are known."""

    def next(self, limit: int) -> list[Delivery]:
        """Return the next deliveries of the plan."""
        schedule, is_paced = self.plan.schedule, self.plan.course.is_paced
        start, self._next = self._next, min(self._next + limit + self._window, len(self.plan.schedule))
        steps = map(schedule.step, range(start, self._next))
        return [
            Delivery(
                position=step.position,
                capture_id=step.capture_id,
                at_ms=step.at_ms if is_paced else None,
                hold_ms=None if is_paced else step.at_ms,
                fault=step.fault,
            )
            for step in steps
        ]

    def wait_s(self) -> None:
        """Return None: all deliveries of a plan are known."""

    def reason_to_skip(self, delivery: Delivery) -> str | None:
        """Return why a delivery cannot be sent, or None."""
        if delivery.fault == "dropped":
            return DROPPED
        if delivery.capture is None:
            return CLEARED
        return reason_not_signed_again(delivery.standing.verdict, self.plan.manner)

    def prepare(self, delivery: Delivery) -> Prepared:
        """Return the request of a delivery. Raises NotReplayable."""
        assert delivery.capture is not None
        return step_request(
            delivery.capture,
            self.plan.target,
            self.plan.manner,
            step=delivery,
            seed=self.plan.course.seed,
            key=self.plan.key,
        )

    def began(self, delivery: Delivery, late_ms: float) -> None:
        """Note how late a delivery leaves."""
        if late_ms > self.progress.latest_ms:
            self.progress = replace(self.progress, latest_ms=late_ms)

    def skipped(self, delivery: Delivery, reason: str) -> Advance:
        """Count a delivery that is not made."""
        self._ended += 1
        is_dropped = reason == DROPPED
        if not is_dropped:
            self._skipped[reason] = self._skipped.get(reason, 0) + 1
        now = self.progress
        self._count(replace(now, skipped=now.skipped + 1, dropped=now.dropped + is_dropped))
        return delivery.advance(DeliveryState.SKIPPED)

    def released(self, delivery: Delivery) -> None:
        """Do nothing: the delivery waits for the plan to be resumed."""

    def attempt(self, delivery: Delivery, prepared: Prepared, outcome: Outcome) -> AttemptDetail:
        """Return the record of one delivery attempt."""
        return attempt_of(
            prepared,
            outcome,
            self.plan.target,
            capture_id=delivery.capture_id,
            standing=delivery.standing,
            fault=fault_done(delivery.fault, prepared),
            queue=self.queue,
        )

    def ended(
        self, delivery: Delivery, attempt: AttemptDetail, outcome: Outcome, *, is_stopped: bool
    ) -> Advance:
        """Mark a delivery as done, regardless of its outcome. End the run if the plan stops on failure."""
        self._ended += 1
        if not attempt.row.is_expected and self.plan.course.is_stopping_on_failure:
            assert self._dispatcher is not None
            self._dispatcher.end()
        return delivery.advance(DeliveryState.DONE)

    def kept(self, kept: Sequence[Kept]) -> None:
        """Count the committed attempts, and emit each."""
        rows = [one.row for one in kept if one.row is not None]
        if not rows:
            return
        now, succeeded = self.progress, [row.is_expected for row in rows if row.outcome == "ok"]
        failed = [row.is_expected for row in rows if row.outcome != "ok"]
        self._count(
            replace(
                now,
                sent=now.sent + len(rows),
                succeeded=now.succeeded + len(succeeded),
                accepted=now.accepted + succeeded.count(False),
                failed=now.failed + len(failed),
                rejected=now.rejected + failed.count(True),
            )
        )
        for row in rows:
            self.attempted.emit(row)

    # ---- internal

    async def _store_plan(self) -> None:
        """Store the plan before anything leaves, or take over one that is resumed."""
        plan, store = self.plan, self._store
        store.undo_lock.hold()
        owner = store.undo_lock.name
        if plan.resumes is not None:
            await store.write(partial(resume.take, plan=plan, owner=owner))
            # Another process may have sent some of it since it was read.
            rest = await store.fetch(partial(resume.remaining, plan_id=plan.resumes))
            self.plan = replace(plan, ids=resume.captures_of(rest), schedule=rest)
            self.progress = replace(self.progress, total=len(rest))
            return
        is_small = plan.deliveries <= deliveries.ROWS_PER_WRITE
        parts = iter(deliveries.parts(_values(plan)))
        first = next(parts, [])
        self.plan_id = await store.write(
            partial(_begin, plan=plan, first=first, owner=owner, is_whole=is_small)
        )
        for part in parts:
            await store.write(partial(deliveries.add, plan_id=self.plan_id, deliveries=part))
        if not is_small:
            await store.write(partial(plans.put_state, plan_id=self.plan_id, state="running", owner=owner))

    def _wake(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.wake()

    def _count(self, progress: Progress) -> None:
        self.progress = progress
        moment = time.monotonic()
        if moment - self._told >= PROGRESS_S:
            self._told = moment
            left = None
            if progress.state == "running":
                left = self._pacing.seconds_left(
                    done=progress.sent + progress.skipped,
                    total=progress.total,
                    times_ms=self.plan.schedule.at_ms or (),
                )
            self._tell(replace(progress, seconds_left=left))

    def _tell(self, progress: Progress) -> None:
        self.progress = replace(progress, skipped_because=tuple(self._skipped.items()))
        self.progressed.emit(self.progress)


def _values(plan: Plan) -> Iterator[StoredDelivery]:
    """Yield the stored values of a whole plan. There may be a million, so no `Step` is created for each."""
    schedule = plan.schedule
    times = repeat(None) if schedule.at_ms is None else (at if at >= 0 else None for at in schedule.at_ms)
    for index, (capture_id, at_ms) in enumerate(zip(schedule.captures, times, strict=False)):
        yield index, capture_id, at_ms, schedule.faults.get(index), DeliveryState.WAITING


def _begin(
    connection: sqlite3.Connection, *, plan: Plan, first: Sequence[StoredDelivery], owner: str, is_whole: bool
) -> int:
    small_tables.note_used_target(connection, plan.destination.text)
    return plans.insert(
        connection,
        made_ms=now_ms(),
        url=plan.target.url,
        options=plan.options(),
        state="running" if is_whole else "ready",
        owner=owner,
        total=plan.deliveries,
        first=first,
    )
