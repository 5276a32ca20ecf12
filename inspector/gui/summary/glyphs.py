"""A star and a face as small as a letter, for the labels of charts."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF


def paint_star(painter: QPainter, area: QRectF, color: QColor) -> None:
    """A filled star."""
    radius = area.width() / 2
    points = [
        QPointF(
            area.center().x() + reach * math.sin(turn * math.pi / 5),
            area.center().y() - reach * math.cos(turn * math.pi / 5),
        )
        for turn in range(10)
        for reach in [radius if turn % 2 == 0 else radius * 0.44]
    ]
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF(points))
    painter.restore()


def paint_face(painter: QPainter, area: QRectF, number: int, color: QColor) -> None:
    """A face from 1, a deep frown, to 5, a wide smile."""
    painter.save()
    painter.translate(area.center())
    painter.scale(area.width() / 24, area.width() / 24)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawEllipse(QPointF(0, 0), 11, 11)
    for eye in (-4, 4):
        painter.drawLine(QPointF(eye, -3.5), QPointF(eye, -2.5))
    bend = (number - 3) * 2.2
    mouth = QPainterPath(QPointF(-5, 4 - bend / 3))
    mouth.quadTo(QPointF(0, 4 + bend), QPointF(5, 4 - bend / 3))
    painter.drawPath(mouth)
    painter.restore()
