"""The deliveries of a study of retries as dots on a line: status, pause, and same or other bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.kit.labels import draw_elided, draw_line, plain_tip
from inspector.gui.kit.theme import Theme

_HEIGHT = 78
_LINE_AT = 30
_DOT = 12
_LEAST = 96
"""The smallest distance between two dots, so that their words do not touch."""
_END = 130
"""The dotted part of the line, for the remaining time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDot:
    """One delivery, in words that are safe to display."""

    status: str
    """`503`, or a word such as `closed`."""
    is_refused: bool
    when: str
    """`12:04:10` of the first, `+30 s` of a later one."""
    note: str
    """`first delivery`, `same bytes`, `other body`."""
    pause_s: float = 0.0
    """Seconds since the delivery before."""

    @property
    def spoken(self) -> str:
        """The delivery for screen readers."""
        return f"{self.when}, {self.note}, {self.status}"


class RetryLine(QWidget):
    """The dots from left to right. A longer pause is a longer line, but less than in proportion.

    If not all fit, the first and the latest are shown, and the number of those between.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._left = self._hint = ""
        self.dots: tuple[RetryDot, ...] = ()
        self.setFixedHeight(theme.px(_HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_dots(self, dots: Sequence[RetryDot], left: str, hint: str) -> None:
        """Show these deliveries, or `hint` without any. `left` is the remaining time, empty after the end."""
        self.dots, self._left, self._hint = tuple(dots), left, hint
        words = "; ".join(filter(None, (*(dot.spoken for dot in dots), left)))
        self.setAccessibleName(f"Deliveries so far: {words}" if dots else hint)
        self.setToolTip(plain_tip("\n".join(dot.spoken for dot in dots)))
        self.update()

    def rescaled(self, ratio: float) -> None:
        """Follow the text size."""
        self.setFixedHeight(self._theme.px(_HEIGHT))

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(480), self._theme.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        if not self.dots:
            painter.setFont(theme.font(12))
            painter.setPen(theme.color("text2"))
            painter.drawText(self.rect(), Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, self._hint)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = px(_LINE_AT)
        end = self.width() - px(_END if self._left else 24)
        places, hidden = self._places(end)
        grey = QPen(theme.color("control_outline"), 2)
        painter.setPen(grey)
        painter.drawLine(QPointF(places[0][1], y), QPointF(max(places[-1][1], end), y))
        if self._left:
            dotted = QPen(theme.color("control_outline"), 1.6, Qt.PenStyle.CustomDashLine)
            dotted.setDashPattern([1.5, 2])
            painter.setPen(dotted)
            painter.drawLine(QPointF(end, y), QPointF(self.width() - px(24), y))
            area = QRectF(self.width() - px(_END), y + px(9), px(_END - 6), px(20))
            painter.setPen(theme.color("text2"))
            painter.setFont(theme.font(12))
            shown = painter.fontMetrics().elidedText(
                self._left, Qt.TextElideMode.ElideRight, int(area.width())
            )
            draw_line(painter, area, shown, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for number, (dot, x) in enumerate(places):
            self._dot(painter, QPointF(x, y), dot)
            if hidden and number == 1:
                painter.setFont(theme.font(12))
                painter.setPen(theme.color("text2"))
                before = places[0][1]
                area = QRectF(before, y - px(24), x - before, px(18))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, f"{hidden:,} more")

    def _places(self, end: float) -> tuple[list[tuple[RetryDot, float]], int]:
        """Return the shown dots with their x, and the number of hidden ones after the first."""
        px = self._theme.px
        first = float(px(_LEAST / 2 - 4))
        room = end - px(_LEAST / 2) - first
        most = max(2, int(room / px(_LEAST)) + 1)
        dots, hidden = self.dots, max(0, len(self.dots) - most)
        if hidden:
            dots = (dots[0], *dots[hidden + 1 :])
        weights = [math.log2(2 + max(dot.pause_s, 0.0)) for dot in dots[1:]]
        # Each pause has the least distance, and the remaining room is divided by their lengths.
        spare = max(room - px(_LEAST) * len(weights), 0.0)
        wish = sum(weight * px(24) for weight in weights)
        unit = min(spare, wish) / sum(weights) if weights else 0.0
        least = min(float(px(_LEAST)), room / len(weights)) if weights else 0.0
        places, x = [(dots[0], first)], first
        for dot, weight in zip(dots[1:], weights, strict=True):
            x += least + weight * unit
            places.append((dot, x))
        return places, hidden

    def _dot(self, painter: QPainter, at: QPointF, dot: RetryDot) -> None:
        theme, px = self._theme, self._theme.px
        tone = theme.color("invalid" if dot.is_refused else "valid")
        painter.setPen(QPen(tone, 1.8))
        painter.setBrush(theme.color("base") if dot.is_refused else tone)
        radius = px(_DOT) / 2 - 0.5
        painter.drawEllipse(at, radius, radius)
        width = px(_LEAST - 6)
        for text, top, size, weight, color in (
            (dot.status, -px(28), 12, 600, tone),
            (dot.when, px(9), 12, 400, theme.color("text")),
            (dot.note, px(27), 11, 400, theme.color("text2")),
        ):
            painter.setFont(theme.font(size, weight))
            painter.setPen(color)
            area = QRectF(at.x() - width / 2, at.y() + top, width, px(18))
            if painter.fontMetrics().horizontalAdvance(text) <= width:
                draw_line(painter, area, text, Qt.AlignmentFlag.AlignCenter)
            else:
                draw_elided(painter, area, text)
