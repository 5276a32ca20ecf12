"""Keeps the time strip in step with the list and the file; what is chosen on it becomes a filter."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QLineEdit

from inspector.base.clock import now_ms
from inspector.domain import query
from inspector.domain.query import QueryError
from inspector.domain.query.terms import Span, span_of, with_span
from inspector.gui.captures.listing import Listing
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.timeline.drawing import Scale
from inspector.gui.timeline.strip import TimeStrip, toggled
from inspector.session.session import Session
from inspector.session.timelines import Counting
from inspector.session.verification import VerificationProgress

_ARRIVALS_MS = 400
_SLOW_MS = 300
"""What takes longer says so."""
_RECOUNT_MS = 2_000
_RECOUNT_PART = 10
"""Counting everything again takes at most such a part of the time."""
_LEARNT = frozenset(("finding", "is", "note", "status", "survey"))
"""Fields whose answers change after a capture has come."""
_MARGIN = 1.25
"""Somewhat more is counted than is shown, so that the window can follow new captures for a while."""
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
ZOOMS = (None, 28 * _DAY, 7 * _DAY, _DAY, 6 * _HOUR, _HOUR, 15 * _MINUTE, 2 * _MINUTE)
"""How much time is shown; None for all of it."""


class StripFeed(QObject):
    """VerdictTally in threads, shows what it found outside of every task."""

    def __init__(
        self,
        session: Session,
        listing: Listing,
        field: QLineEdit,
        strip: TimeStrip,
        runner: Runner,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._timelines = session.timelines
        self._listing = listing
        self._field = field
        self._strip = strip
        self._runner = runner
        self._zoom = 0
        self._since_ms: int | None = None
        self._before_ms: int | None = None
        self._fixed: Scale | None = None
        """Where the bars look while that does not end at the newest capture."""
        self._end_ms = 0
        """The end of the newest bucket that was counted."""
        self._counting: Counting | None = None
        """What the bars show."""
        self._listed: Counting | None = None
        """What the legend shows; the same unless a span or a zoom makes a difference."""
        self._is_running = False
        self._is_outdated = False
        self._slow = self._timer(_SLOW_MS, self._say_slow)
        self._recounting = self._timer(_RECOUNT_MS, self._recount)
        SignalBatcher(session.captures.captured, self, _ARRIVALS_MS).passed.connect(self._arrived)
        SignalBatcher(session.captures.judged, self, _ARRIVALS_MS).passed.connect(self._looked_different)
        SignalBatcher(session.captures.removed, self).passed.connect(self.start)
        SignalBatcher(session.captures.restored, self).passed.connect(self.start)
        SignalBatcher(session.groups.changed, self, _ARRIVALS_MS).passed.connect(self._looked_different)
        SignalBatcher(session.verification.progressed, self, _ARRIVALS_MS).passed.connect(self._verified)
        listing.requested.connect(self._ask)
        listing.searching.connect(self._searched)
        strip.bars.span_selected.connect(self._choose)
        strip.bars.zoomed.connect(self.zoom)
        strip.legend.term_clicked.connect(self._toggle)

    @Slot()
    def start(self) -> None:
        """Count everything anew: what there is is another now."""
        self._timelines.forget()
        self._counting = self._listed = None
        self._ask()

    def stop(self) -> None:
        """Count and show nothing any more: the window ends."""
        self._counting = self._listed = None
        self._timelines.forget()

    @Slot()
    def zoom_in(self) -> None:
        """Show less of the time."""
        self.zoom(1)

    @Slot()
    def zoom_out(self) -> None:
        """Show more of it."""
        self.zoom(-1)

    @Slot(int, object)
    def zoom(self, steps: int, at_ms: int | None = None) -> None:
        """Show less time around a moment, which keeps its place, or more; by default the newest captures."""
        shown_ms = ZOOMS[self._zoom] or self._strip.bars.shown.span_ms
        zoom = self._zoom
        while 0 <= zoom + (1 if steps > 0 else -1) < len(ZOOMS) and steps:
            zoom += 1 if steps > 0 else -1
            length = ZOOMS[zoom]
            # A level that shows all of what is in sight changes nothing.
            if length is None or steps < 0 or length < shown_ms:
                steps -= 1 if steps > 0 else -1
        if zoom != self._zoom:
            self._zoom = zoom
            self._look_around(at_ms)
            self._ask()

    # ---- what is asked

    @Slot()
    def _ask(self) -> None:
        scope, text = self._listing.scope, self._listing.text
        self._counting = self._timelines.of(scope, text, self._since_ms, self._before_ms)
        self._listed = self._timelines.listed(scope, text)
        self._show_filter()
        if self._counting.is_whole:
            self._show(self._counting)
        else:
            self._slow.start()
        if self._is_counted or self._listing.is_everything or not self._listing.is_searching:
            self._update()

    @Slot(bool)
    def _searched(self, is_searching: bool) -> None:
        """The list comes first: both look through the same bodies."""
        if not is_searching and self._counting is not None and not self._is_counted:
            self._update()

    @Slot()
    def _arrived(self) -> None:
        if self._is_counted:
            self._update()

    @Slot()
    def _looked_different(self) -> None:
        if not _LEARNT.isdisjoint(query.field_names(query.parse(self._listing.text))):
            self._recount_soon()
        else:
            self._arrived()  # what was held back until it was judged

    @Slot(object)
    def _verified(self, progress: VerificationProgress) -> None:
        if progress.changed:
            self._recount_soon()

    def _recount_soon(self) -> None:
        if not self._recounting.isActive() and self._counting is not None:
            taken_ms = sum(counting.seconds for counting in self._countings) * 1000
            self._recounting.start(max(_RECOUNT_MS, round(taken_ms * _RECOUNT_PART)))

    @Slot()
    def _recount(self) -> None:
        for counting in self._countings:
            counting.recount()
        self._update()

    def _update(self) -> None:
        self._is_outdated = True
        if not self._is_running and self._counting is not None:
            self._is_running = True
            self._runner.run(self._count(), "count captures by time")

    async def _count(self) -> None:
        try:
            while self._is_outdated and self._counting is not None:
                self._is_outdated = False
                for counting in self._countings:
                    await counting.update()
                    # No slot may run inside a task (see signal_batcher.py).
                    asyncio.get_running_loop().call_soon(self._show, counting)
        finally:
            self._is_running = False

    @property
    def _countings(self) -> tuple[Counting, ...]:
        """The counts of what is shown: one, or two if the bars show another span than the list."""
        if self._counting is None or self._listed is None:
            return ()
        return (self._counting,) if self._counting is self._listed else (self._counting, self._listed)

    @property
    def _is_counted(self) -> bool:
        return bool(self._countings) and all(counting.is_whole for counting in self._countings)

    # ---- what is shown

    def _show(self, counting: Counting) -> None:
        if not counting.is_whole:
            return
        if counting is self._listed:
            self._strip.legend.show_counts(counting.timeline.total)
        if counting is not self._counting:
            return
        self._slow.stop()
        bars, timeline = self._strip.bars, counting.timeline
        bars.show_counting(False)
        length = ZOOMS[self._zoom]
        if self._fixed is None and timeline.last_ms is not None:
            self._end_ms = timeline.last_ms + timeline.step_ms
        bars.show_timeline(timeline, length, self._fixed)
        self._show_filter()
        if length is not None and self._fixed is None and timeline.span_ms > length * _MARGIN**2:
            self._look_at_newest(length)
            self._ask()

    def _show_filter(self) -> None:
        text = self._listing.text
        self._strip.bars.show_span(span_of(text, query.Clock(now_ms=now_ms())))
        self._strip.legend.show_filter(text)

    @Slot()
    def _say_slow(self) -> None:
        self._strip.bars.show_counting(True)

    def _look_around(self, at_ms: int | None) -> None:
        """Show as much as the zoom says; a moment keeps its place unless the newest capture limits that."""
        length = ZOOMS[self._zoom]
        self._fixed = self._since_ms = self._before_ms = None
        if length is None:
            return
        scale = None if at_ms is None else self._strip.bars.scale_around(length, at_ms)
        if scale is not None and scale.end_ms < self._end_ms:
            self._fixed, self._since_ms, self._before_ms = scale, scale.first_ms, scale.end_ms
        else:
            self._look_at_newest(length)

    def _look_at_newest(self, length_ms: int) -> None:
        self._since_ms = (self._end_ms - round(length_ms * _MARGIN)) // 1000 * 1000

    # ---- what is chosen

    @Slot(object)
    def _choose(self, span: Span) -> None:
        try:
            text = with_span(self._field.text(), span, query.Clock(now_ms=now_ms()))
        except QueryError:  # it is marked in the field
            self._show_filter()
            return
        self._field.setText(text)

    @Slot(str)
    def _toggle(self, term: str) -> None:
        try:
            self._field.setText(toggled(self._field.text(), term))
        except QueryError:  # it is marked in the field
            self._show_filter()

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer
