"""How an attempt differs from the previous one: a shape, words and a colour. The shape is enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QStyleOptionViewItem

from inspector.domain.replay.attempt import SINCE_TEXT, Since
from inspector.gui.kit.table import AnyIndex, CellDelegate
from inspector.gui.kit.theme import Theme

SINCE_TONES: Mapping[Since, str] = {
    "first": "text2",
    "fixed": "valid",
    "regressed": "invalid",
    "still-failing": "invalid",
    "still-passing": "text2",
}
"""The colour tokens of the words and shapes."""
LOUD_SINCE = ("fixed", "regressed")
_WORDS: Mapping[str, Since] = {text: word for word, text in SINCE_TEXT.items()}


class SinceDelegate(CellDelegate):
    """A delegate that adds a glyph to the words of `SINCE_TEXT`. Other text is drawn plainly."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().initStyleOption(option, index)
        since = _WORDS.get(option.text)
        if since is None:
            return
        option.font = self._theme.font(12, 600 if since in LOUD_SINCE else 400)
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(role, self._theme.color(SINCE_TONES[since]))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        since = _WORDS.get(str(index.data(Qt.ItemDataRole.DisplayRole) or ""))
        if since is None:
            super().paint(painter, option, index)
            return
        px = self._theme.px
        glyph = QRectF(option.rect.left() + px(3), option.rect.top(), px(14), option.rect.height())
        shifted = QStyleOptionViewItem(option)
        shifted.rect = option.rect.adjusted(px(17), 0, 0, 0)
        self.paint_ground(painter, option, index)
        super().paint(painter, shifted, index)
        paint_since(painter, glyph, since, self._theme)


def paint_since(painter: QPainter, rect: QRectF, since: Since, theme: Theme) -> None:
    """Draw the shape in the middle of `rect`, 14 design px wide."""
    side = theme.px(14)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center().x() - side / 2, rect.center().y() - side / 2)
    painter.scale(side / 14, side / 14)
    _SHAPES[since](painter, theme.color(SINCE_TONES[since]), theme.color("base"))
    painter.restore()


def _pen(color: QColor, width: float = 1.4) -> QPen:
    return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _line(painter: QPainter, pen: QPen, *points: tuple[float, float]) -> None:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    painter.strokePath(path, pen)


def _first(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(_pen(color, 1.3))
    painter.drawEllipse(QPointF(7, 7), 5.2, 5.2)


def _fixed(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(7, 7), 6.4, 6.4)
    _arrow(painter, ground, tip=3.9, end=10.1)


def _regressed(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(0.8, 0.8, 12.4, 12.4), 2, 2)
    _arrow(painter, ground, tip=10.1, end=3.9)


def _arrow(painter: QPainter, color: QColor, *, tip: float, end: float) -> None:
    back = tip + (2.6 if tip < end else -2.6)
    _line(painter, _pen(color), (7, end), (7, tip))
    _line(painter, _pen(color), (4.4, back), (7, tip), (9.6, back))


def _still_failing(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(_pen(color, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(1.2, 1.2, 11.6, 11.6), 2, 2)
    _line(painter, _pen(color), (4.8, 4.8), (9.2, 9.2))
    _line(painter, _pen(color), (9.2, 4.8), (4.8, 9.2))


def _still_passing(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(_pen(color, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(7, 7), 6.1, 6.1)
    _line(painter, _pen(color), (4.4, 7.2), (6.3, 9), (9.8, 5.2))


_SHAPES: Mapping[Since, Callable[[QPainter, QColor, QColor], None]] = {
    "first": _first,
    "fixed": _fixed,
    "regressed": _regressed,
    "still-failing": _still_failing,
    "still-passing": _still_passing,
}
