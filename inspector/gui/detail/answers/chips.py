"""Chosen options as chips with a tick, in as many lines as they need."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import draw_line, plain_tip
from inspector.gui.kit.theme import Theme

_HEIGHT, _GAP = 26, 8


class Chips(QWidget):
    """Options that were chosen, in the order they were sent."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._texts: tuple[str, ...] = ()
        self._places: list[QRectF] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_texts(self, texts: tuple[str, ...]) -> None:
        """Show other options; they are made visible already."""
        self._texts = texts
        self.setAccessibleName(", ".join(texts))
        self._place()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self.height())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            for text, place in zip(self._texts, self._places, strict=False):
                if place.contains(event.pos().toPointF()):
                    QToolTip.showText(event.globalPos(), plain_tip(text), self)
                    return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:  # an exception must not leave it open (see strip/bars.py)
            self._draw(painter)

    def _draw(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme.font(13)
        metrics = QFontMetrics(font, self)
        painter.setFont(font)
        for text, place in zip(self._texts, self._places, strict=False):
            painter.setPen(QPen(theme.color("outline"), 1))
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            paint_icon(
                painter,
                "tick",
                theme,
                QRectF(place.left() + px(8), place.top(), px(12), place.height()),
                "accent",
                13,
            )
            words = place.adjusted(px(26), 0, -px(10), 0)
            painter.setPen(theme.color("text"))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(words.width()) + 1)
            draw_line(painter, words, shown, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)

    def _place(self) -> None:
        px = self._theme.px
        metrics = QFontMetrics(self._theme.font(13), self)
        self._places = []
        x = y = 0.0
        for text in self._texts:
            width = min(float(self.width()), metrics.horizontalAdvance(text[:500]) + px(37))
            if x and x + width > self.width():
                x, y = 0.0, y + px(_HEIGHT + _GAP)
            self._places.append(QRectF(x, y, width, px(_HEIGHT)))
            x += width + px(_GAP)
        self.setFixedHeight(int(y) + px(_HEIGHT))
