"""Alerts about new captures, or about their absence: the saved filters with a bell."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence

from inspector.base.clock import now_ms
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks
from inspector.domain.capture.rows import CaptureRow
from inspector.domain.query.alert import Alert, of_captures, of_silence
from inspector.domain.query.saved_filter import SavedFilter
from inspector.domain.query.scope import EVERYTHING
from inspector.session.captures import Captures
from inspector.session.filters import Filters

BETWEEN_S = 60.0
"""Minimum time between two alerts of a rule. Further matches in this time are not reported."""
WAIT_S = 0.25
"""How long captures are collected before they are checked."""
_AT_ONCE = 100
"""Number of captures that are checked at a time. Their rows are built in less than 1 ms."""
_REST = 3
"""How many times as long as a check the next one waits in a flood, when senders wait for their responses."""
_RECENT = 1_000
"""Number of captures that can still match later: large ones are evaluated later, and grouping adds marks."""
_OWN_KINDS = ("sample", "imported")


class Alerts:
    """The alerts of one run. Nothing is checked before `start`. The terminal needs no alerts."""

    def __init__(self, captures: Captures, filters: Filters, tasks: Tasks) -> None:
        self.raised: Signal[Alert] = Signal("alerts.raised")
        self._captures = captures
        self._filters = filters
        self._tasks = tasks
        self._rules: tuple[SavedFilter, ...] = ()
        self._told_at: dict[SavedFilter, float] = {}
        """When each rule last alerted."""
        self._told: set[tuple[SavedFilter, int]] = set()
        self._recent: deque[int] = deque(maxlen=_RECENT)
        self._unevaluated: set[int] = set()
        """Recent captures that were pending at their last check."""
        self._marks: dict[int, set[str]] = {}
        """The findings across captures that recent captures have had so far."""
        self._waiting: dict[int, bool] = {}
        """Ids that wait to be checked, and whether they are new."""
        self._is_looking = False
        self._last_ms: int | None = None
        self._last_at = 0.0
        self._silent: set[SavedFilter] = set()
        """Rules that have alerted about the current silence."""
        self._silences: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start checking. Silence is measured from now on."""
        self._last_at = asyncio.get_running_loop().time()
        self._captures.captured.connect(self._captured)
        self._captures.judged.connect(self._judged)
        self._filters.changed.connect(self._changed)
        self._take_rules()

    def stop(self) -> None:
        """Stop checking."""
        self._captures.captured.disconnect(self._captured)
        self._captures.judged.disconnect(self._judged)
        self._filters.changed.disconnect(self._changed)
        self._watch_silence(())

    @property
    def is_idle(self) -> bool:
        """Whether no capture waits to be checked."""
        return not (self._waiting or self._is_looking)

    def silences(self, rule: SavedFilter) -> int:
        """Return how often a silence has been noticed in this run."""
        return self._silences[rule.name]

    def _changed(self, _: None) -> None:
        self._take_rules()

    def _take_rules(self) -> None:
        self._rules = tuple(one for one in self._filters.all() if one.is_alerting)
        self._silent.intersection_update(self._rules)
        self._watch_silence(self._rules)

    # ---- arrivals

    def _captured(self, ids: Sequence[int]) -> None:
        if not self._rules:  # a rule is about captures that arrive after it; their rows are not read before
            self._last_at, self._last_ms = asyncio.get_running_loop().time(), now_ms()
            return
        self._recent.extend(ids)
        self._wait_for(ids, is_new=True)

    def _judged(self, ids: Sequence[int]) -> None:
        """Queue recent captures, which may have been evaluated for the first time."""
        recent = set(self._recent)
        self._wait_for([one for one in ids if one in recent], is_new=False)

    def _wait_for(self, ids: Sequence[int], *, is_new: bool) -> None:
        for one in ids:
            self._waiting[one] = is_new or self._waiting.get(one, False)
        if self._waiting and not self._is_looking:
            self._is_looking = True
            self._tasks.spawn(self._look(), "look for alerts")

    async def _look(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(WAIT_S)
                waiting, self._waiting = self._waiting, {}
                ids = sorted(waiting)
                for start in range(0, len(ids), _AT_ONCE):
                    began = time.monotonic()
                    await self._look_at(ids[start : start + _AT_ONCE], waiting)
                    await asyncio.sleep(_REST * (time.monotonic() - began))
        finally:
            self._is_looking = False

    async def _look_at(self, ids: Sequence[int], is_new: dict[int, bool]) -> None:
        rows = {one: row for one, row in self._captures.rows(ids).items() if row.kind not in _OWN_KINDS}
        if any(is_new[one] for one in rows):
            self._heard()
        evaluated = {one for one in rows if is_new[one] or one in self._unevaluated}
        # Findings across captures follow shortly after the capture, a diagnosis at any time.
        news = {one: row for one, row in rows.items() if one in evaluated or self._has_new_marks(row)}
        for rule in self._rules:
            await self._match(rule, news)
        self._note(rows)

    def _has_new_marks(self, row: CaptureRow) -> bool:
        return not self._marks.get(row.id, set()).issuperset(row.marks)

    def _note(self, rows: dict[int, CaptureRow]) -> None:
        recent = set(self._recent)
        for one, row in rows.items():
            self._marks.setdefault(one, set()).update(row.marks)
            if row.verdict.reason == "pending":
                self._unevaluated.add(one)
            else:
                self._unevaluated.discard(one)
        self._unevaluated &= recent
        if len(self._marks) > 2 * _RECENT:
            self._marks = {one: marks for one, marks in self._marks.items() if one in recent}

    async def _match(self, rule: SavedFilter, rows: dict[int, CaptureRow]) -> None:
        if not rule.query or not self._is_due(rule):
            return
        ids = [one for one in rows if (rule, one) not in self._told]
        found = sorted(await self._captures.matching_in_thread(ids, EVERYTHING, rule.query)) if ids else []
        if found and self._may_tell(rule):
            recent = set(self._recent)
            self._told = {(by, one) for by, one in self._told if one in recent}
            self._told.update((rule, one) for one in found)
            self.raised.emit(of_captures(rule, [rows[one] for one in found]))

    def _is_due(self, rule: SavedFilter) -> bool:
        told_at = self._told_at.get(rule)
        return told_at is None or asyncio.get_running_loop().time() - told_at >= BETWEEN_S

    def _may_tell(self, rule: SavedFilter) -> bool:
        if not self._is_due(rule):
            return False
        self._told_at[rule] = asyncio.get_running_loop().time()
        return True

    # ---- silence

    def _heard(self) -> None:
        self._last_at, self._last_ms = asyncio.get_running_loop().time(), now_ms()
        if self._silent:
            self._silent.clear()
            self._watch_silence(self._rules)

    def _watch_silence(self, rules: Sequence[SavedFilter]) -> None:
        """Set one timer for the next rule that is due. When it fires, it checks the latest arrival."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waits = [rule.silence_s for rule in rules if rule.silence_s and rule not in self._silent]
        if waits:
            loop = asyncio.get_running_loop()
            left = max(self._last_at + min(waits) - loop.time(), 0.05)
            self._timer = loop.call_later(left, self._listen_for_silence)

    def _listen_for_silence(self) -> None:
        self._timer = None
        silence_s = asyncio.get_running_loop().time() - self._last_at
        for rule in self._rules:
            if rule.silence_s and rule not in self._silent and silence_s >= rule.silence_s:
                self._silent.add(rule)
                self._silences[rule.name] += 1
                self.raised.emit(of_silence(rule, self._last_ms))
        self._watch_silence(self._rules)
