"""The number of stored captures that each rule matches, counted in threads while the dialog is open."""

from __future__ import annotations

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
        self.rest: int | None = None
        """Captures that match no rule that is on; None if not known yet."""
        self.total: int | None = None
        self._request = 0
        self._is_counting = self._is_stopped = False
        self._recount = QTimer(self)
        self._recount.setSingleShot(True)
        self._took_ms = 0
        self._recount.timeout.connect(self._count)
        for moment in (captures.captured, captures.judged, captures.removed, captures.restored):
            SignalBatcher(moment, self).passed.connect(self._changed)

    def of(self, rule: ResponseRule) -> int | None:
        """Return how many captures match the query of a rule, or None if that is not known yet."""
        return self._numbers.get(_key(rule))

    def count(self, rules: Sequence[ResponseRule]) -> None:
        """Count the matches of these rules, which are valid."""
        before, self._rules = self._rules, tuple(rules)
        is_other = list(map(_shown, before)) != list(map(_shown, rules))
        if is_other or self.total is None:
            self._count()

    def stop(self) -> None:
        """Start no more counts."""
        self._is_stopped = True
        self._recount.stop()

    @Slot()
    def _changed(self) -> None:
        if not self._recount.isActive() and not self._is_stopped:
            self._recount.start(max(_RECOUNT_MS, _SHARE * self._took_ms))

    @Slot()
    def _count(self) -> None:
        self._request += 1
        if not self._is_counting and not self._is_stopped:
            self._is_counting = True
            self._runner.run(self._count_all(), "count the matches of response rules")

    async def _count_all(self) -> None:
        """Count until every number is that of the latest request. Only one count runs at a time."""
        try:
            done, began = 0, time.monotonic()
            while done != self._request and not self._is_stopped:
                done = self._request
                await self._count_once(done)
            self._took_ms = int((time.monotonic() - began) * 1000)
        finally:
            self._is_counting = False

    async def _count_once(self, request: int) -> None:
        wanted = {_key(rule): rule for rule in self._rules}
        self._numbers = {key: number for key, number in self._numbers.items() if key in wanted}
        self.total = await self._responses.count(ResponseRule())
        for key in sorted(wanted, key=lambda one: one in self._numbers):
            if request != self._request:
                return
            self._numbers[key] = await self._responses.count(wanted[key])
            self._announce()
        self.rest = await self._responses.count_rest(self._rules)  # the edited one may not be saved yet
        self._announce()

    def _announce(self) -> None:
        if not self._is_stopped:
            QTimer.singleShot(0, self, self.changed.emit)


def _key(rule: ResponseRule) -> tuple[bool, str]:
    """Return what the number depends on: a relay takes valid captures only."""
    return rule.respond.kind == "relay", rule.query


def _shown(rule: ResponseRule) -> tuple[bool, str, bool]:
    """Return what the numbers of all rules depend on: that of the rest also on which rules are on."""
    return *_key(rule), rule.is_on
