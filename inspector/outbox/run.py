"""One plan on its way: each delivery at its time, kept as started before it leaves and with its outcome."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from itertools import repeat

from inspector.base.clock import now_ms
from inspector.base.signals import Signal
from inspector.client.edit import Prepared, reason_not_signed_again
from inspector.client.faults import fault_done, step_request
from inspector.client.outcome import Outcome
from inspector.client.run import deliver
from inspector.client.wire import NotReplayable, WireRequest
from inspector.domain.capture.rows import AttemptRow
from inspector.outbox import resume
from inspector.outbox.attempt_writer import attempt_of
from inspector.outbox.pacing import Pacing
from inspector.outbox.plan import Plan, Progress
from inspector.outbox.step_log import StepLedger
from inspector.outbox.step_reader import Departure, Departures
from inspector.store.store import Store
from inspector.store.write import deliveries, plans
from inspector.store.write import small_tables as notes
from inspector.store.write.deliveries import Queue, StoredDelivery

PROGRESS_S = 0.1
TARGET_NOTE = "last-target"
DROPPED = "It was left out on purpose."
CLEARED = "It was cleared in the meantime."


_Sent = tuple[Departure, Prepared]
"""A delivery on its way."""


class Run:
    """Goes on by itself; it can be paused, stopped, and begun again as another run of the same plan."""

    def __init__(self, plan: Plan, store: Store, *, allowed: Collection[str]) -> None:
        """`allowed` are the hosts beyond this machine that may be sent to."""
        self.plan = plan
        self.plan_id: int | None = plan.resumes
        """Known once the plan is kept, which is before anything is sent."""
        self.attempted: Signal[AttemptRow] = Signal("run.attempted")
        """Each attempt, once it is kept."""
        self.progressed: Signal[Progress] = Signal("run.progressed")
        """Some times a second, and at the end."""
        self.progress = Progress(total=plan.deliveries)
        self.task: asyncio.Task[None] | None = None
        self._store = store
        self._allowed = allowed
        self._stop = asyncio.Event()
        self._pacing = Pacing(plan.schedule, plan.course)
        self._skipped: dict[str, int] = {}
        self._told = 0.0

    def pause(self) -> None:
        """Start nothing more until `go_on`, and let what is on its way end."""
        if not self._pacing.is_resting and not self.progress.is_done:
            self._pacing.rest()
            self._tell(replace(self.progress, state="paused", seconds_left=None))

    def go_on(self) -> None:
        """End a pause; what is left keeps its distances."""
        if self._pacing.is_resting:
            self._pacing.go_on()
            if self.progress.state == "paused":
                self._tell(replace(self.progress, state="running"))

    def stop(self) -> None:
        """Start nothing more and give up what is on its way."""
        self._stop.set()

    async def wait(self) -> Progress:
        """Until it has ended; raises what ended it early, such as a host that is not allowed."""
        if self.task is not None:
            await asyncio.shield(self.task)
        return self.progress

    async def work(self) -> None:
        """Send; for `Replays.start`."""
        try:
            started = await self._keep_plan()
        except BaseException:
            self._tell(replace(self.progress, state="stopped"))  # before anything was sent
            raise
        plan, course, plan_id = self.plan, self.plan.course, self.plan_id
        assert plan_id is not None
        ledger = StepLedger(
            self._store,
            plan.schedule,
            plan_id,
            owner=self._store.undo_lock.name,
            started=started,
            at_once=course.at_once,
            kept=self._kept,
            is_near=self._pacing.is_near if course.is_paced else None,
        )
        self._pacing.begin()
        is_done = False
        try:
            await deliver(
                self._requests(ledger),
                plan.target,
                # One of two that leave together needs a lane beside those that are kept busy.
                at_once=course.at_once + plan.schedule.has("concurrent"),
                record=partial(self._record, ledger),
                stop=self._stop,
                limits=plan.destination.limits,
                require_local=plan.target.host not in self._allowed,
                follow_to=self._allowed if plan.manner.is_following_redirects else None,
            )
        finally:
            try:
                is_done = await ledger.finish()
                if not is_done:
                    await self._store.write(partial(_put_down, plan_id=plan_id))
            finally:
                self._tell(replace(self.progress, state="done" if is_done else "stopped", seconds_left=None))

    async def _keep_plan(self) -> range:
        """Keep the plan, and the first of its steps as started, before anything leaves; which these are."""
        plan, store = self.plan, self._store
        store.undo_lock.hold()
        owner = store.undo_lock.name
        if plan.resumes is not None:
            await store.write(partial(resume.take, plan=plan, owner=owner))
            # Since it was read another process may have sent some of it.
            rest = await store.fetch(partial(resume.rest, plan_id=plan.resumes))
            self.plan = replace(plan, ids=resume.captures_of(rest), schedule=rest)
            self._pacing.take_up(rest)
            self.progress = replace(self.progress, total=len(rest))
            return range(0)
        is_small = plan.deliveries <= deliveries.ROWS_PER_WRITE
        at_once = range(self._pacing.at_the_start if is_small else 0)
        parts = iter(deliveries.parts(_values(plan, at_once)))
        first = next(parts, [])
        self.plan_id = await store.write(
            partial(_begin, plan=plan, steps=first, owner=owner, is_whole=is_small)
        )
        for part in parts:
            await store.write(partial(deliveries.add, plan_id=self.plan_id, deliveries=part))
        if not is_small:
            await store.write(partial(plans.put_state, plan_id=self.plan_id, state="running", owner=owner))
        return at_once

    async def _requests(self, ledger: StepLedger) -> AsyncGenerator[tuple[_Sent, WireRequest], None]:
        pacing = self._pacing
        async with aclosing(Departures(self._store, self.plan).each()) as departures:
            async for several in departures:
                for departure in several:
                    index, step, prepared = departure.index, departure.step, self._prepared(departure)
                    if isinstance(prepared, str):
                        self._skip(ledger, index, prepared)
                        continue
                    is_free = pacing.is_free(step) and ledger.is_started(index)
                    if not is_free and not await pacing.until_due(step, index, ledger):
                        return
                    late_ms = pacing.leave(step, index)
                    if late_ms > self.progress.latest_ms:
                        self.progress = replace(self.progress, latest_ms=late_ms)
                    ledger.leave(index)
                    yield (departure, prepared), prepared.request

    def _prepared(self, departure: Departure) -> Prepared | str:
        """What is to be sent, or why nothing is."""
        plan, step = self.plan, departure.step
        if step.fault == "dropped":
            return DROPPED
        if departure.capture is None:
            return CLEARED
        reason = reason_not_signed_again(departure.standing.verdict, plan.manner)
        if reason is not None:
            return reason
        try:
            return step_request(
                departure.capture, plan.target, plan.manner, step=step, seed=plan.course.seed, key=plan.key
            )
        except NotReplayable as error:
            return str(error)

    def _skip(self, ledger: StepLedger, index: int, why: str) -> None:
        ledger.skip(index)
        now, is_dropped = self.progress, why == DROPPED
        if not is_dropped:
            self._skipped[why] = self._skipped.get(why, 0) + 1
        self._count(replace(now, skipped=now.skipped + 1, dropped=now.dropped + is_dropped))

    async def _record(self, ledger: StepLedger, sent: _Sent, outcome: Outcome) -> None:
        self._pacing.arrived()
        departure, prepared = sent
        attempt = attempt_of(
            prepared,
            outcome,
            self.plan.target,
            capture_id=departure.step.capture_id,
            standing=departure.standing,
            fault=fault_done(departure.step.fault, prepared),
            plan_id=self.plan_id,
        )
        if not attempt.row.is_expected and self.plan.course.is_stopping_on_failure:
            self._pacing.end()
        await ledger.add(departure.index, attempt)

    def _kept(self, rows: Sequence[AttemptRow]) -> None:
        for row in rows:
            self.attempted.emit(row)
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

    def _count(self, progress: Progress) -> None:
        self.progress = progress
        moment = time.monotonic()
        if moment - self._told >= PROGRESS_S:
            self._told = moment
            is_running = self.progress.state == "running"
            done = self.progress.sent + self.progress.skipped
            left = self._pacing.seconds_left(done) if is_running else None
            self._tell(replace(self.progress, seconds_left=left))

    def _tell(self, progress: Progress) -> None:
        self.progress = replace(progress, skipped_because=tuple(self._skipped.items()))
        self.progressed.emit(self.progress)


def _values(plan: Plan, started: range) -> Iterator[StoredDelivery]:
    """Of a whole plan; of a million without a `Step` for each."""
    schedule = plan.schedule
    times = repeat(None) if schedule.at_ms is None else (at if at >= 0 else None for at in schedule.at_ms)
    for index, (capture_id, at_ms) in enumerate(zip(schedule.captures, times, strict=False)):
        yield index, capture_id, at_ms, schedule.faults.get(index), int(index in started)


def _begin(
    connection: sqlite3.Connection, *, plan: Plan, steps: Sequence[StoredDelivery], owner: str, is_whole: bool
) -> int:
    notes.put_note(connection, TARGET_NOTE, plan.target.url)
    return plans.insert(
        connection,
        made_ms=now_ms(),
        url=plan.target.url,
        options=plan.options(),
        state="running" if is_whole else "ready",
        owner=owner,
        total=plan.deliveries,
        steps=steps,
    )


def _put_down(connection: sqlite3.Connection, *, plan_id: int) -> None:
    """Nothing is on its way any more: what was to be started waits for the plan to go on."""
    deliveries.release(connection, Queue(plan_id=plan_id))
    plans.put_state(connection, plan_id, "stopped")
