"""The first waiting deliveries of a forward's queue, and which of them may be sent now."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from inspector.client.retry import LONGEST_RETRY_AFTER_S
from inspector.store.store import Store
from inspector.store.write import forwards
from inspector.store.write.forwards import Queued, Respondent

BUFFER_SIZE = 256


class ForwardBuffer:
    """The first waiting deliveries, in order of arrival, and those in flight."""

    def __init__(self, store: Store, forward_id: int) -> None:
        self.in_flight: dict[int, Queued] = {}
        self._store = store
        self._forward_id = forward_id
        self._waiting: dict[int, Queued] = {}
        self._is_stale = False

    def forget(self) -> None:
        """Read the waiting deliveries again because they were changed in the file."""
        self._is_stale = True

    async def fill(self, waiting: int) -> None:
        """Read more if few are in memory. `waiting` counts all that wait or are in flight."""
        known = len(self._waiting) + len(self.in_flight)
        if not self._is_stale and (len(self._waiting) >= BUFFER_SIZE // 2 or waiting <= known):
            return
        if self._is_stale:
            self._is_stale = False
            self._waiting.clear()
        look = partial(forwards.waiting, forward_id=self._forward_id, limit=BUFFER_SIZE + len(self.in_flight))
        for queued in await self._store.fetch(look):
            if queued.capture_id not in self.in_flight:
                self._waiting.setdefault(queued.capture_id, queued)

    def ready(self, now: int) -> Iterator[Queued]:
        """Yield the deliveries that may be sent now, in order, at most one per respondent at a time."""
        taken: set[Respondent | None] = {queued.respondent for queued in self.in_flight.values()}
        for capture_id in sorted(self._waiting):
            queued = self._waiting[capture_id]
            if queued.respondent is not None:
                if queued.respondent in taken:
                    continue
                taken.add(queued.respondent)
            if _is_due(queued, now):
                yield queued

    def next_ms(self, now: int) -> int | None:
        """Return when the first deferred delivery is due, or None."""
        later = [one.next_ms for one in self._waiting.values() if not _is_due(one, now)]
        return min(later, default=None)

    def begin(self, queued: Queued) -> None:
        """Mark a delivery as in flight."""
        self._waiting.pop(queued.capture_id, None)
        self.in_flight[queued.capture_id] = queued

    def end(self, capture_id: int) -> Queued:
        """Mark a delivery as no longer in flight."""
        return self.in_flight.pop(capture_id)

    def retry(self, queued: Queued) -> None:
        """Queue a delivery again."""
        self._waiting[queued.capture_id] = queued


def _is_due(queued: Queued, now: int) -> bool:
    # A time beyond the longest possible wait was written before the clock was set back.
    return queued.next_ms <= now or queued.next_ms > now + LONGEST_RETRY_AFTER_S * 1000
