"""A respondent's time line: when each answer was given, and when it arrived; a slant is lateness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from inspector.base.clock import at_time, local_time
from inspector.domain.respondent.respondent_history import HistoryEntry
from inspector.domain.statistics.scores import duration_text
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.theme import Theme

_LEFT, _RIGHT = 96, 40
_ANSWERED, _ARRIVED, _NOTES, _AXIS = 16, 66, 86, 102
_HEIGHT = 116
_RADIUS = 9
_MOST_NUMBERED = 60
"""Of more captures than these only dots are drawn."""
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_FAR = 4
"""Lanes that lie further apart than so many times their length are drawn below each other all the same."""


class ArrivalChart(QWidget):
    """Two lanes; a click on a capture chooses it."""

    capture_selected = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._arrivals: tuple[HistoryEntry, ...] = ()
        self._shift_ms = 0
        """What is added to the time of an answer to draw it; 0 where both lanes have one scale."""
        self._marks: list[tuple[QRectF, HistoryEntry]] = []
        self.setFixedHeight(theme.px(_HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Time line")
        theme.changed.connect(self.update)

    def show_arrivals(self, arrivals: Sequence[HistoryEntry]) -> None:
        """Show the captures of a run, in order of arrival."""
        self._arrivals = tuple(arrivals)
        self._shift_ms = _shift(self._arrivals)
        self.setAccessibleDescription("; ".join(_words(arrival) for arrival in self._arrivals[:20]))
        self.setVisible(bool(arrivals))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(400), self.height())

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._arrivals:
            return
        with QPainter(self) as painter:  # an exception must not leave it open (see strip/bars.py)
            self._draw(painter)

    def _draw(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text2"))
        for word, y in (("Answered", _ANSWERED), ("Arrived", _ARRIVED)):
            painter.drawText(QRectF(0, px(y - 10), px(_LEFT), px(20)), Qt.AlignmentFlag.AlignVCenter, word)
            painter.setPen(QPen(theme.color("outline"), 1))
            painter.drawLine(QPointF(px(_LEFT), px(y)), QPointF(self.width() - px(12), px(y)))
            painter.setPen(theme.color("text2"))
        self._paint_axis(painter)
        is_numbered = len(self._arrivals) <= _MOST_NUMBERED
        places = self._places(is_numbered)
        for arrival, x in zip(self._arrivals, places, strict=True):
            self._paint_slant(painter, arrival, x)
        self._marks = []
        free = 0.0
        for arrival, x in zip(self._arrivals, places, strict=True):
            area = self._paint_mark(painter, arrival, x, is_numbered)
            self._marks.append((area, arrival))
            if arrival.note and is_numbered:
                free = self._paint_note(painter, arrival.note, area.center().x(), free)

    def _span(self) -> tuple[int, int]:
        times = [arrival.received_ms for arrival in self._arrivals]
        times += [a.answered_ms + self._shift_ms for a in self._arrivals if a.answered_ms is not None]
        first, last = min(times), max(times)
        return (first, last) if last - first >= 1000 else (first - 500, first + 500)

    def _x(self, ms: int) -> float:
        first, last = self._span()
        left, right = self._theme.px(_LEFT + 14), self.width() - self._theme.px(_RIGHT)
        return left + (ms - first) / (last - first) * max(right - left, 1)

    def _places(self, is_numbered: bool) -> list[float]:
        """Where each capture stands on its lane: at its time, or beside its neighbour."""
        places = [self._x(arrival.received_ms) for arrival in self._arrivals]
        if not is_numbered:
            return places
        widths = [
            self._theme.px(40 if arrival.event_kind == "completion" else 22) for arrival in self._arrivals
        ]
        for number in range(1, len(places)):
            apart = (widths[number - 1] + widths[number]) / 2
            places[number] = max(places[number], places[number - 1] + apart)
        right = self.width() - self._theme.px(_RIGHT - 10)
        if places:
            places[-1] = min(places[-1], right)
        for number in range(len(places) - 2, -1, -1):
            apart = (widths[number] + widths[number + 1]) / 2
            places[number] = min(places[number], places[number + 1] - apart)
        return places

    def _paint_slant(self, painter: QPainter, arrival: HistoryEntry, x: float) -> None:
        if arrival.answered_ms is None:
            return
        theme, px = self._theme, self._theme.px
        above = QPointF(self._x(arrival.answered_ms + self._shift_ms), px(_ANSWERED))
        is_loud = arrival.note in ("late", "again")
        pen = QPen(theme.color("text2" if is_loud else "outline"), 1)
        if arrival.note == "again":
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(above, QPointF(x, px(_ARRIVED)))
        painter.setPen(QPen(theme.color("text2"), 1.2))
        painter.setBrush(theme.color("text2" if arrival.event_kind == "completion" else "base"))
        side = px(4)
        area = QRectF(above.x() - side, above.y() - side, 2 * side, 2 * side)
        if arrival.event_kind == "completion":
            painter.drawRect(area)
        elif arrival.note != "again":
            painter.drawEllipse(area)

    def _paint_mark(self, painter: QPainter, arrival: HistoryEntry, x: float, is_numbered: bool) -> QRectF:
        theme, px = self._theme, self._theme.px
        y = px(_ARRIVED)
        if not is_numbered:
            side = px(3)
            area = QRectF(x - side, y - side, 2 * side, 2 * side)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("text" if arrival.event_kind == "completion" else "text2"))
            painter.drawEllipse(area)
            return area
        if arrival.event_kind == "completion":
            area = QRectF(x - px(19), y - px(_RADIUS), px(38), px(2 * _RADIUS))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("text"))
            painter.drawRoundedRect(area, 3, 3)
            painter.setPen(theme.color("base"))
            text = "done"
        else:
            area = QRectF(x - px(_RADIUS), y - px(_RADIUS), px(2 * _RADIUS), px(2 * _RADIUS))
            pen = QPen(theme.color("text"), 1.3)
            if arrival.note == "again":
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(theme.color("base"))
            painter.drawEllipse(area)
            painter.setPen(theme.color("text"))
            text = arrival.order
        painter.setFont(theme.font(11, 600))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        return area

    def _paint_note(self, painter: QPainter, note: str, x: float, free: float) -> float:
        """Write below a mark where there is room; gives where the next one may begin."""
        theme, px = self._theme, self._theme.px
        width = theme.metrics(11).horizontalAdvance(note)
        if x - width / 2 < free:
            return free
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("text2"))
        area = QRectF(x - width / 2 - 2, px(_NOTES - 8), width + 4, px(16))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, note)
        return x + width / 2 + px(6)

    def _paint_axis(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        first, last = self._span()
        room = max((self.width() - px(_LEFT + _RIGHT)) // px(96), 1)
        seconds = (last - first) / 1000
        step = next((step for step in _STEPS_S if seconds / step <= room), None)
        step = step or -(-int(seconds / room) // 86_400) * 86_400
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("text3"))
        for tick_ms, text in self._ticks(first, last, step):
            area = QRectF(self._x(tick_ms) - px(40), px(_AXIS - 8), px(80), px(18))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        if self._shift_ms:
            answered = [one.answered_ms for one in self._arrivals if one.answered_ms is not None]
            arrived = [one.received_ms for one in self._arrivals]
            for began_ms, y in ((min(answered), _ANSWERED), (min(arrived), _ARRIVED)):
                moment = local_time(began_ms)
                area = QRectF(0, px(y + 8), px(_LEFT), px(14))
                painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, f"{moment.day} {moment:%b %Y}")
                area.translate(0, px(14))
                painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, f"{moment:%H:%M:%S}")

    def _ticks(self, first: int, last: int, step: int) -> Iterator[tuple[int, str]]:
        """Yield the moments on the axis, `step` seconds apart, with their texts: clock times, or the time
        since the beginning if each lane has a beginning of its own."""
        if self._shift_ms:
            began = min(arrival.received_ms for arrival in self._arrivals)
            yield began, "0 s"
            for number in range(1, (last - began) // (step * 1000) + 1):
                yield began + number * step * 1000, f"+{duration_text(number * step)}"
            return
        offset = int(local_time(first).utcoffset().total_seconds())  # type: ignore[union-attr]
        tick = -(-(first // 1000 + offset) // step) * step - offset
        while tick * 1000 <= last:
            moment = local_time(tick * 1000)
            yield tick * 1000, f"{moment.day} {moment:%b}" if step >= 86_400 else f"{moment:%H:%M:%S}"
            tick += step

    # ---- the pointer

    def _at(self, point: QPointF) -> HistoryEntry | None:
        return next((arrival for area, arrival in self._marks if area.contains(point)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        is_over = self._at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        arrival = self._at(event.position())
        if arrival is not None and event.button() == Qt.MouseButton.LeftButton:
            self.capture_selected.emit(arrival.capture_id)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            arrival = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), plain_tip(_words(arrival)) if arrival else "", self)
            return True
        return super().event(event)


def _shift(arrivals: Sequence[HistoryEntry]) -> int:
    """How far the lane of answers is moved so that both can be seen; not at all where they are close."""
    answered = [arrival.answered_ms for arrival in arrivals if arrival.answered_ms is not None]
    if not answered:
        return 0
    received = [arrival.received_ms for arrival in arrivals]
    length = max(max(answered) - min(answered), max(received) - min(received), 30_000)
    apart = max(*answered, *received) - min(*answered, *received)
    return min(received) - min(answered) if apart > _FAR * length else 0


def _words(arrival: HistoryEntry) -> str:
    what = "The completion" if arrival.event_kind == "completion" else f"Answer {arrival.order}"
    said = f"{what} arrived {at_time(arrival.received_ms)}"
    if arrival.answered_ms is not None:
        said += f", answered {at_time(arrival.answered_ms)}"
    return f"{said}, {arrival.note}" if arrival.note else said
