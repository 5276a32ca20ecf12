"""Thin scroll bars: a 6 px handle in a 10 px lane, where the style is Fusion."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar, QStyle, QStyleOptionSlider, QWidget

from inspector.gui.kit.theme import Theme

_LANE, _HANDLE = 10, 6


class ThinScrollBar(QScrollBar):
    """A scroll bar without arrows; it stands where Fusion's would."""

    def __init__(
        self, theme: Theme, orientation: Qt.Orientation, parent: QWidget, ground: str = "base"
    ) -> None:
        super().__init__(orientation, parent)
        self._theme = theme
        self._ground = ground

    def sizeHint(self) -> QSize:
        lane = self._theme.px(_LANE)
        return (
            QSize(lane, 3 * lane) if self.orientation() == Qt.Orientation.Vertical else QSize(3 * lane, lane)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_ScrollBar, option, QStyle.SubControl.SC_ScrollBarSlider, self
        )
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(self._ground))
        if self.maximum() == self.minimum():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        is_held = self.isSliderDown() or self.underMouse()
        painter.setBrush(self._theme.color("control_outline" if is_held else "scroll"))
        width = self._theme.px(_HANDLE)
        area = QRectF(handle)
        if self.orientation() == Qt.Orientation.Vertical:
            area = QRectF((self.width() - width) / 2, area.top(), width, area.height())
        else:
            area = QRectF(area.left(), (self.height() - width) / 2, area.width(), width)
        painter.drawRoundedRect(area, width / 2, width / 2)


def use_thin_scroll_bars(area: QAbstractScrollArea, theme: Theme, ground: str = "base") -> None:
    """Give `area` thin scroll bars on the ground of a token; other styles than Fusion keep their own."""
    if area.style().name().lower() == "fusion":
        area.setVerticalScrollBar(ThinScrollBar(theme, Qt.Orientation.Vertical, area, ground))
        area.setHorizontalScrollBar(ThinScrollBar(theme, Qt.Orientation.Horizontal, area, ground))
