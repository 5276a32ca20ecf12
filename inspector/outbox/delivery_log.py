"""The writer of delivery states: claims before a delivery leaves, then outcomes with attempts, in batches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from inspector.base.errors import BusyError
from inspector.base.tasks import RETRY_INTERVAL_S, Tasks
from inspector.domain.capture.rows import AttemptDetail
from inspector.outbox.delivery import Delivery, Kept
from inspector.store.store import Store
from inspector.store.write import attempts, deliveries, plans
from inspector.store.write.deliveries import Advance, DeliveryState, Queue
from inspector.store.write.plans import PlanState

log = logging.getLogger(__name__)

MAX_UNSTORED = 256
MAX_UNSTORED_BYTES = 16 * 1024 * 1024
"""Maximum number of attempts, and of their bytes, in memory only. Above it, sending pauses."""
GATHER_S = 0.05
"""Minimum time between commits, unless a claim is waiting: at full speed, claims take the outcomes along.

For each commit the writing thread must win the interpreter lock from a busy loop several times.
"""


class _Entry(NamedTuple):
    """The result of one delivery."""

    delivery: Delivery
    change: Advance | None
    attempt: AttemptDetail | None


class DeliveryLog:
    """The changes of one queue, committed in the order in which they are added."""

    def __init__(
        self, store: Store, queue: Queue, kept: Callable[[Sequence[Kept]], None], *, is_patient: bool = False
    ) -> None:
        """`kept` is called after each commit. With `is_patient`, writes are retried while the file is
        busy."""
        self._store = store
        self._queue = queue
        self._kept = kept
        self._is_patient = is_patient
        self._entries: list[_Entry] = []
        self._claims: list[Advance] = []
        self._state: PlanState | None = None
        self._bytes = 0
        self._waiting: list[asyncio.Future[None]] = []
        """Callers of `settle` that wait for the next commit to begin."""
        self._is_finishing = False
        self._has_more = asyncio.Event()
        self._is_urgent = asyncio.Event()
        self._has_room = asyncio.Event()
        self._task = Tasks().spawn(self._work(), "store deliveries", is_awaited=True)

    @property
    def is_full(self) -> bool:
        """Whether the limit of unstored attempts is reached."""
        return len(self._entries) >= MAX_UNSTORED or self._bytes >= MAX_UNSTORED_BYTES

    def add(self, delivery: Delivery, change: Advance | None, attempt: AttemptDetail | None = None) -> None:
        """Queue the result of a delivery for the next commit. Without a change, the delivery is removed."""
        self._entries.append(_Entry(delivery, change, attempt))
        if attempt is not None:
            self._bytes += _size(attempt)
        self._has_more.set()

    async def room(self) -> None:
        """Wait until there is capacity for more. Raises BusyError if the file cannot be written."""
        while self.is_full and not self._task.done():
            self._has_room.clear()
            self._is_urgent.set()
            await self._has_room.wait()
        self._check()

    async def claim(self, claimed: Iterable[Delivery]) -> None:
        """Wait until these deliveries are committed as started. Raises BusyError."""
        self._claims += [delivery.advance(DeliveryState.STARTED) for delivery in claimed]
        await self.settle()

    async def put_state(self, state: PlanState) -> None:
        """Wait until the state of the plan and everything added before it are committed. Raises BusyError."""
        self._state = state
        await self.settle()

    async def settle(self) -> None:
        """Return once everything is committed that was added. Raises BusyError."""
        self._check()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._is_urgent.set()
        self._has_more.set()
        await done

    async def finish(self, state: PlanState | None = None) -> None:
        """Commit everything, and queue claimed deliveries that did not leave again. Raises BusyError.

        `state` is the final state of the plan, which then has no owner.
        """
        self._is_finishing = True
        self._is_urgent.set()
        self._has_more.set()
        with contextlib.suppress(BusyError):  # retried below
            await self._task
        self._claims.clear()
        await self._commit(state, is_last=True)

    # ---- internal

    def _check(self) -> None:
        if self._task.done():
            self._task.result()

    async def _work(self) -> None:
        try:
            while not self._is_finishing or self._entries:
                await self._has_more.wait()
                self._has_more.clear()
                self._is_urgent.clear()
                waiting, self._waiting = self._waiting, []
                try:
                    await self._commit(self._state)
                except BusyError:
                    self._waiting = waiting + self._waiting
                    raise
                for done in waiting:
                    if not done.done():
                        done.set_result(None)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GATHER_S):
                        await self._is_urgent.wait()
        except BusyError as error:
            for done in self._waiting:
                if not done.done():
                    done.set_exception(error)
            raise
        finally:
            self._has_room.set()

    async def _commit(self, state: PlanState | None, *, is_last: bool = False) -> None:
        entries, claims = tuple(self._entries), tuple(self._claims)
        job = partial(
            _store,
            queue=self._queue,
            entries=entries,
            claims=claims,
            state=state,
            owner=None if is_last else self._store.undo_lock.name,
            is_last=is_last,
        )
        while True:
            try:
                ids, present = await self._store.write(job)
                break
            except BusyError as error:
                if not self._is_patient:
                    raise
                log.info("cannot store deliveries yet: %s", error)
                await asyncio.sleep(RETRY_INTERVAL_S)
        del self._entries[: len(entries)]
        del self._claims[: len(claims)]
        if self._state is state:
            self._state = None
        self._bytes -= sum(_size(entry.attempt) for entry in entries if entry.attempt is not None)
        self._has_room.set()
        if entries:
            attempt_ids = iter(ids)
            self._kept(
                [
                    Kept(
                        entry.delivery,
                        entry.change,
                        None if entry.attempt is None else entry.attempt.row.with_id(next(attempt_ids)),
                        entry.delivery.position in present,
                    )
                    for entry in entries
                ]
            )


def _store(
    connection: sqlite3.Connection,
    *,
    queue: Queue,
    entries: Sequence[_Entry],
    claims: Sequence[Advance],
    state: PlanState | None,
    owner: str | None,
    is_last: bool,
) -> tuple[list[int], set[int]]:
    """Store attempts and changes in one transaction.

    Return the ids of the attempts, and the positions of the deliveries that were still queued.
    """
    group = [entry.attempt for entry in entries if entry.attempt is not None]
    ids = attempts.insert(connection, group) if group else []
    attempt_ids = iter(ids)
    changes: dict[int, Advance] = {}
    removed: list[int] = []
    for entry in entries:
        attempt_id = None if entry.attempt is None else next(attempt_ids)
        if entry.change is None:
            removed.append(entry.delivery.position)
        else:
            changes[entry.delivery.position] = entry.change._replace(attempt_id=attempt_id)
    # a retry is claimed after the outcome of the attempt before it
    changes |= {claim.position: claim for claim in claims}
    present = deliveries.advance(connection, queue, tuple(changes.values()))
    present |= deliveries.remove(connection, queue, removed)
    if is_last:
        deliveries.release(connection, queue)
    if state is not None:
        plans.put_state(connection, queue.plan_id, state, owner)
    return ids, present


def _size(attempt: AttemptDetail) -> int:
    """Return the number of bytes that are in memory only for this attempt."""
    return len(attempt.response_body) + len(attempt.sent_body or b"") + len(attempt.sent_head)
