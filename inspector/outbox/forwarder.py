"""A running forward: it queues new captures, keeps the order per respondent, and retries failed deliveries.

Each capture is delivered at least once: a delivery that a kill interrupted is sent again. The queue is in the
file; only its first deliveries are in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError, InspectorError, NotFound
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.client.edit import Prepared, forwarded
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.retry import Decision, Policy, decide
from inspector.client.target import Destination, Target
from inspector.client.wire import NotReplayable, compose
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.replay import forward_rule
from inspector.domain.replay.address_text import typed_url
from inspector.outbox.attempts import attempt_of, lost_attempt
from inspector.outbox.delivery import Delivery, Kept
from inspector.outbox.dispatcher import Dispatcher
from inspector.outbox.forward_buffer import ForwardBuffer
from inspector.outbox.loop_detector import LoopDetector
from inspector.outbox.pacing import Pacing
from inspector.outbox.permission import HostPermissions
from inspector.outbox.relay import ResponseWaiters
from inspector.store.store import Store
from inspector.store.write import attempts, captures, deliveries, forwards
from inspector.store.write.deliveries import Advance, DeliveryState, Queue
from inspector.store.write.forwards import Forward

EVALUATED_WITHIN_MS = 5_000
"""How long later captures wait for one that is not evaluated yet. Limited: anyone can send such captures."""
POLL_INTERVAL_S = 5.0
"""How often the file is read again: another process may have changed it without notice."""
STOP_S = 1.0
"""How long deliveries in flight have to finish when forwarding stops."""
_MAX_REPORTED = 8
"""Maximum number of failure reasons that are reported until the target recovers."""
_KILLED = (
    "The program ended before the response arrived. The target may have received the request."
    " It is sent again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardContext:
    """What all forwards of a session share."""

    store: Store
    tasks: Tasks
    hosts: HostPermissions
    limits: ResponseLimits
    policy: Policy
    at_once: int
    max_queued: int
    """Captures that a forward queues. Further captures are not queued yet."""
    attempted: Callable[[AttemptRow], None]
    notify: Callable[[str], None]
    changed: Callable[[], None]
    pause: Callable[[int, str], None]
    """Called with the reason if a forward must pause."""
    why_held: Callable[[], str | None]
    """Returns in a sentence why nothing is forwarded now, or None."""


class Forwarder:
    """The producer of a forward's deliveries, from `start` to `stop`."""

    def __init__(self, forward: Forward, context: ForwardContext) -> None:
        """Raises UsageError for an invalid URL, and QueryError for an invalid rule."""
        self.forward = forward
        self.target = Target.parse(forward.url)
        self.rule = forward_rule.rule(forward.filter)
        self.loop_detector = LoopDetector()
        self.waiting = 0
        """Deliveries that wait or are in flight."""
        self.failed = 0
        """Deliveries that are not retried."""
        self.delivered = 0
        """Deliveries of this run."""
        self.problem: str | None = None
        """Why the target accepts nothing now, in a sentence."""
        self.again_ms = 0
        """When the target is retried."""
        self._context = context
        self._takes_only_trusted = forward_rule.takes_only_trusted(forward.filter)
        self._buffer = ForwardBuffer(context.store, forward.id)
        self._misses = 0
        """Consecutive failures of the target."""
        self._reported: set[str] = set()
        """Failure reasons reported since the target last accepted something."""
        self._held: str | None = None
        self._has_arrived = True
        """Whether there may be captures that the rule has not been applied to."""
        self._is_asking = False
        self._is_unsure = False
        """Whether captures were removed or restored since the waiting deliveries were counted."""
        self._counts_cleared = False
        """Whether captures that were cleared still count as waiting, because they are being sent."""
        self._polled = time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._dispatcher = Dispatcher(
            context.store, self, context.hosts, Pacing(), at_once=context.at_once, is_patient=True
        )
        self.waiters = ResponseWaiters(self._dispatcher.wake)

    # ---- called by the session

    def start(self) -> None:
        """Start forwarding. Deliveries that an earlier process left in flight are sent again."""
        self._task = self._context.tasks.spawn(self._run(), f"forward to {self.target.netloc}")

    def wake(self) -> None:
        """Note that a capture may have arrived or been evaluated."""
        self._has_arrived = True
        self._dispatcher.wake()

    def queued_again(self, count: int, *, failed: int) -> None:
        """Note that `count` more wait in the file, `failed` of which had failed, and retry without delay."""
        self.waiting += count
        self.failed -= failed
        self.again_ms = 0
        self._buffer.forget()
        self.wake()

    def count_again(self) -> None:
        """Note that captures were removed or restored, so deliveries must be counted again."""
        self._is_unsure = True
        self._dispatcher.wake()

    @property
    def is_done(self) -> bool:
        """Whether every capture so far was delivered or has failed, or the target accepts nothing now."""
        if self.problem is not None:
            return not self._buffer.in_flight
        return not (self._has_arrived or self._is_asking or self._is_unsure or self.waiting)

    async def stop(self) -> None:
        """Start no more deliveries, and cancel those still in flight after `STOP_S`."""
        self.waiters.give_up()
        await self._dispatcher.stop_gently(STOP_S)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(BusyError):  # captures that arrived before are counted as waiting
            last = await self._context.store.fetch(forwards.newest_stored)
            while self._has_arrived and self.waiting < self._context.max_queued:
                self._has_arrived = await self._take_up() and self.forward.watermark < last
        await self._dispatcher.finish_soon()

    async def _run(self) -> None:
        await retry_while_busy(self._recover)
        try:
            await self._dispatcher.run(grace_s=STOP_S)
        except InspectorError as error:  # its host was revoked, or a certificate can no longer be read
            self._context.pause(self.forward.id, str(error))

    # ---- called by the dispatcher

    @property
    def queue(self) -> Queue:
        """The queue that stores the deliveries of the forward."""
        return Queue(forward_id=self.forward.id)

    @property
    def destination(self) -> Destination:
        """The destination of its deliveries."""
        return Destination(target=self.target, limits=self._context.limits)

    @property
    def is_exhausted(self) -> bool:
        """Always False: more captures may arrive."""
        return False

    def room(self, ready: int, in_flight: int) -> int:
        """Return how many more deliveries may be sent. A target that failed gets one at a time."""
        return (1 if self._misses else self._context.at_once) - ready - in_flight

    async def refresh(self) -> None:
        """Queue new captures, and read the first waiting deliveries."""
        if self._is_held():
            self._context.changed()
            return
        if time.monotonic() - self._polled >= POLL_INTERVAL_S:
            self._has_arrived = self._is_unsure = True
        has_moved = await retry_while_busy(self._look)
        if has_moved:
            self._dispatcher.wake()
        self._context.changed()

    def next(self, limit: int) -> list[Delivery]:
        """Return the deliveries that may be sent now."""
        now = now_ms()
        if self._held is not None or self.again_ms > now:
            return []
        decided = (one for one in self._buffer.ready(now) if not self.waiters.is_undecided(one.capture_id))
        ready = list(islice(decided, limit))
        for queued in ready:
            self._buffer.begin(queued)
        return [
            Delivery(
                position=queued.capture_id,
                capture_id=queued.capture_id,
                tries=queued.tries,
                next_ms=queued.next_ms,
            )
            for queued in ready
        ]

    def wait_s(self) -> float:
        """Return the time until the target or a delivery is retried, or the file is read again."""
        now = now_ms()
        next_ms = self.again_ms if self.again_ms > now else self._buffer.next_ms(now)
        poll_s = self._polled + POLL_INTERVAL_S - time.monotonic()
        return poll_s if next_ms is None else min(poll_s, (next_ms - now) / 1000)

    def reason_to_skip(self, delivery: Delivery) -> str | None:
        """Return a reason if the capture was removed, or None."""
        return None if delivery.capture is not None else "The capture was removed."

    def prepare(self, delivery: Delivery) -> Prepared:
        """Return the request of a delivery. Raises NotReplayable."""
        assert delivery.capture is not None
        return self._prepared(delivery.capture)

    def began(self, delivery: Delivery, late_ms: float) -> None:
        """Note that a delivery leaves."""
        if delivery.capture is not None:
            self.loop_detector.began(delivery.capture.method, delivery.capture.body)

    def skipped(self, delivery: Delivery, reason: str) -> Advance | None:
        """Keep the delivery of a removed capture, which may be restored. Fail one that cannot be sent."""
        self._buffer.end(delivery.capture_id)
        self.waiters.settle(delivery.capture_id, None)
        if delivery.capture is None:
            self._is_unsure = True
            return delivery.advance(DeliveryState.WAITING)
        self._report_failure(delivery.capture_id, reason)
        return delivery.advance(DeliveryState.FAILED)

    def released(self, delivery: Delivery) -> None:
        """Queue a delivery again that did not leave."""
        self._ended(delivery, None)
        self._buffer.retry(self._buffer.end(delivery.capture_id))

    def attempt(self, delivery: Delivery, prepared: Prepared, outcome: Outcome) -> AttemptDetail:
        """Return the record of one delivery attempt."""
        return attempt_of(
            prepared,
            outcome,
            self.target,
            capture_id=delivery.capture_id,
            standing=delivery.standing,
            queue=self.queue,
        )

    def ended(
        self, delivery: Delivery, attempt: AttemptDetail, outcome: Outcome, *, is_stopped: bool
    ) -> Advance | None:
        """Decide whether a delivery is retried, and when."""
        has_sender_response = self._ended(delivery, outcome)
        tries, misses = delivery.tries + 1, self._misses
        queued = self._buffer.end(delivery.capture_id)
        if is_stopped:
            if outcome.status is not None and 200 <= outcome.status < 300:
                return None
            return Advance(delivery.position, DeliveryState.WAITING, tries=tries)
        if outcome.started_ms >= self.again_ms:  # deliveries in flight together count as one failure
            misses += 1
        roll = random.random()  # noqa: S311 - it spreads retries and needs no secure randomness
        decision = decide(outcome, tries=tries, misses=misses, policy=self._context.policy, roll=roll)
        if has_sender_response and decision.next == "again":
            # The sender has this response and retries if it needs to: do not retry it twice.
            decision = replace(decision, next="given-up")
        next_ms = now_ms() + int(decision.wait_s * 1000)
        self._note_target(decision, outcome, misses, next_ms)
        if decision.next == "again":
            self._buffer.retry(replace(queued, tries=tries, next_ms=next_ms))
            return Advance(delivery.position, DeliveryState.WAITING, tries=tries, next_ms=next_ms)
        if decision.next == "given-up":
            self._report_failure(delivery.capture_id, _said(outcome))
            return Advance(delivery.position, DeliveryState.FAILED, tries=tries)
        return None

    def kept(self, kept: Sequence[Kept]) -> None:
        """Count the committed changes, and emit the attempts."""
        for one in kept:
            is_removed, has_failed = one.change is None, one.change is not None and one.change.state == 4
            if one.was_queued and (is_removed or has_failed):
                self.waiting -= 1
                self.failed += has_failed
            if one.row is not None:
                self.delivered += is_removed
                self._context.attempted(one.row)
        if self._counts_cleared:
            self.count_again()
        self._dispatcher.wake()

    # ---- internal

    def _ended(self, delivery: Delivery, outcome: Outcome | None) -> bool:
        """Note that a delivery is no longer in flight. Return whether its sender gets the response."""
        if delivery.capture is not None:
            self.loop_detector.ended(delivery.capture.method, delivery.capture.body)
        return self.waiters.settle(delivery.capture_id, outcome)

    def _prepared(self, capture: Capture) -> Prepared:
        return Prepared(
            request=compose(forwarded(capture), self.target),
            signature="original" if capture.values(SIGNATURE_HEADER) else "none",
            is_edited=False,
            sent_body=None,
        )

    def _is_held(self) -> bool:
        """Return whether all forwarding is on hold. The reason is in `problem`."""
        before, self._held = self._held, self._context.why_held()
        if self._held != before:
            self.problem = self._held
        return self._held is not None

    async def _recover(self) -> None:
        store, target, own = self._context.store, self.target, self.queue

        def recover(connection: sqlite3.Connection) -> tuple[int, int]:
            started = deliveries.started(connection, own)
            lost = []
            for _, capture_id, _, _ in started:
                try:
                    prepared = self._prepared(captures.read(connection, capture_id))
                except (NotFound, NotReplayable):
                    prepared = None
                lost.append(lost_attempt(prepared, target, capture_id=capture_id, error=_KILLED, queue=own))
            attempts.insert(connection, lost)
            forwards.recover(connection, own, [(position, tries) for position, _, _, tries in started])
            return forwards.counts(connection, own.forward_id)

        self.waiting, self.failed = await store.write(recover)

    async def _look(self) -> bool:
        """Queue new captures, and read the first waiting deliveries. Return whether more may follow."""
        has_moved = False
        self._polled = time.monotonic()
        if self._is_unsure:
            self._is_unsure = False
            try:
                await self._count()
            except BusyError:
                self._is_unsure = True
                raise
        if self._has_arrived and self.waiting < self._context.max_queued:
            self._has_arrived, self._is_asking = False, True
            try:
                has_moved = await self._take_up()
            except BaseException:  # disk full or cancelled: `stop` looks again
                self._has_arrived = True
                raise
            finally:
                self._is_asking = False
            self._has_arrived |= has_moved
        await self._buffer.fill(self.waiting)
        return has_moved

    async def _count(self) -> None:
        counts = partial(forwards.counts, forward_id=self.forward.id)
        if await self._context.store.fetch(counts) != (self.waiting, self.failed):
            # The writer counts again, after every queue change that is counted here.
            self.waiting, self.failed = await self._context.store.write(counts)
            self._buffer.forget()
        cleared = partial(forwards.has_cleared_in_flight, forward_id=self.forward.id)
        self._counts_cleared = await self._context.store.fetch(cleared)

    async def _take_up(self) -> bool:
        """Apply the rule to the next captures. Return whether there were any."""
        store, forward = self._context.store, self.forward
        since_ms = now_ms() - EVALUATED_WITHIN_MS
        scan = partial(
            forwards.scan,
            forward_id=forward.id,
            rule=self.rule,
            pending_since_ms=since_ms,
            is_for_trusted=self._takes_only_trusted,
        )
        try:
            found = await store.fetch(scan)
            has_moved = found.last > forward.watermark
            if has_moved or found.settled:
                await store.write(partial(forwards.take, forward_id=forward.id, found=found))
        except NotFound:  # another process removed the forward, and its session stops it soon
            return False
        if has_moved or found.settled:
            self.forward = replace(self.forward, watermark=max(found.last, forward.watermark))
            self.waiting += len(found.taken)
        if found.settled:  # they are older than those in memory
            self._buffer.forget()
        return has_moved

    def _report_failure(self, capture_id: int, reason: str) -> None:
        """Report the first failure for each reason. `failed` counts the others."""
        if reason not in self._reported and len(self._reported) < _MAX_REPORTED:
            self._reported.add(reason)
            self._context.notify(f"Capture {capture_id} was not delivered to {self.target.netloc}: {reason}")

    def _note_target(self, decision: Decision, outcome: Outcome, misses: int, next_ms: int) -> None:
        """Note whether the target accepts anything now."""
        if decision.is_away:
            is_new, self._misses = not self._misses, misses
            self.again_ms = max(self.again_ms, next_ms)
            self.problem = _said(outcome)
            if is_new:
                self._reported.add(self.problem)
                self._context.notify(f"Forwarding to {self.target.netloc} waits: {self.problem}")
        elif self._misses and outcome.status is not None:
            self._misses, self.again_ms, self.problem = 0, 0, None
            self._reported.clear()
            self._context.notify(f"{self.target.netloc} responds again. The queued captures are forwarded.")


def new_forward(url: str, rule: str, relays: bool) -> Forward:
    """Return a new forward. Raises UsageError and QueryError."""
    forward_rule.rule(rule)
    target = Target.parse(typed_url(url))
    return Forward(id=0, url=target.url, filter=rule.strip(), is_active=True, watermark=0, relays=relays)


def _said(outcome: Outcome) -> str:
    return outcome.error or f"it responded with {outcome.status}."
