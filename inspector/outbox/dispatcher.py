"""The dispatcher of one plan or forward. It claims each delivery in the file before sending a byte of it.

A delivery passes three stages. The producer's next deliveries wait in line. Those due soon are read and
claimed together, in one transaction, and become ready. Workers, each with a connection, send the ready ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import islice
from typing import TypeVar

from inspector.base.errors import BusyError
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.client.connect import tls_context
from inspector.client.edit import Prepared
from inspector.client.outcome import Outcome
from inspector.client.wire import NotReplayable
from inspector.domain.capture.capture import Capture
from inspector.domain.replay.attempt import Standing
from inspector.outbox.delivery import NO_STANDING, Delivery, Producer
from inspector.outbox.delivery_log import DeliveryLog
from inspector.outbox.pacing import NEAR_S, SLICE_S, Pacing
from inspector.outbox.permission import HostPermissions
from inspector.outbox.target_sender import TargetSender
from inspector.store.store import Store
from inspector.store.write import attempts
from inspector.store.write import captures as stored
from inspector.store.write.deliveries import DeliveryState
from inspector.store.write.plans import PlanState

T = TypeVar("T")

log = logging.getLogger(__name__)

READ_BYTES = 8 * 1024 * 1024
"""Maximum size of the bodies that are read together."""
STORE_S = 2.0
"""How long a stopped forward waits for a file that cannot be written."""
_INTERNAL_ERROR = "Internal error. See the log for details."


class Dispatcher:
    """Sends deliveries from `run` until it ends. It can be paused, or stopped at once or gently."""

    def __init__(
        self,
        store: Store,
        producer: Producer,
        hosts: HostPermissions,
        pacing: Pacing,
        *,
        at_once: int,
        has_pairs: bool = False,
        is_following_redirects: bool = False,
        is_patient: bool = False,
    ) -> None:
        """With `has_pairs`, some deliveries leave together with the next one. With `is_patient`, a file that
        cannot be written is retried; otherwise it ends the run."""
        self.in_flight: set[int] = set()
        """Positions of the deliveries in flight."""
        self._store = store
        self._producer = producer
        self._hosts = hosts
        self._allowed: Collection[str] = ()
        """The allowed hosts as of the last claim: reading the file for each delivery takes too long."""
        self._pacing = pacing
        self._at_once = at_once
        # The second of a pair needs a worker in addition to the busy ones.
        self._worker_count = at_once + has_pairs
        self._patiently = retry_while_busy if is_patient else _once
        self._is_following_redirects = is_following_redirects
        self._log = DeliveryLog(store, producer.queue, producer.kept, is_patient=is_patient)
        self._line: deque[Delivery] = deque()
        self._ready: deque[Delivery] = deque()
        self._ready_bytes = 0
        """Size of the bodies of ready deliveries. It limits how far ahead large bodies are read."""
        self._held: list[tuple[float, int, Delivery]] = []
        """A heap of held deliveries: end of the hold, position, delivery."""
        self._pair_leaves: int | None = None
        """The value of `_left` when the first of a pair left."""
        self._left = 0
        self._is_ending = False
        self._is_paused_in_file = False
        self._idle: deque[asyncio.Future[None]] = deque()
        """Workers without a delivery."""
        self._timer: asyncio.TimerHandle | None = None
        self._feed_again = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._feeder: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        """Reads the captures of the next claim."""

    # ---- what its owner does

    async def run(self, *, grace_s: float = 0.0) -> None:
        """Send until the producer is exhausted or `stop` is called.

        Deliveries in flight at the end have `grace_s` to finish. Raises HostNotAllowed, UsageError if a
        certificate cannot be used, and BusyError.
        """
        target = self._producer.destination.target
        tls = await tls_context(target) if target.scheme == "https" else None
        tasks = Tasks()
        senders = [
            TargetSender(
                self._producer.destination,
                self,
                is_following_redirects=self._is_following_redirects,
                tls=tls,
                own=self._hosts.own,
            )
            for _ in range(self._worker_count)
        ]
        self._feeder = tasks.spawn(self._feed(), "claim deliveries", is_awaited=True)
        self._workers = [
            tasks.spawn(self._work(sender), f"deliver {number}", is_awaited=True)
            for number, sender in enumerate(senders)
        ]
        all_tasks = (self._feeder, *self._workers)
        try:
            await asyncio.wait(all_tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await self.stop_gently(grace_s)
        for task in all_tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    def __contains__(self, host: object) -> bool:
        """Return whether this remote host is allowed."""
        return host in self._allowed

    def wake(self) -> None:
        """Check again: more may be ready to leave, or a pause begins or ends."""
        self._feed_again.set()
        self._wake_all()

    def end(self) -> None:
        """Start no more deliveries; those in flight continue."""
        self._is_ending = True
        self.wake()

    def stop(self) -> None:
        """Start no more deliveries, and cancel those in flight."""
        self.end()
        for task in (self._feeder, self._reading, *self._workers):
            if task is not None:
                task.cancel()

    async def stop_gently(self, seconds: float) -> None:
        """Start no more deliveries, and cancel those still in flight after `seconds`."""
        self.end()
        if self._feeder is not None:
            self._feeder.cancel()
        if self._workers and seconds:
            await asyncio.wait(self._workers, timeout=seconds)
        self.stop()
        tasks = (self._feeder, self._reading, *self._workers)
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()

    async def finish(self, state: PlanState | None = None) -> None:
        """Commit everything, and queue claimed deliveries that did not leave again. Raises BusyError."""
        await self._log.finish(state)

    async def finish_soon(self) -> None:
        """As `finish`, but stop if the file cannot be written for `STORE_S`."""
        with contextlib.suppress(TimeoutError, BusyError):
            async with asyncio.timeout(STORE_S):
                await self._log.finish()

    # ---- from the producer to the ready ones

    async def _feed(self) -> None:
        while not self._is_ending:
            self._feed_again.clear()
            if self._pacing.is_paused:
                await self._rest()
                continue
            if self._is_paused_in_file:
                await self._log.put_state("running")
                self._is_paused_in_file = False
            await self._producer.refresh()
            self._take_back_held()
            room = self._producer.room(len(self._ready), len(self.in_flight))
            if room > len(self._line):
                self._line += self._producer.next(room - len(self._line))
            can_claim = room > 0 and self._ready_bytes < READ_BYTES
            if can_claim and (soon := self._soon(room)):
                await self._claim(soon)
            elif self._is_complete:
                break
            else:
                await self._until_woken(self._wait_s(can_claim=can_claim))
        self.end()

    async def _rest(self) -> None:
        """Queue claimed deliveries again for the duration of a pause."""
        if not self._is_paused_in_file:
            await self._read_ahead()
            for delivery in reversed(self._ready):
                if not _is_to_hold(delivery):
                    self._log.add(delivery, delivery.advance(DeliveryState.WAITING))
                self._line.appendleft(delivery)
            self._ready.clear()
            self._ready_bytes = 0
            for delivery in self._line:
                delivery.forget_capture()  # it may be removed during the pause
            await self._log.put_state("paused")
            self._is_paused_in_file = True
        if self._pacing.is_paused:
            await self._until_woken(None)

    def _soon(self, room: int) -> list[Delivery]:
        """Take the deliveries that leave soon from the line, without splitting a pair."""
        soon: list[Delivery] = []
        while self._line and self._pacing.is_near(self._line[0].at_ms):
            if len(soon) >= room + 2 or (len(soon) >= room and not any(map(_is_paired, soon[-2:]))):
                break
            soon.append(self._line.popleft())
        return soon

    async def _claim(self, soon: Sequence[Delivery]) -> None:
        """Commit these deliveries as started, and meanwhile read the captures of the next ones."""
        await self._read_ahead()
        await self._read(soon)
        # Bodies that were too large for this read come next.
        self._line.extendleft(reversed([delivery for delivery in soon if not delivery.is_read]))
        ahead = [one for one in islice(self._line, len(soon)) if self._pacing.is_near(one.at_ms)]
        self._reading = Tasks().spawn(self._read(ahead), "read captures", is_awaited=True)
        ready: list[Delivery] = []
        for delivery in soon:
            if not delivery.is_read:
                continue
            reason = self._producer.reason_to_skip(delivery)
            if reason is None:
                ready.append(delivery)
            else:
                self._skip(delivery, reason)
        if claimed := [delivery for delivery in ready if not _is_to_hold(delivery)]:
            await self._log.claim(claimed)
        self._ready_bytes += sum(map(_body_size, ready))
        self._ready.extendleft(reversed([delivery for delivery in ready if delivery.was_held]))
        self._ready.extend(delivery for delivery in ready if not delivery.was_held)
        self._wake_one()

    async def _read(self, some: Sequence[Delivery]) -> None:
        """Read the captures of the first of these deliveries, as many as fit into `READ_BYTES`."""
        unread = [delivery for delivery in some if not delivery.is_read]
        if not unread:
            return
        read = partial(_captures, ids=[delivery.capture_id for delivery in unread], hosts=self._hosts)
        found, standings, self._allowed = await self._patiently(lambda: self._store.fetch(read))
        for delivery, capture in zip(unread, found, strict=False):
            delivery.put_capture(capture, standings.get(delivery.capture_id, NO_STANDING))

    async def _read_ahead(self) -> None:
        """Wait until a read in progress has finished."""
        if self._reading is not None:
            await self._reading
            self._reading = None

    def _take_back_held(self) -> None:
        now = time.monotonic()
        while self._held and self._held[0][0] <= now:
            _, _, delivery = heappop(self._held)
            delivery.was_held = True
            self._line.appendleft(delivery)

    @property
    def _is_complete(self) -> bool:
        is_idle = not self._line and not self._ready and not self._held
        return is_idle and self._producer.is_exhausted

    def _wait_s(self, *, can_claim: bool) -> float | None:
        waits = [self._producer.wait_s()]
        if self._held:
            waits.append(self._held[0][0] - time.monotonic())
        if self._line and can_claim:
            waits.append(self._pacing.until_near_s(self._line[0].at_ms))
        return min((max(0.0, wait) for wait in waits if wait is not None), default=None)

    async def _until_woken(self, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._feed_again.wait()

    # ---- from the ready ones to the target

    async def _work(self, sender: TargetSender) -> None:
        try:
            while (taken := await self._take()) is not None:
                delivery, prepared = taken
                try:
                    outcome = await sender.send(prepared.request)
                except BaseException as error:
                    was_cancelled = isinstance(error, asyncio.CancelledError)
                    abandoned = sender.abandoned if was_cancelled else None
                    self.in_flight.discard(delivery.position)
                    if abandoned is None:  # nothing was sent
                        self._log.add(delivery, delivery.advance(DeliveryState.WAITING))
                        self._producer.released(delivery)
                    else:
                        self._record(delivery, prepared, abandoned, is_stopped=True)
                    raise
                self.in_flight.discard(delivery.position)
                self._record(delivery, prepared, outcome)
                if self._log.is_full:
                    await self._log.room()
        finally:
            await sender.close()

    async def _take(self) -> tuple[Delivery, Prepared] | None:
        while not self._is_ending:
            taken = self._next()
            if taken is not None:
                if self._ready:
                    self._wake_one()
                return taken
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle.append(turn)
            await turn
        return None

    def _next(self) -> tuple[Delivery, Prepared] | None:
        """Take the first ready delivery if it may leave now."""
        while self._ready and not self._pacing.is_paused:
            delivery = self._ready[0]
            is_second = self._is_second(delivery)
            if len(self.in_flight) >= self._at_once and not is_second:
                return None
            late_s = self._pacing.late_s(delivery.at_ms)
            if late_s < 0:
                self._arm(-late_s)
                return None
            self._ready.popleft()
            self._ready_bytes -= _body_size(delivery)
            if self._producer.room(len(self._ready), len(self.in_flight)) > 0:
                self._feed_again.set()
            if _is_to_hold(delivery):
                self._hold(delivery)
                continue
            try:
                prepared = self._producer.prepare(delivery)
            except NotReplayable as error:
                self._skip(delivery, str(error))
                continue
            except Exception:  # a defect of ours must not end the other deliveries
                log.exception("cannot prepare capture %d", delivery.capture_id)
                self._skip(delivery, _INTERNAL_ERROR)
                continue
            self.in_flight.add(delivery.position)
            self._left += 1
            if _is_paired(delivery):
                self._pair_leaves = None if is_second else self._left
            self._producer.began(delivery, late_s * 1000)
            return delivery, prepared
        return None

    def _is_second(self, delivery: Delivery) -> bool:
        """Return whether the other of its pair has just left. It may have been sent twice."""
        return _is_paired(delivery) and self._pair_leaves is not None and self._left - self._pair_leaves <= 1

    def _hold(self, delivery: Delivery) -> None:
        assert delivery.hold_ms is not None
        until = time.monotonic() + delivery.hold_ms / 1000
        delivery.forget_capture()  # many may be held, and bodies are large
        heappush(self._held, (until, delivery.position, delivery))
        self._feed_again.set()

    def _skip(self, delivery: Delivery, reason: str) -> None:
        self._log.add(delivery, self._producer.skipped(delivery, reason))
        delivery.forget_capture()
        self._feed_again.set()

    def _record(
        self, delivery: Delivery, prepared: Prepared, outcome: Outcome, *, is_stopped: bool = False
    ) -> None:
        attempt = self._producer.attempt(delivery, prepared, outcome)
        change = self._producer.ended(delivery, attempt, outcome, is_stopped=is_stopped)
        self._log.add(delivery, change, attempt)
        delivery.forget_capture()  # free its body before the commit
        if self._producer.room(len(self._ready), len(self.in_flight)) > 0:
            self._feed_again.set()

    def _arm(self, seconds: float) -> None:
        """Wake a worker when the next delivery is due. Deadlines are absolute, so errors do not add up."""
        if self._timer is not None:
            self._timer.cancel()
        # Qt's timers may be off by 5 %.
        delay = seconds if seconds < NEAR_S else min(seconds * 0.9, SLICE_S)
        self._timer = asyncio.get_running_loop().call_later(delay, self._wake_one)

    def _wake_one(self) -> None:
        while self._idle:
            turn = self._idle.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _wake_all(self) -> None:
        while self._idle:
            self._wake_one()


def _is_to_hold(delivery: Delivery) -> bool:
    return delivery.hold_ms is not None and not delivery.was_held


def _body_size(delivery: Delivery) -> int:
    return 0 if delivery.capture is None else len(delivery.capture.body)


async def _once(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _is_paired(delivery: Delivery) -> bool:
    return delivery.fault is not None and "concurrent" in delivery.fault


def _captures(
    connection: sqlite3.Connection, *, ids: Sequence[int], hosts: HostPermissions
) -> tuple[list[Capture | None], dict[int, Standing], frozenset[str]]:
    """Read the first of these captures, about `READ_BYTES` of them, and the currently allowed hosts.

    A capture that no longer exists is None.
    """
    found, _ = stored.read_some(connection, ids, READ_BYTES)
    return [capture for _, capture in found], attempts.standings(connection, ids), hosts.read(connection)
