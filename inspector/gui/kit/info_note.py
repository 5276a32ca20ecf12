"""A sentence that is good to know, with a quiet sign before it."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.gui.kit.icons import paint_icon
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme


class InfoNote(QWidget):
    """Not there while it has nothing to say."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = Label(theme, px=12, tone="text2", wraps=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.px(22), theme.px(4), 0, theme.px(4))
        layout.addWidget(self._text)

    def show_sentence(self, sentence: str) -> None:
        """Another sentence, or none."""
        self._text.setText(sentence)
        self.setVisible(bool(sentence))

    def paintEvent(self, event: QPaintEvent) -> None:
        side = self._theme.px(15)
        area = QRectF(0, self._theme.px(4), side, side)  # beside the first line
        paint_icon(QPainter(self), "info", self._theme, area, "text2", 15)
