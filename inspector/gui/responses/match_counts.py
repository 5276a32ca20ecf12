"""The number of stored captures that each rule matches, counted in threads while the dialog is open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.domain.response.rule import ResponseRule
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.session.captures import Captures
from inspector.session.responses import Responses

_RECOUNT_MS, _SHARE = 2_000, 10
"""Minimum time between two counts while captures arrive, and the same as a multiple of what a count takes."""


class MatchCounts(QObject):
    """Counts the matches of one rule after another. Those without a number come first."""

    changed = Signal()
    """A number became known, or has changed."""

    def __init__(self, responses: Responses, captures: Captures, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._responses = responses
        self._runner = runner
        self._rules: tuple[ResponseRule, ...] = ()
        self._numbers: dict[tuple[bool, str], int] = {}
        self._current: set[tuple[bool, str]] = set()
        """The numbers that were counted since the captures changed."""
        self.rest: int | None = None
        """Captures that match no rule that is on; None if not known yet."""
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._recount = QTimer(self)
        self._recount.setSingleShot(True)
        self._took_ms = 0
        self._recount.timeout.connect(self._count_again)
        for moment in (captures.captured, captures.judged, captures.removed, captures.restored):
            SignalBatcher(moment, self).passed.connect(self._changed)

    @property
    def total(self) -> int | None:
        """The number of captures, or None if it is not known yet."""
        return self.of(ResponseRule())

    def of(self, rule: ResponseRule) -> int | None:
        """Return how many captures match the query of a rule, or None if that is not known yet."""
        return self._numbers.get(_key(rule))

    def count(self, rules: Sequence[ResponseRule]) -> None:
        """Count the matches of these rules, which are valid. This interrupts the count for other rules."""
        before, self._rules = self._rules, tuple(rules)
        is_other = list(map(_shown, before)) != list(map(_shown, rules))
        has_failed = self.total is None and (self._task is None or self._task.done())
        if is_other or has_failed:
            self._begin()

    def stop(self) -> None:
        """Interrupt the count, and start no more."""
        self._is_stopped = True
        self._recount.stop()
        self._interrupt()

    @Slot()
    def _changed(self) -> None:
        if not self._recount.isActive() and not self._is_stopped:
            self._recount.start(max(_RECOUNT_MS, _SHARE * self._took_ms))

    @Slot()
    def _count_again(self) -> None:
        """Count everything, because the captures changed. A running count finishes first."""
        if self._task is not None and not self._task.done():
            self._recount.start()
            return
        self._current.clear()
        self._begin()

    def _begin(self) -> None:
        self._interrupt()
        if not self._is_stopped:
            self._task = self._runner.run(self._count(), "count the matches of response rules")

    def _interrupt(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _count(self) -> None:
        """Count every number that is not current, then the rest."""
        rules, began, is_whole = self._rules, time.monotonic(), not self._current
        wanted = {_key(rule): rule for rule in (ResponseRule(), *rules)}
        self._numbers = {key: number for key, number in self._numbers.items() if key in wanted}
        self._current &= wanted.keys()
        for key in sorted(wanted, key=lambda one: one in self._numbers):
            if key in self._current:
                continue
            self._numbers[key] = await self._responses.count(wanted[key])
            self._current.add(key)
            self._announce()
        self.rest = await self._responses.count_rest(rules)  # the edited one may not be saved yet
        self._announce()
        if is_whole:
            self._took_ms = int((time.monotonic() - began) * 1000)

    def _announce(self) -> None:
        if not self._is_stopped:
            QTimer.singleShot(0, self, self.changed.emit)


def _key(rule: ResponseRule) -> tuple[bool, str]:
    """Return what the number depends on: a relay takes valid captures only."""
    return rule.respond.kind == "relay", rule.query


def _shown(rule: ResponseRule) -> tuple[bool, str, bool]:
    """Return what the numbers of all rules depend on: that of the rest also on which rules are on."""
    return *_key(rule), rule.is_on
