"""The first of what waits for a forward, in memory, and which of it may be sent now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from inspector.client.retry import LONGEST_RETRY_AFTER_S
from inspector.store.store import Store
from inspector.store.write import forward_queue as queue
from inspector.store.write.forward_queue import Queued, Respondent

SIZE = 256


class Window:
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
