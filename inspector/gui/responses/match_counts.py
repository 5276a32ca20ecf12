"""The number of stored captures per query of a rule, counted in threads while the dialog is open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inspector.domain.query import And, Not, parse
from inspector.domain.query.scope import EVERYTHING
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.session.captures import Captures, MatchCounter

_RECOUNT_MS = 2_000
"""Time between two counts while captures arrive."""


class MatchCounts(QObject):
    """Counts the matches of several queries, one after another. A change of the queries interrupts it."""

    changed = Signal()
    """A number became known, or has changed."""

    def __init__(self, captures: Captures, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._captures = captures
        self._runner = runner
        self._queries: tuple[str, ...] = ()
        self._numbers: dict[str, int] = {}
        self._others: tuple[str, ...] = ()
        """The queries that no capture of `others` matches."""
        self.others: int | None = None
        """The captures that match none of the queries of the rules that are on; None if not known yet."""
        self.total: int | None = None
        self._counting: MatchCounter | None = None
        self._recount = QTimer(self)
        self._recount.setSingleShot(True)
        self._recount.setInterval(_RECOUNT_MS)
        self._recount.timeout.connect(self._count)
        for moment in (captures.captured, captures.judged, captures.removed, captures.restored):
            SignalBatcher(moment, self).passed.connect(self._changed)

    def of(self, query: str) -> int | None:
        """Return how many captures match a query, or None if that is not known yet."""
        return self.total if not query.strip() else self._numbers.get(query)

    def count(self, queries: Sequence[str], on: Sequence[str]) -> None:
        """Count the matches of these queries, and of none of those that are `on`. All of them are valid."""
        wanted, others = tuple(dict.fromkeys(queries)), tuple(dict.fromkeys(on))
        if wanted == self._queries and others == self._others and self.total is not None:
            return
        if others != self._others:
            self.others = None
        self._queries, self._others = wanted, others
        self._numbers = {query: self._numbers[query] for query in wanted if query in self._numbers}
        self._count()

    def stop(self) -> None:
        """Stop counting."""
        self._recount.stop()
        if self._counting is not None:
            self._counting.stop()
            self._counting = None

    @Slot()
    def _changed(self) -> None:
        if not self._recount.isActive():
            self._recount.start()

    @Slot()
    def _count(self) -> None:
        self.stop()
        self._counting = self._captures.counting()
        self._runner.run(self._count_all(self._counting), "count the matches of response rules")

    async def _count_all(self, counting: MatchCounter) -> None:
        loop = asyncio.get_running_loop()
        # Queries that were never counted come first: their number is missing on the screen.
        ordered = sorted(self._queries, key=lambda one: one in self._numbers)
        for query in ("", *ordered):
            found = await counting.count(EVERYTHING, parse(query))
            if found is None:
                return
            loop.call_soon(self._take, counting, query, found[0])
        none = And(parts=tuple(Not(part=parse(query)) for query in self._others))
        found = await counting.count(EVERYTHING, none)
        if found is not None:
            loop.call_soon(self._take, counting, None, found[0])

    def _take(self, counting: MatchCounter, query: str | None, number: int) -> None:
        if counting is not self._counting:
            return
        if query is None:
            self.others = number
        elif query:
            self._numbers[query] = number
        else:
            self.total = number
        self.changed.emit()
