"""A bar that shows how much of some work is done."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.kit.theme import Theme


class ProgressBar(QWidget):
    """A bar that shows progress: 96 px long, or as long as the available space."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, is_large: bool = False) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_large = is_large
        self._part = 0.0
        wide = QSizePolicy.Policy.Expanding if is_large else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wide, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_part(self, part: float) -> None:
        """Fill this part of the bar, from 0 to 1."""
        self._part = part
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(96), self._theme.px(10 if self._is_large else 6))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = 3 if self._is_large else self.height() / 2
        painter.setBrush(self._theme.color("line" if self._is_large else "outline"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        done = QRectF(0, 0, self.width() * self._part, self.height())
        painter.setBrush(self._theme.color("accent_fill"))
        painter.drawRoundedRect(done, radius, radius)
