"""Badges of the signature check: a shape, a word and a colour. The shape is clear without colour."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.domain.signature.verdict import ShownVerdict, Verdict
from inspector.gui.kit.theme import Theme


class Badge(enum.Enum):
    """How a verdict is shown: its word, the token of its colour, and whether the word is coloured, too."""

    VALID = ("Valid", "valid", False)
    BYTES_ONLY = ("Bytes only", "valid", False)
    REWRITTEN = ("Rewritten", "warning", True)
    INVALID = ("Invalid", "invalid", True)
    UNSIGNED = ("Unsigned", "unsigned", False)
    UNCHECKED = ("Unchecked", "unchecked", False)

    def __init__(self, word: str, tone: str, is_loud: bool) -> None:
        self.word = word
        self.tone = tone
        self.is_loud = is_loud

    @property
    def word_tone(self) -> str:
        """The token of the word in the list; normal outcomes are quiet."""
        return self.tone if self.is_loud or self is Badge.UNCHECKED else "text2"

    @classmethod
    def of(cls, verdict: Verdict, is_json: bool | None) -> Badge:
        """Return the badge of a verdict."""
        return BADGES[verdict.shown(is_json=is_json)]


BADGES: Mapping[ShownVerdict, Badge] = {
    "valid": Badge.VALID,
    "bytes-only": Badge.BYTES_ONLY,
    "rewritten": Badge.REWRITTEN,
    "invalid": Badge.INVALID,
    "unsigned": Badge.UNSIGNED,
    "unchecked": Badge.UNCHECKED,
}
"""The badge of each shown verdict."""


def paint_glyph(painter: QPainter, rect: QRectF, badge: Badge, theme: Theme) -> None:
    """Draw the badge's shape in the middle of `rect`, as large as its shorter side."""
    side = min(rect.width(), rect.height())
    pixels = _glyph(badge, theme, side, painter.device().devicePixelRatioF())
    place = QPoint(round(rect.center().x() - side / 2), round(rect.center().y() - side / 2))
    painter.drawPixmap(place, pixels)


def _glyph(badge: Badge, theme: Theme, side: float, ratio: float) -> QPixmap:
    """Return the shape as pixels, cached by the theme until it changes."""
    key = (badge, side, ratio)
    if key not in theme.pixmaps:
        pixels = QPixmap(round(side * ratio), round(side * ratio))
        pixels.setDevicePixelRatio(ratio)
        pixels.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixels)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(side / 14, side / 14)  # each shape is drawn in a square of 14
        _SHAPES[badge](painter, theme.color(badge.tone), theme.color("base"))
        painter.end()
        theme.pixmaps[key] = pixels
    return theme.pixmaps[key]


class BadgeLabel(QWidget):
    """A badge in the corner of the detail: glyph and word on the soft fill of its colour."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._badge = Badge.UNCHECKED
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._repaint)
        self.show_badge(self._badge)

    def show_badge(self, badge: Badge) -> None:
        """Show another badge."""
        self._badge = badge
        self.setAccessibleName(f"Signature: {badge.word}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        self.setFont(self._theme.font(13, 600))
        width = self.fontMetrics().horizontalAdvance(self._badge.word)
        return QSize(self._theme.px(8 + 14 + 6 + 8) + width, self._theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(f"{self._badge.tone}_soft"))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        paint_glyph(painter, QRectF(px(8), 0, px(14), self.height()), self._badge, self._theme)
        painter.setPen(self._theme.color(self._badge.tone))
        painter.setFont(self._theme.font(13, 600))
        words = self.rect().adjusted(px(28), 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._badge.word)

    @Slot()
    def _repaint(self) -> None:
        self.update()


def _pen(color: QColor, width: float = 1.4) -> QPen:
    return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _lines(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    return path


def _valid(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.strokePath(_lines((1.8, 7.6), (5.2, 10.8), (12.2, 3.4)), _pen(color, 1.7))


def _bytes_only(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(_pen(color, 1.3))
    painter.drawEllipse(QPointF(7, 7), 6.1, 6.1)
    painter.strokePath(_lines((4.4, 7.2), (6.3, 9), (9.8, 5.2)), _pen(color))


def _rewritten(painter: QPainter, color: QColor, ground: QColor) -> None:
    diamond = _lines((7, 0.6), (13.4, 7), (7, 13.4), (0.6, 7), (7, 0.6))
    painter.fillPath(diamond, color)
    painter.strokePath(diamond, _pen(color, 1))
    for y in (5.7, 8.3):
        wave = QPainterPath(QPointF(4.4, y + 0.5))
        wave.cubicTo(5.6, y - 1.4, 6.4, y - 0.6, 7, y)
        wave.cubicTo(7.6, y + 0.6, 8.4, y + 1.4, 9.6, y - 0.5)
        painter.strokePath(wave, _pen(ground, 1.2))


def _invalid(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(0.8, 0.8, 12.4, 12.4), 2, 2)
    painter.strokePath(_lines((4.6, 4.6), (9.4, 9.4)), _pen(ground, 1.5))
    painter.strokePath(_lines((9.4, 4.6), (4.6, 9.4)), _pen(ground, 1.5))


def _unsigned(painter: QPainter, color: QColor, ground: QColor) -> None:
    pen = _pen(color, 1.3)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([1.5, 1.45])  # in pen widths: ten dashes per circle
    painter.setPen(pen)
    painter.drawEllipse(QPointF(7, 7), 6.1, 6.1)
    painter.strokePath(_lines((4.8, 7), (9.2, 7)), _pen(color))


def _unchecked(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(_pen(color, 1.3))
    painter.drawEllipse(QPointF(7, 7), 6.1, 6.1)
    hook = QPainterPath(QPointF(5.2, 5.7))
    hook.cubicTo(5.2, 3.2, 8.9, 3.2, 8.9, 5.6)
    hook.cubicTo(8.9, 7.1, 7, 7, 7, 8.2)
    painter.strokePath(hook, _pen(color, 1.3))
    painter.strokePath(_lines((7, 10.1), (7, 10.15)), _pen(color, 1.5))


_SHAPES = {
    Badge.VALID: _valid,
    Badge.BYTES_ONLY: _bytes_only,
    Badge.REWRITTEN: _rewritten,
    Badge.INVALID: _invalid,
    Badge.UNSIGNED: _unsigned,
    Badge.UNCHECKED: _unchecked,
}
