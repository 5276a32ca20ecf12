"""The bars of the timeline, in which a time span is selected by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from inspector.domain.query.terms import Span
from inspector.domain.signature.verdict import COUNTED
from inspector.domain.statistics.timeline import NONE, SHOWN_MS, Timeline, VerdictTally
from inspector.gui.kit.buttons import paint_focus
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.theme import Theme
from inspector.gui.timeline.drawing import Scale, StripPainter, moment_text, scale_around, scale_until

_PITCH, _WIDEST = 7, 13
_NOTCH = 120
"""The angle of one step of a mouse wheel, in eighths of a degree."""
_GRIP = 5
"""In design px; how close to an edge of the span the pointer can grab it."""


class Bars(QWidget):
    """A timeline in which whole buckets are selected."""

    span_selected = Signal(object)
    """The selected span, or an open one if the selection was cancelled."""
    zoomed = Signal(int, object)
    """The number of steps to zoom in (out if negative), and the moment in ms to zoom around, or None."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._painter = StripPainter(theme)
        self._counted: Timeline | None = None
        """The latest counts; None until there are any."""
        self._length_ms: int | None = None
        self._fixed: Scale | None = None
        self._shown = Timeline()
        self._scale: Scale | None = None
        self._span = Span()
        self._cursor: int | None = None
        """The bucket at the keyboard cursor or the pointer."""
        self._anchor: int | None = None
        """The bucket where the selection in progress begins."""
        self._is_dragging = False
        self._is_counting = False
        self._turned = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(71))
        self.setMinimumWidth(theme.px(120))
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Captures over time")
        theme.changed.connect(self.update)

    @property
    def shown(self) -> Timeline:
        """The visible captures."""
        return self._shown

    @property
    def message(self) -> str:
        """The text over the bars. If no captures match at all, the list below has the message."""
        if self._is_counting:
            return "Counting…"
        is_zoomed = self._length_ms is not None or self._fixed is not None
        if is_zoomed and self._counted is not None and not self._counted.buckets:
            return "No captures here. Zoom out to see more."
        return ""

    @property
    def scale(self) -> Scale | None:
        """The scale of the axis; None until something is counted."""
        return self._scale

    @property
    def span(self) -> Span:
        """The marked span."""
        return self._span

    def show_timeline(
        self, timeline: Timeline, length_ms: int | None = None, scale: Scale | None = None
    ) -> None:
        """Draw a timeline: all of it, the last `length_ms` of it, or the range of `scale`.

        Without a scale, the axis ends at the newest capture.
        """
        self._counted, self._length_ms, self._fixed = timeline, length_ms, scale
        self._fit()

    def scale_around(self, length_ms: int, moment_ms: int) -> Scale | None:
        """Return a scale that shows `length_ms` and keeps the x position of a moment."""
        if self._scale is None or self._counted is None:
            return None
        step_ms = Timeline().within(self._most(), SHOWN_MS, length_ms).step_ms
        return scale_around(
            *(moment_ms, self._scale.x_of(moment_ms), step_ms, self._counted.offset_ms),
            *(self.width(), self._pitch(length_ms // step_ms, widest=self.width())),
        )

    def show_counting(self, is_counting: bool) -> None:
        """Show that the current query is being counted and the bars belong to the previous one."""
        self._is_counting = is_counting
        self.update()

    def show_span(self, span: Span) -> None:
        """Mark a span. An open one removes the mark."""
        if span != self._span and not self._is_dragging:
            self._span = span
            self._cursor = self._anchor = None
            self._changed()

    # ---- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closes the painter even after an exception. Otherwise the process ends, because event() is in
        # Python.
        with QPainter(self) as painter:
            if self._scale is not None:
                span = self._selection() if self._anchor is not None else self._span
                self._painter.paint(painter, self._shown, self._scale, span, self._cursor)
            if self.message:
                self._painter.paint_message(painter, self.rect(), self.message)
            if self.hasFocus() and self._cursor is None:
                paint_focus(painter, self, self._theme)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._scale is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._cursor, self._is_dragging = self._scale.bucket_at(event.position().x()), True
        edges = self._edges()
        grabbed = self._edge_at(event.position())
        # A grabbed edge moves, and the other one stays.
        self._anchor = self._cursor if edges is None or grabbed is None else edges[1 - grabbed]
        self._changed()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._scale is None:
            return
        if self._is_dragging:
            self._cursor = self._scale.bucket_at(event.position().x())
            self._changed()
            return
        is_edge = self._edge_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.SplitHCursor if is_edge else Qt.CursorShape.CrossCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._is_dragging or event.button() != Qt.MouseButton.LeftButton:
            return
        self._is_dragging = False
        is_click = self._cursor == self._anchor
        span, self._cursor, self._anchor = self._selection(), None, None
        # A click cancels a selection. If there is none, it selects its bucket, if that has captures.
        if is_click and (self._span != Span() or (span.since_ms or 0) not in self._shown.buckets):
            span = Span()
        self._select(span)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turned += event.angleDelta().y()
        steps = int(self._turned / _NOTCH)
        if steps:
            self._turned -= steps * _NOTCH
            self.zoomed.emit(steps, self._scale and self._scale.moment_at(event.position().x()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, is_shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: -1}
        extent = self._captured_buckets()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoomed.emit(-1 if key == Qt.Key.Key_Minus else 1, self._moment_of_cursor())
            return
        if extent is None:
            super().keyPressEvent(event)
            return
        first, last = extent
        if key in moves or key in ends:
            before = last if self._cursor is None else self._cursor
            if key in ends:
                after = first if key == Qt.Key.Key_Home else last
            else:
                after = before if self._cursor is None else min(max(before + moves[Qt.Key(key)], first), last)
            self._anchor = (before if self._anchor is None else self._anchor) if is_shift else None
            self._cursor = after
            self._changed()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cursor is not None:
            self._select(self._selection())
        elif key == Qt.Key.Key_Escape and (self._cursor is not None or self._span != Span()):
            self._cursor = self._anchor = None
            self._select(Span())
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self._is_dragging:
            self._cursor = self._anchor = None
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            if self._scale is None:
                return True
            number = self._scale.bucket_at(event.pos().x())
            QToolTip.showText(event.globalPos(), plain_tip(self._words(number, number)), self)
            return True
        return super().event(event)

    # ---- selection

    def _select(self, span: Span) -> None:
        self._span = span
        self._changed()
        self.span_selected.emit(span)

    def _between(self) -> tuple[int, int] | None:
        """Return the first and last bucket between cursor and anchor."""
        if self._cursor is None:
            return None
        anchor = self._cursor if self._anchor is None else self._anchor
        return min(self._cursor, anchor), max(self._cursor, anchor)

    def _selection(self) -> Span:
        """Return the span of the buckets between cursor and anchor."""
        between = self._between()
        if self._scale is None or between is None:
            return Span()
        return Span(since_ms=self._scale.start_of(between[0]), before_ms=self._scale.start_of(between[1] + 1))

    def _edges(self) -> tuple[int, int] | None:
        """Return the first and last visible bucket of the marked span."""
        if self._scale is None or self._span == Span():
            return None
        first = self._scale.bucket_at(self._scale.x_of(self._span.since_ms or self._scale.first_ms) + 0.5)
        last = self._scale.bucket_at(self._scale.x_of(self._span.before_ms or self._scale.end_ms) - 0.5)
        return first, last

    def _edge_at(self, place: QPointF) -> int | None:
        """Return which edge of the marked span is at a point: 0 for its beginning, 1 for its end."""
        edges = self._edges()
        if self._scale is None or edges is None:
            return None
        for number, bucket in enumerate((edges[0], edges[1] + 1)):
            if abs(place.x() - self._scale.x_of(self._scale.start_of(bucket))) <= self._theme.px(_GRIP):
                return number
        return None

    def _captured_buckets(self) -> tuple[int, int] | None:
        """Return the first and last visible bucket with captures."""
        scale = self._scale
        if scale is None:
            return None
        first, last = self._shown.first_ms, self._shown.last_ms
        if first is None or last is None:
            return None
        return scale.bucket_at(scale.x_of(first) + 1), scale.bucket_at(scale.x_of(last) + 1)

    def _moment_of_cursor(self) -> int | None:
        """Return the middle of the bucket at the keyboard cursor."""
        if self._scale is None or self._cursor is None:
            return None
        return (self._scale.start_of(self._cursor) + self._scale.start_of(self._cursor + 1)) // 2

    # ---- showing

    def _changed(self) -> None:
        self._describe()
        self.update()

    def _fit(self) -> None:
        if self._counted is None:
            return
        if self._fixed is not None:
            count = self._fixed.count
            self._scale = replace(self._fixed, pitch=min(self._fixed.pitch, self.width() / count))
            self._shown = self._counted.coarser(self._scale.step_ms)
        else:
            self._shown = self._counted.within(self._most(), SHOWN_MS, self._length_ms)
            span_ms, widest = self._length_ms, self.width()
            if span_ms is None:
                span_ms, widest = self._shown.span_ms, self._theme.px(_WIDEST)
            pitch = self._pitch(span_ms // self._shown.step_ms, widest=widest)
            last = self._shown.last_ms
            self._scale = None if last is None else scale_until(self._shown, last, self.width(), pitch)
        if self._scale is not None:
            self._shown = self._shown.since(self._scale.first_ms)
        self._changed()

    def _most(self) -> int:
        """Return the maximum number of bars."""
        return max(self.width() // self._theme.px(_PITCH), 2)

    def _pitch(self, count: int, *, widest: int) -> int:
        """Return the width of a bar with its gap, in whole pixels so that all bars are equally wide."""
        return min(max(self.width() // max(count, 1), self._theme.px(_PITCH)), widest)

    def _describe(self) -> None:
        """Describe the selection in progress for screen readers, or all captures if there is none."""
        extent, between = self._captured_buckets(), self._between()
        if extent is None:
            self.setAccessibleDescription("No captures match.")
        elif between is not None:
            self.setAccessibleDescription(self._words(*between))
        else:
            self.setAccessibleDescription(
                f"{self._words(*extent)}. Arrow keys move, Shift extends, Enter selects, Escape cancels,"
                " plus and minus zoom."
            )

    def _words(self, low: int, high: int) -> str:
        """Return what the buckets contain: `11:49:30 to 11:50, 12 valid, 3 invalid`."""
        assert self._scale is not None
        step = self._shown.step_ms
        starts = [self._scale.start_of(number) for number in range(low, high + 2)]
        start, end = starts[0], starts[-1]
        counts = [self._shown.buckets.get(one, NONE) for one in starts[:-1]]
        return f"{moment_text(start, step)} to {moment_text(end, step)}, {_counts_text(counts)}"


def _counts_text(counts: Sequence[VerdictTally]) -> str:
    sums = [sum(one[place] for one in counts) for place in range(len(COUNTED))]
    parts = [f"{number:,} {word}" for word, number in zip(COUNTED, sums, strict=True) if number]
    return ", ".join(parts) or "no captures"
