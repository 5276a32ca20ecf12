"""Asks once for each host that is not this machine, before anything is sent there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.gui.buttons import Button
from inspector.gui.labels import Label
from inspector.gui.theme import Theme


class HostQuestion(QWidget):
    """Hidden until there is something to ask; `allow` is the button that says yes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        px = theme.px
        self._text = Label(theme, px=12, tone="warning", wraps=True)
        self.allow = Button(theme, "Allow and replay")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(12), px(10), px(12), px(10))
        layout.setSpacing(px(8))
        layout.addWidget(self._text)
        layout.addWidget(self.allow, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def ask(self, host: str) -> None:
        """Ask about a host."""
        self._text.setText(
            f"{host} is not this machine, and what is sent there holds people’s answers and your app key."
            " This is asked once for each host and file."
        )
        self.allow.show_as(f"Allow {host}" if len(host) < 22 else "Allow this host", None)
        self.show()
        self.allow.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("warning_soft"))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
