"""The timeline: captures by time and counts by verdict, kept up to date.

A selection in it becomes a filter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from inspector.base.clock import now_ms
from inspector.domain import query
from inspector.domain.query import QueryError
from inspector.domain.query.fields import DIAGNOSED_FIELDS
from inspector.domain.query.terms import Span, narrowed, required_terms, span_of, with_span, without_terms
from inspector.domain.query.verdict_chips import chipped
from inspector.domain.statistics.timeline import NONE, VerdictTally
from inspector.gui.captures.listing import Listing
from inspector.gui.filters.query_field import QueryField
from inspector.gui.kit.badges import Badge, paint_glyph
from inspector.gui.kit.buttons import hover_tint, paint_focus
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.layout import grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.timeline.bars import Bars
from inspector.gui.timeline.drawing import Scale
from inspector.session.signature.verification import VerificationProgress
from inspector.session.timelines import Counting

_ARRIVALS_MS = 400
_SLOW_MS = 300
"""Counting that takes longer shows a message."""
_RECOUNT_MS = 2_000
_RECOUNT_PART = 10
"""Recounting everything takes at most one part in `_RECOUNT_PART` of the time."""
_CHANGING_FIELDS = DIAGNOSED_FIELDS | {"is", "note", "status", "survey"}
"""Query fields whose values can change after a capture is stored."""
_MARGIN = 1.25
"""The counted range is larger than the shown one by this factor, so that the bars can follow new captures."""
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
ZOOMS = (None, 28 * _DAY, 7 * _DAY, _DAY, 6 * _HOUR, _HOUR, 15 * _MINUTE, 2 * _MINUTE)
"""The zoom levels: the length of the shown range in ms, or None for everything."""

ENTRIES = (
    (Badge.VALID, "verdict:valid -verdict:rewritten"),
    (Badge.REWRITTEN, "verdict:rewritten"),
    (Badge.INVALID, "verdict:invalid"),
    (Badge.UNSIGNED, "verdict:unsigned"),
    (Badge.UNCHECKED, "verdict:unchecked"),
)
"""The badge of each verdict and the filter for its captures, in the order of the counts."""

_WORD, _GAP = 26, 12
"""The left edge of the word, and the minimum gap between it and the number."""
_USUAL = "00,000"


def is_filtered_by(text: str, term: str) -> bool:
    """Return whether a query requires everything that `term` requires. An invalid query does not."""
    try:
        return _meanings(term) <= _meanings(text)
    except QueryError:
        return False


def toggled(text: str, term: str) -> str:
    """Return a query with the filter of one legend entry, or without it if the query has it.

    It replaces the filter of any other entry. Raises QueryError if the query is invalid.
    """
    if len(chipped(text).verdicts) > 1:
        text = chipped(text).rest
    of_entries = frozenset().union(*(_meanings(one) for _, one in ENTRIES))
    rest = without_terms(text, lambda one: one.meaning in of_entries)
    return rest if is_filtered_by(text, term) else narrowed(rest, term)


def _meanings(text: str) -> frozenset[object]:
    return frozenset(one.meaning for one in required_terms(text))


class LegendEntry(QAbstractButton):
    """A verdict with its number of captures. It is checked if the filter is for this verdict."""

    def __init__(self, theme: Theme, badge: Badge, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._badge = badge
        self._number = 0
        self.setCheckable(True)
        self.setText(badge.word)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)  # as wide as its column
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_number(0)

    def show_number(self, number: int) -> None:
        """Show a number of captures."""
        if number == self._number and self.accessibleName():
            return
        is_longer = len(f"{number:,}") > max(len(f"{self._number:,}"), len(_USUAL))
        self._number = number
        if is_longer:
            self.updateGeometry()
        self.setAccessibleName(f"{self._badge.word}, {number:,}")
        self.setToolTip(f"Show only {self._badge.word.lower()} captures")
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that fits any word next to five digits, so that nothing moves up to that number."""
        px, metrics = self._theme.px, self._theme.metrics(12)
        word = max(metrics.horizontalAdvance(badge.word) for badge, _ in ENTRIES)
        number = max(map(metrics.horizontalAdvance, (_USUAL, f"{self._number:,}")))
        return QSize(max(px(132), px(_WORD) + word + px(_GAP) + number + px(6)), px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked() or self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            ground = self._theme.color("selection") if self.isChecked() else hover_tint(self._theme)
            painter.setBrush(ground)
            painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        paint_glyph(painter, QRectF(px(6), 0, px(14), self.height()), self._badge, self._theme)
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.color("text2"))
        words = QRectF(px(_WORD), 0, self.width() - px(_WORD), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._badge.word)
        painter.setPen(self._theme.color("text"))
        number = QRectF(0, 0, self.width() - px(6), self.height())
        painter.drawText(
            number, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{self._number:,}"
        )
        if self.hasFocus():
            paint_focus(painter, self, self._theme)


class Legend(QWidget):
    """The legend: three entries and two, in two columns."""

    term_clicked = Signal(str)
    """A filter to add, or to remove if the query has it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, theme.px(5), 0, theme.px(5))
        grid.setHorizontalSpacing(theme.px(4))
        grid.setVerticalSpacing(0)
        self.counts: VerdictTally = NONE
        self.entries: list[LegendEntry] = []
        for place, (badge, term) in enumerate(ENTRIES):
            entry = LegendEntry(theme, badge, self)
            entry.clicked.connect(partial(self._clicked, term))
            grid.addWidget(entry, place % 3, place // 3)
            self.entries.append(entry)

    def show_counts(self, counts: VerdictTally) -> None:
        """Show how many captures of each verdict are listed."""
        self.counts = counts
        for entry, number in zip(self.entries, counts, strict=True):
            entry.show_number(number)

    def show_filter(self, text: str) -> None:
        """Check the entry whose filter the query has."""
        for entry, (_, term) in zip(self.entries, ENTRIES, strict=True):
            entry.setChecked(is_filtered_by(text, term))

    def _clicked(self, term: str) -> None:
        self.term_clicked.emit(term)


class TimeStrip(QWidget):
    """The bars and the legend next to them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.bars = Bars(theme, self)
        self.legend = Legend(theme, self)
        row(theme, grow(self.bars), self.legend, spacing=20, margins=(16, 0, 12, 0), on=self)


class StripFeed(QObject):
    """Counting of the listed captures in threads, in sync with the timeline and the filter."""

    def __init__(self, window: Window, listing: Listing, field: QueryField, strip: TimeStrip) -> None:
        super().__init__(window.widget)
        session = window.session
        self._timelines = session.timelines
        self._listing = listing
        self._field = field
        self._strip = strip
        self._runner = window.runner
        self._zoom = 0
        self._since_ms: int | None = None
        self._before_ms: int | None = None
        self._fixed: Scale | None = None
        """The scale of the bars if they do not end at the newest capture."""
        self._end_ms = 0
        """The end of the newest counted bucket."""
        self._counting: Counting | None = None
        """The counts in the bars."""
        self._listed: Counting | None = None
        """The counts in the legend. The same, unless the bars show another time range."""
        self._is_running = False
        self._is_outdated = False
        self._slow = self._timer(_SLOW_MS, self._show_slow)
        self._recounting = self._timer(_RECOUNT_MS, self._recount)
        SignalBatcher(session.captures.captured, self, _ARRIVALS_MS).passed.connect(self._arrived)
        SignalBatcher(session.captures.judged, self, _ARRIVALS_MS).passed.connect(self._verdicts_changed)
        SignalBatcher(session.captures.removed, self).passed.connect(self.start)
        SignalBatcher(session.captures.restored, self).passed.connect(self.start)
        SignalBatcher(session.groups.changed, self, _ARRIVALS_MS).passed.connect(self._verdicts_changed)
        SignalBatcher(session.verification.progressed, self, _ARRIVALS_MS).passed.connect(self._verified)
        listing.requested.connect(self._ask)
        listing.searching.connect(self._searched)
        strip.bars.span_selected.connect(self.filter_span)
        strip.bars.zoomed.connect(self.zoom)
        strip.legend.term_clicked.connect(self._filter_verdict)
        window.action("zoom-in").triggered.connect(self.zoom_in)
        window.action("zoom-out").triggered.connect(self.zoom_out)

    @Slot()
    def start(self) -> None:
        """Count everything again, because other captures are there now."""
        self._timelines.forget()
        self._counting = self._listed = None
        self._ask()

    def stop(self) -> None:
        """Stop counting when the window closes."""
        self._counting = self._listed = None
        self._timelines.forget()

    @Slot()
    def zoom_in(self) -> None:
        """Show less time."""
        self.zoom(1)

    @Slot()
    def zoom_out(self) -> None:
        """Show more time."""
        self.zoom(-1)

    @Slot(int, object)
    def zoom(self, steps: int, at_ms: int | None = None) -> None:
        """Zoom by `steps` around a moment, which keeps its position, or around the newest capture."""
        shown_ms = ZOOMS[self._zoom] or self._strip.bars.shown.span_ms
        zoom = self._zoom
        direction = 1 if steps > 0 else -1
        while steps and 0 <= zoom + direction < len(ZOOMS):
            zoom += direction
            length = ZOOMS[zoom]
            # Skip a level that fits everything visible, because it changes nothing.
            if length is None or direction < 0 or length < shown_ms:
                steps -= direction
        if zoom != self._zoom:
            self._zoom = zoom
            self._look_around(at_ms)
            self._ask()

    # ---- counting

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
        """Count once the list has been searched, because both read the same bodies."""
        if not is_searching and self._counting is not None and not self._is_counted:
            self._update()

    @Slot()
    def _arrived(self) -> None:
        if self._is_counted:
            self._update()

    @Slot()
    def _verdicts_changed(self) -> None:
        if not _CHANGING_FIELDS.isdisjoint(query.field_names(query.parse(self._listing.text))):
            self._recount_soon()
        else:
            self._arrived()  # a large capture is counted once it has a verdict

    @Slot(object)
    def _verified(self, progress: VerificationProgress) -> None:
        if progress.is_done and progress.changed and self._counting is not None:
            self._recounting.stop()
            self._recount()  # at once, together with the list
        elif progress.changed:
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
        """The counts to keep up to date: one, or two if the bars show another range than the list."""
        if self._counting is None or self._listed is None:
            return ()
        return (self._counting,) if self._counting is self._listed else (self._counting, self._listed)

    @property
    def _is_counted(self) -> bool:
        return bool(self._countings) and all(counting.is_whole for counting in self._countings)

    # ---- showing

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
    def _show_slow(self) -> None:
        self._strip.bars.show_counting(True)

    def _look_around(self, at_ms: int | None) -> None:
        """Set the range of the zoom. A moment keeps its position unless that passes the newest capture."""
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

    # ---- filtering

    @Slot(object)
    def filter_span(self, span: Span) -> None:
        """Add a span of time to the filter, in place of another one."""
        self._filter(lambda text: with_span(text, span, query.Clock(now_ms=now_ms())))

    @Slot(str)
    def _filter_verdict(self, term: str) -> None:
        self._filter(lambda text: toggled(text, term))

    def _filter(self, change: Callable[[str], str]) -> None:
        try:
            self._field.setText(change(self._field.text()))
        except QueryError:  # the field marks it
            self._show_filter()

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer
