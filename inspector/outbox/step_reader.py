"""The deliveries of a plan with their captures, in the order in which they leave, read a little ahead."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush

from inspector.base.tasks import Tasks
from inspector.client.schedule import Step
from inspector.domain.capture.capture import Capture
from inspector.domain.replay.attempt import Standing
from inspector.outbox.pacing import SLICE_S
from inspector.outbox.plan import Plan
from inspector.store.store import Store
from inspector.store.write import attempts
from inspector.store.write import captures as stored

READ_BYTES = 8 * 1024 * 1024
READ_CAPTURES = 64
"""Captures are read ahead in parts of at most so many, and of about so many bytes."""
_UNKNOWN = Standing("unchecked", False)
"""The standing of a capture that was cleared in the meantime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A step with the capture that it delivers."""

    index: int
    step: Step
    capture: Capture | None
    """Null where it was cleared in the meantime."""
    standing: Standing
    """Of the capture, at the time of the read."""


async def _next(
    parts: AsyncGenerator[Sequence[Departure], None],
) -> Sequence[Departure] | None:
    return await anext(parts, None)


class Departures:
    """Of one run."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._store = store
        self._plan = plan
        self._holds = plan.schedule.has("delayed") and not plan.course.is_paced
        self._held: list[tuple[float, int]] = []
        """Steps that are held back while others go on: until when, and which."""

    async def each(self) -> AsyncGenerator[Sequence[Departure], None]:
        """Each step once, as soon as it is the next to leave; several where several are."""
        parts, tasks = self._parts(), Tasks()
        reading = tasks.spawn(_next(parts), "read the steps", is_awaited=True)
        try:
            while (found := await reading) is not None:
                # The next part is read while this one goes out.
                reading = tasks.spawn(_next(parts), "read the steps", is_awaited=True)
                if not self._holds and not self._held:
                    yield found
                    continue
                for departure in found:
                    while self._held and self._held[0][0] <= time.monotonic():
                        yield (await self._held_one(),)
                    if self._is_to_hold(departure.step):
                        assert departure.step.at_ms is not None
                        until = time.monotonic() + departure.step.at_ms / 1000
                        heappush(self._held, (until, departure.index))
                    else:
                        yield (departure,)
            while self._held:
                left = self._held[0][0] - time.monotonic()
                if left > 0:
                    await asyncio.sleep(min(left, SLICE_S))
                else:
                    yield (await self._held_one(),)
        finally:
            reading.cancel()

    def _is_to_hold(self, step: Step) -> bool:
        return self._holds and step.at_ms is not None

    async def _held_one(self) -> Departure:
        """Read anew: many may be held, and their bodies are large."""
        _, index = heappop(self._held)
        [departure], _ = await self._store.fetch(partial(self._read, start=index, stop=index + 1))
        return departure

    async def _parts(self) -> AsyncGenerator[list[Departure], None]:
        count = len(self._plan.schedule)
        for start in range(0, count, READ_CAPTURES):
            stop = min(start + READ_CAPTURES, count)
            while start < stop:
                found, start = await self._store.fetch(partial(self._read, start=start, stop=stop))
                yield found

    def _read(self, connection: sqlite3.Connection, *, start: int, stop: int) -> tuple[list[Departure], int]:
        """The steps from `start`, and where to read on: large bodies make a part short."""
        ids = self._plan.schedule.captures[start:stop]
        found, left = stored.read_some(connection, ids, READ_BYTES)
        standings = attempts.standings(connection, ids)
        departures = [
            Departure(
                index=index,
                step=self._plan.schedule.step(index),
                capture=capture,
                standing=standings.get(capture_id, _UNKNOWN),
            )
            for index, (capture_id, capture) in enumerate(found, start)
        ]
        return departures, stop - len(left)
