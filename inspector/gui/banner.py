"""A bar under the connection bar, there only while something keeps captures from being taken."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.gui.icons import paint_icon
from inspector.gui.labels import Label
from inspector.gui.theme import Theme


class Banner(QWidget):
    """An amber bar with one sentence."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = Label(theme, weight=500, tone="warning", wraps=True, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(40), theme.px(8), theme.px(16), theme.px(8))
        row.addWidget(self._text)
        self.hide()

    @Slot(object)
    def show_sentence(self, sentence: str | None) -> None:
        """Show what is the matter; null takes the bar away."""
        self._text.setText(sentence or "")
        self.setAccessibleName(sentence or "")
        self.setVisible(sentence is not None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("warning_soft"))
        area = QRectF(self._theme.px(16), 0, self._theme.px(16), self.height())
        paint_icon(painter, "warning", self._theme, area, "warning")
