"""One forward at work: takes up what arrives, sends it in order, and tries again what may yet succeed.

Delivered at least once: a capture is marked as started before its bytes leave, and one whose outcome a kill
took away is sent again. What waits stands in the file; in memory are the first few of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeVar

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError, InspectorError, NotFound
from inspector.base.tasks import RETRY_INTERVAL_S, Tasks, retry_while_busy
from inspector.client.outcome import Outcome, ResponseLimits
from inspector.client.retry import LONGEST_RETRY_AFTER_S, Decision, Policy, decide
from inspector.client.target import Target
from inspector.client.wire import NotReplayable
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.replay import forward_rule
from inspector.domain.replay.attempt import Standing
from inspector.outbox.forward_sender import ForwardSender
from inspector.outbox.loop_detector import LoopDetector
from inspector.outbox.relay import Relays
from inspector.store.store import Store
from inspector.store.write import attempts
from inspector.store.write import captures as stored
from inspector.store.write import forward_queue as queue
from inspector.store.write.forward_queue import Queued, Respondent
from inspector.store.write.forwards import Forward


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The bounds, and whom to tell."""

    store: Store
    tasks: Tasks
    limits: ResponseLimits
    policy: Policy
    at_once: int
    queued: int
    """With so many waiting it takes up no more: the rest waits among the captures."""
    is_allowed: Callable[[str], bool]
    """Whether a host beyond this machine may be sent to."""
    attempted: Callable[[AttemptRow], None]
    told: Callable[[str], None]
    changed: Callable[[], None]
    pause: Callable[[int, str], None]
    """Asked for where it must not go on, with the reason."""
    why_held: Callable[[], str | None]
    """Why nothing is forwarded at all now, in a sentence; null if captures are."""


SIZE = 256


class ForwardBuffer:
    """What waits, in order of arrival, and what is under way; the rest stands in the file alone."""

    def __init__(self, store: Store, forward_id: int) -> None:
        self.under_way: dict[int, asyncio.Task[None]] = {}
        self._store = store
        self._forward_id = forward_id
        self._waiting: dict[int, Queued] = {}
        self._respondents: dict[int, Respondent | None] = {}
        """Of what is under way."""
        self._touched: set[int] = set()
        """What was begun or ended while the file is being read: what is read of it may be of before."""
        self._is_stale = False

    def forget(self) -> None:
        """What waits was changed in the file: it is read anew."""
        self._is_stale = True

    async def fill(self, waiting: int) -> None:
        """Read on where too little is in memory of so many that wait."""
        known = len(self._waiting) + len(self.under_way)
        if not self._is_stale and (len(self._waiting) >= SIZE // 2 or waiting <= known):
            return
        if self._is_stale:
            self._is_stale = False
            self._waiting.clear()
        self._touched = set(self.under_way)
        limit = SIZE + len(self._touched)
        for queued in await self._store.fetch(
            partial(queue.waiting, forward_id=self._forward_id, limit=limit)
        ):
            if queued.capture_id not in self._touched:
                self._waiting.setdefault(queued.capture_id, queued)

    def ready(self, now_ms: int) -> Iterator[Queued]:
        """What may be sent now, in order; of a respondent nothing while something earlier is not done."""
        taken = set(self._respondents.values())
        for capture_id in sorted(self._waiting):
            queued = self._waiting[capture_id]
            if queued.respondent is not None:
                if queued.respondent in taken:
                    continue
                taken.add(queued.respondent)
            if _is_due(queued, now_ms):
                yield queued

    def next_ms(self, now_ms: int) -> int | None:
        """When the first of what waits to be tried again is due."""
        later = [one.next_ms for one in self._waiting.values() if not _is_due(one, now_ms)]
        return min(later, default=None)

    def begin(self, queued: Queued, task: asyncio.Task[None]) -> None:
        """It is under way."""
        self._waiting.pop(queued.capture_id, None)
        self._touched.add(queued.capture_id)
        self.under_way[queued.capture_id] = task
        self._respondents[queued.capture_id] = queued.respondent

    def wait(self, queued: Queued, *, tries: int, next_ms: int) -> None:
        """It is to be sent again."""
        self._waiting[queued.capture_id] = replace(queued, tries=tries, next_ms=next_ms)

    def end(self, capture_id: int) -> None:
        """It is under way no longer."""
        self._touched.add(capture_id)
        self.under_way.pop(capture_id, None)
        self._respondents.pop(capture_id, None)


def _is_due(queued: Queued, now_ms: int) -> bool:
    # One beyond every possible wait was written before the clock was put back.
    return queued.next_ms <= now_ms or queued.next_ms > now_ms + LONGEST_RETRY_AFTER_S * 1000


T = TypeVar("T")

JUDGED_WITHIN_MS = 5_000
"""How long later captures wait for one that is still to be evaluated. Anyone can send such captures."""
LOOK_S = 5.0
"""However quiet it is, it is looked so often."""
_MOST_REPORTED = 8
"""Reasons for failures that are reported until the target recovers."""
KEPT_S = 2.0
"""So long a stop waits for the file."""

log = logging.getLogger(__name__)


class Forwarder:
    """Runs from `start` to `stop`; `wake` it when something has arrived or was judged."""

    def __init__(self, forward: Forward, work: Work) -> None:
        """Raises UsageError where the URL is no target, QueryError where the rule is none."""
        self.forward = forward
        self.target = Target.parse(forward.url)
        self.rule = forward_rule.rule(forward.filter)
        self._takes_only_trusted = forward_rule.takes_only_trusted(forward.filter)
        self.relays = Relays()
        self.waiting = 0
        """What waits or is under way."""
        self.failed = 0
        """What was given up."""
        self.delivered = 0
        """In this run."""
        self.trouble: str | None = None
        """Why the target takes nothing now, as a sentence."""
        self.again_ms = 0
        """When it is tried again."""
        self._reported: set[str] = set()
        """Why captures were not delivered, as reported since the target took something again."""
        self.loop_detector = LoopDetector()
        self.courier = ForwardSender(self.target, forward.id, limits=work.limits, is_allowed=work.is_allowed)
        self._work = work
        self._misses = 0
        self._window = ForwardBuffer(work.store, forward.id)
        self._held: str | None = None
        self._is_stopping = False
        self._has_arrived = True
        """There may be something that the rule was not asked about."""
        self._is_asking = False
        self._is_unsure = False
        """What waits was counted before captures were removed or given back."""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # ---- what the session does with it

    def start(self) -> None:
        """Begin; what an earlier process left under way is sent again."""
        self._task = self._work.tasks.spawn(self._run(), f"forward to {self.target.netloc}")

    def wake(self) -> None:
        """Something may have arrived, or was judged."""
        self._has_arrived = True
        self._wake.set()

    def queued_again(self, count: int, *, failed: int) -> None:
        """So many more wait in the file, some of which had been given up; no wait is waited out for them."""
        self.waiting += count
        self.failed -= failed
        self.again_ms = 0
        self._window.forget()
        self.wake()

    def count_again(self) -> None:
        """Captures were removed or given back, which may wait here."""
        self._is_unsure = True
        self._wake.set()

    @property
    def is_done(self) -> bool:
        """Everything that arrived has been delivered or given up, or the target takes nothing now."""
        if self.trouble is not None:
            return not self._window.under_way
        return not (self._has_arrived or self._is_asking or self._is_unsure or self.waiting)

    async def stop(self, seconds: float) -> None:
        """Begin nothing more; what is under way has so long to end, and is given up then."""
        self._is_stopping = True
        self.relays.give_up()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(BusyError):  # what came to the end is counted as waiting
            while self._has_arrived and self.waiting < self._work.queued:
                self._has_arrived = await self._take_up()
        under_way = dict(self._window.under_way)
        if under_way:
            await asyncio.wait(under_way.values(), timeout=seconds)
            for capture_id in self.courier.in_flight:
                under_way[capture_id].cancel()
            # What is known of the others is being kept, unless the file cannot be written.
            _, stuck = await asyncio.wait(under_way.values(), timeout=KEPT_S)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
        await self.courier.close()

    # ---- the one loop

    async def _run(self) -> None:
        await retry_while_busy(self._recover)
        while True:
            self._wake.clear()
            has_moved = False
            if not self._is_held():
                has_moved = await retry_while_busy(self._look)
                self._begin_ready()
            self._work.changed()
            if has_moved:
                continue
            try:
                async with asyncio.timeout(self._pause_s()):
                    await self._wake.wait()
            except TimeoutError:  # another process may have done either, and nobody tells
                self._has_arrived = self._is_unsure = True

    def _is_held(self) -> bool:
        """Whether forwarding is on hold as a whole; `trouble` then says why."""
        before, self._held = self._held, self._work.why_held()
        if self._held != before:
            self.trouble = self._held
        return self._held is not None

    async def _recover(self) -> None:
        store, forward_id = self._work.store, self.forward.id
        lost = await store.fetch(partial(queue.started, forward_id=forward_id))
        attempts = [self.courier.lost(one) for one in lost]
        await store.write(partial(queue.recover, forward_id=forward_id, lost=attempts))
        self.waiting, self.failed = await store.fetch(partial(queue.counts, forward_id=forward_id))

    async def _look(self) -> bool:
        """Take up what has arrived, and have the first of what waits in memory; true where more may come."""
        has_moved = False
        if self._is_unsure:
            self._is_unsure = False
            try:
                await self._count()
            except BusyError:
                self._is_unsure = True
                raise
        if self._has_arrived and self.waiting < self._work.queued:
            self._has_arrived, self._is_asking = False, True
            try:
                has_moved = await self._take_up()
            except BaseException:  # a full disk, or the end: `stop` looks again
                self._has_arrived = True
                raise
            finally:
                self._is_asking = False
            self._has_arrived |= has_moved
        await self._window.fill(self.waiting)
        return has_moved

    async def _count(self) -> None:
        counts = partial(queue.counts, forward_id=self.forward.id)
        if await self._work.store.fetch(counts) != (self.waiting, self.failed):
            # In its turn with every change of the queue: each is counted here as soon as it is there.
            self.waiting, self.failed = await self._work.store.write(counts)
            self._window.forget()

    async def _take_up(self) -> bool:
        """Ask the rule about the next captures; false where there were none."""
        store, forward = self._work.store, self.forward
        since_ms = now_ms() - JUDGED_WITHIN_MS
        found = await store.fetch(
            partial(
                queue.scan,
                forward_id=forward.id,
                rule=self.rule,
                pending_since_ms=since_ms,
                is_for_trusted=self._takes_only_trusted,
            )
        )
        has_moved = found.last > forward.watermark
        if has_moved or found.settled:
            await store.write(partial(queue.take, forward_id=forward.id, found=found))
            self.forward = replace(self.forward, watermark=max(found.last, forward.watermark))
            self.waiting += len(found.taken)
        if found.settled:  # it is older than what is in memory
            self._window.forget()
        return has_moved

    def _begin_ready(self) -> None:
        now = now_ms()
        if self._is_stopping or self.again_ms > now:
            return
        # One at a time finds out whether the target is there again.
        room = (1 if self._misses else self._work.at_once) - len(self._window.under_way)
        for queued in list(self._window.ready(now))[: max(room, 0)]:
            name = f"forward capture {queued.capture_id}"
            self._window.begin(queued, self._work.tasks.spawn(self._deliver(queued), name))

    def _pause_s(self) -> float:
        now = now_ms()
        next_ms = self.again_ms if self.again_ms > now else self._window.next_ms(now)
        return LOOK_S if next_ms is None else min(LOOK_S, (next_ms - now) / 1000)

    # ---- one capture

    async def _deliver(self, queued: Queued) -> None:
        capture_id = queued.capture_id
        try:
            await self._send(queued)
        except BusyError as error:  # nothing of it was kept, so nothing of it was sent
            log.info("capture %d waits to be forwarded: %s", capture_id, error)
            self._window.wait(queued, tries=queued.tries, next_ms=now_ms() + int(RETRY_INTERVAL_S * 1000))
        except NotFound:  # it was cleared, and waits in the file for as long as that can be undone
            self._is_unsure = True
        except NotReplayable as error:
            log.info("capture %d is not forwarded: %s", capture_id, error)
            drop = partial(queue.drop, forward_id=self.forward.id, capture_id=capture_id)
            self.waiting -= await retry_while_busy(lambda: self._work.store.write(drop))
        except InspectorError as error:  # its host was withdrawn, or a certificate is no file any more
            self._window.wait(queued, tries=queued.tries, next_ms=0)
            self._work.pause(self.forward.id, str(error))
            self._is_stopping = True
        finally:
            self._window.end(capture_id)
            self.relays.settle(capture_id, None)
            self._wake.set()

    async def _send(self, queued: Queued) -> None:
        store, capture_id = self._work.store, queued.capture_id
        capture, standing = await store.fetch(partial(_read, capture_id=capture_id))
        prepared = self.courier.prepared(capture)
        await store.write(partial(queue.begin, forward_id=self.forward.id, capture_id=capture_id))
        self.loop_detector.began(capture.method, capture.body)

        async def abandoned(attempt: AttemptDetail | None) -> None:
            if attempt is not None:
                status = attempt.row.status or 0
                await self._end(attempt, "delivered" if 200 <= status < 300 else "waiting", 0)
            else:
                await store.write(partial(queue.put_back, forward_id=self.forward.id, capture_id=capture_id))

        try:
            outcome, attempt = await self.courier.send(capture_id, prepared, standing, abandoned)
        finally:
            self.loop_detector.ended(capture.method, capture.body)
        await self._keep(queued, attempt, outcome)

    async def _keep(self, queued: Queued, attempt: AttemptDetail, outcome: Outcome) -> None:
        """Keep an attempt, and what follows from it."""
        tries, misses = queued.tries + 1, self._misses
        if outcome.started_ms >= self.again_ms:  # those that were under way together missed once
            misses += 1
        roll = random.random()  # noqa: S311 - it spreads retries, and keeps no secret
        decision = decide(outcome, tries=tries, misses=misses, policy=self._work.policy, roll=roll)
        is_sender_told = self.relays.settle(queued.capture_id, outcome)
        if is_sender_told and decision.next == "again":
            # Its sender has this answer and delivers again if it cares: both would be one too many.
            decision = replace(decision, next="given-up")
        next_ms = now_ms() + int(decision.wait_s * 1000)
        self._note_target(decision, outcome, misses, next_ms)
        if decision.next == "again":
            row = await retry_while_busy(lambda: self._end(attempt, "waiting", next_ms))
            self._window.wait(queued, tries=tries, next_ms=next_ms)
        elif decision.next == "given-up":
            row = await retry_while_busy(lambda: self._end(attempt, "failed", 0))
            self._report_failure(queued.capture_id, _said(outcome))
        else:
            row = await retry_while_busy(lambda: self._end(attempt, "delivered", 0))
            self.delivered += 1
        self._work.attempted(row)

    async def _end(
        self, attempt: AttemptDetail, state: Literal["delivered", "waiting", "failed"], next_ms: int
    ) -> AttemptRow:
        end = partial(queue.end, forward_id=self.forward.id, attempt=attempt, state=state, next_ms=next_ms)
        ended = await self._work.store.write(end)
        if ended.was_queued and state != "waiting":
            self.waiting -= 1
            self.failed += state == "failed"
        return replace(attempt.row, id=ended.attempt_id)

    def _report_failure(self, capture_id: int, reason: str) -> None:
        """Report the first failure for each reason; `failed` counts the others."""
        if reason not in self._reported and len(self._reported) < _MOST_REPORTED:
            self._reported.add(reason)
            self._work.told(f"Capture {capture_id} was not delivered to {self.target.netloc}: {reason}")

    def _note_target(self, decision: Decision, outcome: Outcome, misses: int, next_ms: int) -> None:
        """Whether the target as a whole takes anything now."""
        if decision.is_away:
            is_new, self._misses = not self._misses, misses
            self.again_ms = max(self.again_ms, next_ms)
            self.trouble = _said(outcome)
            if is_new:
                self._reported.add(self.trouble)
                self._work.told(f"Forwarding to {self.target.netloc} waits: {self.trouble}")
        elif self._misses and outcome.status is not None:
            self._misses, self.again_ms, self.trouble = 0, 0, None
            self._reported.clear()
            self._work.told(f"{self.target.netloc} answers again, and what waited is forwarded.")


def _read(connection: sqlite3.Connection, *, capture_id: int) -> tuple[Capture, Standing]:
    capture = stored.read(connection, capture_id)
    return capture, attempts.standings(connection, [capture_id])[capture_id]


def _said(outcome: Outcome) -> str:
    return outcome.error or f"it answered {outcome.status}."
