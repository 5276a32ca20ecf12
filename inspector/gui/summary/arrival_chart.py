"""A respondent's answers by time given, above their arrivals. Slanted lines are late answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from inspector.base.clock import at_time, local_time
from inspector.base.quantity import duration_text
from inspector.domain.respondent.respondent_history import HistoryEntry
from inspector.gui.kit.labels import plain_tip
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page import draw_text

_LEFT, _RIGHT = 96, 40
_ANSWERED, _ARRIVED, _NOTES, _AXIS = 16, 66, 86, 102
"""Design px from the top to the middle of the two lanes, the notes and the axis."""
_HEIGHT = 116
_RADIUS = 9
_MAX_NUMBERED = 60
"""Above this number of captures, only dots are drawn."""
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_MAX_APART = 4
"""If the lanes are further apart than this many times their length, both start at the same position."""
_MIN_LENGTH_MS = 30_000
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class ArrivalScale:
    """The time range that the lanes show."""

    first_ms: int
    last_ms: int
    shift_ms: int = 0
    """Milliseconds added to the time of an answer to draw it. 0 if both lanes show the same time range."""
    answered_ms: int = 0
    """The first answer, and the first arrival: the start of each lane if they show different times."""
    received_ms: int = 0

    def ticks(self, step_s: int) -> Iterator[tuple[int, str]]:
        """Yield the moments on the axis every `step_s` seconds, with their texts.

        A text is the time of day, or the time since the first capture if the lanes show different times.
        """
        if self.shift_ms:
            yield self.received_ms, "0 s"
            for number in range(1, (self.last_ms - self.received_ms) // (step_s * 1000) + 1):
                yield self.received_ms + number * step_s * 1000, f"+{duration_text(number * step_s * 1000)}"
            return
        offset = int(local_time(self.first_ms).utcoffset().total_seconds())  # type: ignore[union-attr]
        tick = -(-(self.first_ms // 1000 + offset) // step_s) * step_s - offset
        while tick * 1000 <= self.last_ms:
            moment = local_time(tick * 1000)
            yield tick * 1000, f"{moment.day} {moment:%b}" if step_s >= 86_400 else f"{moment:%H:%M:%S}"
            tick += step_s


def arrival_scale(arrivals: Sequence[HistoryEntry]) -> ArrivalScale:
    """Return a scale that fits all answers and arrivals, at least one second long."""
    received = [one.received_ms for one in arrivals]
    answered = [one.answered_ms for one in arrivals if one.answered_ms is not None] or received
    length = max(max(answered) - min(answered), max(received) - min(received), _MIN_LENGTH_MS)
    apart = max(*answered, *received) - min(*answered, *received)
    shift = min(received) - min(answered) if apart > _MAX_APART * length else 0
    first = min(min(received), min(answered) + shift)
    last = max(max(received), max(answered) + shift)
    if last - first < 1000:
        first, last = first - 500, first + 500
    return ArrivalScale(first, last, shift, min(answered), min(received))


class ArrivalChart(QWidget):
    """Two lanes for the captures of one run. A click on a capture selects it."""

    capture_selected = Signal(object)
    """The id of a capture."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._arrivals: tuple[HistoryEntry, ...] = ()
        self._scale = ArrivalScale(0, 1000)
        self._marks: list[tuple[QRectF, HistoryEntry]] = []
        self.setFixedHeight(theme.px(_HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Timeline")
        theme.changed.connect(self.update)

    @property
    def marks(self) -> list[tuple[QRectF, HistoryEntry]]:
        """The captures with the areas where they were drawn."""
        return self._marks

    def show_arrivals(self, arrivals: Sequence[HistoryEntry]) -> None:
        """Show the captures of a run, in order of arrival."""
        self._arrivals = tuple(arrivals)
        if self._arrivals:
            self._scale = arrival_scale(self._arrivals)
        self.setAccessibleDescription("; ".join(_words(arrival) for arrival in self._arrivals[:20]))
        self.setVisible(bool(arrivals))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(400), self.height())

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._arrivals:
            with QPainter(self) as painter:  # closes it even after an exception (see timeline/bars.py)
                self._draw(painter)

    def _draw(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for word, y in (("Answered", _ANSWERED), ("Arrived", _ARRIVED)):
            draw_text(
                painter,
                self._theme,
                QRectF(0, px(y - 10), px(_LEFT), px(20)),
                word,
                "text2",
                px=12,
                alignment=_MIDDLE,
            )
            painter.setPen(QPen(theme.color("outline"), 1))
            painter.drawLine(QPointF(px(_LEFT), px(y)), QPointF(self.width() - px(12), px(y)))
        self._draw_axis(painter)
        is_numbered = len(self._arrivals) <= _MAX_NUMBERED
        pairs = list(zip(self._arrivals, self._places(is_numbered), strict=True))
        for arrival, x in pairs:
            self._draw_answer(painter, arrival, x)
        self._marks = [(self._draw_arrival(painter, one, x, is_numbered), one) for one, x in pairs]
        free = 0.0
        for area, arrival in self._marks:
            if arrival.note and is_numbered:
                free = self._draw_note(painter, arrival.note, area.center().x(), free)

    def _x(self, ms: int) -> float:
        scale = self._scale
        left, right = self._theme.px(_LEFT + 14), self.width() - self._theme.px(_RIGHT)
        return left + (ms - scale.first_ms) / (scale.last_ms - scale.first_ms) * max(right - left, 1)

    def _places(self, is_numbered: bool) -> list[float]:
        """Return the x position of each capture: at its time, or moved next to its neighbour."""
        places = [self._x(arrival.received_ms) for arrival in self._arrivals]
        if not is_numbered:
            return places
        widths = [self._theme.px(40 if _is_completion(arrival) else 22) for arrival in self._arrivals]
        apart = [(one + other) / 2 for one, other in pairwise(widths)]
        for number, width in enumerate(apart):
            places[number + 1] = max(places[number + 1], places[number] + width)
        places[-1] = min(places[-1], self.width() - self._theme.px(_RIGHT - 10))
        for number in reversed(range(len(apart))):
            places[number] = min(places[number], places[number + 1] - apart[number])
        return places

    def _draw_answer(self, painter: QPainter, arrival: HistoryEntry, x: float) -> None:
        """Draw when a capture was answered, and the line to its arrival at `x`."""
        if arrival.answered_ms is None:
            return
        theme, px = self._theme, self._theme.px
        answered = QPointF(self._x(arrival.answered_ms + self._scale.shift_ms), px(_ANSWERED))
        tone = "text2" if arrival.note in ("late", "again") else "outline"
        painter.setPen(_pen(theme.color(tone), 1, is_dashed=arrival.note == "again"))
        painter.drawLine(answered, QPointF(x, px(_ARRIVED)))
        painter.setPen(QPen(theme.color("text2"), 1.2))
        painter.setBrush(theme.color("text2" if _is_completion(arrival) else "base"))
        if _is_completion(arrival):
            painter.drawRect(_around(answered, px(4)))
        elif arrival.note != "again":
            painter.drawEllipse(_around(answered, px(4)))

    def _draw_arrival(self, painter: QPainter, arrival: HistoryEntry, x: float, is_numbered: bool) -> QRectF:
        """Draw the mark of an arrival, and return its area."""
        theme, px = self._theme, self._theme.px
        place, is_completion = QPointF(x, px(_ARRIVED)), _is_completion(arrival)
        area = _around(place, px(_RADIUS) if is_numbered else px(3))
        if not is_numbered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("text" if is_completion else "text2"))
            painter.drawEllipse(area)
        elif is_completion:
            area = QRectF(x - px(19), area.top(), px(38), px(2 * _RADIUS))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("text"))
            painter.drawRoundedRect(area, 3, 3)
            draw_text(painter, self._theme, area, "done", "base", weight=600)
        else:
            painter.setPen(_pen(theme.color("text"), 1.3, is_dashed=arrival.note == "again"))
            painter.setBrush(theme.color("base"))
            painter.drawEllipse(area)
            draw_text(painter, self._theme, area, arrival.order, "text", weight=600)
        return area

    def _draw_note(self, painter: QPainter, note: str, x: float, free: float) -> float:
        """Draw a note below a mark if it fits to the right of `free`. Return where the next one may begin."""
        px = self._theme.px
        width = self._theme.metrics(11).horizontalAdvance(note)
        if x - width / 2 < free:
            return free
        area = QRectF(x - width / 2 - 2, px(_NOTES - 8), width + 4, px(16))
        draw_text(painter, self._theme, area, note, "text2")
        return x + width / 2 + px(6)

    def _draw_axis(self, painter: QPainter) -> None:
        px, scale = self._theme.px, self._scale
        room = max((self.width() - px(_LEFT + _RIGHT)) // px(96), 1)
        seconds = (scale.last_ms - scale.first_ms) / 1000
        step = next((step for step in _STEPS_S if seconds / step <= room), None)
        step = step or -(-int(seconds / room) // 86_400) * 86_400
        for tick_ms, text in scale.ticks(step):
            area = QRectF(self._x(tick_ms) - px(40), px(_AXIS - 8), px(80), px(18))
            draw_text(painter, self._theme, area, text, "text3")
        if scale.shift_ms:
            for began_ms, y in ((scale.answered_ms, _ANSWERED), (scale.received_ms, _ARRIVED)):
                moment = local_time(began_ms)
                area = QRectF(0, px(y + 8), px(_LEFT), px(14))
                for text in (f"{moment.day} {moment:%b %Y}", f"{moment:%H:%M:%S}"):
                    draw_text(painter, self._theme, area, text, "text3", alignment=_MIDDLE)
                    area.translate(0, px(14))

    # ---- mouse

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


def _is_completion(arrival: HistoryEntry) -> bool:
    return arrival.event_kind == "completion"


def _around(place: QPointF, radius: float) -> QRectF:
    return QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius)


def _pen(color: QColor, width: float, *, is_dashed: bool) -> QPen:
    return QPen(color, width, Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine)


def _words(arrival: HistoryEntry) -> str:
    what = "The completion" if _is_completion(arrival) else f"Answer {arrival.order}"
    text = f"{what} arrived {at_time(arrival.received_ms)}"
    if arrival.answered_ms is not None:
        text += f", answered {at_time(arrival.answered_ms)}"
    return f"{text}, {arrival.note}" if arrival.note else text
