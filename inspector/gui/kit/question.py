"""A question within a window: a sentence on amber, and the button that says yes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.gui.kit.buttons import Button
from inspector.gui.kit.labels import Label
from inspector.gui.kit.theme import Theme


class Question(QWidget):
    """Hidden until there is something to ask; `allow` is the button."""

    def __init__(self, theme: Theme, yes: str) -> None:
        super().__init__()
        self._theme = theme
        px = theme.px
        self._text = Label(theme, px=12, tone="warning", wraps=True)
        self.allow = Button(theme, yes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(12), px(10), px(12), px(10))
        layout.setSpacing(px(8))
        layout.addWidget(self._text)
        layout.addWidget(self.allow, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def put(self, text: str, yes: str) -> None:
        """Ask, in a sentence; `yes` is what the button says."""
        self._text.setText(text)
        self.allow.show_as(yes, None)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("warning_soft"))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
