"""Live counts of the saved filters: counted once, then kept up to date by looking at new captures only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.domain import query
from inspector.domain.query.alert import Alert
from inspector.domain.query.saved_filter import SavedFilter
from inspector.domain.query.scope import EVERYTHING
from inspector.session.alerts import Alerts
from inspector.session.captures import Captures, MatchCounter
from inspector.session.filters import Filters

REFRESH_S = 0.25
"""Minimum time between two refreshes, if a refresh takes less than a quarter of it."""
RECOUNT_S = 2.0
"""Minimum time between two counts of all captures, if a count takes less than a tenth of it."""
LONGEST_S = 2.0
"""Maximum time between two refreshes while captures arrive."""
RELATIVE_S = 30.0
"""After this time, a filter such as `since:15m` is counted again, because its captures get older."""
RECENT = 2_000
"""Number of latest captures that are counted at each refresh: their verdicts and findings come later."""


@dataclass(slots=True)
class _Counted:
    """The count of one filter: captures up to `base_id`, which stay as they are, and later ones."""

    query: str
    base: int = 0
    base_id: int = 0
    recent: int = 0
    is_known: bool = False
    is_relative: bool = False
    at: float = 0.0
    """When all captures were counted."""


class FilterCounts:
    """The number of captures per saved filter. Nothing is counted before `start`."""

    def __init__(self, captures: Captures, filters: Filters, alerts: Alerts, tasks: Tasks) -> None:
        self.changed: Signal[None] = Signal("filter_counts.changed")
        self._captures = captures
        self._filters = filters
        self._alerts = alerts
        self._tasks = tasks
        self._counted: dict[str, _Counted] = {}
        """By query: filters with the same query share their count."""
        self._counting: MatchCounter | None = None
        self._wanted = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._recount_at = 0.0
        """When all captures may be counted again."""
        self._is_stale = False
        """Whether old captures changed, so that all must be counted again."""

    def of(self, one: SavedFilter) -> int | None:
        """Return how many captures match a filter, or None if that is not known yet."""
        found = self._counted.get(one.query)
        return found.base + found.recent if found is not None and found.is_known else None

    def all(self) -> list[tuple[SavedFilter, int | None]]:
        """Return the saved filters in order, each with its count. For a silence, that is how often it was
        noticed in this run."""
        return [
            (one, self._alerts.silences(one) if one.silence_s else self.of(one))
            for one in self._filters.all()
        ]

    def start(self) -> None:
        """Count, and follow changes until the tasks of the session are cancelled."""
        if self._counting is not None:
            return
        self._counting = self._captures.counting()
        captures = self._captures
        captures.captured.connect(self._arrived)
        captures.judged.connect(self._judged)
        captures.removed.connect(self._changed_all)
        captures.restored.connect(self._changed_all)
        self._filters.changed.connect(self._filters_changed)
        self._alerts.raised.connect(self._alerted)
        self._wanted.set()
        self._tasks.spawn(self._follow(self._counting), "count the matches of saved filters")

    def stop(self) -> None:
        """Stop counting. Call it on the loop."""
        if self._counting is not None:
            self._counting.stop()
            self._wanted.set()
        if self._timer is not None:
            self._timer.cancel()

    def _arrived(self, _: Sequence[int]) -> None:
        self._wanted.set()

    def _judged(self, ids: Sequence[int]) -> None:
        oldest = min((one.base_id for one in self._counted.values()), default=0)
        if any(one <= oldest for one in ids):
            self._is_stale = True
        self._wanted.set()

    def _changed_all(self, _: None) -> None:
        self._is_stale = True
        self._wanted.set()

    def _alerted(self, alert: Alert) -> None:
        if alert.capture_id is None:  # a silence
            self.changed.emit(None)

    def _filters_changed(self, _: None) -> None:
        self._wanted.set()

    def _look_at_clock(self) -> None:
        self._timer = None
        self._wanted.set()

    async def _follow(self, counting: MatchCounter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            begun = loop.time()
            self._take_filters()
            before = self.all()
            if self._is_stale and begun >= self._recount_at:
                self._is_stale = False
                for one in self._counted.values():
                    one.at = 0.0
            # One filter is counted from the beginning at a time, so that the others stay up to date.
            due = next((one for one in self._counted.values() if self._is_due(one, begun)), None)
            for one in list(self._counted.values()):
                if one is not due and one.is_known and not await self._count_recent(counting, one):
                    return
            seconds = loop.time() - begun
            if due is not None:
                if not await self._count_all(counting, due):
                    return
                due.at = loop.time()
                self._recount_at = due.at + max(RECOUNT_S, 10 * (due.at - begun - seconds))
            if self._is_stale or any(self._is_due(one, begun) for one in self._counted.values()):
                self._wanted.set()
            if self._timer is None and any(one.is_relative for one in self._counted.values()):
                self._timer = loop.call_later(RELATIVE_S, self._look_at_clock)
            if self.all() != before:
                self.changed.emit(None)
            await asyncio.sleep(min(max(REFRESH_S, 4 * seconds), LONGEST_S))

    def _is_due(self, one: _Counted, now: float) -> bool:
        """Return whether all captures must be counted for a filter."""
        return not one.at or (one.is_relative and now - one.at >= RELATIVE_S)

    def _take_filters(self) -> None:
        wanted = _queries(self._filters.all())
        self._counted = {
            text: self._counted.get(text) or _Counted(query=text, is_relative=_is_relative(text))
            for text in wanted
        }

    async def _count_all(self, counting: MatchCounter, one: _Counted) -> bool:
        """Count all captures. Return False if the counts were stopped."""
        node = query.parse(one.query)
        found = await counting.count(EVERYTHING, node)
        if found is None:
            return False
        total, newest = found
        base_id = max(newest - RECENT, 0)
        recent = await counting.count(EVERYTHING, node, above=base_id)
        if recent is None:
            return False
        # Captures that arrived between the two counts are in the second one only.
        before = await counting.count(EVERYTHING, node, above=base_id, upto=newest)
        if before is None:
            return False
        one.base, one.base_id, one.recent, one.is_known = total - before[0], base_id, recent[0], True
        return True

    async def _count_recent(self, counting: MatchCounter, one: _Counted) -> bool:
        """Count the latest captures. Return False if the counts were stopped."""
        node = query.parse(one.query)
        found = await counting.count(EVERYTHING, node, above=one.base_id)
        if found is None:
            return False
        one.recent, newest = found
        if newest - one.base_id > 2 * RECENT:
            base_id = newest - RECENT
            settled = await counting.count(EVERYTHING, node, above=one.base_id, upto=base_id)
            if settled is None:
                return False
            one.base += settled[0]
            one.recent -= settled[0]
            one.base_id = base_id
        return True


def _queries(every: Iterable[SavedFilter]) -> list[str]:
    return list(dict.fromkeys(one.query for one in every if one.query))


def _is_relative(text: str) -> bool:
    return not {"since", "before"}.isdisjoint(query.field_names(query.parse(text)))
