"""Captures over time, by verdict: counted once in a thread, then only new ones."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import TypeAlias

from inspector.base.clock import offset_ms, offsets
from inspector.domain import query
from inspector.domain.query.scope import Scope
from inspector.domain.query.terms import without_span
from inspector.domain.statistics.timeline import EVEN_MS, Timeline, VerdictTally, moment_of, step_for
from inspector.store.query import timeline as stored
from inspector.store.query.selection import Condition, joined, where
from inspector.store.store import Store

_Question: TypeAlias = tuple[Scope, str, int | None, int | None]

KEPT = 6
"""Maximum number of stored counts, so that going back to one is instant."""
FINE = 1_500
"""Maximum number of buckets for the whole time with captures. The displayed buckets are sums of these."""
LEAST = 90
"""If the captures of a filter fill fewer buckets, they are counted again in finer ones."""
FIRST_SLICE = 20_000
SLICE_S = 0.05
"""Target duration of a slice, so that an obsolete count stops soon."""


class Timelines:
    """The counts of one file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[_Question, Counting] = OrderedDict()

    def of(
        self, scope: Scope, text: str, since_ms: int | None = None, before_ms: int | None = None
    ) -> Counting:
        """Return the count of the captures that scope and query select, ignoring time spans in the query.

        With `since_ms` or `before_ms`, only captures received from then on or before it are counted. Raises
        QueryError.
        """
        return self._counting((scope, without_span(text), since_ms, before_ms))

    def listed(self, scope: Scope, text: str) -> Counting:
        """Return the count of exactly the captures that scope and query select, as a list shows them.

        Raises QueryError.
        """
        return self._counting((scope, text.strip(), None, None))

    def _counting(self, key: _Question) -> Counting:
        """Return the count for a key, which may exist already."""
        counting = self._kept.pop(key, None) or Counting(self._store, *key)
        self._kept[key] = counting
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)[1].stop()
        return counting

    def forget(self) -> None:
        """Count everything again at the next request, because stored captures changed."""
        for counting in self._kept.values():
            counting.stop()
        self._kept.clear()


class Counting:
    """One count. `update` brings it up to date with the file."""

    def __init__(
        self, store: Store, scope: Scope, text: str, since_ms: int | None, before_ms: int | None
    ) -> None:
        self.timeline = Timeline()
        """The current counts."""
        self.is_whole = False
        """Whether everything that existed at the last `update` is counted."""
        self.seconds = 0.0
        """How long it took to count everything, in seconds."""
        self._store = store
        self._scope = scope
        self._node = query.parse(text)
        self._since_ms, self._before_ms = since_ms, before_ms
        self._counted = 0
        self._held: frozenset[int] = frozenset()
        """Counted captures without a verdict yet."""
        self._is_stopped = False
        self._lock = asyncio.Lock()

    def recount(self) -> None:
        """Count everything at the next `update`, because other captures may match."""
        self.is_whole = False

    def stop(self) -> None:
        """Stop counting permanently."""
        self._is_stopped = True

    async def update(self) -> None:
        """Count new captures, or everything the first time."""
        async with self._lock:
            if self._is_stopped:
                return
            if self.is_whole:
                await self._add_new()
            else:
                started = time.monotonic()
                await self._count_all()
                self.seconds = time.monotonic() - started

    async def _add_new(self) -> None:
        high, held = await self._store.fetch(stored.newest)
        timeline = self.timeline
        if evaluated := sorted(self._held - held):
            count = partial(
                stored.count_some,
                chosen=self._chosen(),
                ids=evaluated,
                step_ms=timeline.step_ms,
                offsets=await self._offsets(timeline),
            )
            timeline = timeline.with_more(_by_start(timeline, await self._store.fetch(count)))
        if high > self._counted:
            more = await self._between(self._counted + 1, high, held, timeline)
            if more is None:
                return
            timeline = timeline.with_more(more)
        self.timeline, self._counted, self._held = timeline.within(2 * FINE), high, held

    async def _count_all(self) -> None:
        extent = await self._store.fetch(stored.extent)
        high, held = await self._store.fetch(stored.newest)
        if extent is None:
            self._counted, self._held, self.is_whole = high, held, True
            return
        first, last = extent
        if self._since_ms is not None:
            first = min(max(first, self._since_ms), last)
        if self._before_ms is not None:
            last = max(min(last, self._before_ms), first)
        ahead_ms = offset_ms(last)
        timeline = Timeline(step_ms=step_for(last - first, FINE), offset_ms=ahead_ms)
        low = await self._store.fetch(stored.oldest)
        while True:
            found = await self._between(low, high, held, timeline)
            if found is None:
                return
            timeline = timeline.with_more(found)
            finer = step_for(timeline.span_ms, FINE)
            if not 0 < len(timeline.buckets) < LEAST or finer >= timeline.step_ms:
                break
            timeline = Timeline(step_ms=finer, offset_ms=ahead_ms)
        self.timeline, self._counted, self._held, self.is_whole = timeline, high, held, True

    async def _between(
        self, low: int, high: int, held: frozenset[int], timeline: Timeline
    ) -> Mapping[int, VerdictTally] | None:
        """Return the counts of the ids from `low` to `high`, read in slices, or None if it was stopped."""
        total = Timeline(step_ms=timeline.step_ms, offset_ms=timeline.offset_ms)
        chosen, ahead = self._chosen(), await self._offsets(timeline)
        size = FIRST_SLICE
        while high >= low:
            if self._is_stopped:
                return None
            started = time.monotonic()
            start = max(low, high - size + 1)
            count = partial(
                stored.count,
                chosen=chosen,
                low=start,
                high=high,
                without=[one for one in held if start <= one <= high],
                step_ms=timeline.step_ms,
                offsets=ahead,
            )
            total = total.with_more(_by_start(timeline, await self._store.fetch(count)))
            high = start - 1
            size = max(1_000, int(size * min(4, SLICE_S / max(time.monotonic() - started, 0.001))))
        return total.buckets

    async def _offsets(self, timeline: Timeline) -> tuple[tuple[int, int], ...]:
        """Return the clock offsets of the buckets for all captures."""
        extent = await self._store.fetch(stored.extent) if timeline.step_ms > EVEN_MS else None
        return ((0, timeline.offset_ms),) if extent is None else offsets(*extent)

    def _chosen(self) -> Condition:
        chosen = [where(self._scope, self._node)]
        if self._before_ms is not None:
            chosen.insert(0, Condition(text="c.received_ms < ?", values=(self._before_ms,)))
        if self._since_ms is not None:
            chosen.insert(0, Condition(text="c.received_ms >= ?", values=(self._since_ms,)))
        return joined("AND", chosen)


def _by_start(timeline: Timeline, counted: Mapping[int, VerdictTally]) -> dict[int, VerdictTally]:
    """Return the counts by the start of each bucket instead of by local time."""
    return {moment_of(at, timeline.step_ms, timeline.offset_ms): counts for at, counts in counted.items()}
